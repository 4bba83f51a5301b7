"""Protection of connections to mail servers: certificates are always verified; what is wrong is said in words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from eduxl.errors import MailError
from eduxl.mail.settings import Server


def context() -> ssl.SSLContext:
    """What the system trusts, or what SSL_CERT_FILE names; names are compared."""
    return ssl.create_default_context()


@contextmanager
def explained(server: Server) -> Iterator[None]:
    """Around a handshake: turns what goes wrong into `MailError` (`bad-certificate`, `no-tls`).

    A connection that broke amid the handshake passes, as the OSError that it is.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailError(
            f"服务器 {server} 的安全证书有问题：{_in_words(error)}。为了不把密码交给冒充的服务器，没有登录，什么也没有收发。"
            "请检查服务器名称和这台电脑的日期；都没有错的，请换一个网络（例如手机热点）再试，或问网络管理员。",
            code="bad-certificate",
        ) from None
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise
    except ssl.SSLError:
        raise MailError(
            f"和服务器 {server} 不能建立加密连接，没有登录，什么也没有收发。多半是端口和加密方式不配："
            "465、993、995 用 ssl，587、25、143、110 用 starttls。请运行“eduxl mail setup”改正。",
            code="no-tls",
        ) from None


def _in_words(error: ssl.SSLCertVerificationError) -> str:
    said = f"{error.verify_message} {error}".lower()
    if "expired" in said:
        return "已经过期"
    if "not yet valid" in said:
        return "还没有生效"
    if "mismatch" in said or "not valid for" in said or "doesn't match" in said:
        return "是发给别的服务器的（名称不符）"
    return "不是这台电脑信任的机构签发的"


def no_starttls(server: Server) -> MailError:
    """For a server that does not go over to encryption."""
    return MailError(
        f"服务器 {server} 不肯加密连接（STARTTLS），为了不让密码被别人看到，没有登录，什么也没有收发。"
        "请改用加密的端口（--security ssl）；以前一直能用的，可能是网络里有人动了手脚，请换一个网络再试。",
        code="no-starttls",
    )


def unreachable(server: Server, error: BaseException) -> MailError:
    """For a connection that does not come about, or breaks before the login is done."""
    why = (
        "等了很久没有回答"
        if isinstance(error, TimeoutError)
        else "连不上"
        if isinstance(error, ConnectionRefusedError) or not isinstance(error, ConnectionError | ssl.SSLError)
        else "断开了连接"
    )
    return MailError(
        f"邮件服务器 {server} {why}，没有登录成功。请检查网络、服务器名称、端口和加密方式"
        "（有的网络不许用 25 端口），再运行一次：已发过的不会重发。",
        code="no-connection",
    )
