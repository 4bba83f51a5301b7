"""The form of one unit in one round as a record, and the file name it goes by. No I/O, no clock."""

from __future__ import annotations

import re
from datetime import date

from attrs import frozen

from eduxl.model import Entry, Round, Task, Unit

#: Windows forbids these in file names; the full-width twin reads the same to a person.
_FORBIDDEN = str.maketrans('<>:"/\\|?*', "＜＞：＂／＼｜？＊")
_DEVICES = re.compile(r"^(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
#: File systems take 255 bytes; the rest is room for "(2)" and for the temporary name in writing.
_MAX_BYTES = 220


@frozen
class FormRow:
    """One assigned task. `due` is the date that holds, 延期至 included.

    `carried` is an 已完成 of an earlier round and comes filled in; `previous` is any other earlier answer
    and is shown beside, never in the answer cells. `sent_back` is the 审核意见 of an answer that was sent
    back, else "".
    """

    task: Task
    project: str
    role: str
    due: date | None
    carried: Entry | None = None
    previous: Entry | None = None
    previous_round: str = ""
    sent_back: str = ""


@frozen
class Form:
    """Everything that a template shows. `title` is the plan's, `version` that of the template."""

    tracker: str
    title: str
    year: int
    unit: Unit
    round: Round
    rows: tuple[FormRow, ...]
    as_of: date
    version: str


def form_filename(form: Form) -> str:
    """`单位编码_单位名称_轮次.xlsx`, safe on Windows.

    Forbidden characters become full-width and a very long name is cut; code and round are not, so the file
    still names its unit.
    """
    code, name, round_id = (_part(text) for text in (form.unit.code, form.unit.name, form.round.id))
    room = _MAX_BYTES - len(f"{code}__{round_id}.xlsx".encode())
    name = name.encode()[: max(room, 0)].decode(errors="ignore").rstrip()
    stem = f"{code}_{name}_{round_id}".lstrip("~$. ")  # ~$ marks the lock files of Office, a dot hides
    if _DEVICES.match(stem):
        stem = "_" + stem
    return stem + ".xlsx"


def _part(text: str) -> str:
    printable = "".join(ch if ch.isprintable() else " " for ch in text.translate(_FORBIDDEN))
    return " ".join(printable.split())
