"""A tracker whose round is open now, with units that owe a return, one that has something to mend and one that has not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from eduxl import Tracker
from eduxl import labels as L
from eduxl.mail.mailroom import Mailroom
from eduxl.mail.settings import save
from eduxl.roster import Roster, shipped_rules
from tests.builders import UNITS, fill, small_plan
from tests.mail.mailing import settings
from tests.mail.smtp_server import SmtpServer

ROUND = "2022-06"
GOOD = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5}
BAD = {L.STATUS: "差不多了", L.PROGRESS: "过半"}
#: What each unit reports; none is like another.
REPORTS = {
    "G01": "向各校下发了实验教学工作方案",
    "S001": "实验室已建成一间，正在采购器材",
    "S002": "已培训理化生教师十二名",
    "S003": "科学课分组实验开出率达到九成",
}
#: Days since the round was due.
LATE = 3


def roster(**emails: str) -> Roster:
    """The units of `tests.builders` with contacts; each has an address of its own unless it is given here."""
    told = (
        evolve(
            unit,
            contact=f"{unit.code}老师",
            phone=f"1390000{number:04}",
            email=emails.get(unit.code, f"{unit.code.lower()}@163.com"),
        )
        for number, unit in enumerate(UNITS)
    )
    return Roster(tuple(told), shipped_rules())


def tracker(folder: Path, late: int = LATE, **emails: str) -> Tracker:
    """A tracker with the round open; nothing came back yet, and its templates are written."""
    today = date.today()
    made = Tracker.create(small_plan(), roster(**emails), folder / "总台账.xlsm", as_of=today - timedelta(20))
    made.open_round(ROUND, today - timedelta(late), as_of=today - timedelta(19))
    made.write_templates()
    return made


def comes(made: Tracker, unit: str, answers: Mapping[str, Any]) -> None:
    """A unit's return with these answers to the first task is merged."""
    folder = made.path.parent
    (form,) = (folder / "templates" / ROUND).glob(f"{unit}_*.xlsx")
    number = len(list((folder / "收回").glob(f"{unit}*"))) if (folder / "收回").exists() else 0
    said = {**answers, L.REPORT: f"{REPORTS[unit]}，第{number + 1}稿"}
    moment = datetime.combine(date.today(), time(0, number))
    came = fill(form, folder / "收回" / f"{unit}_{number}.xlsx", {1: said}, moment)
    made.merge([came])


def with_returns(folder: Path, late: int = LATE, **emails: str) -> Tracker:
    """S002 sent a good return, S003 one with something to mend; G01, G02, S001 and S004 sent none."""
    made = tracker(folder, late, **emails)
    comes(made, "S002", GOOD)
    comes(made, "S003", BAD)
    return made


def room(made: Tracker, server: SmtpServer) -> Mailroom:
    """The mailroom of a tracker that sends through the server; the secret is in the environment."""
    save(settings(server), made.memory)
    return Mailroom(made)
