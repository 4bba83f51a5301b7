"""What each button does: a function of the desk it was clicked at, which gives the answer to show.

Nothing here knows Excel, files that are open, or message boxes. Errors are let through; `press` puts them into words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import labels as L
from eduxl.addin.answer import Answer, Tone
from eduxl.addin.desk import Desk
from eduxl.addin.round_question import Outcome, ask_round, next_round, not_opened, question
from eduxl.errors import EduxlError, RoundError
from eduxl.tracker.place import returns_of

if TYPE_CHECKING:
    from eduxl.model import Round
    from eduxl.tracker.merge import MergeResult
    from eduxl.tracker.tracker import Tracker

#: Names of a list that are shown before the rest is only counted.
_SHOWN = 8


def merge(desk: Desk, places: Sequence[Path] = ()) -> Answer:
    """汇总: takes the returns of the open round from `places`, by default from returns/ROUND, which is made if missing."""
    tracker = desk.tracker()
    folders = list(places)
    if not folders:
        folders = [returns_of(tracker.path, _open_round(tracker).id)]
        folders[0].mkdir(parents=True, exist_ok=True)
    if all(map(_is_empty, folders)):
        named = "\n".join(map(str, folders))
        return Answer(
            TITLES["merge"],
            "文件夹里还没有收回的填报表，什么也没有汇总。请把各单位交来的文件原样放进去"
            f"（表格、压缩包、子文件夹都可以，不用改名），再点“汇总”：\n{named}",
            tone="look",
        )
    with desk.progress("汇总") as step:
        result = tracker.merge(folders, progress=step)
    tone: Tone = "look" if tracker.notes else "done"
    return Answer(TITLES["merge"], "\n".join([*_merged(result), *tracker.notes]), tone=tone)


def _is_empty(place: Path) -> bool:
    """True for a folder without a file, also in its folders, but for those that programs hide there."""
    return place.is_dir() and not any(
        child.is_file() and not child.name.startswith((".", "~$")) for child in place.rglob("*")
    )


def _merged(result: MergeResult) -> list[str]:
    """The three numbers, and what was not taken."""
    merged, rejected = result.files.merged, result.files.rejected
    flags = sum(result.status.flags.values())
    lines = [f"汇总{len(merged)}份，退回{len(rejected)}份，预警{flags}条，请看“{L.ALERTS}”。"]
    if not result.changed:
        lines.append("没有新内容，总台账没有改动。")
    lines += [f"退回：{item.path}，{item.note}" for item in rejected[:_SHOWN]]
    if len(rejected) > _SHOWN:
        lines.append(f"……另有{len(rejected) - _SHOWN}份，全部列在“{L.REJECTED}”里。")
    missing = len(result.status.missing)
    if missing:
        lines.append(f"应报{result.status.expected}个单位，还有{missing}个没有收到。")
    return lines


def refresh(desk: Desk) -> Answer:
    """刷新预警: evaluates the flags as of today, and takes in what the clerk typed; no file is read."""
    tracker = desk.tracker()
    with desk.progress("刷新预警") as step, _needs_round(tracker):
        result = tracker.refresh(progress=step)
    red = sum(count for flag, count in result.status.flags.items() if L.FLAG_LIGHT[flag] == L.RED)
    flags = sum(result.status.flags.values())
    lines = [
        f"已按{result.as_of}重新计算：预警{flags}条，其中红色{red}条，请看“{L.ALERTS}”。",
        f"应报{result.status.expected}个单位，已报{result.status.received}个。",
    ]
    return Answer(TITLES["refresh"], "\n".join([*lines, *tracker.notes]))


def templates(desk: Desk) -> Answer:
    """生成模板: writes each unit's form to templates/ROUND; asks for a round where none is open or its due date is over."""
    tracker = desk.tracker()
    rounds, today = tracker.rounds(), date.today()
    current = rounds[-1] if rounds and not rounds[-1].closed else None
    asked = Outcome()
    if current is None or current.due < today:
        proposed = next_round(rounds, today)
        asked = ask_round(desk, tracker, TITLES["templates"], question(current), proposed)
        if asked.refused or (current is None and asked.round is None):
            return Answer(TITLES["templates"], not_opened(asked, proposed), tone="look")
    try:
        with desk.progress("生成模板") as step:
            written = tracker.write_templates(progress=step)
    except EduxlError as error:
        if asked.round is None:
            raise
        raise type(error)(
            f"轮次 {asked.round.id} 已经开启，填报表没有写成：{error}", code=error.code
        ) from error
    lines = [*asked.lines, f"已写{len(written)}份填报表，请发给各单位：\n{written[0].parent}", *tracker.notes]
    if current and current.due < today and asked.round is None:
        lines.append(f"没有开启下一轮，写的是 {current.id} 的填报表，它的截止日期{current.due}已经过了。")
    return Answer(TITLES["templates"], "\n".join(lines))


def sendbacks(desk: Desk) -> Answer:
    """打开退回单: writes the forms that go back to sendback/ROUND and opens that folder."""
    import click

    from eduxl.summary import sendback_lines

    tracker = desk.tracker()
    with desk.progress("写退回单") as step, _needs_round(tracker):
        result = tracker.write_sendback(progress=step)
    lines = [click.unstyle(line) for line in sendback_lines(result)]
    if len(lines) > 2 * _SHOWN:
        lines = [*lines[: 2 * _SHOWN], f"……共{len(result.sent)}份，都在这个文件夹里。"]
    if result.sent:
        desk.show(result.sent[0].path.parent)
    return Answer(TITLES["sendbacks"], "\n".join([*lines, *tracker.notes]))


def send(desk: Desk) -> Answer:
    """发送模板: mails each unit its form."""
    from eduxl.addin import mail_buttons

    _open_round(desk.tracker())
    return mail_buttons.send(desk, TITLES["send"])


def fetch(desk: Desk) -> Answer:
    """收取邮件: saves the returns that came by mail."""
    from eduxl.addin import mail_buttons

    _open_round(desk.tracker())
    return mail_buttons.fetch(desk, TITLES["fetch"])


def remind(desk: Desk) -> Answer:
    """催报: mails to the units that owe something."""
    from eduxl.addin import mail_buttons

    _open_round(desk.tracker())
    return mail_buttons.remind(desk, TITLES["remind"])


def report(desk: Desk) -> Answer:
    """生成通报: not there yet."""
    return _later(
        "report", f"写通报要用的数字在“{L.HOME}”和“{L.OVERVIEW}”里，没有上报的单位在“{L.ALERTS}”里。"
    )


def doctor(desk: Desk) -> Answer:
    """检查环境: what this computer has and lacks."""
    from eduxl.doctor import check, lines

    with desk.progress("检查环境"):
        found = check(desk.path)
    return Answer(TITLES["doctor"], "\n".join(lines(found)))


def new(desk: Desk) -> Answer:
    """新建台账: asks for a plan, a roster and the first round, makes the master beside the plan and opens it.

    Where there is no roster yet, an empty one is made beside the plan, to be filled in first.
    """
    from eduxl.plan import read_plan
    from eduxl.roster import read_roster
    from eduxl.tracker.tracker import Tracker

    title = TITLES["new"]
    plan = desk.ask_file("请选工作要点或计划工作簿", _PLANS)
    if plan is None:
        return Answer(title, f"没有选好工作要点，什么也没有做。\n{_NO_WINDOW}", tone="look")
    roster = desk.ask_file("请选单位名册（还没有的，请取消）", (".xlsx", ".xlsm"))
    if roster is None:
        return _first_roster(desk, plan)
    tracker = Tracker.create(read_plan(plan), read_roster(roster), plan.parent / L.MASTER_NAME)
    lines = [
        f"已建总台账：\n{tracker.path}\n旁边的文件夹 {tracker.memory.name} 是它的记录，请一直和它放在一起。"
    ]
    proposed = next_round((), date.today())
    first = (
        "总台账已经建好。现在就开启第一轮：请核对轮次（年-月）和截止日期，再点“确定”（OK）。\n"
        "以后再开：点“取消”（Cancel）。"
    )
    try:
        asked = ask_round(desk, tracker, title, first, proposed)
    except EduxlError as error:
        asked = Outcome(refused=f"第一轮没有开启：{error}")
    if asked.round:
        lines += [*asked.lines, "下一步：在总台账里看一遍任务和单位，再点“生成模板”。"]
    else:
        why = f"{asked.refused}\n" if asked.refused else ""
        lines.append(f"{why}下一步：在总台账里看一遍任务和单位，再点“生成模板”，写上第一轮和截止日期。")
    desk.show(tracker.path)
    return Answer(title, "\n".join(lines))


def _first_roster(desk: Desk, plan: Path) -> Answer:
    """What is said where no roster was chosen; makes an empty one, unless one lies beside the plan."""
    from eduxl.roster import new_roster

    roster, title = plan.parent / "名册.xlsx", TITLES["new"]
    if roster.exists():
        again = f"名册填好以后再点“新建台账”，选它：\n{roster}"
        return Answer(title, f"没有选好名册，什么也没有做。{again}\n{_NO_WINDOW}", tone="look")
    new_roster(roster)
    desk.show(roster)
    return Answer(
        title,
        f"没有选名册，已写一份空白名册，还没有建台账：\n{roster}\n"
        "请把所有股室、学区、学校填进去，一个单位一行，保存、关闭；再点“新建台账”，选工作要点和这份名册。",
        tone="look",
    )


def help(desk: Desk) -> Answer:
    """帮助: opens the manual where it is on this computer, and says what each button does."""
    manual = Path(__file__).resolve().parents[2] / "docs" / "用户手册.md"
    lines = [f"{TITLES[name]}：{words}" for name, words in _HELP.items()]
    if manual.is_file():
        desk.show(manual)
        lines.append(f"用户手册（“按钮”一节）：\n{manual}")
    else:
        lines.append("命令行的用法：eduxl --help")
    return Answer(TITLES["help"], "\n".join(lines))


def _later(action: str, meanwhile: str) -> Answer:
    """What is said of a button whose work comes with a later version."""
    return Answer(
        TITLES[action],
        f"“{TITLES[action]}”在以后的版本里提供，这次什么也没有改动。\n{meanwhile}",
        tone="look",
    )


def _open_round(tracker: Tracker) -> Round:
    """The round that is being reported. Raises `RoundError` (`no-round`)."""
    rounds = tracker.rounds()
    if not rounds or rounds[-1].closed:
        raise RoundError(
            "没有正在填报的轮次，什么也没有改动。请先点“生成模板”，写上轮次和截止日期，它会开启一轮"
            f"（没有按钮的，运行 {next_round(rounds, date.today()).command}）。",
            code="no-round",
        )
    return rounds[-1]


@contextmanager
def _needs_round(tracker: Tracker) -> Iterator[None]:
    """Lets what a block says of a round that is not open name the button that opens one."""
    try:
        yield
    except RoundError as error:
        if error.code == "no-round":
            _open_round(tracker)
        raise


_NO_WINDOW = "没有出现选文件的窗口的，请运行：eduxl master 工作要点.docx --roster 名册.xlsx"
_PLANS = (".docx", ".xlsx", ".txt", ".pdf", ".html", ".htm", ".xls", ".ods", ".doc", ".wps")
#: What each button is called, by the word that VBA knows it by.
TITLES = {
    "merge": "汇总",
    "templates": "生成模板",
    "send": "发送模板",
    "fetch": "收取邮件",
    "remind": "催报",
    "refresh": "刷新预警",
    "report": "生成通报",
    "doctor": "检查环境",
    "new": "新建台账",
    "sendbacks": "打开退回单",
    "help": "帮助",
}
_HELP = {
    "merge": "把 returns 文件夹里收回的填报表汇总进总台账",
    "templates": "给每个单位写一份填报表，放在 templates 文件夹里；没有正在填报的轮次时，先问轮次和截止日期",
    "send": "把填报表用邮件发给各单位，发以前先问一句；第一次用时问邮箱地址和授权码",
    "fetch": "从邮箱收取各单位报来的填报表，放进 returns 文件夹",
    "remind": "给没有上报的、要改的单位发邮件，发以前先问一句",
    "refresh": "按今天重新计算预警，读入您填的审核、延期、销号",
    "sendbacks": "有问题的填报写成退回单，放在 sendback 文件夹里",
    "doctor": "看这台电脑上缺什么",
    "new": "选工作要点和名册，建一本总台账；还没有名册的，先写一份空白的",
}
#: The functions by the same words; merge also takes the places of returns.
BUTTONS: dict[str, Callable[[Desk], Answer]] = {
    "merge": merge,
    "templates": templates,
    "send": send,
    "fetch": fetch,
    "remind": remind,
    "refresh": refresh,
    "report": report,
    "doctor": doctor,
    "new": new,
    "sendbacks": sendbacks,
    "help": help,
}
#: Those that need no workbook.
WITHOUT_WORKBOOK = frozenset(("new", "help", "doctor"))
