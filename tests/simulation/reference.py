"""What 填报明细, 预警清单 and 任务台账 must show, worked out a second time and as plainly as possible.

This model shares no code with the package: it is written from the words of docs/design.md (Flags and
lights, Rules behind the table) with dictionaries and loops, so that a slip in either of the two shows up as a
difference. It is slow and knows nothing of files, sheets or ledgers.
"""

from __future__ import annotations

import copy
import functools
import unicodedata
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

Row = dict[str, Any]

#: the eleven flags, worst first
ORDER = ["未报", "退回", "逾期", "漏填", "矛盾", "倒退", "滞后", "雷同", "临期", "迟报", "超期完成"]
RED = ["未报", "退回", "逾期"]
YELLOW = ["漏填", "矛盾", "倒退", "滞后", "雷同"]
BLUE = ["临期"]

ANSWERS = ["完成状态", "完成进度", "完成日期", "进展情况", "存在问题", "下一步措施", "佐证材料"]
ANSWERS += ["填报人", "联系电话"]
CYCLE = {None: None, "weekly": "每周", "monthly": "每月", "quarterly": "每季度", "ongoing": "持续推进"}


def empty(row: Row | None) -> bool:
    """Nothing answered. A name or a telephone number alone is no answer; progress 0 is one."""
    if row is None:
        return True
    for column in ["完成状态", "完成日期", "进展情况", "存在问题", "下一步措施", "佐证材料"]:
        if row.get(column):
            return False
    return row.get("完成进度") is None


def edits(a: str, b: str) -> int:
    """Levenshtein distance."""
    line = list(range(len(b) + 1))
    for i in range(len(a)):
        above, line = line, [i + 1]
        for j in range(len(b)):
            swap = above[j] + (0 if a[i] == b[j] else 1)
            line.append(min(swap, above[j + 1] + 1, line[j] + 1))
    return line[-1]


@functools.cache
def alike(a: str | None, b: str | None) -> bool:
    """`a` of 20 characters or more says (nearly) what `b` says, white space and punctuation aside."""
    if not a or not b or len(a.strip()) < 20:
        return False
    bare = []
    for text in (a, b):
        bare.append("".join(c for c in text if unicodedata.category(c)[0] not in "ZCPS"))
    if bare[0] == bare[1]:
        return True
    # similarity = 1 - distance / length of the longer; at least 0.95 means distance at most a twentieth
    return edits(bare[0], bare[1]) * 20 <= max(len(bare[0]), len(bare[1]))


class Reference:
    """A tracker that exists on paper only. Commands are called in the order in which the clerk gives them.

    `tasks`: no, project, title, body, lead, support, schools (as written), due, recurrence, who {unit: role}.
    `units`: code, name, kind, stages, district, in the order of the roster.
    """

    def __init__(self, year: int, tasks: list[dict[str, Any]], units: list[dict[str, Any]]) -> None:
        self.year = year
        self.tasks = {task["no"]: task for task in tasks}
        self.units = {unit["code"]: unit for unit in units}
        self.rounds: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []  # with copies of the same bytes
        # what stands in the clerk's cells
        self.review: dict[tuple[str, int], list[str | None]] = {}
        self.extension: dict[tuple[str, int], date] = {}
        self.struck: set[int] = set()
        self.warn = 15
        self.lag = 20
        # typed, but not yet read by a command
        self.typed: list[tuple[Any, ...]] = []
        # answers (file, task) that a 退回 hit: while it stands, and for good once a newer return came
        self.standing: dict[tuple[str, int], set[tuple[str, int]]] = {}
        self.spoiled: set[tuple[str, int]] = set()
        self.history: list[Row] = []
        self.diary: list[tuple[date, Reference]] = []

    # --- what the clerk does ----------------------------------------------------------------------
    def type(self, where: str | tuple[str, int] | int, column: str, value: Any) -> None:
        """The clerk types (None: empties) a cell: row (unit, task), task number, or 首页."""
        self.typed.append((where, column, value))

    def open(self, name: str, due: date, as_of: date) -> None:
        self._read()
        if self.rounds and self.rounds[-1]["closed"] is None:
            self._close(as_of)
        asked = []
        for no, task in self.tasks.items():
            if no not in self.struck:
                for unit in task["who"]:
                    asked.append((unit, no))
        self.rounds.append({"id": name, "due": due, "closed": None, "asked": asked})
        # 退回 outlives its round, 通过 does not
        for key in list(self.review):
            if self.review[key][0] != "退回":
                del self.review[key]
        self._note(as_of)

    def close(self, as_of: date) -> None:
        self._read()
        self._close(as_of)
        self._note(as_of)

    def merge(self, files: list[dict[str, Any]], as_of: date) -> None:
        """`files`: unit, name, ident (same bytes, same ident), modified, received, rows {task: answers}."""
        self._read()
        this = self.rounds[-1]["id"]
        self.sent += files
        before = {unit: self.winner(this, unit) for unit in self.units}
        for file in sorted(files, key=lambda f: (f["received"], f["name"])):
            if all(file["ident"] != old["ident"] for old in self.files):
                self.files.append({**file, "round": this})
        for unit in self.units:
            if self.winner(this, unit) is not before[unit]:
                # a newer return: the bureau's answers were to the old one
                for key in list(self.review):
                    if key[0] == unit:
                        del self.review[key]
                for key in list(self.standing):
                    if key[0] == unit:
                        self.spoiled |= self.standing.pop(key)
        self._note(as_of)

    def look(self, as_of: date) -> None:
        """A command that only reads the clerk's cells."""
        self._read()
        self._note(as_of)

    def _read(self) -> None:
        for where, column, value in self.typed:
            if column == "warn":
                self.warn = value
            elif column == "lag":
                self.lag = value
            elif column == "销号":
                if value == "已销号":
                    self.struck.add(where)
                else:
                    self.struck.discard(where)
            elif column == "延期至":
                if value is None:
                    self.extension.pop(where, None)
                else:
                    self.extension[where] = value
            else:
                cells = self.review.setdefault(where, [None, None])
                cells[0 if column == "审核结果" else 1] = value
        self.typed = []
        for key, (result, _) in self.review.items():
            if result == "退回" and key not in self.standing:
                self.standing[key] = self._judged(*key)
        for key in list(self.standing):
            if self.review.get(key, [None])[0] != "退回":
                del self.standing[key]  # withdrawn

    def _judged(self, unit: str, no: int) -> set[tuple[str, int]]:
        """What a 退回 hits: the unit's last answer, and the last one with a status should that be another."""
        hit = set()
        for round_ in reversed(self.rounds):
            row = self.answer(round_["id"], unit, no)
            if row is not None:
                hit.add((self.winner(round_["id"], unit)["ident"], no))  # type: ignore[index]
                if row.get("完成状态"):
                    break
        return hit

    def _close(self, as_of: date) -> None:
        self.history += self.rows(as_of)
        self.rounds[-1]["closed"] = as_of

    def _note(self, as_of: date) -> None:
        page = copy.copy(self)
        page.files = list(self.files)
        for name in ("rounds", "review", "extension", "struck", "standing", "spoiled"):
            setattr(page, name, copy.deepcopy(getattr(self, name)))
        self.diary.append((as_of, page))

    def as_known_on(self, day: date) -> Reference | None:
        """The state after the last command given on `day` or before."""
        pages = [page for written, page in self.diary if written <= day]
        return pages[-1] if pages else None

    # --- what was said ----------------------------------------------------------------------------
    def winner(self, round_id: str, unit: str) -> dict[str, Any] | None:
        best = None
        for file in self.files:
            if file["round"] != round_id or file["unit"] != unit:
                continue
            if best is None or self._age(file) > self._age(best):
                best = file
        return best

    @staticmethod
    def _age(file: dict[str, Any]) -> tuple[datetime, datetime]:
        return (file["modified"] or file["received"], file["received"])

    def answer(self, round_id: str, unit: str, no: int) -> Row | None:
        """The unit's row in the round, None where it is missing or empty."""
        file = self.winner(round_id, unit)
        row = file["rows"].get(no) if file else None
        return None if empty(row) else row

    def period(self, no: int, round_id: str) -> str:
        recurrence = self.tasks[no]["recurrence"]
        year, month = round_id[:4], int(round_id[5:7])
        if recurrence == "weekly":
            return round_id
        if recurrence == "monthly":
            return f"{year}m{month}"
        if recurrence == "quarterly":
            return f"{year}q{(month + 2) // 3}"
        return "all"

    def rounds_before(self, no: int, *, this_too: bool) -> list[str]:
        """Ids of the rounds whose answers count for the task now, oldest first."""
        ids = [r["id"] for r in self.rounds]
        now = ids[-1]
        if not this_too:
            ids = ids[:-1]
        return [i for i in ids if self.period(no, i) == self.period(no, now)]

    def known(self, unit: str, no: int, *, this_too: bool = True) -> tuple[Row | None, bool]:
        """The last accepted entry that has a 完成状态, and whether it was sent back."""
        for round_id in reversed(self.rounds_before(no, this_too=this_too)):
            row = self.answer(round_id, unit, no)
            if row is not None and row.get("完成状态"):
                file = self.winner(round_id, unit)
                assert file is not None
                mark = (file["ident"], no)
                hit = mark in self.spoiled or any(mark in s for s in self.standing.values())
                return row, hit
        return None, False

    def filled_in(self, unit: str) -> dict[int, Row]:
        """What the unit's template of the open round holds already: tasks done earlier and not sent back."""
        out = {}
        for who, no in self.rounds[-1]["asked"]:
            if who == unit and self.tasks[no]["recurrence"] != "ongoing":
                row, hit = self.known(unit, no, this_too=False)
                if row is not None and row["完成状态"] == "已完成" and not hit:
                    out[no] = row
        return out

    # --- flags ------------------------------------------------------------------------------------
    def unit_flags(self, unit: str, a: date) -> list[str]:
        r = self.rounds[-1]["due"]
        this = self.rounds[-1]["id"]
        times = [f["received"] for f in self.files if f["round"] == this and f["unit"] == unit]
        flags = []
        if not times and a > r:
            flags.append("未报")
        if times and min(times).date() > r:
            flags.append("迟报")
        return flags

    def row_flags(self, unit: str, no: int, a: date) -> list[str]:
        task = self.tasks[no]
        this = self.rounds[-1]["id"]
        d = self.extension.get((unit, no)) or task["due"]
        file = self.winner(this, unit)
        row = self.answer(this, unit, no)
        last, hit = self.known(unit, no)
        status = last["完成状态"] if last else None
        done = status == "已完成" and not hit
        silenced = no in self.struck
        flags = []

        if self.review.get((unit, no), [None])[0] == "退回":
            flags.append("退回")
        if d is not None and a > d and not done and not silenced:
            flags.append("逾期")
        if file is not None and self.gap(row):
            flags.append("漏填")
        if row is not None and file is not None and self.conflict(row, file["received"].date()):
            flags.append("矛盾")
        if row is not None and self.regressed(unit, no, row):
            flags.append("倒退")
        running = status in ("推进中", "未启动") and task["recurrence"] is None and not silenced
        if d is not None and a <= d and running:
            s = date(self.year, 1, 1)
            progress = Fraction(str((last or {}).get("完成进度") or 0))
            if progress < Fraction(100 * (a - s).days, (d - s).days) - self.lag:
                flags.append("滞后")
        if row is not None and self.copied(unit, no, row):
            flags.append("雷同")
        if d is not None and d - timedelta(days=self.warn) <= a <= d and not done and not silenced:
            flags.append("临期")
        finished = last.get("完成日期") if last is not None and status == "已完成" else None
        if d is not None and finished and finished > d:
            flags.append("超期完成")
        return flags

    def gap(self, row: Row | None) -> bool:
        if row is None:
            return True
        status = row.get("完成状态")
        if not status:
            return True
        if status in ("推进中", "持续推进"):
            return row.get("完成进度") is None or not row.get("进展情况")
        if status == "已完成":
            return not row.get("完成日期")
        if status == "无法完成":
            return not row.get("存在问题")
        return False

    def conflict(self, row: Row, t: date) -> bool:
        status, progress, day = row.get("完成状态"), row.get("完成进度"), row.get("完成日期")
        if not status:
            return False
        if status == "未启动" and progress is not None and progress > 0:
            return True
        if status == "推进中" and progress == 100:
            return True
        if status == "已完成" and progress is not None and progress < 100:
            return True
        if day and status != "已完成":
            return True
        return bool(day and day > t)

    def regressed(self, unit: str, no: int, row: Row) -> bool:
        before = None
        for round_id in self.rounds_before(no, this_too=False):
            before = self.answer(round_id, unit, no) or before
        if before is None:
            return False
        old, new = before.get("完成进度"), row.get("完成进度")
        if old is not None and new is not None and new < old:
            return True
        was, now = before.get("完成状态"), row.get("完成状态")
        if was and now:
            if was == "已完成" and now != "已完成":
                return True
            if was == "推进中" and now == "未启动":
                return True
        return False

    def copied(self, unit: str, no: int, row: Row) -> bool:
        this = self.rounds[-1]["id"]
        for other in self.units:
            if other != unit:
                theirs = self.answer(this, other, no)
                if theirs is not None:
                    # both units are flagged, whichever of the two texts is the longer
                    if alike(row.get("进展情况"), theirs.get("进展情况")):
                        return True
                    if alike(theirs.get("进展情况"), row.get("进展情况")):
                        return True
        if len(self.rounds) > 1 and row.get("完成状态") == "推进中":
            own = self.answer(self.rounds[-2]["id"], unit, no)
            if own is not None and alike(row.get("进展情况"), own.get("进展情况")):
                return True
        return False

    # --- sheets -----------------------------------------------------------------------------------
    def light(self, unit: str, no: int, flags: list[str]) -> str | None:
        for colour, names in (("红", RED), ("黄", YELLOW), ("蓝", BLUE)):
            for name in names:
                if name in flags:
                    return colour
        for round_id in self.rounds_before(no, this_too=True):
            if self.answer(round_id, unit, no) is not None:
                return "绿"
        return None

    def rows(self, a: date) -> list[Row]:
        """填报明细."""
        this = self.rounds[-1]
        out = []
        for unit, no in this["asked"]:
            u, task = self.units[unit], self.tasks[no]
            file = self.winner(this["id"], unit)
            row = (file["rows"].get(no) if file else None) or {}
            flags = [f for f in self.unit_flags(unit, a) if f == "未报"] + self.row_flags(unit, no, a)
            result, opinion = self.review.get((unit, no), [None, None])
            line: Row = {
                "轮次": this["id"],
                "单位编码": unit,
                "单位名称": u["name"],
                "类别": u["kind"],
                "学段": u["stages"] or None,
                "所属学区": u["district"] or None,
                "任务编号": no,
                "所属工程": task["project"],
                "任务名称": task["title"],
                "责任角色": task["who"][unit],
                "完成时限": task["due"],
            }
            for column in ANSWERS:
                value = row.get(column)
                line[column] = None if value == "" else value
            line["收到时间"] = file["received"] if file else None
            line["来源文件"] = file["name"] if file else None
            line["亮灯"] = self.light(unit, no, flags)
            line["预警"] = "、".join(f for f in ORDER if f in flags) or None
            line["审核结果"] = result
            line["审核意见"] = opinion
            line["延期至"] = self.extension.get((unit, no))
            out.append(line)
        return out

    def alerts(self, a: date) -> list[tuple[str, str, str, int | None]]:
        """预警清单 as (级别, 预警, 单位编码, 任务编号), worst first, then by roster and task."""
        asked = self.rounds[-1]["asked"]
        found: list[tuple[str, str, int | None]] = []
        for unit in {u for u, _ in asked}:
            for flag in self.unit_flags(unit, a):
                found.append((flag, unit, None))
        for unit, no in asked:
            for flag in self.row_flags(unit, no, a):
                found.append((flag, unit, no))
        roster = list(self.units)
        found.sort(key=lambda f: (ORDER.index(f[0]), roster.index(f[1]), f[2] or 0))
        out = []
        for flag, unit, number in found:
            level = "红" if flag in RED else "黄" if flag in YELLOW else "蓝" if flag in BLUE else "提示"
            out.append((level, flag, unit, number))
        return out

    def ledger(self, a: date) -> list[Row]:
        """任务台账, without 牵头单位进展 and 备注."""
        rows = self.rows(a)
        out = []
        for no, task in self.tasks.items():
            mine = [row for row in rows if row["任务编号"] == no]
            flags = "、".join(row["预警"] or "" for row in mine).split("、")
            known = [self.known(row["单位编码"], no)[0] or {} for row in mine]
            total = sum((Fraction(str(k.get("完成进度") or 0)) for k in known), Fraction(0))
            lights = [row["亮灯"] for row in mine]
            out.append(
                {
                    "任务编号": no,
                    "所属工程": task["project"],
                    "任务名称": task["title"],
                    "任务内容": task["body"],
                    "牵头单位": "、".join(task["lead"]) or None,
                    "配合单位": "、".join(task["support"]) or None,
                    "落实范围": "、".join(task["schools"]) or None,
                    "完成时限": task["due"],
                    "周期": CYCLE[task["recurrence"]],
                    "应报": len(mine),
                    "已报": sum(self.answer(row["轮次"], row["单位编码"], no) is not None for row in mine),
                    "已完成": sum(k.get("完成状态") == "已完成" for k in known),
                    "平均进度": float(total / len(mine)) if mine else 0.0,
                    "亮灯": next((c for c in "红黄蓝绿" if c in lights), None),
                    "预警": "、".join(f for f in ORDER if f in flags) or None,
                    "销号": "已销号" if no in self.struck else "未销号",
                }
            )
        return out

    def coverage(self, a: date) -> dict[str, Any]:
        asked = {unit for unit, _ in self.rounds[-1]["asked"]}
        here = {unit for unit in asked if self.winner(self.rounds[-1]["id"], unit)}
        label = {code: f"{code} {unit['name']}" for code, unit in self.units.items()}
        return {
            "expected": len(asked),
            "received": len(here),
            "missing": sorted(label[u] for u in asked - here),
            "late": sorted(label[u] for u in asked if "迟报" in self.unit_flags(u, a)),
        }

    def counts(self, a: date) -> dict[str, int]:
        out: dict[str, int] = {}
        for _, flag, _, _ in self.alerts(a):
            out[flag] = out.get(flag, 0) + 1
        return out
