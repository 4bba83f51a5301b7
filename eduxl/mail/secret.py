"""The mailbox's 授权码: from the environment or the system's keyring, never in a file, a log or an error."""

from __future__ import annotations

import os
import unicodedata
from base64 import b64encode
from typing import Any, NoReturn

from eduxl.errors import MailError
from eduxl.mail.settings import HOW, Settings

VARIABLE = "EDUXL_MAIL_SECRET"
SERVICE = "eduxl"
IN_KEYRING = "这台电脑的系统密码库"
IN_VARIABLE = f"环境变量 {VARIABLE}"


class Secret:
    """A password whose text forms are stars; only `reveal` gives it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        return self.__value

    def hide_in(self, text: str) -> str:
        """The text with stars for the secret, also where it stands in base64 as AUTH sends it."""
        data = self.__value.encode("utf-8", "surrogateescape")
        forms = [self.__value, self.__value.encode("unicode_escape").decode()]
        # Base64 differs by how many bytes stand before; the outer characters are mixed with those.
        for before in range(3):
            whole = b64encode(bytes(before) + data).decode().rstrip("=")
            forms.append(whole[(0, 2, 3)[before] : len(whole) - ((before + len(data)) % 3 > 0)])
        for form in (*forms[:2], *(form for form in forms[2:] if len(form) > 3)):
            text = text.replace(form, "******") if form else text
        return text

    def __repr__(self) -> str:
        return "******"

    def __format__(self, spec: str) -> str:
        return format("******", spec)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__value == self.__value

    __hash__ = None  # type: ignore[assignment]  # a hash of a short password tells it

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled")


def from_environment() -> Secret | None:
    """What EDUXL_MAIL_SECRET holds, None where it is not set or blank. Raises `MailError` (`bad-secret`)."""
    found = typed(os.environ.get(VARIABLE, ""))
    return found if found else None


def typed(text: str) -> Secret:
    """What a person typed or pasted, without the blanks and line ends that come along.

    Raises `MailError` (`bad-secret`) where there is something inside that no keyboard gives.
    """
    value = text.strip().strip("\ufeff\u200b\u3000\xa0").strip()
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in value):
        raise MailError("授权码里有换行或看不见的字符，请重新复制，只复制授权码本身。", code="bad-secret")
    return Secret(value)


def find(settings: Settings) -> Secret:
    """The secret of a mailbox: the environment first, then the keyring. Raises `MailError` (`no-secret`)."""
    found = from_environment() or stored(settings.address)
    if found is None:
        raise MailError(
            f"没有找到邮箱 {settings.address} 的授权码。{HOW}重新填写；电脑上没有系统密码库的，"
            f"请把授权码放在{IN_VARIABLE} 里再运行。",
            code="no-secret",
        )
    return found


def stored(address: str) -> Secret | None:
    """The secret the keyring has for an address, None where it has none or cannot be asked."""
    ring = _keyring()
    if ring is None:
        return None
    try:
        value = ring.get_password(SERVICE, address)
    except Exception:  # keyring's backends fail in ways of their own: locked, no bus, refused
        return None
    return Secret(value) if isinstance(value, str) and value else None


def keep(settings: Settings, secret: Secret) -> str:
    """Put the secret into the keyring; returns in Chinese where it is kept: there, else in the environment.

    Raises `MailError` (`no-keyring`) where neither has it.
    """
    if _put(settings.address, secret):
        return IN_KEYRING
    if from_environment() == secret:
        return IN_VARIABLE
    raise MailError(
        "这台电脑没有可用的系统密码库，授权码没有保存（它不会写进文件）。"
        f"请把授权码放在{IN_VARIABLE} 里，以后每次运行都从那里读取。",
        code="no-keyring",
    )


def _put(address: str, secret: Secret) -> bool:
    ring = _keyring()
    if ring is None:
        return False
    try:
        ring.set_password(SERVICE, address, secret.reveal())
    except Exception:  # its text may hold what was to be stored
        return False
    return stored(address) == secret  # the null backend takes everything and keeps nothing


def forget(settings: Settings) -> None:
    """Take the secret out of the keyring, where it is there."""
    ring = _keyring()
    if ring is not None and stored(settings.address) is not None:
        try:
            ring.delete_password(SERVICE, settings.address)
        except Exception:
            return


def _keyring() -> Any:
    """The keyring's backend in use; None where it is not installed, refuses everything or cannot start."""
    try:
        import keyring
        import keyring.backends.fail

        ring = keyring.get_keyring()
    except Exception:
        return None
    return None if isinstance(ring, keyring.backends.fail.Keyring) else ring
