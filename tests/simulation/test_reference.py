"""The reference itself, row by row of the flag table, with the arithmetic written out.

One office (牵头) and two schools (落实) share task 1, due 30 June; task 2 is monthly, 3 quarterly, 4 has no
date, 5 is weekly, 6 goes on all year. The rounds are 2022-05 (due 25 May) and 2022-06 (due 25 June).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from .reference import ORDER, Reference, Row, alike, edits

DUE = date(2022, 6, 30)
YEAR_END = date(2022, 12, 31)
LONG = "组织全体教师开展清廉校园创建活动并完成自查自评工作"  # 25 characters


def task(no: int, due: date | None, recurrence: str | None = None) -> dict[str, Any]:
    return {
        "no": no,
        "project": "工程",
        "title": f"任务{no}",
        "body": "",
        "lead": ["党办"],
        "support": [],
        "schools": ["各学校"],
        "due": due,
        "recurrence": recurrence,
        "who": {"G01": "牵头", "S001": "落实", "S002": "落实"},
    }


def day(month: int, number: int, year: int = 2022) -> date:
    return date(year, month, number)


@pytest.fixture
def ref() -> Reference:
    tasks = [
        task(1, DUE),
        task(2, YEAR_END, "monthly"),
        task(3, YEAR_END, "quarterly"),
        task(4, None),
        task(5, YEAR_END, "weekly"),
        task(6, YEAR_END, "ongoing"),
    ]
    units = [
        {"code": code, "name": name, "kind": kind, "stages": "", "district": ""}
        for code, name, kind in (("G01", "党办", "股室"), ("S001", "一小", "学校"), ("S002", "二小", "学校"))
    ]
    out = Reference(2022, tasks, units)
    out.open("2022-05", day(5, 25), day(5, 1))
    return out


NUMBER = 0


def file(unit: str, when: datetime | date, rows: dict[int, dict[str, Any]], **more: Any) -> dict[str, Any]:
    global NUMBER
    NUMBER += 1
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, 9)
    base = {
        "unit": unit,
        "name": f"{unit}-{NUMBER}.xlsx",
        "ident": NUMBER,
        "received": when,
        "modified": when,
    }
    return {**base, "rows": rows, **more}


def said(
    status: str | None = None, progress: float | None = None, done: date | None = None, **more: Any
) -> Row:
    return {"完成状态": status, "完成进度": progress, "完成日期": done, "进展情况": "正常推进", **more}


def flags(ref: Reference, unit: str, no: int, a: date) -> list[str]:
    return ref.row_flags(unit, no, a)


def light(ref: Reference, unit: str, no: int, a: date) -> str | None:
    colour: str | None = next(r["亮灯"] for r in ref.rows(a) if (r["单位编码"], r["任务编号"]) == (unit, no))
    return colour


# --- unit flags -----------------------------------------------------------------------------------
def test_missing_from_the_day_after_due(ref: Reference) -> None:
    assert ref.unit_flags("S001", day(5, 25)) == []  # a = r: 待报
    assert ref.unit_flags("S001", day(5, 26)) == ["未报"]  # a = r + 1
    assert ref.coverage(day(5, 25))["missing"] == ["G01 党办", "S001 一小", "S002 二小"]
    assert {r["亮灯"] for r in ref.rows(day(5, 25))} == {None}
    assert {(r["亮灯"], r["预警"]) for r in ref.rows(day(5, 26))} == {("红", "未报")}
    assert ref.counts(day(5, 26)) == {"未报": 3}  # once a unit, not once a row


def test_late_is_judged_by_the_first_return(ref: Reference) -> None:
    ref.merge(
        [file("S001", datetime(2022, 5, 25, 23, 59), {}), file("S002", datetime(2022, 5, 26, 0, 1), {})],
        day(5, 26),
    )
    assert ref.unit_flags("S001", day(5, 26)) == []
    assert ref.unit_flags("S002", day(5, 26)) == ["迟报"]
    ref.merge([file("S001", day(5, 28), {})], day(5, 28))
    assert ref.unit_flags("S001", day(5, 28)) == []  # a correction is not late
    assert ("提示", "迟报", "S002", None) in ref.alerts(day(5, 28))
    assert all("迟报" not in (r["预警"] or "") for r in ref.rows(day(5, 28)))


def test_same_bytes_keep_their_first_time(ref: Reference) -> None:
    first = file("S001", day(5, 20), {1: said("推进中", 50)})
    ref.merge([first], day(5, 20))
    ref.merge([{**first, "received": datetime(2022, 5, 27, 9), "name": "again.xlsx"}], day(5, 27))
    winner = ref.winner("2022-05", "S001")
    assert winner is not None and winner["received"] == datetime(2022, 5, 20, 9)
    assert ref.unit_flags("S001", day(5, 27)) == []


# --- dates ----------------------------------------------------------------------------------------
def test_overdue_from_the_day_after(ref: Reference) -> None:
    ref.open("2022-06", day(6, 25), day(6, 1))
    assert "逾期" not in flags(ref, "S001", 1, DUE)
    assert "逾期" in flags(ref, "S001", 1, day(7, 1))  # also where nothing ever came
    assert "逾期" not in flags(ref, "S001", 4, day(7, 1, 2030))  # no date
    ref.merge([file("S001", day(6, 20), {1: said("已完成", 100, day(6, 19))})], day(6, 20))
    assert "逾期" not in flags(ref, "S001", 1, day(7, 1))
    assert light(ref, "S001", 1, day(7, 1)) == "绿"


def test_extension_moves_due(ref: Reference) -> None:
    ref.type(("S001", 1), "延期至", day(8, 31))
    ref.look(day(7, 1))
    assert flags(ref, "S001", 1, day(7, 1)) == []
    assert "临期" in flags(ref, "S001", 1, day(8, 16))  # 31 August - 15 days
    assert "逾期" in flags(ref, "S001", 1, day(9, 1))
    ref.open("2022-06", day(6, 25), day(7, 2))
    assert [r["延期至"] for r in ref.rows(day(7, 2)) if r["任务编号"] == 1] == [None, day(8, 31), None]
    assert {r["完成时限"] for r in ref.rows(day(7, 2)) if r["任务编号"] == 1} == {DUE}
    ref.type(("S001", 1), "延期至", None)
    ref.look(day(7, 2))
    assert "逾期" in flags(ref, "S001", 1, day(7, 2))


def test_due_soon(ref: Reference) -> None:
    # d - w = 30 June - 15 = 15 June
    assert "临期" not in flags(ref, "S001", 1, day(6, 14))
    assert "临期" in flags(ref, "S001", 1, day(6, 15))
    assert "临期" in flags(ref, "S001", 1, DUE)
    assert "临期" not in flags(ref, "S001", 1, day(7, 1))
    ref.type("首页", "warn", 16)
    ref.look(day(5, 2))
    assert "临期" in flags(ref, "S001", 1, day(6, 14))


def test_closed_task_silences_dates_only(ref: Reference) -> None:
    ref.merge([file("S001", day(5, 20), {1: said("推进中", 100)})], day(5, 20))
    ref.type(1, "销号", "已销号")
    ref.look(day(5, 20))
    assert flags(ref, "S001", 1, day(7, 1)) == ["矛盾"]
    ref.open("2022-06", day(6, 25), day(6, 1))
    assert 1 not in {r["任务编号"] for r in ref.rows(day(6, 1))}
    assert ref.ledger(day(6, 1))[0]["应报"] == 0
    ref.type(1, "销号", "未销号")
    ref.open("2022-07", day(7, 25), day(7, 1))
    assert 1 in {r["任务编号"] for r in ref.rows(day(7, 1))}


def test_behind(ref: Reference) -> None:
    # d - s = 30 June - 1 January = 180 days; on 1 May a - s = 120 days: 100·120/180 - 20 = 46⅔
    ref.merge(
        [file("S001", day(5, 1), {1: said("推进中", 46)}), file("S002", day(5, 1), {1: said("推进中", 47)})],
        day(5, 1),
    )
    assert "滞后" in flags(ref, "S001", 1, day(5, 1))
    assert "滞后" not in flags(ref, "S002", 1, day(5, 1))
    # 1 April: 90/180 → 50 - 20 = 30, and 30 is not below 30. With l = 21 nothing below 29 either.
    ref.merge(
        [file("S001", day(5, 2), {1: said("推进中", 30)}), file("S002", day(5, 2), {1: said("推进中", 29)})],
        day(5, 2),
    )
    assert "滞后" not in flags(ref, "S001", 1, day(4, 1))
    assert "滞后" in flags(ref, "S002", 1, day(4, 1))
    ref.type("首页", "lag", 21)
    ref.look(day(5, 2))
    assert "滞后" not in flags(ref, "S002", 1, day(4, 1))
    # on the due date 100 - 21 = 79; the day after it is 逾期 and no longer 滞后
    assert {"滞后", "临期"} <= set(flags(ref, "S001", 1, DUE))
    assert flags(ref, "S001", 1, day(7, 1)) == ["逾期"]


def test_behind_not_for_other_states_or_recurring_tasks(ref: Reference) -> None:
    rows = {
        1: said("未启动"),
        2: said("推进中", 5),
        3: said("推进中", 5),
        4: said("推进中", 5),
        6: said("推进中", 5),
    }
    ref.merge(
        [file("S001", day(5, 20), rows), file("S002", day(5, 20), {1: said("无法完成", 5)})], day(5, 20)
    )
    assert "滞后" in flags(ref, "S001", 1, day(5, 20))  # empty = 0; 100·139/180 - 20 = 57
    for no in (2, 3, 4, 5, 6):
        assert "滞后" not in flags(ref, "S001", no, day(5, 20))
    assert "滞后" not in flags(ref, "S002", 1, day(5, 20))


def test_done_late(ref: Reference) -> None:
    ref.open("2022-06", day(6, 25), day(6, 1))
    ref.open("2022-07", day(7, 25), day(7, 1))
    rows = [
        file("S001", day(7, 5), {1: said("已完成", 100, day(7, 1))}),
        file("S002", day(7, 5), {1: said("已完成", 100, DUE)}),
    ]
    ref.merge(rows, day(7, 5))
    assert flags(ref, "S001", 1, day(7, 5)) == ["超期完成"]
    assert light(ref, "S001", 1, day(7, 5)) == "绿"  # listed, not coloured
    assert flags(ref, "S002", 1, day(7, 5)) == []
    ref.open("2022-08", day(8, 25), day(8, 1))
    assert flags(ref, "S001", 1, day(8, 1)) == ["超期完成"]  # the last known entry


# --- this round's entry ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "gap"),
    [
        ({}, True),
        ({"填报人": "王芳", "联系电话": "1"}, True),
        (said("未启动"), False),
        ({"完成状态": "未启动"}, False),
        (said(None, 50), True),
        (said("推进中", 50), False),
        (said("推进中", 0), False),
        (said("推进中"), True),
        ({"完成状态": "推进中", "完成进度": 50}, True),
        (said("持续推进", 50), False),
        ({"完成状态": "持续推进", "完成进度": 50}, True),
        (said("已完成", None, day(5, 1)), False),
        (said("已完成", 100), True),
        ({"完成状态": "已完成", "完成日期": day(5, 1)}, False),
        (said("无法完成"), True),
        ({"完成状态": "无法完成", "存在问题": "没有场地"}, False),
    ],
)
def test_gap(ref: Reference, row: dict[str, Any], gap: bool) -> None:
    ref.merge([file("S001", day(5, 20), {1: row})], day(5, 20))
    assert ("漏填" in flags(ref, "S001", 1, day(5, 20))) is gap


def test_gap_needs_a_return(ref: Reference) -> None:
    assert flags(ref, "S001", 1, day(5, 20)) == []
    ref.merge([file("S001", day(5, 20), {})], day(5, 20))
    assert [flags(ref, "S001", n, day(5, 20)) for n in (1, 4)] == [["漏填"], ["漏填"]]


@pytest.mark.parametrize(
    ("row", "conflict"),
    [
        (said("未启动", 0), False),
        (said("未启动", 1), True),
        (said("推进中", 99), False),
        (said("推进中", 100), True),
        (said("持续推进", 100), False),
        (said("已完成", 99, day(5, 1)), True),
        (said("已完成", None, day(5, 1)), False),
        (said("推进中", 50, day(5, 1)), True),
        (said("已完成", 100, day(5, 20)), False),  # on the day of t
        (said("已完成", 100, day(5, 21)), True),  # after t
        (said(None, None, day(5, 21)), False),  # a date without a status is 漏填 only
    ],
)
def test_conflict(ref: Reference, row: dict[str, Any], conflict: bool) -> None:
    ref.merge([file("S001", day(5, 20), {1: row})], day(5, 22))
    assert ("矛盾" in flags(ref, "S001", 1, day(5, 22))) is conflict


@pytest.mark.parametrize(
    ("old", "new", "fell"),
    [
        (said("推进中", 50), said("推进中", 49), True),
        (said("推进中", 50), said("推进中", 50), False),
        (said("推进中", 50), said("推进中"), False),
        (said("推进中"), said("未启动"), True),
        (said("推进中"), said("无法完成"), False),
        (said("持续推进"), said("未启动"), False),
        (said("已完成"), said("持续推进"), True),
        (said("已完成"), said("无法完成"), True),
        (said("已完成"), said(None), False),
        (said(None, 50), said(None, 40), True),
        (said("已完成", 100), {}, False),
    ],
)
def test_regressed_across_a_silent_round(ref: Reference, old: Row, new: Row, fell: bool) -> None:
    ref.merge([file("S001", day(5, 20), {n: old for n in range(1, 7)})], day(5, 20))
    ref.open("2022-06", day(6, 25), day(6, 1))
    ref.open("2022-07", day(7, 25), day(7, 1))
    ref.merge([file("S001", day(7, 20), {n: new for n in range(1, 7)})], day(7, 20))
    # 3: May is the second quarter, July the third; 2 and 5 never look back; 4 and 6 do
    for no, looks_back in ((1, True), (2, False), (3, False), (4, True), (5, False), (6, True)):
        assert ("倒退" in flags(ref, "S001", no, day(7, 20))) is (fell and looks_back)


def test_regressed_within_the_quarter(ref: Reference) -> None:
    ref.merge([file("S001", day(5, 20), {3: said("推进中", 50)})], day(5, 20))
    ref.open("2022-06", day(6, 25), day(6, 1))
    ref.merge([file("S001", day(6, 20), {3: said("推进中", 40)})], day(6, 20))
    assert "倒退" in flags(ref, "S001", 3, day(6, 20))


def test_distance() -> None:
    assert edits("kitten", "sitting") == 3
    assert edits("", "ab") == 2


def test_alike() -> None:
    assert len(LONG) == 25
    assert alike(LONG, LONG[:10] + " ，\n" + LONG[10:] + "。")
    assert alike(LONG, LONG[:-1] + "呢")  # one of 25: 0.96
    assert not alike(LONG, LONG[:-2] + "呢吗")  # two of 25: 0.92
    assert alike(LONG[:20], LONG[:19] + "呢")  # one of 20: exactly 0.95
    assert alike(LONG[:20], LONG[:20]) and not alike(LONG[:19], LONG[:19])


def test_copied_flags_both_and_only_within_the_task(ref: Reference) -> None:
    one = said("推进中", 90, 进展情况=LONG)
    rows = [file("S001", day(5, 20), {1: one}), file("S002", day(5, 20), {1: one, 4: one})]
    ref.merge(rows, day(5, 20))
    assert "雷同" in flags(ref, "S001", 1, day(5, 20)) and "雷同" in flags(ref, "S002", 1, day(5, 20))
    assert "雷同" not in flags(ref, "S002", 4, day(5, 20))


def test_copied_from_the_own_last_round(ref: Reference) -> None:
    def row(status: str) -> dict[str, Any]:
        return said(status, 90, 进展情况=LONG)

    ref.merge(
        [file("S001", day(5, 20), {1: row("推进中"), 2: row("推进中"), 4: row("持续推进")})], day(5, 20)
    )
    ref.open("2022-06", day(6, 25), day(6, 1))
    ref.merge(
        [file("S001", day(6, 20), {1: row("推进中"), 2: row("推进中"), 4: row("持续推进")})], day(6, 20)
    )
    assert "雷同" in flags(ref, "S001", 1, day(6, 20))
    assert "雷同" in flags(ref, "S001", 2, day(6, 20))  # the round right before, whatever the period
    assert "雷同" not in flags(ref, "S001", 4, day(6, 20))
    ref.open("2022-07", day(7, 25), day(7, 1))
    ref.open("2022-08", day(8, 25), day(8, 1))
    ref.merge([file("S001", day(8, 20), {1: row("推进中")})], day(8, 20))
    assert "雷同" not in flags(ref, "S001", 1, day(8, 20))  # July was silent


# --- returns, reviews, rounds ---------------------------------------------------------------------
def test_older_file_never_wins(ref: Reference) -> None:
    new = file("S001", day(5, 10), {1: said("推进中", 50)})
    old = file("S001", day(5, 20), {1: said("推进中", 40)}, modified=datetime(2022, 5, 9))
    ref.merge([new], day(5, 20))
    ref.merge([old], day(5, 21))
    winner = ref.winner("2022-05", "S001")
    assert winner is not None and winner["ident"] == new["ident"]


def test_sent_back_until_a_newer_return(ref: Reference) -> None:
    done = {1: said("已完成", 100, day(5, 2)), 4: said("推进中", 5)}
    ref.merge([file("S001", day(5, 10), done)], day(5, 10))
    ref.type(("S001", 1), "审核结果", "退回")
    ref.type(("S001", 1), "审核意见", "请核实")
    ref.type(("S001", 4), "审核结果", "通过")
    ref.look(day(5, 11))
    assert flags(ref, "S001", 1, day(5, 11)) == ["退回"]
    assert "逾期" in flags(ref, "S001", 1, day(7, 1))  # a sent-back 已完成 is not done
    # it outlives the round and nothing comes filled in; 通过 stays behind
    ref.open("2022-06", day(6, 25), day(6, 1))
    assert ref.filled_in("S001") == {}
    shown = {(r["单位编码"], r["任务编号"]): (r["审核结果"], r["审核意见"]) for r in ref.rows(day(6, 1))}
    assert shown["S001", 1] == ("退回", "请核实") and shown["S001", 4] == (None, None)
    assert ref.review == {("S001", 1): ["退回", "请核实"]}
    # an older draft clears nothing, a newer return everything, also where its row is empty
    ref.merge([file("S001", day(6, 10), {1: {}})], day(6, 10))
    assert ref.review == {} and flags(ref, "S001", 1, day(6, 10)) == ["漏填"]
    assert "逾期" in flags(ref, "S001", 1, day(7, 1))  # what was sent back stays sent back
    assert ref.ledger(day(6, 10))[0]["已完成"] == 1  # … for 逾期 and 临期 only


def test_sent_back_in_the_same_merge_as_the_correction(ref: Reference) -> None:
    ref.merge([file("S001", day(5, 10), {1: said("推进中", 90)})], day(5, 10))
    ref.type(("S001", 1), "审核结果", "退回")
    ref.merge([file("S001", day(5, 12), {1: said("推进中", 95)})], day(5, 12))
    assert ref.review == {} and "退回" not in flags(ref, "S001", 1, day(5, 12))


def test_withdrawn_sending_back_leaves_no_trace(ref: Reference) -> None:
    ref.merge([file("S001", day(5, 10), {1: said("已完成", 100, day(5, 2))})], day(5, 10))
    ref.type(("S001", 1), "审核结果", "退回")
    ref.look(day(5, 11))
    ref.type(("S001", 1), "审核结果", None)
    ref.open("2022-06", day(6, 25), day(6, 1))
    assert flags(ref, "S001", 1, day(7, 1)) == []
    assert list(ref.filled_in("S001")) == [1]


def test_filled_in_by_recurrence(ref: Reference) -> None:
    ref.merge(
        [file("S001", day(5, 10), {n: said("已完成", 100, day(5, 2)) for n in range(1, 7)})], day(5, 10)
    )
    ref.open("2022-06", day(6, 25), day(6, 1))
    assert list(ref.filled_in("S001")) == [1, 3, 4]  # 3: same quarter; 2, 5: next period; 6 asks every round
    ref.open("2022-07", day(7, 25), day(7, 1))
    assert list(ref.filled_in("S001")) == [1, 4]
    ref.merge([file("S001", day(7, 10), {1: said("推进中", 50)})], day(7, 10))
    ref.open("2022-08", day(8, 25), day(8, 1))
    assert list(ref.filled_in("S001")) == [4]


def test_task_ledger_counts(ref: Reference) -> None:
    ref.merge(
        [file("S001", day(5, 10), {1: said("已完成", 100, day(5, 2)), 2: said("已完成", 100, day(5, 2))})],
        day(5, 10),
    )
    ref.open("2022-06", day(6, 25), day(6, 1))
    ref.merge([file("S002", day(6, 10), {1: said("推进中", 50), 2: {"填报人": "王芳"}})], day(6, 10))
    one, two = ref.ledger(day(6, 10))[:2]
    assert (one["应报"], one["已报"], one["已完成"], one["平均进度"]) == (3, 1, 1, 50.0)  # (0 + 100 + 50) / 3
    assert (two["应报"], two["已报"], two["已完成"], two["平均进度"]) == (3, 0, 0, 0.0)  # May is not June


def test_order_of_alerts(ref: Reference) -> None:
    ref.merge([file("S002", day(5, 26), {1: said("未启动", 40)})], day(6, 20))
    names = [alert[1] for alert in ref.alerts(day(7, 1))]
    assert names == sorted(names, key=ORDER.index)
    assert ref.alerts(day(7, 1))[:2] == [("红", "未报", "G01", None), ("红", "未报", "S001", None)]
    assert ref.alerts(day(7, 1))[-1] == ("提示", "迟报", "S002", None)


def test_green_from_an_earlier_entry(ref: Reference) -> None:
    ref.merge([file("S001", day(5, 10), {n: said("推进中", 99) for n in range(1, 7)})], day(5, 10))
    ref.open("2022-06", day(6, 25), day(6, 1))
    lights = {n: light(ref, "S001", n, day(6, 2)) for n in range(1, 7)}
    assert lights == {1: "绿", 2: None, 3: "绿", 4: "绿", 5: None, 6: "绿"}


def test_as_known_on(ref: Reference) -> None:
    ref.merge([file("S001", day(5, 10), {1: said("推进中", 50)})], day(5, 10))
    ref.open("2022-06", day(6, 25), day(6, 1))
    early = ref.as_known_on(day(5, 9))
    late = ref.as_known_on(day(5, 31))
    assert early is not None and early.coverage(day(5, 9))["received"] == 0
    assert (
        late is not None and late.rounds[-1]["id"] == "2022-05" and late.coverage(day(5, 31))["received"] == 1
    )
    assert ref.as_known_on(day(4, 30)) is None
