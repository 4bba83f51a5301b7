"""Presets of mailbox providers: servers, limits, where the 授权码 is. The values are in `data/providers.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import evolve, frozen

from eduxl.errors import MailError
from eduxl.mail.settings import PORTS, Incoming, Security, Server, server

CUSTOM = "custom"


@frozen
class Preset:
    """How a provider runs its mailboxes. Servers are None where only the clerk knows them (`custom`)."""

    id: str
    name: str
    domains: tuple[str, ...]
    smtp: Server | None
    imap: Server | None
    pop3: Server | None
    smtp_security: Security
    receiving_security: Security
    per_minute: int
    per_connection: int
    attachment_mb: int
    needs_id: bool
    #: where the 授权码 is: Chinese steps
    code: tuple[str, ...]
    note: str
    source: dict[str, str]

    def incoming(self, protocol: Incoming) -> Server | None:
        """The server that mail is fetched from."""
        return self.imap if protocol == "imap" else self.pop3

    def steps(self) -> list[str]:
        """Where the 授权码 is, as lines."""
        return [f"{self.name}的授权码在哪里：", *(f"  {n}. {step}" for n, step in enumerate(self.code, 1))]


def names() -> tuple[str, ...]:
    """The providers, as `--provider` names them."""
    return tuple(_presets())


def preset(provider: str, address: str = "") -> Preset:
    """The preset of a provider, with the servers of the address's domain. Raises `MailError` (`bad-settings`)."""
    found = _presets().get(provider)
    if found is None:
        raise MailError(
            f"没有叫“{provider}”的邮箱种类，可以用：{'、'.join(names())}。请运行“eduxl mail setup”重新设置。",
            code="bad-settings",
        )
    other = _data()[provider].get("other", {}).get(_domain(address))
    return evolve(found, **_servers(other)) if other else found


def guess(address: str) -> str:
    """The provider that an address's domain tells, `custom` where it tells none."""
    domain = _domain(address)
    return next((found.id for found in _presets().values() if domain in found.domains), CUSTOM)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().lower().rstrip(".")


@cache
def _data() -> dict[str, Any]:
    text = files("eduxl.mail").joinpath("data", "providers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _presets() -> dict[str, Preset]:
    return {
        id: Preset(
            id=id,
            **{
                name: row[name]
                for name in ("name", "smtp_security", "receiving_security", "per_minute", "note")
            },
            **{name: row[name] for name in ("per_connection", "attachment_mb", "needs_id")},
            domains=tuple(row["domains"]),
            code=tuple(row["code"]),
            source=row.get("source", {}),
            **_servers(row),
        )
        for id, row in _data().items()
    }


def _servers(row: dict[str, Any]) -> dict[str, Any]:
    return {
        kind: server(row[kind], PORTS[kind, "ssl"]) if kind in row else None
        for kind in ("smtp", "imap", "pop3")
    }
