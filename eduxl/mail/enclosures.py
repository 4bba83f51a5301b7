"""Files that letters take along: templates that lie ready, and forms that go back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from eduxl import files
from eduxl import labels as L
from eduxl.mail.filed import Expected, Filed, filed_in
from eduxl.mail.folder import hash_of
from eduxl.mail.letter import Attachment
from eduxl.mail.mailing import Mailing
from eduxl.model import Unit
from eduxl.returns.named import label
from eduxl.summary import listed
from eduxl.template import Form, form_bytes, form_filename

if TYPE_CHECKING:
    from eduxl.tracker.tracker import Tracker


@frozen
class Enclosure:
    """A file that goes along; `version` is that of the template in it."""

    attachment: Attachment
    sha256: str
    version: str

    @classmethod
    def of(cls, file: Filed) -> Enclosure:
        return cls(file.attachment, file.sha256, file.version)


@frozen
class Enclosed:
    """What goes along: `files` by unit, and sentences on those that have none."""

    files: Mapping[str, Enclosure]
    notes: tuple[str, ...] = ()


def ready_templates(folder: Path, units: Sequence[Unit], mailing: Mailing) -> Enclosed:
    """The templates of these units that lie in `folder` and are what they should be, and why the others are not."""
    if not units:
        return Enclosed({})
    by_unit: dict[str, list[Filed]] = {}
    if folder.is_dir():
        for file in filed_in(
            folder, mailing.roster, Expected(mailing.tracker, mailing.round.id, mailing.version)
        ):
            for code in file.units:
                by_unit.setdefault(code, []).append(file)
    found, none, notes = {}, [], []
    for unit in units:
        about = by_unit.get(unit.code, [])
        good = [file for file in about if not file.problem]
        if len(good) == 1:
            found[unit.code] = Enclosure.of(good[0])
        elif good:
            names = L.SEP.join(f"“{file.path.name}”" for file in good)
            notes.append(f"{label(unit)} 有{len(good)}个模板文件（{names}），催报里没有附。")
        elif about:
            notes.append(f"{label(unit)} 的催报里没有附模板：{''.join(file.sentence for file in about)}")
        else:
            none.append(label(unit))
    if none:
        where = f"templates/{mailing.round.id}"
        notes.append(f"{where} 里没有 {listed(none)} 的模板，催报里没有附；要附请先运行 eduxl templates。")
    return Enclosed(found, tuple(notes))


def written_forms(
    tracker: Tracker, round_id: str, codes: Sequence[str], version: str
) -> dict[str, Enclosure]:
    """Write the 退回单 of these units to sendback/ROUND; by code, as they lie there. Raises as `write_sendback`."""
    if not codes:
        return {}
    found = {}
    for sent in tracker.write_sendback(round_id=round_id, units=codes).sent:
        with files.explained(f"读“{sent.path.name}”"):
            sha256 = hash_of(sent.path)
        found[sent.unit.code] = Enclosure.of(
            Filed(sent.path, (sent.unit.code,), sha256=sha256, version=version)
        )
    return found


def unwritten_form(form: Form) -> Enclosure:
    """A 退回单 as it would be written."""
    data = form_bytes(form)
    return Enclosure(
        Attachment(form_filename(form), lambda: data), hashlib.sha256(data).hexdigest(), form.version
    )
