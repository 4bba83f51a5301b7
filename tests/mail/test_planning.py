"""Which unit is sent which file: over mixed-up folders, odd rosters and whatever became of earlier runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from eduxl import Tracker, resources
from eduxl.errors import FileProblem, MailError, RoundError
from eduxl.mail.addresses import look
from eduxl.mail.letter import Letter
from eduxl.mail.mailing import Mailing, Planned
from eduxl.mail.outbox import Mail
from eduxl.mail.planning import plan_templates
from eduxl.mail.texts import TEMPLATE, Text
from eduxl.model import Round, Unit
from eduxl.returns.identity import hidden_facts
from eduxl.roster import Roster, shipped_rules
from eduxl.spreadsheet.sheets import open_book
from eduxl.template import Form, FormRow, Mend, Sendback, form_bytes, form_filename
from tests.builders import small_plan, small_roster
from tests.template.forms import make_task

TRACKER, ROUND = "minle-2022", Round("2022-06", date(2022, 6, 25), date(2022, 6, 1))
#: Names that lie in one another, as those of schools do.
UNITS = (
    Unit("S001", "民乐县第一中学", ("一中", "民乐一中"), email="s001@163.com"),
    Unit("S002", "民乐县第一中学附属小学", ("一中附小",), email="s002@163.com"),
    Unit("S003", "洪水镇中心小学", ("洪水小学",), email="hs@qq.com"),
    Unit("S004", "洪水镇中心小学幼儿园", ("洪水幼儿园",), email="HS@qq.com"),
    Unit("X01", "洪水学区", kind="学区", email="x01@mle.edu.cn"),
    Unit("G01", "党办", kind="股室", email="g01@mle.gov.cn"),
)
TEXT = Text(
    TEMPLATE, "请填报（{单位}）", "{单位}（{编码}）：\n{计划}，{轮次}，{截止日期}，{附件}。\n{局名}\n"
)
SENT_AT = datetime(2022, 6, 2, 1, 30)


@cache
def template(
    unit: Unit,
    *,
    version: str = "1",
    day: int = 1,
    round_id: str = ROUND.id,
    tracker: str = TRACKER,
    back: bool = False,
) -> tuple[str, bytes]:
    """Name and content of a unit's template; another `day` is another content."""
    sendback = Sendback(
        (Mend(1, "完成状态", "must", "", "没有填", "请选"),), "a.xlsx", date(2022, 6, 5), SENT_AT
    )
    form = Form(
        tracker=tracker,
        title="民乐县2022年教育工作要点",
        year=2022,
        unit=evolve(unit, email=""),
        round=evolve(ROUND, id=round_id),
        rows=(FormRow(make_task(1), "质量提升工程", "落实", date(2022, 12, 31)),),
        as_of=date(2022, 6, day),
        version=version,
        sendback=sendback if back else None,
    )
    return form_filename(form), form_bytes(form)


@frozen
class Desk:
    """A folder of templates, what went out from it, and what the roster says."""

    folder: Path
    units: tuple[Unit, ...] = UNITS
    version: str = "1"
    standing: dict[str, Mail] = field(factory=dict)

    def lay(self, unit: Unit, name: str = "", **more: Any) -> Path:
        """Write a unit's template, under its own name or another."""
        own, data = template(unit, **more)
        path = self.folder / (name or own)
        path.write_bytes(data)
        return path

    def lay_all(self, **more: Any) -> None:
        for unit in self.units:
            self.lay(unit, **more)

    def plan(self, *named: str, asked: Iterable[str] | None = None, **more: Any) -> Planned:
        codes = {unit.code for unit in self.units} if asked is None else set(asked)
        round_ = more.pop("round_", ROUND)
        mailing = Mailing(
            TRACKER,
            round_,
            Roster(self.units, shipped_rules()),
            codes,
            self.version,
            "要点",
            "县教育局",
            "163.com",
        )
        return plan_templates(self.folder, mailing, TEXT, self.standing, named=named, **more)

    def book(self, letter: Letter, state: Any = "sent", code: str = "", words: str = "") -> None:
        """Note what became of a letter."""
        self.standing.pop(letter.message_id, None)
        self.standing[letter.message_id] = Mail(
            letter.message_id, letter.round, letter.unit, letter.kind, letter.count, letter.to, letter.sha256, state, code,
            words, SENT_AT, letter.version,
        )  # fmt: skip

    def moved(self, code: str, email: str) -> Desk:
        """With another address in the roster."""
        units = tuple(evolve(unit, email=email) if unit.code == code else unit for unit in self.units)
        return evolve(self, units=units)

    def with_version(self, version: str) -> Desk:
        return evolve(self, version=version)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def sent_to(planned: Planned) -> dict[str, str]:
    return {letter.unit: letter.to for letter in planned.letters}


def notes(planned: Planned) -> dict[str, str]:
    """Note by code of the units that were skipped."""
    return {skip.unit.split()[0]: skip.note for skip in planned.skipped}


def unsure(planned: Planned) -> dict[str, str]:
    return {skip.unit.split()[0]: skip.note for skip in planned.unsure}


def check(planned: Planned, units: Iterable[Unit], asked: Iterable[str]) -> None:
    """No letter goes where the roster does not send it or holds another's template; each unit asked ends once."""
    by_code = {unit.code: unit for unit in units}
    for letter in planned.letters:
        assert letter.to == by_code[letter.unit].email.strip() == look(by_code[letter.unit]).text
        [attachment] = letter.attachments
        facts = hidden_facts(open_book(attachment.read()))
        assert (facts["tracker"], facts["round"], facts["unit"]) == (TRACKER, ROUND.id, letter.unit)
        assert letter.unit in letter.body and by_code[letter.unit].name in letter.body
    assert all(skip.note.endswith("。") for skip in [*planned.skipped, *planned.unsure])
    ends = Counter(letter.unit for letter in planned.letters)
    ends.update(skip.unit.split()[0] for skip in [*planned.skipped, *planned.unsure])
    assert ends == Counter(asked)


# --- a first run ----------------------------------------------------------------------------------
def test_every_unit_gets_its_own_template_in_the_order_of_the_roster(desk: Desk) -> None:
    desk.lay_all()
    planned = desk.plan()
    assert list(sent_to(planned).items()) == [(unit.code, unit.email) for unit in UNITS]
    check(planned, UNITS, [unit.code for unit in UNITS])
    first = planned.letters[0]
    assert first.subject == "请填报（民乐县第一中学）"
    assert (
        first.body
        == "民乐县第一中学（S001）：\n要点，2022-06，2022年6月25日，S001_民乐县第一中学_2022-06.xlsx。\n县教育局\n"
    )
    assert (first.label, first.key, first.count, first.version) == (
        "S001 民乐县第一中学",
        "2022-06/S001/模板",
        1,
        "1",
    )
    assert first.attachments[0].name == "S001_民乐县第一中学_2022-06.xlsx"


def test_the_templates_of_a_tracker_go_out_as_they_were_written(tmp_path: Path) -> None:
    roster = small_roster()
    units = tuple(evolve(unit, email=f"{unit.code}@163.com") for unit in roster.units)
    tracker = Tracker.create(small_plan(), Roster(units, roster.rules), tmp_path / "总台账.xlsm")
    tracker.open_round("2022-06", date(2022, 6, 25))
    paths = tracker.write_templates()
    hidden = hidden_facts(open_book(paths[0].read_bytes()))
    asked = [path.name.split("_")[0] for path in paths]
    mailing = Mailing(
        hidden["tracker"],
        tracker.rounds()[0],
        Roster(units, roster.rules),
        asked,
        hidden["version"],
        "要点",
        "局",
        "qq.com",
    )
    planned = plan_templates(paths[0].parent, mailing, TEXT, {})
    assert [letter.attachments[0].read() for letter in planned.letters] == [
        path.read_bytes() for path in paths
    ]
    assert planned.skipped == planned.unsure == planned.notes == []


def test_a_shared_address_is_told_and_each_unit_still_gets_its_own(desk: Desk) -> None:
    desk.lay_all()
    planned = desk.plan()
    assert len(planned.letters) == len(UNITS)
    assert [note for note in planned.notes if "hs@qq.com" in note] == [
        "S003 洪水镇中心小学、S004 洪水镇中心小学幼儿园 的邮箱都是 hs@qq.com，各发各的；如果填错了，请在“单位名册”里改正。"
    ]
    assert any("hs@qq.com" in note for note in desk.plan("S003").notes)
    assert not any("hs@qq.com" in note for note in desk.plan("S001").notes)


def test_a_unit_without_a_usable_address_is_skipped_with_what_to_do(desk: Desk) -> None:
    desk = desk.moved("S001", "").moved("S002", "s002@163.con").moved("S003", "a@163.com、b@163.com")
    desk.lay_all()
    planned = desk.plan()
    assert set(sent_to(planned)) == {"S004", "X01", "G01"}
    assert {code: "单位名册" in note for code, note in notes(planned).items()} == dict.fromkeys(
        ["S001", "S002", "S003"], True
    )
    assert not any(skip.done for skip in planned.skipped)
    assert "s002@163.com" in notes(desk.plan("S002"))["S002"]


def test_a_unit_without_a_file_is_skipped(desk: Desk) -> None:
    desk.lay(UNITS[0])
    planned = desk.plan()
    assert set(sent_to(planned)) == {"S001"}
    assert all("没有它的模板" in note for note in notes(planned).values())
    check(planned, UNITS, [unit.code for unit in UNITS])


def test_units_that_the_round_does_not_ask_get_nothing(desk: Desk) -> None:
    desk.lay_all()
    planned = desk.plan(asked=["S001"])
    assert set(sent_to(planned)) == {"S001"} and planned.skipped == []
    assert sum("本轮没有要" in note for note in planned.notes) == 5
    assert "本轮没有要它填报的任务" in notes(desk.plan("S002", asked=["S001"]))["S002"]


def test_a_unit_that_is_asked_and_left_the_roster_is_told(desk: Desk) -> None:
    desk.lay_all()
    assert "名册里没有这个单位" in notes(desk.plan(asked=["S001", "S999"]))["S999"]


def test_only_the_named_units_are_planned_and_spoken_of(desk: Desk) -> None:
    desk.lay_all()
    (desk.folder / "说明.docx").write_bytes(b"PK\x03\x04")
    planned = desk.plan("S002", "G01")
    assert set(sent_to(planned)) == {"S002", "G01"}
    assert planned.skipped == planned.unsure == planned.notes == []


# --- files ----------------------------------------------------------------------------------------
def test_a_file_under_a_neighbours_name_goes_to_nobody(desk: Desk) -> None:
    desk.lay_all()
    desk.lay(UNITS[0], template(UNITS[1])[0])
    planned = desk.plan()
    assert sent_to(planned)["S001"] == "s001@163.com"
    assert (
        "按文件名是“S002 民乐县第一中学附属小学”的，里面却是“S001 民乐县第一中学”的填报表，没有发"
        in notes(planned)["S002"]
    )
    check(planned, UNITS, [unit.code for unit in UNITS])


def test_two_files_with_each_others_name_go_to_neither(desk: Desk) -> None:
    desk.lay_all()
    desk.lay(UNITS[0], template(UNITS[2])[0])
    desk.lay(UNITS[2], template(UNITS[0])[0])
    planned = desk.plan()
    assert set(notes(planned)) == {"S001", "S003"}
    assert not any("按文件名" in note for note in planned.notes)
    assert all(
        "S001_民乐县第一中学_2022-06.xlsx" in note and "S003_洪水镇" in note
        for note in notes(planned).values()
    )


def test_of_two_files_of_a_unit_neither_is_sent(desk: Desk) -> None:
    desk.lay_all()
    desk.lay(UNITS[0], "S001_民乐县第一中学_2022-06 (1).xlsx", day=2)
    planned = desk.plan()
    assert set(notes(planned)) == {"S001"}
    desk.lay(UNITS[0], "S001_民乐县第一中学_2022-05.xlsx", round_id="2022-05")
    assert any("2022-05.xlsx”是 2022-05 轮" in note for note in desk.plan().notes)
    assert "2个模板文件" in notes(planned)["S001"] and "2022-06 (1).xlsx" in notes(planned)["S001"]


def test_a_file_that_may_have_other_names_is_sent_under_the_one_it_has(desk: Desk) -> None:
    for unit, name in zip(
        UNITS,
        ["一中.xlsx", "一中附小 6月.xlsx", "s003.xlsx", "洪水幼儿园(1).xlsx", "洪水学区.xlsx"],
        strict=False,
    ):
        desk.lay(unit, name)
    planned = desk.plan()
    assert set(sent_to(planned)) == {"S001", "S002", "S003", "S004", "X01"}
    assert planned.letters[0].attachments[0].name == "一中.xlsx"


def test_a_name_that_names_nobody_is_told(desk: Desk) -> None:
    desk.lay(UNITS[0], "新建文件.xlsx")
    assert "从文件名认不出这个单位" in notes(desk.plan())["S001"]


WRONG: dict[str, Mapping[str, Any]] = {
    "是 2022-05 轮的填报表，这次要发的是 2022-06 轮": {"round_id": "2022-05"},
    "是另一个台账的填报表": {"tracker": "other"},
    "是计划调整以前生成的": {"version": "1.1"},
    "是退回单，不是模板": {"back": True},
}


@pytest.mark.parametrize("why", WRONG)
def test_a_file_that_is_no_template_of_this_round_is_told_and_not_sent(why: str, desk: Desk) -> None:
    desk.lay(UNITS[0], "S001_民乐县第一中学.xlsx", **WRONG[why])
    planned = desk.plan()
    assert why in notes(planned)["S001"] and planned.letters == [] and planned.notes == desk.plan().notes
    desk.lay_all()
    planned = desk.plan()
    assert len(planned.letters) == len(UNITS)
    assert any(why in note for note in planned.notes)


def test_what_is_no_form_is_told_and_what_the_system_left_is_not(desk: Desk) -> None:
    desk.lay_all()
    (desk.folder / "S001_民乐县第一中学.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (desk.folder / "说明.txt").write_bytes("请看".encode())
    for name in ("~$S001_民乐县第一中学_2022-06.xlsx", ".S001.tmp.xlsx", "Thumbs.db", ".DS_Store"):
        (desk.folder / name).write_bytes(b"x")
    with resources.sample_roster() as path:
        (desk.folder / "名册.xlsx").write_bytes(path.read_bytes())
    (desk.folder / "S002").mkdir()
    planned = desk.plan()
    assert len(planned.letters) == len(UNITS)
    told = [note for note in planned.notes if note.startswith("文件")]
    assert [re.findall("“(.*?)”", note)[0] for note in told] == [
        "S001_民乐县第一中学.xls",
        "名册.xlsx",
        "说明.txt",
    ]


def test_a_template_that_was_edited_is_sent_and_told(desk: Desk) -> None:
    desk.lay_all()
    all_sent = {letter.sha256 for letter in desk.plan().letters}
    desk.lay(UNITS[5], day=3)
    planned = desk.plan(issued=all_sent)
    assert len(planned.letters) == len(UNITS)
    assert [note for note in planned.notes if "有人改过" in note] == [
        "G01 党办 的模板生成以后有人改过，按现在的内容发。"
    ]


def test_a_file_that_changes_before_its_turn_is_not_sent(desk: Desk) -> None:
    path = desk.lay(UNITS[0])
    [letter] = desk.plan("S001").letters
    path.write_bytes(template(UNITS[1])[1])
    with pytest.raises(MailError, match="被改动") as problem:
        letter.attachments[0].read()
    assert problem.value.code == "file-changed"
    path.unlink()
    with pytest.raises(FileProblem):
        letter.attachments[0].read()


def test_a_folder_that_is_not_there_is_told(desk: Desk) -> None:
    for folder in (desk.folder / "templates", desk.lay(UNITS[0])):
        with pytest.raises(FileProblem, match="eduxl templates") as problem:
            evolve(desk, folder=folder).plan()
        assert problem.value.code == "no-such-path"


def test_templates_of_a_closed_round_are_not_sent(desk: Desk) -> None:
    desk.lay_all()
    with pytest.raises(RoundError) as problem:
        desk.plan(round_=evolve(ROUND, closed=date(2022, 6, 28)))
    assert problem.value.code == "round-closed"


# --- a later run ----------------------------------------------------------------------------------
@pytest.fixture
def one(desk: Desk) -> Desk:
    """A desk with one unit and its template."""
    desk = evolve(desk, units=UNITS[:1])
    desk.lay(UNITS[0])
    return desk


def only(desk: Desk, *named: str, **more: Any) -> Letter:
    planned = desk.plan(*named, **more)
    assert planned.skipped == planned.unsure == []
    [letter] = planned.letters
    return letter


def test_the_same_letter_has_the_same_id_in_every_run(one: Desk) -> None:
    first = only(one)
    assert only(one).message_id == first.message_id
    one.book(first, "queued")
    assert only(one).message_id == first.message_id


def test_what_was_sent_is_not_sent_again_also_where_the_unit_is_named(one: Desk) -> None:
    one.book(only(one))
    for named in ((), ("S001",)):
        planned = one.plan(*named)
        assert planned.letters == planned.unsure == planned.notes == []
        [skip] = planned.skipped
        assert skip.done and re.fullmatch(r"本轮模板已于 6月\d日 \d\d:30 发过。", skip.note)


def test_a_template_written_anew_is_sent_to_a_named_unit_only(one: Desk) -> None:
    first = only(one)
    one.book(first)
    one.lay(UNITS[0], day=2)
    planned = one.plan()
    assert planned.letters == []
    assert re.search(
        r"本轮模板已于 .* 发过；文件后来又生成过，要补发请加 --unit S001。", notes(planned)["S001"]
    )
    again = only(one, "S001")
    assert again.count == 2 and again.message_id != first.message_id
    assert again.subject.startswith("【更新】") and again.body.startswith("本轮的填报表有更新")
    one.book(again)
    assert [skip.done for skip in one.plan().skipped] == [True]


def test_a_template_of_a_revised_plan_is_sent_by_itself(one: Desk) -> None:
    one.book(only(one))
    one = one.with_version("1.1")
    assert "计划调整以前" in notes(one.plan())["S001"]
    one.lay(UNITS[0], version="1.1")
    again = only(one)
    assert (again.count, again.version) == (2, "1.1") and again.subject.startswith("【更新】")


def test_a_letter_that_was_begun_is_unsure_until_the_unit_is_named(one: Desk) -> None:
    first = only(one)
    one.book(first, "begun")
    planned = one.plan()
    assert planned.letters == planned.skipped == []
    assert re.search(r"发到 s001@163.com 时.*已发送.*--unit S001", unsure(planned)["S001"])
    again = only(one, "S001")
    assert again.count == 2 and again.message_id != first.message_id and again.sha256 == first.sha256
    assert again.subject.startswith("【重发】")
    one.book(again)
    assert [skip.done for skip in one.plan().skipped] == [True]


def test_an_unsure_letter_stays_listed_when_its_file_is_gone_or_written_anew(one: Desk) -> None:
    one.book(only(one), "begun")
    one.lay(UNITS[0], day=2)
    assert set(unsure(one.plan())) == {"S001"}
    next(one.folder.iterdir()).unlink()
    assert set(unsure(one.plan())) == set(unsure(one.plan("S001"))) == {"S001"}
    assert "没有它的模板" in unsure(one.plan("S001"))["S001"]


def test_an_unsure_letter_is_followed_by_that_of_a_revised_plan(one: Desk) -> None:
    one.book(only(one), "begun")
    one = one.with_version("1.1")
    one.lay(UNITS[0], version="1.1")
    assert only(one).count == 2
    nowhere = one.moved("S001", "").plan()
    assert nowhere.skipped == [] and "没有填" in unsure(nowhere)["S001"]


@pytest.mark.parametrize("state", ["queued", "refused"])
@pytest.mark.parametrize("before", ["sent", "begun"])
def test_a_second_letter_that_was_asked_for_once_is_not_forgotten(state: str, before: str, one: Desk) -> None:
    one.book(only(one), before)
    one.lay(UNITS[0], day=2)
    second = only(one, "S001")
    one.book(second, state, "451", "try again later")
    assert only(one) == second


def test_a_file_that_is_gone_does_not_hide_that_it_was_sent(one: Desk) -> None:
    one.book(only(one))
    next(one.folder.iterdir()).unlink()
    assert re.search("本轮模板已于 .* 发过；文件夹里没有它的模板", notes(one.plan())["S001"])


# --- refusals and addresses -----------------------------------------------------------------------
UNKNOWN = ("550", "5.1.1 User unknown")


def test_a_refused_letter_is_tried_again(one: Desk) -> None:
    first = only(one)
    for code, words in (("451", "try again later"), ("552", "mailbox full"), ("554", "DT:SPM"), ("", "")):
        one.book(first, "refused", code, words)
        assert only(one).message_id == first.message_id


def test_an_unknown_address_waits_until_the_roster_has_another(one: Desk) -> None:
    one.book(only(one), "refused", *UNKNOWN)
    planned = one.plan()
    assert planned.letters == []
    assert re.search("s001@163.com，对方的邮箱不认这个地址.*单位名册.*--unit S001", notes(planned)["S001"])
    assert "不认" in notes(one.moved("S001", "S001@163.COM").plan())["S001"]
    assert only(one.moved("S001", "new@163.com")).to == "new@163.com"
    assert only(one, "S001").to == "s001@163.com"


def test_a_letter_that_came_back_is_sent_to_the_new_address(one: Desk) -> None:
    first = only(one)
    one.book(first)
    back = {"S001": "s001@163.com"}
    assert "退了信" in notes(one.plan(bounced=back))["S001"]
    again = only(one.moved("S001", "new@163.com"), bounced=back)
    assert (again.to, again.count, again.subject) == ("new@163.com", 2, first.subject)
    one.book(again)
    assert [skip.done for skip in one.moved("S001", "new@163.com").plan(bounced=back).skipped] == [True]
    assert only(one, "S001", bounced=back).to == "s001@163.com"


def test_a_letter_that_came_back_is_sent_to_the_new_address_as_its_template_now_is(one: Desk) -> None:
    one.book(only(one))
    one.lay(UNITS[0], day=2)
    again = only(one.moved("S001", "new@163.com"), bounced={"S001": "s001@163.com"})
    assert (again.to, again.count) == ("new@163.com", 2)


def test_an_address_that_bounced_in_an_earlier_round_is_not_mailed_to_again(one: Desk) -> None:
    assert "退了信" in notes(one.plan(bounced={"S001": "S001@163.com"}))["S001"]
    assert only(one, bounced={"S001": "old@163.com"}).to == "s001@163.com"


def test_a_new_address_alone_sends_nothing_twice(one: Desk) -> None:
    one.book(only(one))
    moved = one.moved("S001", "new@163.com")
    [skip] = moved.plan().skipped
    assert (
        skip.done and "发到 s001@163.com；名册里的邮箱后来改了，要发到新的邮箱请加 --unit S001" in skip.note
    )
    assert only(moved, "S001").to == "new@163.com"


def test_an_address_that_is_gone_does_not_matter_to_what_was_sent(one: Desk) -> None:
    one.book(only(one))
    [skip] = one.moved("S001", "").plan().skipped
    assert skip.done and "后来改了" not in skip.note


def test_the_last_attempt_tells_whether_an_address_is_known(one: Desk) -> None:
    first = only(one)
    one.book(first, "refused", *UNKNOWN)
    one.lay(UNITS[0], day=2)
    second = only(one, "S001")
    one.book(second, "refused", "451", "try again later")
    later = evolve(one.standing.pop(second.message_id), at=SENT_AT + timedelta(hours=1))
    standing = {second.message_id: later, **one.standing}
    assert only(evolve(one, standing=standing)) == second


def test_letters_of_another_round_or_kind_do_not_count(one: Desk) -> None:
    first = only(one)
    one.book(evolve(first, round="2022-05", message_id="<a@b>"))
    one.book(evolve(first, kind="未报", message_id="<c@d>"), "begun")
    assert only(one).message_id == first.message_id


# --- whatever comes -------------------------------------------------------------------------------
EMAILS = [
    "s001@163.com",
    "S001@163.COM",
    "two@qq.com",
    "x@mle.edu.cn",
    "",
    "无",
    "a@163.con",
    "a@qq.com、b@qq.com",
    "ａ@qq.com",
]
_indexes = st.integers(0, len(UNITS) - 1)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[Unit, ...]:
    units = draw(st.permutations(UNITS))
    return tuple(evolve(unit, email=draw(st.sampled_from(EMAILS))) for unit in units)


@st.composite
def laid(draw: st.DrawFn) -> list[tuple[int, str, dict[str, Any]]]:
    """Files: whose template, under which name, and what is odd about it."""
    files = []
    for _ in range(draw(st.integers(0, 10))):
        owner, namesake = draw(_indexes), draw(_indexes)
        own = template(UNITS[draw(st.sampled_from([owner, owner, owner, namesake]))])[0]
        stem = own.removesuffix(".xlsx")
        name = draw(
            st.sampled_from(
                [
                    own,
                    own,
                    own,
                    f"{stem}(1).xlsx",
                    f"{stem} - 副本.xlsx",
                    "表.xlsx",
                    f"{UNITS[namesake].name}.xlsx",
                ]
            )
        )
        odd = draw(st.sampled_from([{}, {}, {}, {"day": 2}, *WRONG.values()]))
        files.append((owner, name, dict(odd)))
    return files


@settings(max_examples=60, deadline=None)
@given(rosters(), laid(), st.sets(_indexes), st.sets(_indexes))
def test_no_template_goes_to_an_address_that_the_roster_does_not_give_for_its_unit(
    units: tuple[Unit, ...], laid: list[tuple[int, str, dict[str, Any]]], asked: set[int], named: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), units)
        for owner, name, odd in laid:
            desk.lay(UNITS[owner], name, **odd)
        asked_codes, named_codes = ({UNITS[at].code for at in some} for some in (asked, named))
        planned = desk.plan(*named_codes, asked=asked_codes)
        check(planned, units, named_codes or asked_codes)
        sent = {letter.attachments[0].name for letter in planned.letters}
        said = " ".join([*planned.notes, *(skip.note for skip in planned.skipped)])
        for _, name, _ in laid:
            assert named_codes or name in sent or name in said or look_is_bad(units, name)


def look_is_bad(units: Iterable[Unit], name: str) -> bool:
    """Whether the unit of a file cannot be mailed to, which is then what its note is about."""
    return any(unit.code in name or unit.name in name for unit in units if not look(unit).text)


_FATES = ["sent", "sent", "begun", "queued", "refused", "unknown"]


@settings(max_examples=40, deadline=None)
@given(rosters(), st.lists(st.lists(st.sampled_from(_FATES), min_size=6, max_size=6), max_size=6))
def test_no_letter_goes_out_twice_however_often_a_run_breaks_off(
    units: tuple[Unit, ...], runs: list[list[str]]
) -> None:
    out: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), units)
        desk.lay_all()
        for fates in runs:
            planned = desk.plan()
            check(planned, units, [unit.code for unit in units])
            for letter, fate in zip(planned.letters, fates, strict=False):
                out[letter.unit] += fate in ("sent", "begun")
                desk.book(letter, *(("refused", *UNKNOWN) if fate == "unknown" else (fate,)))
        assert not out or max(out.values()) <= 1
        for letter in desk.plan().letters:
            out[letter.unit] += 1
            desk.book(letter)
        last = desk.plan()
        assert last.letters == [] and max(out.values(), default=0) <= 1
        mailable = {unit.code for unit in units if look(unit).text}
        unknown = {code for code, note in notes(last).items() if "不认" in note}
        assert {code for code, count in out.items() if count} == mailable - unknown
        begun = {mail.unit for mail in desk.standing.values() if mail.state == "begun"}
        assert set(unsure(last)) == begun
