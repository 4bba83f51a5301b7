"""发送模板, 催报 and 收取邮件 on real servers: the mailbox by dialog, the question before, every outcome in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import keyring
import keyring.backends.fail
import pytest
from attrs import evolve

from eduxl import Tracker
from eduxl import labels as L
from eduxl.addin import buttons, log, mail_buttons, messages, press
from eduxl.addin.answer import Answer
from eduxl.errors import MailError
from eduxl.mail import providers
from eduxl.mail.secret import VARIABLE, Secret, keep, stored
from eduxl.mail.settings import FILE, Server, load, save
from tests.builders import fill
from tests.mail import letters
from tests.mail.debtors import ROUND, tracker, with_returns
from tests.mail.dovecot import CODE, Dovecot, dovecot, needs_dovecot
from tests.mail.letters import OURS
from tests.mail.mailing import settings, states
from tests.mail.odd_servers import cut
from tests.mail.smtp_server import SECRET, Fault, SmtpServer
from tests.mail.test_secret import Ring

from .test_buttons import Paper
from .test_file_desk import screen

#: The units of the round; X01 is asked for nothing.
UNITS = {"G01", "G02", "S001", "S002", "S003", "S004"}
#: A preset whose servers are here; its mailbox is one of the domain of `OURS`.
HERE = "here"
MAIL_BUTTONS = [buttons.send, buttons.fetch, buttons.remind]
Button = Callable[[Any], Answer]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """The computer's keyring, of this test alone; no variable holds a secret."""
    monkeypatch.delenv(VARIABLE, raising=False)
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer(user=OURS) as running:
        yield running


@pytest.fixture(scope="module")
def box() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, server: SmtpServer) -> Iterator[dict[str, Any]]:
    """The data of the provider whose addresses end as `OURS` does: its servers are on this computer, without a pace."""
    known = providers._data()
    row = {
        **known["163"], "smtp": f"localhost:{server.port}", "imap": "localhost:1", "pop3": "localhost:1",
        "smtp_security": "plain", "receiving_security": "plain", "per_minute": 60_000, "per_connection": 100,
    }  # fmt: skip
    others = {name: {**other, "domains": []} if name == "163" else other for name, other in known.items()}
    monkeypatch.setattr(providers, "_data", lambda: {HERE: row, **others})
    providers._presets.cache_clear()
    yield row
    providers._presets.cache_clear()


@pytest.fixture
def made(tmp_path: Path, ring: Ring) -> Tracker:
    """A tracker with templates; S004 has no address, and there is no mailbox yet."""
    folder = tmp_path / "台账"
    folder.mkdir()
    return tracker(folder, S004="")


@pytest.fixture
def ready(made: Tracker, server: SmtpServer, here: dict[str, Any]) -> Tracker:
    """The same with a mailbox whose 授权码 is in the keyring."""
    mailbox = evolve(settings(server), address=OURS, provider=HERE)
    save(mailbox, made.memory)
    keep(mailbox, Secret(SECRET))
    return made


def units(server: SmtpServer) -> list[str]:
    """To whom messages went, as often as they did."""
    return sorted(message.to[0].partition("@")[0].upper() for message in server.record.messages)


def press_once(
    tracker: Tracker, action: Button, *texts: str | None, yes: bool = True
) -> tuple[Answer, Paper]:
    desk = Paper(tracker.path, texts=texts, yes=yes)
    return action(desk), desk


def holds_secret(folder: Path) -> list[Path]:
    """The files in which the secret stands, in the clear or as AUTH sends it."""
    texts = {
        path: path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()
    }
    return [path for path, text in texts.items() if SECRET in text or Secret(SECRET).hide_in(text) != text]


@pytest.mark.parametrize("sent", [SECRET, b64encode(f"\0{OURS}\0{SECRET}".encode()).decode()])
def test_a_secret_in_a_file_would_be_found(tmp_path: Path, sent: str) -> None:
    (tmp_path / "log").write_text(f"AUTH PLAIN {sent}\n", encoding="utf-8")
    assert holds_secret(tmp_path) == [tmp_path / "log"]


# --- the mailbox by dialog ------------------------------------------------------------------------
@pytest.mark.parametrize("action", MAIL_BUTTONS)
@pytest.mark.parametrize("text", [None, "", "  "])
def test_without_a_mailbox_the_address_is_asked_for_and_who_gives_none_has_done_nothing(
    made: Tracker, action: Button, text: str | None
) -> None:
    before = made.path.read_bytes()
    answer, desk = press_once(made, action, text)
    assert answer.tone == "look" and answer.text.startswith("还没有设置邮箱，什么也没有做。")
    assert f"再点一次“{answer.title}”" in answer.text and "eduxl mail setup" in answer.text
    assert len(desk.asked) == 1 and not desk.questions and not desk.hidden
    assert not (made.memory / FILE).exists() and made.path.read_bytes() == before


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("教育局", "“教育局”不是邮箱地址"),
        ("bgs@mljy.gov.cn", "eduxl mail setup --address bgs@mljy.gov.cn --provider exmail"),
    ],
)
def test_an_address_that_tells_no_server_is_answered_with_what_to_do(
    made: Tracker, address: str, said: str
) -> None:
    answer, desk = press_once(made, buttons.send, address)
    assert answer.tone == "look" and said in answer.text and "什么也没有做" in answer.text
    assert not desk.hidden and not (made.memory / FILE).exists()


def test_for_a_known_provider_it_is_said_where_the_code_is_and_without_it_nothing_is_kept(
    made: Tracker, ring: Ring
) -> None:
    answer, desk = press_once(made, buttons.send, "ｍｌｊｙ＠163．com", "")
    (prompt,) = desk.hidden
    assert "mljy@163.com" in prompt and "网易 163 邮箱的授权码在哪里" in prompt and "IMAP/SMTP服务" in prompt
    assert answer.tone == "look" and "没有填授权码" in answer.text and "IMAP/SMTP服务" in answer.text
    assert not (made.memory / FILE).exists() and not ring.kept


def test_what_a_provider_warns_of_is_said_before_the_code_is_typed(made: Tracker) -> None:
    _, desk = press_once(made, buttons.send, "mljy@outlook.com", None)
    assert "个人的微软邮箱" in desk.hidden[0]


def test_a_code_that_is_refused_is_explained_once_and_nothing_is_kept(
    made: Tracker, here: dict[str, Any], server: SmtpServer, ring: Ring
) -> None:
    answer, _ = press_once(made, buttons.send, OURS, "wrong")
    assert server.record.logins == [(OURS, "wrong")]
    assert answer.tone == "look" and answer.text.startswith("登录没有成功，邮箱没有设置")
    assert "授权码不对" in answer.text and answer.text.count("授权码在哪里") == 1
    assert not (made.memory / FILE).exists() and not ring.kept and not server.record.messages


@needs_dovecot
def test_address_and_code_are_enough_to_send(
    made: Tracker, here: dict[str, Any], server: SmtpServer, box: Dovecot, ring: Ring
) -> None:
    here["imap"] = f"localhost:{box.ports['imap']}"
    providers._presets.cache_clear()
    answer, desk = press_once(made, buttons.send, OURS, f" {CODE}\n")
    assert answer.text.startswith("发出5封填报表。") and units(server) == sorted(UNITS - {"S004"})
    assert load(made.memory).incoming == Server("localhost", box.ports["imap"])
    assert stored(OURS) == Secret(CODE) and len(desk.hidden) == 1 and desk.doings == ["试登录", "发送模板"]
    again, desk = press_once(made, buttons.send)
    assert not desk.asked and not desk.questions and len(server.record.messages) == 5
    assert CODE == SECRET and holds_secret(made.path.parent) == []
    assert SECRET not in answer.text + again.text


@needs_dovecot
def test_where_there_is_no_keyring_the_variable_is_named_and_used(
    made: Tracker, here: dict[str, Any], server: SmtpServer, box: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    here["imap"] = f"localhost:{box.ports['imap']}"
    providers._presets.cache_clear()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    answer, _ = press_once(made, buttons.send, OURS, CODE)
    assert answer.tone == "look" and VARIABLE in answer.text and not server.record.messages
    monkeypatch.setenv(VARIABLE, CODE)
    answer, desk = press_once(made, buttons.send)
    assert answer.text.startswith("发出5封") and not desk.asked and holds_secret(made.path.parent) == []


# --- sending --------------------------------------------------------------------------------------
def test_who_does_not_say_yes_sends_nothing(ready: Tracker, server: SmtpServer) -> None:
    answer, desk = press_once(ready, buttons.send, yes=False)
    (question,) = desk.questions
    assert question.startswith(f"要用 {OURS} 给5个单位发填报表吗？发出的邮件不能收回。")
    assert desk.saved == 1  # what was just typed counts
    assert "S001 民乐县第一中学" in question and "不发的有1个单位" in question and "S004" in question
    assert (answer.text, answer.tone) == ("没有确定，一封也没有发。", "look")
    assert not server.record.logins and not states(ready.memory)
    assert not (ready.path.parent / "发件预览").exists()


def test_each_unit_gets_its_form_and_a_second_click_sends_nothing(ready: Tracker, server: SmtpServer) -> None:
    answer, _ = press_once(ready, buttons.send)
    assert (answer.title, answer.tone) == ("发送模板", "done")
    assert answer.text.startswith("发出5封填报表。") and units(server) == sorted(UNITS - {"S004"})
    assert "没有发的有1个单位：\n  S004 民乐县第一幼儿园：" in answer.text
    answer, desk = press_once(ready, buttons.send)
    assert "发出0封填报表。\n已经发过、不用再发的有5个单位。" in answer.text and not desk.questions
    assert len(server.record.messages) == 5


def test_a_note_is_said_once(ready: Tracker, server: SmtpServer) -> None:
    (ready.path.parent / "templates" / ROUND / "说明.xlsx").write_bytes(b"no workbook")
    answer, desk = press_once(ready, buttons.send)
    assert desk.questions[0].count("说明.xlsx") == answer.text.count("说明.xlsx") == 1


def test_how_long_it_takes_is_said_where_that_is_long(ready: Tracker, here: dict[str, Any]) -> None:
    assert "分钟" not in press_once(ready, buttons.send, yes=False)[1].questions[0]
    here["per_minute"] = 2
    providers._presets.cache_clear()
    assert "大约要3分钟" in press_once(ready, buttons.send, yes=False)[1].questions[0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("RCPT", "550 5.1.1 no such user", to="s002"), "没有发成的有1个单位：\n  S002"),
        (Fault("after", "", to="s002"), "不能确定对方收到没有的有1个单位：\n  S002"),
    ],
)
def test_what_failed_or_is_unsure_is_named(
    ready: Tracker, server: SmtpServer, fault: Fault, said: str
) -> None:
    server.faults = [fault]
    answer, _ = press_once(ready, buttons.send)
    assert answer.tone == "look" and answer.text.startswith("发出4封") and said in answer.text
    assert "再运行一次" not in answer.text and "请加 --unit" not in answer.text
    if fault.step == "after":
        assert "eduxl send --unit S002" in answer.text
        assert press_once(ready, buttons.send)[0].tone == "look" and len(server.record.messages) == 5


def test_of_each_long_list_the_beginning_is_shown_and_how_to_see_the_rest() -> None:
    skipped = [f"  S{n:03}：没有邮箱" for n in range(300)]
    lines = ["没有发的：", *skipped, "没有发成的：", "  S999：拒收"]
    shown = mail_buttons._shown(lines, "发送模板", "eduxl send")
    assert shown[8:] == [
        "  ……另有293个", "没有发成的：", "  S999：拒收", "全部的可以运行 eduxl send --dry-run 来看。"
    ]  # fmt: skip
    assert mail_buttons._shown(lines[:5], "发送模板", "eduxl send") == lines[:5]


# --- a secret that is not, or no longer, right ----------------------------------------------------
@pytest.mark.parametrize("action", [buttons.send, buttons.remind])
def test_a_login_that_is_refused_is_a_sentence_with_steps(
    ready: Tracker, server: SmtpServer, action: Button
) -> None:
    server.password = "renewed"
    desk = Paper(ready.path, texts=[None], yes=True)
    with pytest.raises(MailError, match="授权码不对") as raised:
        action(desk)
    assert "网易 163 邮箱的授权码在哪里" in str(raised.value) and SECRET not in str(raised.value)
    assert "授权码不对" in desk.hidden[0] and not server.record.messages
    assert set(states(ready.memory).values()) == {"queued"}


def test_a_code_that_was_renewed_is_asked_for_and_kept(ready: Tracker, server: SmtpServer) -> None:
    server.password = "renewed"
    answer, _ = press_once(ready, buttons.send, "renewed")
    assert answer.text.startswith("发出5封") and stored(OURS) == Secret("renewed")
    assert len(server.record.messages) == 5


def test_a_wrong_new_code_is_tried_once(ready: Tracker, server: SmtpServer) -> None:
    server.password = "renewed"
    with pytest.raises(MailError, match="授权码不对"):
        press_once(ready, buttons.send, "wrong")
    assert [word for _, word in server.record.logins] == [SECRET, "wrong"]


def test_on_another_computer_the_code_is_asked_for_again(
    ready: Tracker, server: SmtpServer, ring: Ring
) -> None:
    ring.kept.clear()
    answer, desk = press_once(ready, buttons.send, SECRET)
    assert answer.text.startswith("发出5封") and "没有找到邮箱" in desk.hidden[0]
    assert stored(OURS) == Secret(SECRET)


def test_a_code_of_the_environment_is_not_asked_for(
    ready: Tracker, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "wrong")
    desk = Paper(ready.path, yes=True)
    with pytest.raises(MailError, match="授权码不对"):
        buttons.send(desk)
    assert not desk.asked


# --- reminding ------------------------------------------------------------------------------------
def test_who_owes_something_is_named_asked_about_and_reminded(
    tmp_path: Path, server: SmtpServer, here: dict[str, Any], ring: Ring
) -> None:
    owing = with_returns(tmp_path, S004="")
    mailbox = evolve(settings(server), address=OURS, provider=HERE)
    save(mailbox, owing.memory)
    keep(mailbox, Secret(SECRET))
    answer, desk = press_once(owing, buttons.remind, yes=False)
    assert "给4个单位发催报、退回的邮件吗" in desk.questions[0] and "S004" in desk.questions[0]
    assert not server.record.messages and not (owing.path.parent / "发件预览").exists()
    assert not (owing.path.parent / "sendback").exists()
    answer, _ = press_once(owing, buttons.remind)
    assert answer.text.startswith("发出4封催报、退回的邮件。") and answer.title == "催报"
    assert units(server) == ["G01", "G02", "S001", "S003"] and "S004 民乐县第一幼儿园：" in answer.text
    answer, desk = press_once(owing, buttons.remind)
    assert "发出0封" in answer.text and not desk.questions and len(server.record.messages) == 4


# --- fetching -------------------------------------------------------------------------------------
@pytest.fixture
def fetching(made: Tracker, box: Dovecot) -> Iterator[Tracker]:
    """The tracker with the mailbox of the Dovecot."""
    mailbox = box.settings()
    save(mailbox, made.memory)
    keep(mailbox, Secret(CODE))
    yield made


def sent_in(made: Tracker, unit: str) -> bytes:
    """A mail with a unit's answer."""
    (form,) = (made.path.parent / "templates" / ROUND).glob(f"{unit}_*.xlsx")
    answer = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "已完成前期准备工作"}
    filled = fill(form, made.path.parent.parent / form.name, {1: answer}, date.today())
    return letters.with_part(letters.attached(filled.read_bytes(), form.name))


@needs_dovecot
def test_fetch_saves_what_came_and_says_how_it_goes_on(fetching: Tracker, box: Dovecot) -> None:
    box.deliver([(sent_in(fetching, "S001"), datetime.now())])
    answer, desk = press_once(fetching, buttons.fetch)
    assert (answer.title, answer.tone) == ("收取邮件", "done") and not desk.asked
    assert answer.text.startswith("收下1个文件。\n") and "S001 民乐县第一中学" in answer.text
    assert answer.text.endswith("请点“汇总”，把收下的汇总进来。")
    assert len(list((fetching.path.parent / "returns" / ROUND).iterdir())) == 1
    assert press.pressed("merge", Paper(fetching.path)).text.startswith("汇总1份")
    answer, _ = press_once(fetching, buttons.fetch)
    assert answer.text.startswith("收下0个文件。") and "请点“汇总”" not in answer.text


@needs_dovecot
def test_a_connection_that_breaks_amid_fetching_is_to_be_looked_at(fetching: Tracker, box: Dovecot) -> None:
    box.deliver([(sent_in(fetching, unit), datetime.now()) for unit in sorted(UNITS)])
    with cut(box.ports["imap"], 60_000) as port:
        save(evolve(box.settings(), incoming=Server("127.0.0.1", port)), fetching.memory)
        answer, _ = press_once(fetching, buttons.fetch)
    assert answer.tone == "look" and "再点一次“收取邮件”" in answer.text
    save(box.settings(), fetching.memory)
    assert press_once(fetching, buttons.fetch)[0].tone == "done"
    saved = (fetching.path.parent / "returns" / ROUND).iterdir()
    assert {path.name.partition("_")[0] for path in saved} == UNITS


@needs_dovecot
def test_a_wrong_code_for_fetching_is_asked_for_again(fetching: Tracker, box: Dovecot) -> None:
    keep(load(fetching.memory), Secret("old"))
    desk = Paper(fetching.path, texts=[None])
    with pytest.raises(MailError, match="授权码"):
        buttons.fetch(desk)
    assert len(desk.hidden) == 1
    assert press_once(fetching, buttons.fetch, CODE)[0].text.startswith("收下")
    assert stored(OURS) == Secret(CODE)


def test_a_package_that_is_missing_is_a_sentence(made: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = evolve(settings(1), address=OURS)
    save(mailbox, made.memory)
    keep(mailbox, Secret(CODE))
    monkeypatch.setitem(sys.modules, "imap_tools", None)
    with pytest.raises(MailError, match=r"imap_tools.*点“检查环境”"):
        buttons.fetch(Paper(made.path))


# --- by the command -------------------------------------------------------------------------------
@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the answers; logs go beside it."""
    place = tmp_path / "answers.jsonl"
    monkeypatch.setenv(messages.ANSWERS, str(place))
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    return place


@pytest.fixture
def replies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "replies.txt"
    monkeypatch.setenv(messages.REPLIES, str(place))
    return place


def told(answers: Path) -> dict[str, str]:
    """The last answer."""
    found: dict[str, str] = json.loads(answers.read_text(encoding="utf-8").splitlines()[-1])
    return found


@pytest.mark.parametrize("reply", ["", "否", "取消", "n"])
def test_a_reply_that_is_no_consent_sends_nothing(
    ready: Tracker, server: SmtpServer, answers: Path, replies: Path, reply: str
) -> None:
    replies.write_text(f"{reply}\n", encoding="utf-8")
    press.press_file("send", ready.path)
    assert told(answers)["text"] == "没有确定，一封也没有发。" and not server.record.logins


def test_without_replies_nothing_is_sent(ready: Tracker, server: SmtpServer, answers: Path) -> None:
    press.press_file("send", ready.path)
    assert told(answers)["tone"] == "look" and not server.record.logins


def test_yes_by_a_file_sends(ready: Tracker, server: SmtpServer, answers: Path, replies: Path) -> None:
    replies.write_text("是\n", encoding="utf-8")
    press.press_file("send", ready.path)
    assert told(answers)["text"].startswith("发出5封填报表。") and len(server.record.messages) == 5
    assert holds_secret(ready.path.parent.parent) == []


@needs_dovecot
def test_a_mailbox_is_set_up_by_replies(
    made: Tracker, here: dict[str, Any], server: SmtpServer, box: Dovecot, answers: Path, replies: Path
) -> None:
    here["imap"] = f"localhost:{box.ports['imap']}"
    providers._presets.cache_clear()
    replies.write_text(f"{OURS}\n{CODE}\n确定\n", encoding="utf-8")
    press.press_file("send", made.path)
    assert told(answers)["text"].startswith("发出5封填报表。") and len(server.record.messages) == 5
    assert holds_secret(made.path.parent.parent) == []


@pytest.mark.parametrize("broken", [False, True])
def test_a_server_that_says_the_secret_back_brings_it_neither_into_an_answer_nor_into_a_log(
    ready: Tracker,
    server: SmtpServer,
    answers: Path,
    replies: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: bool,
) -> None:
    line = b64encode(f"\0{OURS}\0{SECRET}".encode()).decode()
    server.faults = [Fault("AUTH", f"554 nobody knows AUTH PLAIN {line} {SECRET}")]
    if broken:  # a fault of ours on the way is logged with all that led to it
        monkeypatch.setattr(mail_buttons, "_steps", lambda settings: {}[settings.address])
        server.faults, server.password = [], "renewed"
    replies.write_text("是\n", encoding="utf-8")
    press.press_file("send", ready.path)
    answer = told(answers)
    assert answer["tone"] == "failed" and not server.record.messages
    assert bool(answer["log"]) == broken == (log.folder() / "eduxl.log").exists()
    assert holds_secret(ready.path.parent.parent) == []


# --- the dialog that does not show what is typed --------------------------------------------------
@pytest.mark.parametrize(
    ("name", "flag", "script"),
    [
        ("zenity", "--hide-text", 'for word; do [ "$word" = --hide-text ] && echo Kd8; done; exit 0'),
        ("kdialog", "--password", '[ "$3" = --password ] && echo Kd8; exit 0'),
    ],
)
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="programs of Linux")
def test_other_programs_are_told_to_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, flag: str, script: str
) -> None:
    program = tmp_path / "bin" / name
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    for variable in (messages.ANSWERS, messages.REPLIES):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DISPLAY", ":none")
    monkeypatch.setenv("PATH", str(program.parent))
    assert messages.ask_text("发送模板", "授权码？", "", hidden=True) == "Kd8"
    assert messages.ask_text("发送模板", "地址？", "") == ""


_TYPED = """
import tkinter
from eduxl.addin import messages

def type_it(root):
    (dialog,) = root.winfo_children()
    (entry,) = (w for f in dialog.winfo_children() for w in f.winfo_children() if isinstance(w, tkinter.Entry))
    entry.insert(0, "Kd8")
    print(repr(entry.cget("show")))
    dialog.ok()

messages._bring_forward = type_it
for hidden in (True, False):
    print(messages.ask_text("发送模板", "授权码？", "", hidden=hidden))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a screen of its own")
def test_the_window_shows_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tkinter")
    for variable in (messages.ANSWERS, messages.REPLIES):
        monkeypatch.delenv(variable, raising=False)
    with screen() as display:
        env = {**os.environ, "DISPLAY": display}
        done = subprocess.run(
            [sys.executable, "-c", _TYPED], env=env, capture_output=True, encoding="utf-8", timeout=120
        )
    assert done.stdout.split() == ["'*'", "Kd8", "''", "Kd8"], done.stderr
