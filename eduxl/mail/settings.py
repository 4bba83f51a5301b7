"""Which mailbox the tracker uses: kept as `mail.toml` in the memory folder, never with the secret."""

from __future__ import annotations

import json
import os
import re
import tomllib
import unicodedata
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import Factory, field, frozen

from eduxl.errors import MailError
from eduxl.files import explained, replacing

Security = Literal["ssl", "starttls", "plain"]
Incoming = Literal["imap", "pop3"]
Protocol = Literal["smtp", "imap", "pop3"]

FILE = "mail.toml"
#: The usual port of each protocol by the way the connection is protected (RFC 8314, RFC 6409).
PORTS: dict[tuple[Protocol, Security], int] = {
    ("smtp", "ssl"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "plain"): 25,
    ("imap", "ssl"): 993,
    ("imap", "starttls"): 143,
    ("imap", "plain"): 143,
    ("pop3", "ssl"): 995,
    ("pop3", "starttls"): 110,
    ("pop3", "plain"): 110,
}
HOW = "请在台账所在的文件夹运行“eduxl mail setup”"


@frozen
class Server:
    """A host as it was typed (an IPv6 address without brackets) and its port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class Settings:
    """A mailbox. `security` protects sending, `receiving` the incoming server: the same unless told apart."""

    address: str
    name: str
    provider: str
    smtp: Server
    incoming: Server
    protocol: Incoming
    security: Security
    receiving: Security = field(default=Factory(lambda self: self.security, takes_self=True))


def is_loopback(host: str) -> bool:
    """Whether a host, by its name as typed, is this computer: `localhost`, `127.x.x.x`, `::1`."""
    name = host.lower()
    if name in ("localhost", "::1", "[::1]"):
        return True
    try:
        return IPv4Address(name).is_loopback
    except AddressValueError:
        return False


def server(text: str, default: int) -> Server:
    """Read HOST:PORT, HOST, [IPv6]:PORT or IPv6. Raises ValueError with a Chinese sentence.

    Full-width colons and dots, as an input method leaves them, are read as what they stand for.
    """
    typed = unicodedata.normalize("NFKC", text).replace("。", ".").strip()
    if "://" in typed:
        raise ValueError(
            f"“{text}”里不要写 {typed.split('://')[0]}://，只写主机和端口，例如 imap.163.com:993。"
        )
    if own := re.fullmatch(r"::1:(\d{1,5})", typed):  # as people write it
        typed = f"[::1]:{own[1]}"
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(.*))?", typed)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif typed.count(":") > 1 and re.fullmatch(r"[0-9A-Fa-f:.]+", typed):
        host, port = typed, None
    else:
        host, colon, rest = typed.partition(":")
        port = rest if colon else None
    if not _host_like(host):
        raise ValueError(f"“{text}”不是“主机:端口”，应写成 smtp.163.com:465 或 [::1]:465 这样。")
    if port is None:
        return Server(host, default)
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f"“{text}”的端口不对，端口是 1 到 65535 的整数，例如 smtp.163.com:465。")
    return Server(host, int(port))


def _host_like(host: str) -> bool:
    return bool(host) and not re.search(r"[\s/\\@\[\]<>\"'\x00-\x1f\x7f]", host) and len(host) <= 255


def usable(settings: Settings) -> Settings:
    """The settings, where they can be used. Raises `MailError` (`plain-refused`, `bad-settings`)."""
    wrong = (
        "邮箱地址不对"
        if not re.fullmatch(r"[^\s@<>,;\"\x00-\x1f\x7f]+@[^\s@<>,;\"\x00-\x1f\x7f]+", settings.address)
        else "发件人名称里有换行等控制字符"
        if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in settings.name)
        else ""
    )
    for where, what in ((settings.smtp, "发送"), (settings.incoming, "收取")):
        if not wrong and not (_host_like(where.host) and 1 <= where.port <= 65535):
            wrong = f"{what}邮件的服务器或端口不对"
    if wrong:
        raise MailError(f"邮箱设置有问题：{wrong}。{HOW}重新设置。", code="bad-settings")
    for where, security in ((settings.smtp, settings.security), (settings.incoming, settings.receiving)):
        if security == "plain" and not is_loopback(where.host):
            raise MailError(
                f"服务器 {where.host} 不在这台电脑上，不能用不加密的方式（plain）：密码和邮件会被别人看到。"
                "请把 --security 改为 ssl 或 starttls。",
                code="plain-refused",
            )
    return settings


def load(memory: Path) -> Settings:
    """Read the settings of a tracker by its memory folder.

    Raises `MailError` (`no-settings`, `bad-settings`, `plain-refused`) and `FileProblem`.
    """
    path = memory / FILE
    with explained("读取邮箱设置"):
        if not path.exists():
            raise MailError(f"还没有设置邮箱。{HOW}，按提示填写邮箱地址和授权码。", code="no-settings")
        data = path.read_bytes()
    try:
        found = _read(tomllib.loads(data.decode("utf-8-sig")))
    except (KeyError, TypeError, ValueError, AttributeError):
        # No part of the file is quoted: someone may have typed a password into it.
        raise MailError(f"邮箱设置 {path} 看不懂。{HOW}重新设置。", code="bad-settings") from None
    return usable(found)


def _read(data: dict[str, Any]) -> Settings:
    """Raises KeyError, TypeError or ValueError where something is missing or is not what it should be."""
    smtp, incoming = data["smtp"], data["incoming"]
    return Settings(
        address=_text(data["address"]),
        name=_text(data.get("name", "")),
        provider=_text(data["provider"]),
        smtp=Server(_text(smtp["host"]), _number(smtp["port"])),
        incoming=Server(_text(incoming["host"]), _number(incoming["port"])),
        protocol=_one_of(incoming["protocol"], get_args(Incoming)),
        security=_one_of(smtp["security"], get_args(Security)),
        receiving=_one_of(incoming["security"], get_args(Security)),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _one_of(value: Any, words: tuple[Any, ...]) -> Any:
    if value not in words:
        raise ValueError
    return value


def save(settings: Settings, memory: Path) -> Path:
    """Write the settings, readable by this user alone; returns where.

    Raises `MailError` as `usable` does, and `FileProblem`.
    """
    usable(settings)
    lines = [
        "# 邮箱设置，由“eduxl mail setup”写入。授权码不在这里。",
        f"address = {_quoted(settings.address)}",
        f"name = {_quoted(settings.name)}",
        f"provider = {_quoted(settings.provider)}",
        "",
        "[smtp]",
        *_server_lines(settings.smtp, settings.security),
        "",
        "[incoming]",
        f"protocol = {_quoted(settings.protocol)}",
        *_server_lines(settings.incoming, settings.receiving),
    ]
    path = memory / FILE
    with explained("保存邮箱设置"), replacing(path) as beside:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
        os.chmod(beside, 0o600)  # a file left by a run that died may have been there already
    return path


def _server_lines(where: Server, security: Security) -> list[str]:
    return [f"host = {_quoted(where.host)}", f"port = {where.port}", f"security = {_quoted(security)}"]


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's form, but that DEL has to be escaped as well."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
