"""Presets of mailbox providers."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from eduxl.cli_mail import PROVIDERS, SECURITIES
from eduxl.errors import MailError
from eduxl.mail.providers import guess, names, preset
from eduxl.mail.settings import PORTS, Server

ROWS = tomllib.loads(files("eduxl.mail").joinpath("data", "providers.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("jyj@163.com", "163"),
        ("jyj@VIP.163.com", "163"),
        ("jyj@yeah.net", "163"),
        ("jyj@126.com", "126"),
        ("jyj@vip.126.com", "126"),
        ("10001@qq.com", "qq"),
        ("jyj@foxmail.com", "qq"),
        ("jyj@vip.qq.com", "qq"),
        ("jyj@sina.com", "sina"),
        ("jyj@sina.cn", "sina"),
        ("jyj@vip.sina.com", "sina"),
        ("jyj@aliyun.com", "aliyun"),
        ("jyj@hotmail.com", "outlook"),
        ("jyj@outlook.com", "outlook"),
        ("bgs@mljy.gov.cn", "custom"),
        ("jyj@163.com.evil.cn", "custom"),
        ("163.com", "163"),
        ("", "custom"),
    ],
)
def test_the_domain_tells_the_provider(address: str, provider: str) -> None:
    assert guess(address) == provider


def test_a_further_domain_has_its_own_servers() -> None:
    assert preset("163", "jyj@yeah.net").imap == Server("imap.yeah.net", 993)
    assert preset("163", "jyj@163.com").imap == Server("imap.163.com", 993)
    assert preset("163").imap == Server("imap.163.com", 993)
    assert preset("aliyun", "jyj@aliyun.com").smtp == Server("smtp.aliyun.com", 465)
    assert preset("aliyun", "bgs@mljy.gov.cn").smtp == Server("smtp.qiye.aliyun.com", 465)


def test_an_unknown_provider_is_a_sentence() -> None:
    with pytest.raises(MailError, match="163、126") as caught:
        preset("gmial")
    assert caught.value.code == "bad-settings"


def test_the_command_knows_the_same_words() -> None:
    assert names() == PROVIDERS
    assert {security for _, security in PORTS} == set(SECURITIES)


@pytest.mark.parametrize("provider", [name for name in names() if name != "custom"])
def test_every_preset_is_whole_and_encrypted(provider: str) -> None:
    for domain in ("", *preset(provider).domains):
        found = preset(provider, f"jyj@{domain}" if domain else "")
        assert found.smtp and found.imap and found.pop3
        assert found.smtp.port == PORTS["smtp", found.smtp_security]
        assert found.imap.port == PORTS["imap", found.receiving_security]
        assert found.pop3.port == PORTS["pop3", found.receiving_security]
        assert guess(f"jyj@{domain}") == provider if domain else True
    assert found.smtp_security != "plain" and found.receiving_security != "plain"
    assert 1 <= found.per_minute <= 60 and 1 <= found.per_connection <= 100 and 1 <= found.attachment_mb <= 50
    assert len(found.code) >= 3 and found.steps()[0].startswith(found.name)
    assert {"servers", "limits", "code"} <= found.source.keys()
    assert all(url.startswith("http") for url in found.source.values())


def test_netease_wants_the_id_command_and_says_where() -> None:
    for provider in ("163", "126"):
        assert preset(provider).needs_id and "help.mail.163.com" in preset(provider).source["needs_id"]


def test_that_microsoft_takes_no_passwords_is_said() -> None:
    assert "outlook.com" in preset("outlook").note and "管理员" in preset("outlook").note


def test_domains_of_further_servers_are_domains_of_the_preset() -> None:
    for provider, row in ROWS.items():
        assert set(row.get("other", {})) <= set(row["domains"]), provider
