r"""The Windows registry as keys and values of text: `HKCU\Software\…`, read by anyone, written for this user only.

All of Python's `winreg` that eduxl uses stands here, so that everything above it runs with another one in tests.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

Value = str | int | bytes
_SEP = "\\"


@frozen
class Registry:
    """`winreg` is the module of that name, or one with the same functions."""

    winreg: Any

    @classmethod
    def of_this_machine(cls) -> Registry | None:
        """The registry of Windows; None elsewhere."""
        try:
            return cls(importlib.import_module("winreg"))
        except ImportError:
            return None

    def value(self, key: str, name: str) -> Value | None:
        """One value; None where it or its key is not there or may not be read."""
        return {n.casefold(): v for n, v in self.values(key).items()}.get(name.casefold())

    def values(self, key: str) -> dict[str, Value]:
        """All values of a key that are text, numbers or bytes; {} where there is no such key."""
        with self._opened(key) as handle:
            if handle is None:
                return {}
            count = self.winreg.QueryInfoKey(handle)[1]
            found = [self.winreg.EnumValue(handle, index) for index in range(count)]
        return {name: value for name, value, _ in found if isinstance(value, Value)}

    def keys(self, key: str) -> list[str]:
        """The names of the keys inside a key; [] where there is no such key."""
        with self._opened(key) as handle:
            if handle is None:
                return []
            count = self.winreg.QueryInfoKey(handle)[0]
            return [self.winreg.EnumKey(handle, index) for index in range(count)]

    def write(self, key: str, name: str, value: str) -> None:
        """Set a text; makes the key where it is missing. Raises OSError where that is not allowed."""
        hive, path = self._split(key)
        with self.winreg.CreateKeyEx(hive, path, 0, self.winreg.KEY_WRITE) as handle:
            self.winreg.SetValueEx(handle, name, 0, self.winreg.REG_SZ, value)

    def delete(self, key: str, name: str) -> None:
        """Take a value away; nothing happens where it is not there."""
        hive, path = self._split(key)
        try:
            with self.winreg.OpenKeyEx(hive, path, 0, self.winreg.KEY_WRITE) as handle:
                self.winreg.DeleteValue(handle, name)
        except FileNotFoundError:
            return

    def prune(self, key: str, upto: str) -> None:
        """Take a key away if it is empty, then the one it was in, and so on; `upto` itself stays."""
        while key.casefold().startswith(upto.casefold() + _SEP):
            hive, path = self._split(key)
            with self._opened(key) as handle:
                if handle is not None and any(self.winreg.QueryInfoKey(handle)[:2]):
                    return
                there = handle is not None
            if there:
                self.winreg.DeleteKey(hive, path)
            key = key.rpartition(_SEP)[0]

    @contextmanager
    def _opened(self, key: str) -> Iterator[Any]:
        """The key for reading, of 64-bit Windows before that of 32-bit programs; None where there is none."""
        hive, path = self._split(key)
        for view in (self.winreg.KEY_WOW64_64KEY, self.winreg.KEY_WOW64_32KEY):
            try:
                handle = self.winreg.OpenKeyEx(hive, path, 0, self.winreg.KEY_READ | view)
            except OSError:
                continue
            with handle:
                yield handle
            return
        yield None

    def _split(self, key: str) -> tuple[Any, str]:
        hive, _, path = key.partition(_SEP)
        hives = {"HKCU": self.winreg.HKEY_CURRENT_USER, "HKLM": self.winreg.HKEY_LOCAL_MACHINE}
        return hives[hive], path
