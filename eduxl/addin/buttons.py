"""What each button does: a function of the desk it was clicked at, which gives the answer to show.

Nothing here knows Excel, files that are open, or message boxes. Errors are let through; `press` puts them into words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import labels as L
from eduxl.addin.answer import Answer
from eduxl.addin.desk import Desk
from eduxl.errors import RoundError
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
        folder = returns_of(tracker.path, _open_round(tracker).id)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(not child.name.startswith((".", "~$")) for child in folder.iterdir()):
            return Answer(
                TITLES["merge"],
                f"还没有收回的填报表。请把各单位交来的文件放进下面的文件夹，再点“汇总”：\n{folder}",
                tone="look",
            )
        folders = [folder]
    with desk.progress("汇总") as step:
        result = tracker.merge(folders, progress=step)
    return Answer(TITLES["merge"], "\n".join([*_merged(result), *tracker.notes]))


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
    with desk.progress("刷新预警") as step:
        result = tracker.merge([], progress=step)
    red = sum(count for flag, count in result.status.flags.items() if L.FLAG_LIGHT[flag] == L.RED)
    flags = sum(result.status.flags.values())
    lines = [
        f"已按{result.as_of}重新计算：预警{flags}条，其中红色{red}条，请看“{L.ALERTS}”。",
        f"应报{result.status.expected}个单位，已报{result.status.received}个。",
    ]
    return Answer(TITLES["refresh"], "\n".join([*lines, *tracker.notes]))


def templates(desk: Desk) -> Answer:
    """生成模板: writes each unit's form to templates/ROUND."""
    tracker = desk.tracker()
    with desk.progress("生成模板") as step:
        written = tracker.write_templates(progress=step)
    lines = [f"已写{len(written)}份填报表，请发给各单位：\n{written[0].parent}", *tracker.notes]
    return Answer(TITLES["templates"], "\n".join(lines))


def sendbacks(desk: Desk) -> Answer:
    """打开退回单: writes the forms that go back to sendback/ROUND and opens that folder."""
    import click

    from eduxl.summary import sendback_lines

    tracker = desk.tracker()
    with desk.progress("写退回单") as step:
        result = tracker.write_sendback(progress=step)
    lines = [click.unstyle(line) for line in sendback_lines(result)]
    if len(lines) > 2 * _SHOWN:
        lines = [*lines[: 2 * _SHOWN], f"……共{len(result.sent)}份，都在这个文件夹里。"]
    if result.sent:
        desk.show(result.sent[0].path.parent)
    return Answer(TITLES["sendbacks"], "\n".join([*lines, *tracker.notes]))


def send(desk: Desk) -> Answer:
    """发送模板: not there yet."""
    place = _folder(desk, "templates")
    return _later("send", f"现在请先点“生成模板”，模板在{place}里，可用 QQ 群或邮箱发给各单位。")


def fetch(desk: Desk) -> Answer:
    """收取邮件: not there yet."""
    place = _folder(desk, "returns")
    return _later("fetch", f"现在请在邮箱里下载各单位发来的附件，放进{place}，再点“汇总”。压缩包不用解开。")


def remind(desk: Desk) -> Answer:
    """催报: not there yet; says who is missing."""
    from eduxl.summary import listed

    missing = desk.tracker().status().missing if desk.path else ()
    if not missing:
        return _later("remind", f"没有上报的单位列在“{L.ALERTS}”里，可按名单打电话或在 QQ 群里提醒。")
    names = listed(missing, 3 * _SHOWN)
    return _later("remind", f"还没有上报的有{len(missing)}个，可打电话或在 QQ 群里提醒：\n{names}")


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
    """新建台账: asks for a plan and a roster, makes the master beside the plan and opens it."""
    from eduxl.plan import read_plan
    from eduxl.roster import read_roster
    from eduxl.tracker.tracker import Tracker

    plan = desk.ask_file("请选工作要点或计划工作簿", _PLANS)
    roster = desk.ask_file("请选单位名册", (".xlsx", ".xlsm")) if plan else None
    if plan is None or roster is None:
        return Answer(
            TITLES["new"],
            "没有选好计划和名册两个文件，什么也没有做。\n"
            "还没有名册的，先在命令行运行 eduxl roster new 名册.xlsx，填好再来。",
            tone="look",
        )
    tracker = Tracker.create(read_plan(plan), read_roster(roster), plan.parent / L.MASTER_NAME)
    desk.show(tracker.path)
    return Answer(
        TITLES["new"],
        f"已建总台账：\n{tracker.path}\n旁边的文件夹 {tracker.memory.name} 是它的记录，请一直和它放在一起。\n"
        "下一步：开启一轮填报（命令行 eduxl round open 2022-06 --due 2022-06-25），再点“生成模板”。",
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


def _folder(desk: Desk, name: str) -> str:
    """The round's folder of that name in words, whether or not it is there yet."""
    if desk.path is None:
        return f"总台账旁边的 {name} 文件夹"
    rounds = desk.tracker().rounds()
    place = desk.path.parent / name
    return f"文件夹 {place / rounds[-1].id if rounds else place} "


def _open_round(tracker: Tracker) -> Round:
    """The round that is being reported. Raises `RoundError` (`no-round`)."""
    rounds = tracker.rounds()
    if not rounds or rounds[-1].closed:
        raise RoundError(
            "没有正在填报的轮次，什么也没有改动。请先开启一轮，在命令行运行例如：eduxl round open 2022-06 --due 2022-06-25",
            code="no-round",
        )
    return rounds[-1]


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
    "templates": "给每个单位写一份填报表，放在 templates 文件夹里",
    "refresh": "按今天重新计算预警，读入您填的审核、延期、销号",
    "sendbacks": "有问题的填报写成退回单，放在 sendback 文件夹里",
    "doctor": "看这台电脑上缺什么",
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
