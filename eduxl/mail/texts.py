"""The words of the messages: text files that the clerk may edit, in the folder 邮件文字 beside the master.

The first line is `主题：…`, the rest the message; `{单位}` and its like stand for what differs from unit to unit. A file
that is not there is as it was shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from attrs import frozen

from eduxl import files, resources
from eduxl.errors import MailError

FOLDER = "邮件文字"

TEMPLATE = "发送模板"
REMINDER = "催报"
FIRM_REMINDER = "催报（第三次起）"
SENDBACK = "退回"
RECEIPT = "回执"
#: From this reminder on the firm one is sent.
FIRM_FROM = 3

_EVERYWHERE = {
    "单位": "收信单位的名称",
    "编码": "收信单位的编码",
    "计划": "工作要点的标题",
    "轮次": "本轮的编号，如 2022-06",
    "截止日期": "本轮的截止日期",
    "局名": "发件人的名称",
}
_ATTACHED = {"附件": "附件的文件名"}
#: What each text may say in braces, and what it stands for.
PLACEHOLDERS: dict[str, dict[str, str]] = {
    TEMPLATE: _EVERYWHERE | _ATTACHED,
    REMINDER: _EVERYWHERE | {"次数": "这是第几次提醒", "事项": "还没有报的任务"},
    FIRM_REMINDER: _EVERYWHERE | {"次数": "这是第几次提醒", "事项": "还没有报的任务"},
    SENDBACK: _EVERYWHERE | _ATTACHED | {"次数": "这是第几次退回", "事项": "要改的内容"},
    RECEIPT: _EVERYWHERE
    | _ATTACHED
    | {"收到时间": "收到的时间", "文件": "收到的文件名", "事项": "收到后核对的结果"},
}
NAMES = tuple(PLACEHOLDERS)

_SUBJECT = re.compile(r"\s*主\s*题\s*[:：]\s*(.*?)\s*")
_BRACES = re.compile(r"[{｛]\s*([^{}｛｝\n]*?)\s*[}｝]|[{}｛｝]")


def reminder(count: int) -> str:
    """The name of the text for the `count`-th reminder of a round."""
    return FIRM_REMINDER if count >= FIRM_FROM else REMINDER


def day(value: date) -> str:
    """A day as the texts say it."""
    return f"{value.year}年{value.month}月{value.day}日"


def ensure(master: Path) -> list[Path]:
    """Write the texts that are missing beside the master; returns those. Raises `FileProblem`."""
    folder = master.parent / FOLDER
    missing = [name for name in NAMES if not _path(master, name).exists()]
    if missing:
        with files.explained(f"写“{FOLDER}”"):
            folder.mkdir(exist_ok=True)
    for name in missing:
        # as Notepad writes it, also the one of old, which knows neither UTF-8 without a mark nor bare line feeds
        data = b"\xef\xbb\xbf" + shipped(name).replace("\n", "\r\n").encode()
        files.write(_path(master, name), data, f"写“{FOLDER}”")
    return [_path(master, name) for name in missing]


@frozen
class Text:
    """One text with its placeholders; `name` is one of `NAMES`."""

    name: str
    subject: str
    body: str

    @classmethod
    def of(cls, master: Path, name: str) -> Text:
        """The clerk's text beside the master, else the shipped one.

        Raises `MailError` (`bad-text`) with file and line for what cannot be sent as it is, `FileProblem`.
        """
        path = _path(master, name)
        with files.explained(f"读“{FOLDER}/{path.name}”"):
            data = path.read_bytes() if path.exists() else None
        return parsed(name, shipped(name) if data is None else _decoded(name, data))

    def fill(self, **values: str) -> tuple[str, str]:
        """Subject and body with the values by the names of the placeholders; no value is looked through in turn."""

        def value(found: re.Match[str]) -> str:
            return values[found[1]]

        return " ".join(_BRACES.sub(value, self.subject).split()), _BRACES.sub(value, self.body)


def parsed(name: str, text: str) -> Text:
    """The text of a file. Raises `MailError` (`bad-text`)."""
    lines = text.removeprefix("\ufeff").splitlines()
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    found = _SUBJECT.fullmatch(lines[first]) if first < len(lines) else None
    if found is None:
        raise _bad(name, first, "第一行应是邮件的主题，写成“主题：……”")
    if not found[1]:
        raise _bad(name, first, "“主题：”后面没有写主题")
    body = "\n".join(lines[first + 1 :]).strip("\n").rstrip()
    if not body.strip():
        raise _bad(name, first, "主题下面没有正文")
    for at, why in _faults(name, lines):
        raise _bad(name, at, why)
    return Text(name, found[1], body + "\n")


def _faults(name: str, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Braces that stand for nothing, by line from 0."""
    known = PLACEHOLDERS[name]
    for at, line in enumerate(lines):
        for found in _BRACES.finditer(line):
            if found[1] is None:
                yield at, f"花括号“{found[0]}”没有配对"
            elif found[1] not in known:
                can = "、".join(f"{{{word}}}（{meaning}）" for word, meaning in known.items())
                yield at, f"不知道“{found[0]}”指什么；这里可以用：{can}"


def _bad(name: str, line: int, why: str) -> MailError:
    return MailError(
        f"{FOLDER}/{name}.txt 第{line + 1}行：{why}。一封也没有发；请改正后再试，或删去这个文件，改用原来的文字。",
        code="bad-text",
    )


def _path(master: Path, name: str) -> Path:
    return master.parent / FOLDER / f"{name}.txt"


def shipped(name: str) -> str:
    return resources.workbook("mail", f"{name}.txt").read_text(encoding="utf-8")


def _decoded(name: str, data: bytes) -> str:
    """The text of a file as Notepad, WPS or another editor saved it."""
    from eduxl.plan.text import decode

    text = decode(data)
    if text is None:
        raise _bad(name, 0, "读不出文字；请用记事本打开，另存为“UTF-8”编码的文本文件")
    return text
