"""`eduxl button … --host excel` from the command to the saved file, at a workbook that is open in a real spreadsheet program."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eduxl import labels as L
from eduxl.cli_addin import ACTIONS
from eduxl.mail.secret import VARIABLE
from eduxl.mail.settings import save
from eduxl.ooxml.references import column_letters
from eduxl.tracker.state import replay

from ..mail.mailing import settings
from ..mail.smtp_server import SECRET, SmtpServer
from ..survival.desk import Desk, set_up
from .office import Office, cells, needs_office

pytestmark = needs_office

#: What each sheet shows, by (row, column).
Shown = dict[str, dict[tuple[int, int], Any]]
ROUND = "2022-06"
#: A unit whose report the clerk sends back; it sends nothing new.
REVIEWED = "S003"
#: Where the generation stands in the hidden sheet.
GENERATION = (3, 2)
#: Excel's switches while it is written to, and otherwise.
AT_WORK = {"interactive": False, "screen_updating": False, "enable_events": False, "calculation": "manual"}
AT_REST = {
    "interactive": True, "screen_updating": True, "enable_events": True, "calculation": "automatic",
    "display_alerts": True, "status_bar": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """With the first two deliveries in returns/ROUND."""
    folder = tmp_path_factory.mktemp("host") / "台账"
    folder.mkdir()
    made = set_up(folder)
    returns = folder / "returns" / ROUND
    returns.mkdir(parents=True)
    for number in (1, 2):
        for path in sorted((folder / f"来件{number}").iterdir()):
            shutil.copy2(path, returns / f"{number}_{path.name}")
    return made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office"))
    yield office
    office.end()


@pytest.fixture
def own(desk: Desk, office: Office, tmp_path: Path) -> Iterator[Desk]:
    """A copy that is open, where the clerk has just sent a report back and not saved that."""
    office.rest()
    own = desk.copy(tmp_path / "总 台账=1")
    office.do("open", str(own.path))
    send_back(own, office)
    yield own
    office.do("close_if_open", str(own.path))


@pytest.fixture(scope="module")
def wanted(desk: Desk, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What the workbook shows after the same edit and a merge by the file, calculated by the same program."""
    made = desk.copy(tmp_path_factory.mktemp("wanted") / "台账")
    office.do("open", str(made.path))
    send_back(made, office)
    office.do("save", str(made.path))
    office.do("close", str(made.path))
    made.tracker.merge([returns(made)])
    found = calculated(made, office)
    assert "退回" in found[L.ENTRIES].values()
    return found


def returns(own: Desk) -> Path:
    return own.folder / "returns" / ROUND


def calculated(own: Desk, office: Office) -> Shown:
    """What the closed file shows."""
    office.do("resave", str(own.path))
    return without_generation(cells(own.path))


def saved(own: Desk, office: Office) -> Shown:
    """What the file shows once it is closed without saving."""
    office.do("close", str(own.path))
    return calculated(own, office)


def without_generation(found: Shown) -> Shown:
    """A merge that is done in two takes two generations."""
    return {**found, L.META: {at: value for at, value in found[L.META].items() if at != GENERATION}}


def merges(own: Desk) -> int:
    return sum(step.command == L.MERGE for step in own.tracker.history())


def same(found: Shown, wanted: Shown) -> None:
    assert set(found) == set(wanted)
    for name in wanted:
        assert found[name] == wanted[name], name


def send_back(own: Desk, office: Office) -> None:
    """Fill in 审核结果 of a report on the screen, and save nothing."""
    unit = L.ENTRY_COLUMNS.index(L.UNIT_CODE) + 1
    rows = cells(own.path)[L.ENTRIES].items()
    row = next(row for (row, column), value in rows if column == unit and value == REVIEWED)
    column = column_letters(L.ENTRY_COLUMNS.index(L.REVIEW) + 1)
    office.do("put", str(own.path), L.ENTRIES, f"{column}{row}", "退回")


def again(own: Desk, office: Office, way: str) -> None:
    """The next merge, after which the workbook is open."""
    if way != "at once":
        office.do("close", str(own.path))
    if way == "by file":
        own.tracker.merge([returns(own)])
    if way != "at once":
        office.do("open", str(own.path))
    if way != "by file":
        pressed = office.press("merge", own.path)
        assert pressed.answer["tone"] != "failed" and "没能" not in pressed.answer["text"], pressed.answer
        assert pressed.switches == AT_REST


def reviews(own: Desk) -> list[str]:
    """What the ledger knows that the clerk decided."""
    with own.tracker._ledger() as ledger:
        return [review.review.result for review in replay(ledger.records()).reviews.values()]


def test_merge_answers_with_three_numbers_and_the_saved_file_has_the_cells(
    own: Desk, office: Office, wanted: Shown
) -> None:
    pressed = office.press("merge", own.path)
    assert (pressed.code, pressed.answer["title"], pressed.answer["tone"]) == (0, "汇总", "done")
    flags = sum(own.tracker.status().flags.values())
    assert pressed.answer["text"].startswith(f"汇总5份，退回1份，预警{flags}条，请看“预警清单”。\n")
    assert "正在汇总" in pressed.said and "6/6" in pressed.said and f"正在写“{L.ENTRIES}”" in pressed.said
    turned = [name for name, value in pressed.history if AT_WORK.get(name) == value]
    assert turned == list(AT_WORK) and pressed.switches == AT_REST
    assert reviews(own) == ["退回"]
    same(saved(own, office), wanted)


def test_every_button_answers_at_the_open_workbook(own: Desk, office: Office) -> None:
    shown = office.do("seen", str(own.path))
    for action in ACTIONS:
        pressed = office.press(action, own.path)
        assert pressed.code == 0, action
        assert pressed.answer["title"] and pressed.answer["text"] and not pressed.answer["log"], action
        assert pressed.answer["tone"] in ("done", "look"), pressed.answer
        assert pressed.switches == AT_REST, action
    assert office.do("seen", str(own.path)) == shown
    assert list((own.folder / "templates" / ROUND).iterdir()) and list(
        (own.folder / "sendback" / ROUND).iterdir()
    )


def test_forms_are_mailed_to_the_address_that_was_just_typed_once_it_was_said_yes(
    own: Desk, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, codes = cells(own.path)[L.ROSTER], L.ROSTER_COLUMNS.index(L.UNIT_CODE) + 1
    row = next(row for (row, column), value in shown.items() if column == codes and value == REVIEWED)
    column = column_letters(L.ROSTER_COLUMNS.index(L.EMAIL) + 1)
    office.do("put", str(own.path), L.ROSTER, f"{column}{row}", "s003@163.com")
    assert office.press("templates", own.path).answer["tone"] == "done"
    replies = tmp_path / "replies.txt"
    monkeypatch.setenv("EDUXL_REPLIES", str(replies))
    monkeypatch.setenv(VARIABLE, SECRET)
    with SmtpServer() as server:
        save(settings(server), own.tracker.memory)
        replies.write_text("取消\n", encoding="utf-8")
        assert office.press("send", own.path).answer["text"] == "没有确定，一封也没有发。"
        replies.write_text("是\n", encoding="utf-8")
        pressed = office.press("send", own.path)
        assert pressed.answer["text"].startswith("发出1封填报表。"), pressed.answer
        assert "正在发送模板" in pressed.said
        again = office.press("send", own.path).answer["text"]
        assert "已经发过、不用再发的有1个单位" in again
        assert [message.to for message in server.record.messages] == [("s003@163.com",)]
    assert office.press("merge", own.path).answer["tone"] != "failed"
    office.do("close", str(own.path))
    assert f"{ROUND}，发出1封" in cells(own.path)[L.LOG].values()


def test_what_the_clerk_looks_at_stays(own: Desk, office: Office, wanted: Shown) -> None:
    path, unit = str(own.path), L.ENTRY_COLUMNS.index(L.UNIT_CODE)
    office.do("hide_column", path, L.TASKS, 3)
    assert office.do("filter", path, L.ENTRIES, unit, "S001")
    office.do("look_at", path, L.ALERTS, "C7:D9", 5)
    shown = office.do("seen", path)
    assert shown[0] == L.ALERTS and "$C$7:$D$9" in shown[1] and shown[2] == 5
    rows = office.do("visible", path, L.ENTRIES, unit)
    assert set(rows) == {L.UNIT_CODE, "S001"}
    assert f"{L.ALERTS}!" in "".join(office.press("merge", path).writes)
    assert office.do("seen", path) == shown
    assert office.do("visible", path, L.ENTRIES, unit) == rows
    assert office.do("column_hidden", path, L.TASKS, 3)
    same(saved(own, office), wanted)


@pytest.mark.parametrize("way", ["at once", "reopened"])
def test_a_write_that_is_refused_is_made_up_for_by_the_next_merge(
    own: Desk, office: Office, wanted: Shown, way: str
) -> None:
    """Also where the clerk moved a sheet behind the one that tells the generation."""
    office.do("move_sheet", str(own.path), L.LOG, len(L.MASTER_SHEETS))
    pressed = office.press("merge", own.path, trouble={"sheet": L.LOG, "does": "refuse"})
    assert pressed.code == 0 and pressed.answer["text"].startswith("汇总5份")
    assert pressed.answer["text"].endswith("重新打开后再点一次“汇总”，会自动补齐。")
    assert pressed.switches == AT_REST
    assert merges(own) == 3
    again(own, office, way)
    same(saved(own, office), wanted)
    assert merges(own) == 3


@pytest.mark.parametrize("way", ["reopened", "by file"])
def test_killed_amid_writing_loses_nothing(own: Desk, office: Office, wanted: Shown, way: str) -> None:
    pressed = office.press("merge", own.path, trouble={"sheet": L.MATRIX, "does": "die"})
    assert (pressed.code, pressed.answer) == (-signal.SIGKILL, {})
    again(own, office, way)
    assert (reviews(own), merges(own)) == (["退回"], 3)
    same(saved(own, office), wanted)


def test_a_second_click_while_the_first_is_at_work_is_refused(
    own: Desk, office: Office, wanted: Shown, tmp_path: Path
) -> None:
    waiting = tmp_path / "waiting"
    first = office.begin("merge", own.path, trouble={"sheet": L.MATRIX, "does": "wait", "file": str(waiting)})
    first.until(waiting)
    second = office.press("merge", own.path)
    assert (second.code, second.answer["tone"], second.writes) == (0, "failed", [])
    assert "另一个按钮正在办理" in second.answer["text"]
    waiting.unlink()
    assert first.ended().answer["text"].startswith("汇总5份")
    same(saved(own, office), wanted)
    assert merges(own) == 3
