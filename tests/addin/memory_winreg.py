"""A registry in memory with the functions and the errors of Python's `winreg`, as far as eduxl uses them.

Key and value names keep their letters and are found in any; a key that has keys inside cannot be deleted; what is not
there is a FileNotFoundError; the views of 64-bit and 32-bit programs of HKEY_LOCAL_MACHINE are two trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Key:
    """A key, and the handle to one."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.keys: dict[str, Key] = {}
        self.values: dict[str, tuple[str, Any, int]] = {}

    def __enter__(self) -> Key:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class MemoryWinreg:
    """Stands for the module; `Registry(MemoryWinreg())`."""

    HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE = "HKCU", "HKLM"
    KEY_READ, KEY_WRITE, KEY_WOW64_64KEY, KEY_WOW64_32KEY = 0x20019, 0x20006, 0x0100, 0x0200
    REG_SZ, REG_BINARY, REG_DWORD = 1, 3, 4

    def __init__(self, content: Mapping[str, Mapping[str, Any]] | None = None, *, old: bool = False) -> None:
        """`content` is {r"HKCU\\Software\\…": {"name": value}}; `old` puts it into the view of 32-bit programs."""
        self.trees = {name: Key() for name in ("HKCU", "HKLM", "HKLM32")}
        self.read_only: set[str] = set()
        for path, values in (content or {}).items():
            hive, _, rest = path.partition("\\")
            access = self.KEY_WOW64_32KEY if old else 0
            key = self.CreateKeyEx(hive, rest, 0, self.KEY_WRITE | access)
            for name, value in values.items():
                kind = {int: self.REG_DWORD, bytes: self.REG_BINARY}.get(type(value), self.REG_SZ)
                self.SetValueEx(key, name, 0, kind, value)

    def dump(self) -> dict[str, dict[str, Any]]:
        """Every key with its values."""
        found: dict[str, dict[str, Any]] = {}

        def walk(path: str, key: Key) -> None:
            for inner in key.keys.values():
                found[f"{path}\\{inner.name}"] = {name: value for name, value, _ in inner.values.values()}
                walk(f"{path}\\{inner.name}", inner)

        for name, tree in self.trees.items():
            walk(name, tree)
        return found

    def OpenKeyEx(self, key: str, sub_key: str, reserved: int = 0, access: int = KEY_READ) -> Key:
        assert reserved == 0
        found = self._tree(key, access)
        for part in sub_key.split("\\"):
            if part.casefold() not in found.keys:
                raise FileNotFoundError(2, "The system cannot find the file specified")
            found = found.keys[part.casefold()]
        if access & 0x2 and sub_key in self.read_only:
            raise PermissionError(13, "Access is denied")
        return found

    def CreateKeyEx(self, key: str, sub_key: str, reserved: int = 0, access: int = KEY_WRITE) -> Key:
        assert reserved == 0
        found = self._tree(key, access)
        for part in sub_key.split("\\"):
            found = found.keys.setdefault(part.casefold(), Key(part))
        if sub_key in self.read_only:
            raise PermissionError(13, "Access is denied")
        return found

    def DeleteKey(self, key: str, sub_key: str) -> None:
        parent, _, name = sub_key.rpartition("\\")
        inside = self.OpenKeyEx(key, parent).keys
        if name.casefold() not in inside:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        if inside[name.casefold()].keys:
            raise PermissionError(13, "Access is denied")
        del inside[name.casefold()]

    def QueryInfoKey(self, key: Key) -> tuple[int, int, int]:
        return len(key.keys), len(key.values), 0

    def EnumKey(self, key: Key, index: int) -> str:
        return list(key.keys.values())[index].name

    def EnumValue(self, key: Key, index: int) -> tuple[str, Any, int]:
        return list(key.values.values())[index]

    def SetValueEx(self, key: Key, name: str, reserved: int, kind: int, value: Any) -> None:
        assert isinstance(value, {self.REG_SZ: str, self.REG_DWORD: int, self.REG_BINARY: bytes}[kind])
        key.values[name.casefold()] = (name, value, kind)

    def DeleteValue(self, key: Key, name: str) -> None:
        if name.casefold() not in key.values:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        del key.values[name.casefold()]

    def _tree(self, hive: str, access: int) -> Key:
        return self.trees["HKLM32" if hive == "HKLM" and access & self.KEY_WOW64_32KEY else hive]
