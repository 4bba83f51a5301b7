"""A made-up year of a county, told step by step from a seed: what the units send and what the clerk types.

`Year(seed).steps()` yields what happens, one dict at a time, and plays each step on a `Reference` as well, so
that whoever drives the real product can compare after every step. Nothing here knows the product.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from .reference import Reference, Row, empty

YEAR = 2022

#: code, name, kind, stages, district. Not in order of code, so that it shows which order a list follows.
UNITS = [
    ("S003", "洪水镇初级中学", "学校", "初中", "洪水学区"),
    ("G01", "党办", "股室", "", ""),
    ("G02", "教研室", "股室", "", ""),
    ("S001", "民乐县第一中学", "学校", "高中", "县直"),
    ("G03", "基教股", "股室", "", ""),
    ("G04", "安全办", "股室", "", ""),
    ("X01", "洪水学区", "学区", "", ""),
    ("S002", "民乐县思源实验学校", "学校", "小学、初中", "县直"),
    ("S004", "洪水镇中心小学", "学校", "小学", "洪水学区"),
    ("S005", "民乐县第一小学", "学校", "小学", "县直"),
    ("S006", "民乐县第一幼儿园", "学校", "幼儿园", "县直"),
    ("S007", "洪水镇中心幼儿园", "学校", "幼儿园", "洪水学区"),
]
SCHOOLS = ["S001", "S002", "S003", "S004", "S005"]
GARDENS = ["S006", "S007"]
JUNIOR = ["S002", "S003"]
COMPULSORY = ["S002", "S003", "S004", "S005"]

PROJECTS = [(1, "着力实施党建引领工程", 2), (2, "着力实施质量提升工程", 6), (3, "着力实施平安校园工程", 9)]

#: no, title, lead, support, schools, deadline as written, due, recurrence, members of the school groups.
#: 11 April is day 100 after New Year: the share of time gone is a whole number there, good for edges.
TASKS: list[tuple[int, str, list[str], list[str], list[str], str | None, date | None, str | None, list[str]]]
TASKS = [
    (1, "持续开展清廉校园创建活动", ["党办"], ["教研室"], ["各中小学", "幼儿园"],
     "2022年6月", date(2022, 6, 30), None, SCHOOLS + GARDENS),
    (2, "推进党组织领导的校长负责制", ["党办"], [], ["各中小学"],
     "2022年4月11日", date(2022, 4, 11), None, SCHOOLS),
    (3, "落实五项管理月度自查", ["基教股"], [], ["各中小学"],
     "每月25日前", date(2022, 12, 31), "monthly", SCHOOLS),
    (4, "开展教学质量季度监测", ["教研室"], ["基教股"], ["各初级中学"],
     "每季度末", date(2022, 12, 31), "quarterly", JUNIOR),
    (5, "提升义务教育学校办学水平", ["教研室"], [], ["各义务教育学校"],
     "2022年9月", date(2022, 9, 30), None, COMPULSORY),
    (6, "规范学区管理", ["基教股"], [], ["各学区"],
     "持续推进", date(2022, 12, 31), "ongoing", ["X01"]),
    (7, "建设高中实训基地", ["安全办"], [], ["民乐县第一中学"],
     None, None, None, ["S001"]),
    (8, "排查幼儿园安全隐患", ["安全办"], [], ["各幼儿园"],
     "每周五", date(2022, 12, 31), "weekly", GARDENS),
    (9, "完成校园消防改造", ["安全办"], [], ["各中小学、幼儿园"],
     "2022年11月", date(2022, 11, 30), None, SCHOOLS + GARDENS),
]  # fmt: skip

WORDS = [
    "组织专题学习", "开展随堂听课", "整改薄弱环节", "邀请专家指导", "建立工作台账", "排查安全隐患",
    "召开家长会议", "完善管理制度", "落实包联责任", "购置教学设备", "举办技能比赛", "培训骨干教师",
    "修缮学生宿舍", "更新校园网络", "走访困难家庭", "检查食堂卫生", "编写校本教材", "规范作业管理",
    "丰富课后服务", "改造运动场地", "评选先进班级", "总结典型经验", "公示经费使用", "签订目标责任",
    "制定实施方案", "明确时间节点", "督促限期整改", "完成阶段验收", "推广优秀案例", "强化家校共育",
    "开设社团课程", "组织消防演练",
]  # fmt: skip


def plan_text() -> str:
    """The plan in the form in which the county publishes it."""
    lines = [
        f"民乐县{YEAR}年教育工作要点",
        f"{YEAR}年，我县教育工作围绕办人民满意教育中心目标，统筹实施各项工程，不断推动教育高质量发展。",
    ]
    heads = iter(PROJECTS)
    head = None
    for no, title, lead, support, schools, words, *_ in TASKS:
        if head is None or no > head[2]:
            head = next(heads)
            lines.append(f"{'一二三'[head[0] - 1]}、{head[1]}")
        lines.append(f"{no}.{title}。按照县上统一部署，明确责任，细化措施，确保第{no}项任务落到实处。")
        if support:
            lines.append(f"牵头单位：{'、'.join(lead)}")
            lines.append(f"配合单位：{'、'.join(support)}")
            lines.append(f"落实单位：{'、'.join(schools)}")
        else:
            lines.append(f"责任单位：{'、'.join(lead)}，{'、'.join(schools)}")
        if words is not None:
            lines.append(f"完成时间：{words}")
    return "\n".join(lines) + "\n"


def split_names(names: list[str]) -> list[str]:
    """`各中小学、幼儿园` is two names of the plan."""
    return [part for name in names for part in name.split("、")]


def tasks_for_reference() -> list[dict[str, Any]]:
    codes = {name: code for code, name, *_ in UNITS}
    out = []
    for no, title, lead, support, schools, _, due, recurrence, members in TASKS:
        who = {codes[name]: "牵头" for name in lead}
        who |= {codes[name]: "配合" for name in support}
        who |= {code: "落实" for code in members}
        out.append(
            {
                "no": no,
                "project": next(name for _, name, last in PROJECTS if no <= last),
                "title": title,
                "body": None,  # as the plan reader gives it
                "lead": lead,
                "support": support,
                "schools": split_names(schools),
                "due": due,
                "recurrence": recurrence,
                "who": who,
            }
        )
    return out


def units_for_reference() -> list[dict[str, Any]]:
    return [dict(zip(("code", "name", "kind", "stages", "district"), unit, strict=True)) for unit in UNITS]


class Year:
    """One year from one seed. `reference` is in step with what `steps` has yielded so far."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.reference = Reference(YEAR, tasks_for_reference(), units_for_reference())
        self.count = 0
        self.today = date(YEAR, 1, 1)
        #: texts of this round by task, for those who copy from a neighbour
        self.heard: dict[int, list[str]] = {}
        #: what each unit wrote last, by task
        self.said: dict[tuple[str, int], Row] = {}

    def chance(self, percent: float) -> bool:
        return self.dice.random() * 100 < percent

    # --- the year ---------------------------------------------------------------------------------
    def steps(self) -> Iterator[dict[str, Any]]:
        for month in range(1, 13):
            yield from self.round(month)

    def round(self, month: int) -> Iterator[dict[str, Any]]:
        name = f"{YEAR}-{month:02d}"
        start = max(self.today, date(YEAR, month, self.dice.randint(1, 4)))
        due = date(YEAR, month, self.dice.randint(14, 26))
        self.today = start
        self.reference.open(name, due, start)
        yield {"do": "open", "round": name, "due": due, "as_of": start}
        yield {"do": "templates", "as_of": start}
        self.heard = {}
        given = {unit: self.reference.filled_in(unit) for unit in self.reference.units}

        days = self.merge_days(month, start, due)
        waiting = self.submissions(name, start, days, given)
        pile = self.chance(50)
        for number, day in enumerate(days):
            if self.chance(75 if number else 40):
                yield from self.clerk()
            arrived = [f for f in waiting if f["merge"] <= number]
            waiting = [f for f in waiting if f["merge"] > number]
            self.today = day
            self.reference.merge(arrived, day)
            yield {"do": "merge", "as_of": day, "files": arrived, "pile": pile}
            if self.chance(25):
                self.today = day + timedelta(days=self.dice.randint(0, 1))
                self.reference.look(self.today)
                yield {"do": "status", "as_of": self.today}
        if self.chance(60):
            yield from self.clerk()
        if self.chance(60):
            self.reference.close(self.today)
            yield {"do": "close", "as_of": self.today}
            if self.chance(30):
                yield from self.clerk()  # read by the opening of the next round

    def merge_days(self, month: int, start: date, due: date) -> list[date]:
        """Days of merging: round the round's due date, and at the edges of the tasks' dates."""
        last = date(YEAR, month, calendar.monthrange(YEAR, month)[1])
        if month == 12:
            last = date(YEAR + 1, 1, 12)
        edges = []
        for task in self.reference.tasks.values():
            if task["due"]:
                for days in (0, 1, -self.reference.warn, -self.reference.warn - 1):
                    edges.append(task["due"] + timedelta(days=days))
        edges = sorted({d for d in edges if start <= d <= last})
        chosen = {due, due + timedelta(days=1)} if self.chance(60) else {due - timedelta(days=3)}
        chosen |= set(self.dice.sample(edges, min(2, len(edges))))
        chosen.add(due + timedelta(days=self.dice.randint(2, 5)))
        if self.chance(50):
            chosen.add(last)
        return sorted(day for day in chosen if self.today <= day)

    # --- the clerk --------------------------------------------------------------------------------
    def clerk(self) -> Iterator[dict[str, Any]]:
        """A sitting of the clerk in front of the workbook."""
        ref, dice = self.reference, self.dice
        asked = ref.rounds[-1]["asked"]
        edits: dict[tuple[Any, str], Any] = {}
        for _ in range(dice.randint(1, 6)):
            key = dice.choice(asked)
            deed = dice.random()
            if deed < 0.35:
                # mostly an answer that is there, at times a row where nothing came
                full = [k for k in asked if ref.answer(ref.rounds[-1]["id"], *k) is not None]
                key = dice.choice(full) if full and self.chance(80) else key
                edits[key, "审核结果"] = "退回"
                edits[key, "审核意见"] = dice.choice(["数据与报表不符，请核实", "请补充佐证材料", None])
            elif deed < 0.55:
                edits[key, "审核结果"] = "通过"
                if self.chance(30):
                    edits[key, "审核意见"] = "情况属实"
            elif deed < 0.65:
                standing = sorted(k for k in asked if ref.review.get(k, [None])[0])
                if standing:
                    key = dice.choice(standing)
                    edits[key, "审核结果"] = dice.choice([None, None, "通过"])
                    edits[key, "审核意见"] = None
            elif deed < 0.68:
                edits[key, "审核意见"] = "待电话核实"
            elif deed < 0.85:
                base = ref.tasks[key[1]]["due"] or self.today
                shift = dice.choice([-9, -1, 0, 1, 10, 15, 16, 30, 75])
                day = dice.choice([base, self.today]) + timedelta(days=shift)
                if day > date(YEAR, 1, 10):
                    edits[key, "延期至"] = day
            elif deed < 0.92:
                extended = sorted(k for k in asked if k in ref.extension)
                if extended:
                    edits[dice.choice(extended), "延期至"] = None
            elif deed < 0.96:
                edits[dice.choice(sorted(ref.tasks)), "销号"] = "已销号"
            elif ref.struck:
                edits[dice.choice(sorted(ref.struck)), "销号"] = "未销号"
        if self.chance(8):
            edits["首页", "warn"] = dice.choice([7, 10, 15, 20, 30])
        if self.chance(8):
            edits["首页", "lag"] = dice.choice([0, 5, 10, 20, 30])
        # the clerk who closed too many tasks reopens one: else the year would run dry
        if len(ref.struck) > 2:
            edits[dice.choice(sorted(ref.struck)), "销号"] = "未销号"
        typed = [(where, column, value) for (where, column), value in edits.items()]
        for where, column, value in typed:
            ref.type(where, column, value)
        if typed:
            yield {"do": "type", "cells": typed}

    # --- the units --------------------------------------------------------------------------------
    def submissions(
        self, name: str, start: date, days: list[date], given: dict[str, dict[int, Row]]
    ) -> list[dict[str, Any]]:
        """All files of the round; `merge` is the number of the merge in whose folder the file first lies."""
        files: list[dict[str, Any]] = []
        if not days:
            return files
        if self.chance(4):
            return files  # a round in which nobody answers
        for unit in sorted(self.reference.units):  # not the order of the roster
            tasks = [no for who, no in self.reference.rounds[-1]["asked"] if who == unit]
            if not tasks or self.chance(14):
                continue
            first = self.submission(unit, name, tasks, self.moment(start, days), days, given[unit])
            files.append(first)
            if self.chance(15):
                # a second draft at about the same time, often in the same merge; now and then an older one
                gap = timedelta(hours=self.dice.choice([-30, -3, 2, 5, 26]))
                files.append(self.submission(unit, name, tasks, first["received"] + gap, days, given[unit]))
            if self.chance(30):
                # a correction after the first merge
                later = self.moment(start, days)
                if later > first["received"]:
                    files.append(self.submission(unit, name, tasks, later, days, given[unit]))
            if self.chance(10):
                # the same bytes once more
                again = first["received"] + timedelta(days=self.dice.randint(0, 4), minutes=7)
                later_merges = range(first["merge"] + 1, len(days))
                number = next((n for n in later_merges if days[n] >= again.date()), None)
                if number is not None:
                    resent = {"received": again, "name": f"再报_{first['name']}", "merge": number}
                    files.append({**first, **resent})
        return files

    def moment(self, start: date, days: list[date]) -> datetime:
        span = (days[-1] - start).days
        day = start + timedelta(days=self.dice.randint(0, span))
        return datetime.combine(day, time(self.dice.choice([0, 9, 15, 23]), self.dice.randint(1, 58)))

    def submission(
        self,
        unit: str,
        name: str,
        tasks: list[int],
        received: datetime,
        days: list[date],
        given: dict[int, Row],
    ) -> dict[str, Any]:
        number = next((n for n, day in enumerate(days) if day >= received.date()), None)
        if number is None:
            received = datetime.combine(days[-1], time(8, self.dice.randint(1, 58)))
            number = len(days) - 1
        if self.chance(10):
            number = min(number + 1, len(days) - 1)  # lay in the mail box for a while
        self.count += 1
        untouched = self.chance(4)
        rows: dict[int, Row] = {}
        for no in tasks:
            if untouched:
                rows[no] = dict(given.get(no, {}))
            elif no in given and self.chance(75):
                rows[no] = dict(given[no])
            elif self.chance(2):
                continue  # the school deleted the row
            else:
                rows[no] = self.answer(unit, no, received, self.dice.choice(days))
            text = rows[no].get("进展情况")
            if text:
                self.heard.setdefault(no, []).append(text)
            if not empty(rows[no]):
                self.said[unit, no] = rows[no]
        modified: datetime | None = received - timedelta(minutes=self.dice.randint(0, 50))
        way = self.dice.random()
        if way < 0.15:
            modified = None
        elif way < 0.3:
            modified = received - timedelta(days=self.dice.randint(1, 9))  # finished long before it was sent
        elif way < 0.4:
            # two files saved in the same minute: the later one to come counts
            modified = datetime.combine(received.date(), time(0, 0))
        label = self.reference.units[unit]["name"]
        mark = f"({self.count})" if self.chance(80) else f"-{self.count}修改"
        return {
            "unit": unit,
            "name": f"{unit}_{label}_{name}{mark}.xlsx",
            "ident": self.count,
            "received": received,
            "modified": modified,
            "rows": rows,
            "merge": number,
            "progress_as": self.dice.choice(["share", "percent", "text"]),
            "dates_as": self.dice.choice(["date", "date", "dots", "words"]),
        }

    def text(self) -> str:
        words = self.dice.sample(WORDS, self.dice.randint(5, 9))
        return "，".join(words) + f"，涉及{self.dice.randint(100, 999)}人次。"

    def near(self, text: str) -> str:
        """The text again with another comma, a blank, or one letter changed."""
        way = self.dice.randint(0, 4)
        if way == 0:
            return text.replace("，", "；")
        if way == 1:
            return text.replace("，", "， ").replace("。", "")
        if way == 2:
            return "一、" + text.replace("，", "\n", 1)
        if way == 3:
            return text.replace("组织", "开展").replace("完善", "健全")
        return text

    def edge_text(self, length: int) -> str:
        return (self.text() + self.text())[: length - 1].replace("，", "及") + "等"

    def answer(self, unit: str, no: int, received: datetime, some_day: date) -> Row:
        """One row as a unit might fill it in."""
        dice = self.dice
        before = self.said.get((unit, no), {})
        task = self.reference.tasks[no]
        row: Row = {"填报人": dice.choice(["王芳", "李强", "𠮷田", None])}
        row["联系电话"] = dice.choice(["0936-4421001", None])
        if self.chance(9):
            return row if self.chance(50) else {}

        old = before.get("完成进度") or 0
        progress: float = min(100, old + dice.choice([0, 5, 10, 20, 35, 50]))
        if task["recurrence"] == "monthly":
            progress = dice.choice([30, 60, 100, 100])
        if self.chance(15) and task["due"] and task["recurrence"] is None:
            # just at the edge of 滞后 on one of the days of merging
            share = 100 * (some_day - date(YEAR, 1, 1)).days // max((task["due"] - date(YEAR, 1, 1)).days, 1)
            edge = share - self.reference.lag + dice.choice([0, 1, -1])
            if 2 <= edge < 100:
                progress = edge
        if self.chance(6):
            progress = max(old - dice.choice([1, 10, 30]), 0)
        if progress == 1:
            progress = 2
        if self.chance(5) and 2 < progress < 99:
            progress += 0.5

        row["进展情况"] = self.text()
        if self.chance(15):
            row["进展情况"] = "已按要求推进"
        if progress >= 100:
            row["完成状态"], row["完成进度"] = "已完成", dice.choice([100, 100, None])
            row["完成日期"] = received.date() - timedelta(days=dice.choice([0, 1, 3, 20, 60]))
            if task["due"] and self.chance(35):
                near_due = task["due"] + timedelta(days=dice.choice([-1, 0, 1, 9]))
                row["完成日期"] = min(received.date(), near_due)
        elif progress == 0 and self.chance(60):
            row["完成状态"], row["完成进度"] = "未启动", dice.choice([0, None])
        elif no == 6:
            row["完成状态"], row["完成进度"] = "持续推进", progress
        else:
            row["完成状态"], row["完成进度"] = "推进中", progress
        if self.chance(25):
            row["存在问题"] = dice.choice(["经费不足", "人员紧张，暂未到位"])
        if self.chance(25):
            row["下一步措施"] = "按月调度"
        if self.chance(20):
            row["佐证材料"] = "见附件3"

        if self.chance(5):
            row["完成状态"], row["完成进度"] = "无法完成", None
            row["存在问题"] = dice.choice(["场地未批", None])
            row.pop("完成日期", None)
        if self.chance(6):
            # back to an earlier state
            row.pop("完成日期", None)
            row["完成状态"] = dice.choice(["未启动", "推进中", "持续推进"])
            row["完成进度"] = 0 if row["完成状态"] == "未启动" else progress if progress < 100 else 95
        if self.chance(9):
            # a contradiction
            way = dice.randint(0, 5)
            if way == 0:
                row["完成状态"], row["完成进度"] = "未启动", 40
            elif way == 1:
                row["完成状态"], row["完成进度"] = "推进中", 100
            elif way == 2:
                row["完成状态"], row["完成进度"] = "已完成", 90
            elif way == 3:
                row["完成日期"] = received.date()
            elif way == 4:
                row["完成状态"] = "已完成"
                row["完成日期"] = received.date() + timedelta(days=dice.choice([1, 5]))
            else:
                row["完成状态"], row["完成日期"] = None, received.date() + timedelta(days=1)
        if self.chance(9):
            # a needed cell left empty
            row[dice.choice(["完成状态", "完成进度", "进展情况", "完成日期", "存在问题"])] = None
        if self.chance(2):
            row = {dice.choice(["完成进度", "进展情况", "存在问题", "下一步措施", "佐证材料"]): "略"}
            if "完成进度" in row:
                row["完成进度"] = 0
        if row.get("进展情况"):
            if self.chance(7) and self.heard.get(no):
                row["进展情况"] = self.near(dice.choice(self.heard[no]))
            elif self.chance(8) and before.get("进展情况"):
                row["进展情况"] = self.near(before["进展情况"])
            elif self.chance(4):
                twin = self.edge_text(dice.choice([19, 20]))
                row["进展情况"] = self.heard.setdefault(-no, [twin])[0]
        return row
