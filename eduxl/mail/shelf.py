"""The folder of a round's returns as mail fills it: no file is written over, and no content lies there twice."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from attrs import define, field

from eduxl import files
from eduxl.mail.filenames import safe
from eduxl.mail.folder import hash_of
from eduxl.returns.intake import is_junk

#: Characters and bytes of a name, so that the path stays within what Windows opens.
_LONGEST, _LONGEST_BYTES = 120, 200
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
#: What begun files are called: `intake` takes them for temporary ones.
_BEGUN = ".~eduxl-"


@define
class Shelf:
    """`folder` is made when the first file is written."""

    folder: Path
    _by_size: dict[int, list[Path]] | None = field(default=None, init=False)
    _hashes: dict[Path, str] = field(factory=dict, init=False)

    @staticmethod
    def name_for(name: str, sha256: str) -> str:
        """The file's name with the beginning of its content's hash."""
        name = safe(name) or "附件"
        extension = _EXTENSION.search(name)
        end = extension[0] if extension else ""
        stem = name.removesuffix(end)[:_LONGEST]
        stem = stem.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore").rstrip(". ") or "附件"
        return f"{stem}_{sha256[:8]}{end}"

    def find(self, sha256: str, size: int) -> Path | None:
        """A file here, or in a folder below, with that content, whatever its name."""
        with files.explained("查看收到的文件"):
            same = [path for path in self._files().get(size, ()) if self._hash(path) == sha256]
        return min(same, default=None)

    def find_any(self, sha256: str) -> Path | None:
        """As `find`, where the size is not known: reads every file once."""
        with files.explained("查看收到的文件"):
            every = [path for same in self._files().values() for path in same]
            return min((path for path in every if self._hash(path) == sha256), default=None)

    def put(self, name: str, data: bytes, moment: datetime) -> Path:
        """Write a new file, on disk when this returns; its time is `moment` (local). Raises `FileProblem`."""
        with files.explained("保存邮件里的附件"):
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self._free(name)
            beside = self.folder / f"{_BEGUN}{os.getpid()}.part"
            try:
                beside.write_bytes(data)
                os.utime(beside, (moment.timestamp(), moment.timestamp()))
                files.sync(beside)
                os.replace(beside, target)
            finally:
                beside.unlink(missing_ok=True)
            files.sync(self.folder)
        self._files().setdefault(len(data), []).append(target)
        self._hashes[target] = hashlib.sha256(data).hexdigest()
        return target

    def sweep(self) -> None:
        """Take away what runs that died had only begun: no other runs now."""
        with suppress(OSError):
            for path in self.folder.glob(f"{_BEGUN}*.part"):
                path.unlink(missing_ok=True)

    def _free(self, name: str) -> Path:
        """The name, with a number where it is taken."""
        target, number = self.folder / name, 2
        end = _EXTENSION.search(name)
        extension = end[0] if end else ""
        while os.path.lexists(target):
            target = self.folder / f"{name.removesuffix(extension)}（{number}）{extension}"
            number += 1
        return target

    def _files(self) -> dict[int, list[Path]]:
        if self._by_size is None:
            self._by_size = {}
            for folder, _, names in os.walk(self.folder):
                for name in names:
                    path = Path(folder, name)
                    with suppress(OSError):
                        if path.is_file() and not is_junk(name):
                            self._by_size.setdefault(path.stat().st_size, []).append(path)
        return self._by_size

    def _hash(self, path: Path) -> str:
        if path not in self._hashes:
            try:
                self._hashes[path] = hash_of(path)
            except OSError:
                self._hashes[path] = ""  # open elsewhere, or gone by now
        return self._hashes[path]
