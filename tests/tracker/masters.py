"""A `Master` of any size with seeded, realistic Chinese content; its figures agree with its rows.

It is made without the views, so that the sink is tested on its own.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.roster.rules import RULE_COLUMNS
from eduxl.tracker.tables import (
    Home,
    Master,
    Matrix,
    MatrixCell,
    MatrixTask,
    Overview,
    Table,
    Tally,
    Value,
)

DUE = date(2022, 6, 25)
AS_OF = date(2022, 6, 30)
_TITLES = (
    "持续开展“杏坛先锋·清廉校园”创建活动", "推进党组织领导的校长负责制建设",
    "强化党员教师先锋引领和示范带动作用",
    "巩固义务教育均衡发展成果", "提升义务教育学校办学水平", "深入推进“六个一”活动", "全面推进“减负提质”行动",
    "大力推进教育信息化2.0行动计划", "扩充优质教育资源", "优化农村教育布局", "推进高考综合改革",
    "加强初中实验教学", "强化质量监测结果追溯运用", "推进学前教育优质规范发展", "持续提升学生综合素养",
    "优化师资配置", "强化教师培训", "落实安全工作责任制", "开展校园食品安全专项整治",
    "规范民办教育机构办学行为",
    "做好控辍保学和学生资助工作",
)  # fmt: skip
_PROJECTS = (
    "“党建品牌+清廉校园”创建工程", "义务教育优质均衡发展工程", "高效课堂建设工程",
    "新时代教育方针、“双减”政策与“三个指导意见”融合落实工程", "教育信息化提速工程", "优质教育资源扩充工程",
    "教育质量提升工程", "教师队伍建设工程", "平安校园创建工程", "教育惠民工程",
)  # fmt: skip
_BODY = (
    "依据支部建设标准和党员干部标准，大力推进基层党支部标准化、党员干部示范化建设；以特色项目为抓手，"
    "不断丰富品牌内涵，着力推进创新发展。加大对各学校的监督指导力度，推进全覆盖，"
    "实现政风清明、教风清正、学风清新、校风清净的教育生态。"
)
_OFFICES = ("党办", "教研室", "基教股", "项目办", "人事股", "计财股", "电教股", "安全办")
_TOWNS = ("洪水", "六坝", "新天", "南古", "永固", "三堡", "南丰", "民联", "顺化", "丰乐")
_SCHOOLS = (
    ("初级中学", "初中"),
    ("中心小学", "小学"),
    ("寄宿制小学", "小学"),
    ("九年一贯制学校", "小学、初中"),
    ("幼儿园", "幼儿园"),
)
_REPORTS = (
    "已按方案召开动员会，成立工作专班，明确责任人和时间节点，正在分年级组织实施。",
    "完成了第一阶段自查，建立问题清单12条，已整改9条，其余3条计划下月底前完成。",
    "组织全体教师集中学习2次，开展集体备课6场，公开课展示14节，形成材料汇编一册，并在学区内交流推广，效果良好。",
    "设备采购已完成招标，预计7月中旬到货安装。",
)
_PROBLEMS = ("经费缺口约3万元，需上级协调解决。", "专业教师不足，音体美课程由其他学科教师兼任。", "无")
_COUNTY = "县直"
_INDICATOR = (
    9, "扩充优质教育资源", "年度计划投资", L.WHOLE_COUNTY, 10256, "万元", 4, 3, 6240.5, 6240.5 / 10256, "六坝学区",
)  # fmt: skip
_RULES = (
    ("各中小学", "学校", "小学、初中、高中", *[None] * 6, "含九年一贯制学校"),
    ("幼儿园、各幼儿园", "学校", "幼儿园", *[None] * 7),
    ("各学区", "学区", *[None] * 8),
)
_REJECTED = (
    (
        "9f1c2ab34d50",
        "新建 Microsoft Excel 工作表.xlsx",
        "unknown-unit",
        "看不出是哪个单位的：文件里没有单位，文件名也认不出。",
        "认得出单位的，在“确认单位”填单位编码；否则退回学校。",
        datetime(2022, 6, 24, 9, 30),
        None,
    ),
    (
        "0b77de41c1aa",
        "填报表（加密）.xlsx",
        "encrypted",
        "文件有打开密码，读不了。",
        "请学校去掉密码后重发。",
        datetime(2022, 6, 25, 16, 5),
        None,
    ),
)
_REMINDERS: tuple[tuple[Value, ...], ...] = (
    (
        "必须改", "S001", "六坝镇初级中学", 3, "完成状态读不懂", "填报表!F7", "=差不多了",
        "任务 3 的完成状态“=差不多了”读不懂，按空白处理，原文已保留。", "请从下拉列表里选。", "S001_六坝镇初级中学.xlsx",
    ),
    (
        "请核对", "S002", "新天镇初级中学", None, "文件带有宏等内容", None, None, "文件里带有宏，没有运行，也没有带入台账。",
        "不是有意加的，请删去后另存。", "新天.xlsm",
    ),
)  # fmt: skip


def _units(count: int) -> list[Unit]:
    units = [
        Unit(f"G{i:02}", name, kind="股室", contact=f"联系人{i:03}") for i, name in enumerate(_OFFICES, 1)
    ]
    i = 0
    while len(units) < count:
        i += 1
        town = _TOWNS[i % len(_TOWNS)]
        suffix, stages = _SCHOOLS[i // len(_TOWNS) % len(_SCHOOLS)]
        turn = i // (len(_TOWNS) * len(_SCHOOLS))
        name = f"{town}镇{suffix}" if not turn else f"{town}镇第{turn + 1}{suffix}"
        units.append(
            Unit(
                f"S{i:03}", name, aliases=(f"{town}{suffix}",), stages=tuple(stages.split("、")),
                ownership="公办", district=f"{town}学区" if i % 9 else _COUNTY, contact=f"联系人{i:03}",
                phone=f"1390936{i:04}", email=f"s{i:03}@edu.example",
            )
        )  # fmt: skip
    return units[:count]


def _answer(rng: random.Random, due: date | None) -> tuple[list[Value], str, list[str]]:
    """Status … phone, received, source of a row, with its light and flags."""
    silent = rng.random() < 0.08
    late = due is not None and due < AS_OF
    if silent:
        return [None] * 11, L.RED, [L.F_MISSING, *([L.F_OVERDUE] if late else [])]
    status = rng.choices(L.STATUSES, (1, 6, 4, 2, 0.2))[0]
    progress = {L.NOT_STARTED: 0.0, L.COMPLETED: 1.0}.get(status, rng.randrange(10, 96, 5) / 100)
    done_on = date(2022, rng.randrange(2, 7), rng.randrange(1, 25)) if status == L.COMPLETED else None
    gaps = rng.random() < 0.05
    flags = [name for name, on in ((L.F_OVERDUE, late and not done_on), (L.F_GAPS, gaps)) if on]
    if not late and due and due <= AS_OF + timedelta(15) and not done_on:
        flags.append(L.F_DUE_SOON)
    lights = {L.FLAG_LIGHT[flag] for flag in flags}
    light = next((x for x in L.LIGHTS if x in lights), L.GREEN)
    received = datetime(2022, 6, rng.randrange(10, 26), rng.randrange(8, 18), rng.randrange(60))
    return (
        [
            status, progress, done_on, None if gaps else rng.choice(_REPORTS) * rng.randrange(1, 4),
            rng.choice(_PROBLEMS), "对照清单逐项销号，6月底前完成第二次自查。", "方案、照片、会议记录",
            "张老师", "0936-4400001", received, "S001_洪水镇初级中学_2022-06.xlsx",
        ],
        light,
        flags,
    )  # fmt: skip


def fake_master(
    units: int = 60, tasks: int = 21, *, seed: int = 1, history: bool = True, pinned: bool = True
) -> Master:
    """Every unit has every task; with 0 units or tasks there is no round yet."""
    rng = random.Random(seed)
    roster = _units(units)
    dues = [date(2022, 12, 31) if n % 3 else date(2022, 5 + n % 8, 28) for n in range(1, tasks + 1)]
    tasks_at = [
        MatrixTask(n, _TITLES[(n - 1) % len(_TITLES)], None if n % 11 == 10 else due)
        for n, due in enumerate(dues, 1)
    ]
    project = {task.no: _PROJECTS[(task.no - 1) * min(tasks, 10) // tasks] for task in tasks_at}
    entries: list[tuple[Value, ...]] = []
    cells: dict[tuple[str, int], MatrixCell] = {}
    settled, alerts, targets = [], [], []
    for unit in roster:
        for task in tasks_at:
            answer, light, flags = _answer(rng, task.due)
            review = (L.SENT_BACK, "佐证材料不全，请补充照片。") if rng.random() < 0.01 else (None, None)
            extended = date(2022, 9, 30) if rng.random() < 0.01 else None
            for flag in flags:
                level = L.FLAG_LIGHT[flag] or L.LEVEL_LISTED
                alerts.append(
                    (
                        level, flag, unit.code, unit.name, task.no, task.title,
                        f"完成时限{task.due or '（无）'}，至{AS_OF}仍为“{answer[0] or '未报'}”。",
                        "请督促尽快完成；确有困难的填“延期至”。", None,
                    )
                )  # fmt: skip
                targets.append(len(entries))
            if answer[0] == L.COMPLETED:
                settled.append(f"{unit.code}|{task.no}")
            text = f"{answer[1]:.0%}" if isinstance(answer[1], float) else L.F_MISSING
            cells[unit.code, task.no] = MatrixCell(text, light)
            entries.append(
                (
                    "2022-06", unit.code, unit.name, unit.kind, L.SEP.join(unit.stages) or None,
                    unit.district or None,
                    task.no, project[task.no], task.title, L.IMPLEMENT, task.due, *answer, light,
                    L.SEP.join(flags) or None, *review, extended,
                )
            )  # fmt: skip
    order = sorted(range(len(alerts)), key=lambda i: L.FLAG_NAMES.index(str(alerts[i][1])))
    alerts, targets = [alerts[i] for i in order], [targets[i] for i in order]
    task_rows = [_task_row(task, project[task.no], entries) for task in tasks_at]
    names = {str(row[1]) for row in entries}
    silent = {str(row[1]) for row in entries if row[20] is None}
    flags_count = {name: sum(row[1] == name for row in alerts) for name in L.FLAG_NAMES}
    running = bool(entries)
    closed = [("2022-03", *row[1:]) for row in entries[:60]]
    return Master(
        home=Home(
            title="民乐县2022年教育工作要点",
            year=2022,
            round="2022-06" if running else "",
            due=DUE if running else None,
            round_closed=False,
            as_of=AS_OF,
            pinned=pinned,
            expected=len(names),
            received=len(names) - len(silent) // 2,
            missing=len(silent) // 2,
            late=2 if running else 0,
            rejected=2,
            flags=flags_count,
            next_steps=(
                "“退回清单”有1个文件认不出单位：认得出的在“确认单位”填单位编码",
                "“退回清单”有1个文件不能计入：按“怎么办”处理",
                "催报3个未报单位（“预警清单”筛选“未报”）",
                "督办14项逾期任务，确需延期的填“延期至”",
                "请有关单位补填9处漏填",
            )
            if running
            else ("开启第一轮填报：eduxl round open 2022-03 --due 2022-03-25",),
            warn_days=15,
            lag_points=20,
        ),
        overview=_overview(task_rows, entries),
        tasks=Table(L.TASKS, L.TASK_COLUMNS, tuple(task_rows)),
        matrix=Matrix(tuple(roster), tuple(tasks_at), cells) if running else Matrix((), (), {}),
        entries=Table(L.ENTRIES, L.ENTRY_COLUMNS, tuple(entries)),
        history=Table(L.HISTORY, L.ENTRY_COLUMNS, tuple(closed) if history else ()),
        alerts=Table(L.ALERTS, L.ALERT_COLUMNS, tuple(alerts)),
        alert_targets=tuple(targets),
        indicators=Table(
            L.INDICATORS,
            L.INDICATOR_COLUMNS,
            (_INDICATOR,) if running else (),
        ),
        problems=Table(
            L.PROBLEMS,
            L.PROBLEM_COLUMNS,
            tuple(_problem_row(row) for row in entries if row[15] and row[15] != "无")[:80],
        ),
        roster=Table(L.ROSTER, L.ROSTER_COLUMNS, tuple(_roster_row(unit) for unit in roster)),
        rules=Table(
            L.RULES_SHEET,
            RULE_COLUMNS,
            _RULES,
        ),
        rejected=Table(
            L.REJECTED,
            L.REJECTED_COLUMNS,
            _REJECTED,
        ),
        reminders=Table(L.REMINDERS, L.REMINDER_COLUMNS, _REMINDERS if running else ()),
        log=Table(
            L.LOG,
            L.LOG_COLUMNS,
            (
                (AS_OF, "汇总", "收到57个文件，采用55个，退回2个；未报3个单位。"),
                (date(2022, 6, 1), "开启轮次", "2022-06，截止2022-06-25。"),
            ),
        ),
        meta={"tracker": "t-0001", "schema": "1", "generation": "3", "round": "2022-06" if running else ""},
        settled=tuple(settled),
        extended=tuple(f"{row[1]}|{row[6]}" for row in entries if row[26]),
    )


def _problem_row(row: tuple[Value, ...]) -> tuple[Value, ...]:
    return (row[0], row[1], row[2], row[6], row[8], row[15], row[16], row[11], row[18], row[19])


def _roster_row(unit: Unit) -> tuple[Value, ...]:
    return (
        unit.code, unit.name, L.SEP.join(unit.aliases) or None, unit.kind, L.SEP.join(unit.stages) or None,
        unit.ownership or None, unit.district or None, unit.contact or None, unit.phone or None,
        unit.email or None,
    )  # fmt: skip


def _task_row(task: MatrixTask, project: str, entries: list[tuple[Value, ...]]) -> tuple[Value, ...]:
    rows = [row for row in entries if row[6] == task.no]
    flags = {name for row in rows for name in str(row[23] or "").split(L.SEP) if name}
    light = next((x for x in L.LIGHTS if any(row[22] == x for row in rows)), None)
    return (
        task.no, project, task.title, _BODY * (1 + task.no % 3), "党办", "教研室、计财股",
        "各中小学、幼儿园", task.due,
        None if task.due else "持续推进", len(rows), sum(_answered(row) for row in rows),
        sum(row[11] == L.COMPLETED for row in rows), _mean(rows), "牵头股室已印发方案，正在督导检查。", light,
        L.SEP.join(name for name in L.FLAG_NAMES if name in flags) or None, L.CLOSED_NO, None,
    )  # fmt: skip


def _answered(row: tuple[Value, ...]) -> bool:
    return any(value is not None for value in row[11:18])


def _mean(rows: list[tuple[Value, ...]]) -> float:
    progress = [row[12] if isinstance(row[12], float) else 0.0 for row in rows]
    return round(sum(progress) / len(progress), 6) if progress else 0.0


def _tally(name: str, rows: list[tuple[Value, ...]]) -> Tally:
    return Tally(
        name, len(rows), sum(map(_answered, rows)), sum(row[11] == L.COMPLETED for row in rows), _mean(rows)
    )


def _overview(task_rows: list[tuple[Value, ...]], entries: list[tuple[Value, ...]]) -> Overview:
    projects = dict.fromkeys(str(row[1]) for row in task_rows)
    districts = dict.fromkeys(str(row[5]) for row in entries if row[5])
    return Overview(
        by_project=tuple(_tally(name, [row for row in entries if row[7] == name]) for name in projects),
        by_district=tuple(_tally(name, [row for row in entries if row[5] == name]) for name in districts),
        by_stage=tuple(
            _tally(stage, [row for row in entries if stage in str(row[4])]) for stage in L.STAGE_NAMES
        ),
        lights={light: sum((row[22] or "") == light for row in entries) for light in (*L.LIGHTS, "")},
    )
