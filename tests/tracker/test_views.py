"""The sheets as tables: what stands in each column, and what the clerk is told."""

from __future__ import annotations

from datetime import date, datetime
from datetime import date as D
from typing import Any

from eduxl import labels as L
from eduxl.model import Indicator, IndicatorValue, Note, Problem, Return, Task, Warning
from eduxl.returns import codes
from eduxl.tracker.records import (
    Closure,
    Confirmation,
    Extension,
    Misread,
    Rejected,
    Remark,
    Review,
    RoundClosed,
    RoundOpened,
)
from eduxl.tracker.rows import look
from eduxl.tracker.status import status_of
from eduxl.tracker.tables import Master, Table
from eduxl.tracker.views import master_view
from tests.builders import answer, small_plan, small_roster
from tests.tracker.test_state import Story, came, june

JUNE = RoundOpened("2022-06", D(2022, 6, 25))


def shown(story: Story, day: date = D(2022, 6, 22), **more: Any) -> Master:
    return master_view(story.state, day, tracker="t1", generation=3, **more)


def dicts(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def row_of(table: Table, **key: Any) -> dict[str, Any]:
    names = {"unit": L.UNIT_CODE, "task": L.TASK_NO, "flag": L.FLAGS}
    return next(r for r in dicts(table) if all(r[names[k]] == v for k, v in key.items()))


def test_no_round_yet_shows_the_plan_and_what_to_do() -> None:
    story = Story(
        Task(1, None, "无人负责的任务", review=(Note("no-unit", "没有责任单位"),)),
    )
    view = shown(story)
    assert [r[L.TASK_NO] for r in dicts(view.tasks)] == [1]
    assert view.entries.rows == () and view.alerts.rows == () and view.matrix.cells == {}
    assert view.home.round == "" and "1项任务待确认" in view.home.next_steps[0]
    assert "round open" in view.home.next_steps[1]
    assert "待确认" not in " ".join(shown(Story()).home.next_steps)


def test_a_row_per_assignment_also_where_nothing_came() -> None:
    """Task 1: 党办 + 各中小学 (S001, S002, S003); task 2: 教研室 + 一幼 → 6 assignments."""
    view = shown(june())
    assert [(r[L.UNIT_CODE], r[L.TASK_NO]) for r in dicts(view.entries)] == [
        ("G01", 1), ("G02", 2), ("S001", 1), ("S002", 1), ("S003", 1), ("S004", 2),
    ]  # fmt: skip
    silent = row_of(view.entries, unit="S002")
    assert silent[L.ROLE] == "落实" and silent[L.DUE] == D(2022, 6, 30)
    assert silent[L.STATUS] is None and silent[L.RECEIVED] is None and silent[L.LIGHT] == "蓝"


def test_after_the_due_date_every_row_of_a_silent_unit_says_so() -> None:
    row = row_of(shown(june(), D(2022, 7, 1)).entries, unit="S002")
    assert (row[L.FLAGS], row[L.LIGHT]) == ("未报、逾期", "红")


def test_an_answer_in_its_columns() -> None:
    entry = answer(
        L.COMPLETED, 100, done_on=D(2022, 6, 18), problems="无", next_steps="巩固", evidence="照片",
        reporter="张三", phone="0936-1",
    )  # fmt: skip
    row = row_of(shown(june()(D(2022, 6, 21), came("S002", "2022-06", 20, entry))).entries, unit="S002")
    assert row[L.PROGRESS] == 1.0 and row[L.DONE_ON] == D(2022, 6, 18)
    assert row[L.RECEIVED] == datetime(2022, 6, 20, 9) and row[L.SOURCE] == "S002.xlsx"
    assert (row[L.LIGHT], row[L.FLAGS]) == ("绿", None)
    assert (row[L.REPORTER], row[L.PHONE], row[L.EVIDENCE]) == ("张三", "0936-1", "照片")


def test_clerk_columns_show_what_stands() -> None:
    story = june()(D(2022, 6, 21), came(day=20))(
        D(2022, 6, 21),
        Review("2022-06", "S002", 1, L.SENT_BACK, "请补附件"),
        Extension("S002", 1, D(2022, 8, 31)),
        Misread(L.EXTENDED_TO, "S003", 1, "再等等"),
        Closure(2, L.CLOSED_YES),
        Remark(1, "重点"),
    )
    view = shown(story)
    row = row_of(view.entries, unit="S002")
    assert (row[L.REVIEW], row[L.REVIEW_NOTE], row[L.EXTENDED_TO]) == ("退回", "请补附件", D(2022, 8, 31))
    assert row_of(view.entries, unit="S003")[L.EXTENDED_TO] == "再等等"
    assert (row_of(view.tasks, task=1)[L.REMARK], row_of(view.tasks, task=2)[L.CLOSED]) == ("重点", "已销号")
    assert view.extended == ("S002|1",)
    assert set(view.settled) == {"G02|2", "S004|2"}
    assert "审核意见：请补附件" in str(row_of(view.alerts, flag="退回")[L.NOTE])


def test_task_rows_count_and_average() -> None:
    """Four rows of task 1: 50 %, 100 % done, empty return, nothing came → (0.5 + 1 + 0 + 0) / 4."""
    story = june()(
        D(2022, 6, 21),
        came("G01", "2022-06", 20, answer(report="牵头进展")),
        came("S001", "2022-06", 20, answer(L.COMPLETED, 100, done_on=D(2022, 6, 1))),
        came("S002", "2022-06", 20, answer("", None, report="")),
    )
    task = row_of(shown(story).tasks, task=1)
    assert (task[L.EXPECTED], task[L.REPORTED], task[L.DONE], task[L.AVERAGE]) == (4, 2, 1, 0.375)
    assert task[L.LEAD_REPORT] == "牵头进展" and task[L.LIGHT] == "黄"
    assert task[L.FLAGS] == "漏填、滞后、临期" and task[L.CLOSED] == "未销号"


def test_several_leads_are_named() -> None:
    story = Story(Task(1, 1, "甲", "", ("党办", "教研室"), (), (), D(2022, 6, 30)))
    story(D(2022, 6, 1), JUNE)
    story(D(2022, 6, 21), came("G01", "2022-06", 20, answer(report="一")))
    story(D(2022, 6, 21), came("G02", "2022-06", 20, answer(report="二")))
    assert row_of(shown(story).tasks, task=1)[L.LEAD_REPORT] == "党办：一\n教研室：二"


def test_alerts_say_what_and_what_to_do() -> None:
    story = Story()(D(2022, 5, 1), JUNE)
    story(D(2022, 6, 21), came("S002", "2022-06", 20, answer(L.COMPLETED, 80, done_on=D(2022, 6, 21))))
    story(D(2022, 6, 21), came("S003", "2022-06", 20, answer(progress=0)))
    view = shown(story, D(2022, 6, 28))
    conflict = row_of(view.alerts, flag="矛盾")
    assert conflict[L.NOTE] == "状态“已完成”，进度却只有80%；完成日期2022-06-21晚于收到日期2022-06-20"
    assert conflict[L.LEVEL] == "黄" and conflict[L.ADVICE]
    assert "还有2天，最近报告：推进中 0%" in str(row_of(view.alerts, flag="临期", unit="S003")[L.NOTE])
    assert "没有报过" in str(row_of(view.alerts, flag="临期", unit="S001")[L.NOTE])
    assert "落后超过20个百分点" in str(row_of(view.alerts, flag="滞后")[L.NOTE])
    missing = row_of(view.alerts, flag="未报", unit="S001")
    assert missing[L.TASK_NO] is None and "截至2022-06-28没有收到" in str(missing[L.NOTE])
    target = view.alert_targets[dicts(view.alerts).index(conflict)]
    assert target is not None and view.entries.rows[target][1] == "S002"


def test_alerts_of_later_rounds() -> None:
    same = "我校召开专题会议研究部署，成立领导小组，制定实施方案，各项工作有序推进"
    story = june()(D(2022, 6, 26), came("S002", "2022-06", 20, answer(progress=60, report=same)))
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    story(D(2022, 7, 26), came("S002", "2022-07", 28, answer(progress=40, report=same)))
    story(D(2022, 7, 26), came("S003", "2022-07", 28, answer("", None, done_on=D(2022, 7, 2))))
    late = answer(L.COMPLETED, 100, done_on=D(2022, 7, 2), report=same)
    story(D(2022, 7, 26), came("S001", "2022-07", 28, late, received=datetime(2022, 7, 28, 9)))
    story(D(2022, 7, 26), Review("2022-07", "S003", 1, L.SENT_BACK, ""))
    view = shown(story, D(2022, 7, 29))
    assert row_of(view.alerts, flag="倒退")[L.NOTE] == "2022-06轮：推进中 60%；本轮：推进中 40%"
    assert (
        row_of(view.alerts, flag="雷同", unit="S002")[L.NOTE] == "进展情况与S001 民乐县第一中学相同或几乎相同"
    )
    assert row_of(view.alerts, flag="退回")[L.NOTE] == "审核退回，未写意见"
    assert "完成日期2022-07-02晚于完成时限2022-06-30" in str(row_of(view.alerts, flag="超期完成")[L.NOTE])
    assert "晚于截止日期2022-07-25" in str(row_of(view.alerts, flag="迟报", unit="S001")[L.NOTE])
    assert row_of(view.alerts, flag="漏填", unit="S003")[L.NOTE] == "缺：完成状态"
    assert "已过29天" in str(row_of(view.alerts, flag="逾期", unit="S003")[L.NOTE])
    order = [L.FLAG_NAMES.index(str(r[L.FLAGS])) for r in dicts(view.alerts)]
    assert order == sorted(order)


def test_own_text_of_the_last_round_is_named_as_such() -> None:
    same = "我校召开专题会议研究部署，成立领导小组，制定实施方案，各项工作有序推进"
    story = june()(D(2022, 6, 26), came("S002", "2022-06", 20, answer(report=same)))
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    story(D(2022, 7, 26), came("S002", "2022-07", 28, answer(report=same)))
    assert (
        row_of(shown(story, D(2022, 7, 26)).alerts, flag="雷同")[L.NOTE]
        == "进展情况与本单位上一轮相同或几乎相同"
    )


def test_matrix_cells() -> None:
    story = june()(
        D(2022, 6, 21),
        came("G01", "2022-06", 20, answer("", None, done_on=D(2022, 6, 1))),
        came("S001", "2022-06", 20, answer(progress=33.4)),
        came("S002", "2022-06", 20, answer("", None, report="")),
        came("S003", "2022-06", 20, answer(L.COMPLETED, None, done_on=D(2022, 6, 1))),
    )
    cells = shown(story).matrix.cells
    text = {unit: cell.text for (unit, _), cell in cells.items()}
    assert text == {
        "G01": "漏填",
        "G02": "待报",
        "S001": "33%",
        "S002": "空白",
        "S003": "已完成",
        "S004": "待报",
    }
    assert shown(story, D(2022, 7, 1)).matrix.cells["S004", 2].text == "未报"
    assert [t.no for t in shown(story).matrix.tasks] == [1, 2]


def test_indicators_add_up_and_shares_are_averaged() -> None:
    task = Task(
        1, 1, "安防", "", (), (), ("各中小学",), D(2022, 12, 31),
        indicators=(Indicator("投资", 100, "万元"), Indicator("覆盖率", 100, "%")),
    )  # fmt: skip
    story = Story(task)(D(2022, 6, 1), JUNE)
    for unit, invested, covered in (("S001", 30.0, 80.0), ("S002", 20.0, 100.0)):
        values = (IndicatorValue(1, "投资", invested), IndicatorValue(1, "覆盖率", covered))
        story(D(2022, 6, 21), came(unit, indicators=values))
    story(D(2022, 6, 21), came("S003", indicators=(IndicatorValue(1, "投资", None, raw="很多"),)))
    rows = [row[2:] for row in shown(story).indicators.rows]
    assert rows[0] == ("投资", "全县", 100, "万元", 3, 2, 50.0, 0.5, "洪水镇中心小学")
    assert ("覆盖率", "全县", 100, "%", 3, 2, 90.0, 0.9, "洪水镇中心小学") in rows


def test_an_average_share_has_two_decimals() -> None:
    """A third is no figure that a bureau would write: neither in 合计 nor in 完成率."""
    indicators = (Indicator("覆盖率", 90, "%"), Indicator("投资", 7, "万元"))
    story = Story(Task(1, 1, "安防", "", (), (), ("各中小学",), None, indicators=indicators))(
        D(2022, 6, 1), JUNE
    )
    for unit, covered in (("S001", 80.0), ("S002", 90.0), ("S003", 80.0)):
        values = (IndicatorValue(1, "覆盖率", covered), IndicatorValue(1, "投资", 0.125))
        story(D(2022, 6, 21), came(unit, indicators=values))
    rows = {(r["指标名称"], r["统计范围"]): r for r in dicts(shown(story).indicators)}
    share, money = rows["覆盖率", "全县"], rows["投资", "全县"]
    assert (share["合计"], share["完成率"]) == (83.33, 0.9259)
    assert (money["合计"], money["完成率"]) == (0.375, 0.0536)


def test_indicators_are_counted_by_stage_and_district() -> None:
    """A sum for the county, then one for each 学段 and 学区 whose units report; their share of a target is unknown."""
    task = Task(
        1, 1, "安防", "", (), (), ("各中小学",), D(2022, 12, 31), indicators=(Indicator("投资", 100, "万元"),)
    )
    story = Story(task)(D(2022, 6, 1), JUNE)
    for unit, invested in (("S001", 30.0), ("S002", 20.0)):
        story(D(2022, 6, 21), came(unit, indicators=(IndicatorValue(1, "投资", invested),)))
    rows = {row[3]: row[4:] for row in shown(story).indicators.rows}
    units = {unit.code: unit for unit in small_roster().units if unit.code in ("S001", "S002", "S003")}
    groups = {stage for unit in units.values() for stage in unit.stages} | {
        u.district for u in units.values()
    }
    assert set(rows) == {"全县"} | (groups - {""})
    for name, row in rows.items():
        members = [u for u in units.values() if name in ("全县", *u.stages, u.district)]
        told = [{"S001": 30.0, "S002": 20.0}.get(u.code) for u in members]
        silent = "、".join(u.name for u in members if u.code == "S003") or None
        counted = [value for value in told if value is not None]
        whole = name == "全县"
        assert row == (
            100 if whole else None, "万元", len(members), len(counted), sum(counted) if counted else None,
            0.5 if whole else None, silent,
        )  # fmt: skip


def test_problems_from_rows_and_from_the_list() -> None:
    listed = (Problem(1, "漏雨", "维修", "李四", "7月底", "整改中"), Problem(9, "别处的"))
    story = june()(D(2022, 6, 21), came("S002", "2022-06", 20, answer(problems="缺经费"), problems=listed))
    story(D(2022, 6, 21), came("S003", "2022-06", 20, answer(problems="无")))
    rows = [(r[L.PROBLEM], r[L.NEXT_STEPS], r[L.STATUS]) for r in dicts(shown(story).problems)]
    assert rows == [("缺经费", None, "推进中"), ("漏雨", "维修；7月底", "整改中")]


def test_rejected_files_of_this_round_with_the_units_confirmed_so_far() -> None:
    why = codes.rejection("unknown-unit", what="没有单位")
    bad = Rejected("ab" * 32, "x.xlsx", "2022-06", why.code, why.note, datetime(2022, 6, 20, 8))
    old = Rejected("cd" * 32, "y.xlsx", "2022-05", "unknown-unit", "认不出", datetime(2022, 5, 20, 8))
    view = shown(june()(D(2022, 6, 21), old, bad, Confirmation("ab" * 32, "S002")))
    (row,) = dicts(view.rejected)
    assert (row["文件编号"], row["文件"], row[L.CONFIRM_UNIT]) == ("ab" * 6, "x.xlsx", "S002")
    assert row["原因"] == "认不出这是哪个单位的填报表：没有单位。"
    assert row[L.FIX] == codes.fix_for("unknown-unit") and view.home.rejected == 1


def test_only_files_without_a_unit_ask_for_one() -> None:
    def steps(*refused: str) -> list[str]:
        story = june()
        for at, code in enumerate(refused):
            story(D(2022, 6, 21), Rejected(f"{at:064}", "x.xlsx", "2022-06", code, "", datetime(2022, 6, 20)))
        return [step for step in shown(story).home.next_steps if L.REJECTED in step]

    [only] = steps("unknown-unit", "unknown-unit")
    assert "2个文件认不出单位" in only and L.CONFIRM_UNIT in only
    [other] = steps("wrong-round")
    assert "1个文件不能计入" in other and L.CONFIRM_UNIT not in other
    both = steps("encrypted", "unknown-unit", "wrong-tracker")
    assert "1个文件认不出单位" in both[0] and "2个文件不能计入" in both[1]


# --- 填报提醒 -----------------------------------------------------------------------------------------
def test_a_row_for_each_warning_of_the_returns_that_count_the_worst_first() -> None:
    def warned(unit: str, *warnings: Warning, day: int = 20) -> Return:
        return came(unit, "2022-06", day, warnings=warnings, path=f"{unit}的表.xlsx")

    late = codes.warning("bad-progress", task=1, cell="填报表!G10", value="=过半", what="读不懂")
    early = codes.warning("bad-status", task=1, cell="填报表!F9", value="差\n" * 200)
    lost = codes.warning("unknown-task", cell="总表!A34", value="某校", where="总表", what="认不出")
    macros = codes.warning("has-macros", what="宏")
    story = june()(
        D(2022, 6, 21),
        warned("S002", early, day=19),  # its later return counts
        warned("S002", late, early, lost, macros),
        warned("S001", codes.warning("bad-status", task=1, cell="填报表!F5", value="好")),
    )
    rows = dicts(shown(story).reminders)
    assert [(r[L.LEVEL], r[L.UNIT_CODE], r[L.TASK_NO], r[L.REMINDER], r[L.CELL]) for r in rows] == [
        ("必须改", "S001", 1, "完成状态读不懂", "填报表!F5"),
        ("必须改", "S002", None, "不是本表任务的行", "总表!A34"),
        ("必须改", "S002", 1, "完成状态读不懂", "填报表!F9"),
        ("必须改", "S002", 1, "完成进度读不懂", "填报表!G10"),
        ("请核对", "S002", None, "文件带有宏等内容", None),
    ]
    assert rows[2][L.ORIGINAL] == "差\n" * 200 and "…" in rows[2][L.NOTE], (
        "the whole text, not the note's piece"
    )
    assert {r[L.UNIT_NAME]: r[L.SOURCE] for r in rows}["洪水镇初级中学"] == "S002的表.xlsx"
    assert all(r[L.NOTE] and r[L.FIX] for r in rows) and rows[4][L.ORIGINAL] is None


def test_a_copied_text_is_among_the_reminders_of_both_schools() -> None:
    text = "我校召开专题会议研究部署，成立领导小组，制定实施方案，各项工作有序推进"
    story = june()
    for unit in ("S002", "S003"):
        story(D(2022, 6, 21), came(unit, "2022-06", 20, answer(report=text, cell="填报表!I5")))
    told = [(r[L.UNIT_CODE], r[L.REMINDER], r[L.CELL], r[L.ORIGINAL]) for r in dicts(shown(story).reminders)]
    assert told == [(unit, "进展情况雷同", "填报表!I5", text) for unit in ("S002", "S003")]
    assert shown(Story()).reminders.rows == ()


def test_overview_counts() -> None:
    story = june()(
        D(2022, 6, 21),
        came("S002", "2022-06", 20, answer(L.COMPLETED, 100, done_on=D(2022, 6, 1))),
        came("S003", "2022-06", 20, answer(progress=50)),
    )
    over = shown(story).overview
    (project,) = over.by_project
    assert (project.expected, project.reported, project.done, project.average) == (6, 2, 1, 0.25)
    assert {t.name: (t.expected, t.reported, t.done) for t in over.by_district} == {
        "县直": (2, 0, 0),
        "洪水学区": (2, 2, 1),
    }
    assert [t.expected for t in over.by_stage] == [1, 1, 1, 1]
    assert sum(over.lights.values()) == 6


def test_next_steps_follow_the_state() -> None:
    story = june()
    assert any("eduxl templates" in step for step in shown(story).home.next_steps)
    story(D(2022, 6, 21), came("S002"))
    assert any("待报" in step for step in shown(story).home.next_steps)
    assert any("催报" in step for step in shown(story, D(2022, 7, 1)).home.next_steps)
    everyone = [came(u, "2022-06", 20, answer(task=t)) for u, t in
                (("G01", 1), ("G02", 2), ("S001", 1), ("S003", 1), ("S004", 2))]  # fmt: skip
    story(D(2022, 6, 21), *everyone)
    assert "已收齐" in shown(story).home.next_steps[-1]
    story(D(2022, 6, 30), RoundClosed("2022-06", tuple(shown(story).entries.rows)))
    closed = shown(story, D(2022, 6, 30))
    assert "已于2022-06-30结束" in closed.home.next_steps[0] and closed.home.round_closed
    assert len(closed.history.rows) == 6


def test_status_counts_every_alert_row_once() -> None:
    story = june()(D(2022, 6, 28), came(day=28))
    current = story.state.current
    assert current is not None
    status = status_of(story.state, look(story.state, current, D(2022, 7, 1)))
    assert status.late == ("S002 洪水镇初级中学",) and len(status.missing) == 5
    assert status.expected == 6 and status.received == 1
    assert (status.flags["未报"], status.flags["迟报"], status.flags["逾期"]) == (5, 1, 4)
    data = status.to_json()
    assert data["as_of"] == "2022-07-01" and list(data) == [
        "round", "as_of", "expected", "received", "missing", "late", "flags",
    ]  # fmt: skip


def test_log_is_newest_first_and_meta_names_the_tracker() -> None:
    view = shown(june(), pinned=True)
    assert view.log.rows[0][0] == D(2022, 6, 1)
    assert view.meta["tracker"] == "t1" and view.meta["generation"] == "3" and view.home.pinned


def test_plan_without_projects() -> None:
    assert small_plan().project_title(Task(1, None, "甲")) == ""
    view = shown(Story(Task(1, None, "甲", "", ("党办",))))
    assert row_of(view.tasks, task=1)[L.PROJECT] is None
