"""What a mail server means by its words: a kind for the program, a Chinese sentence for the clerk.

The rules are the table `data/words.toml`. Where none of them fits, the reply code decides.
"""

from __future__ import annotations

import ast
import re
import tomllib
import unicodedata
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from attrs import frozen

Kind = Literal[
    "login", "unsafe-login", "frequency", "quota", "full", "too-large", "unknown-address", "spam", "temporary", "other"
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

_SENTENCES: dict[Kind, str] = {
    "login": "登录被邮箱拒绝：授权码不对，或邮箱里没有开启 SMTP/IMAP/POP3 服务。"
    "请在网页邮箱的设置里开启服务、重新生成授权码（不是登录密码），再运行“eduxl mail setup”。",
    "unsafe-login": "邮箱认为这次登录不安全（Unsafe Login），没有让收信。请用浏览器登录一次这个邮箱，"
    "按提示确认是本人，过几分钟再试；还不行，请用“eduxl mail setup --pop3 主机:端口”改用 POP3 收信，或问邮箱客服。",
    "frequency": "邮箱嫌发得太快，暂时不收。已发的不受影响，停一会儿会接着发；总是这样，请过一两个小时再运行。",
    "quota": "这个邮箱今天的发信数量到了上限。请明天再运行一次，会接着发没有发的，已发的不会重发；急用可以换一个邮箱。",
    "full": "对方的邮箱满了，收不下这封邮件。请打电话告诉对方清理邮箱，清理后再运行一次；或用 QQ、U 盘等办法送达。",
    "too-large": "这封邮件太大，超过了邮箱允许的大小。请减小附件后再发，或用 QQ、U 盘等办法送达。",
    "unknown-address": "收件人的邮箱地址不存在或已停用。请向对方核实邮箱，在总台账“单位名册”里改正后再运行一次。",
    "spam": "邮件被当作垃圾邮件拒收。请过一两个小时再试，或改一改“邮件文字”文件夹里的主题和正文；"
    "还不行，请对方把您的邮箱加入白名单。",
    "temporary": "邮件服务器暂时办不了。请过几分钟再运行一次，已发的不会重发。",
    "other": "邮件服务器拒绝了。请核对邮箱地址后再试；仍不行，请把服务器的回答发给维护人员或问邮箱客服。",
}
_BY_CODE: dict[int, Kind] = {
    452: "full", 523: "too-large", 526: "login", 530: "login", 534: "login", 535: "login", 538: "login", 552: "full",
}  # fmt: skip

#: What tells nothing about the reason, though there may be telling words in it: help_spam_16.htm, author@…
_MISLEADING = re.compile(
    r"https?://[^\s)\]]*|<[^<>\s]*>|\b[^\s<>@]{1,64}@[^\s<>]+"
    r"|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.(?:com|net|org|edu|gov|cn|hk|info|top|io|local)\b(?!\.[a-z])",
    re.IGNORECASE,
)
#: Commands that some servers say back; what follows may be the secret.
_ECHO = re.compile(r"\b(?:AUTH(?:ENTICATE)?|PASS|LOGIN)\s+(?=\S*[\"\d=+/]|PLAIN|LOGIN).*", re.IGNORECASE)
_LONGEST = 1000


@frozen
class Meaning:
    """`sentence` says what happened and what to do; `words` are the server's, as one line."""

    kind: Kind
    sentence: str
    words: str


@frozen
class Rule:
    """One row of the table: `pattern` in a reply with one of `codes` (None: any) means `kind`."""

    kind: Kind
    pattern: re.Pattern[str]
    codes: frozenset[int] | None
    sentence: str
    source: str


@cache
def rules() -> tuple[Rule, ...]:
    """The table, from the top."""
    text = files("eduxl.mail").joinpath("data", "words.toml").read_text(encoding="utf-8")
    return tuple(
        Rule(
            row["kind"],
            _pattern(row.get("words", []), row.get("status", [])),
            frozenset(row["codes"]) if "codes" in row else None,
            row.get("sentence") or _SENTENCES[row["kind"]],
            row["source"],
        )
        for row in tomllib.loads(text)["rules"]
    )


def _pattern(words: list[str], status: list[str]) -> re.Pattern[str]:
    """Any of the words, or any of the status codes where it is no part of an address such as 115.1.1.2."""
    codes = [rf"(?<![\d.]){re.escape(code)}(?!\.?\d)" for code in status]
    return re.compile("|".join([*words, *codes]), re.IGNORECASE)


def meaning(code: int, words: str | bytes) -> Meaning:
    """What a refusal means. `code` is the SMTP reply code, 0 for IMAP and POP3. Never raises."""
    said = one_line(words)
    telling = _MISLEADING.sub(" ", said)
    for rule in rules():
        if (rule.codes is None or code in rule.codes) and rule.pattern.search(telling):
            return Meaning(rule.kind, rule.sentence, said)
    kind = _BY_CODE.get(code) or ("temporary" if 400 <= code < 500 else "other")
    answer = f"{code or ''} {_ECHO.sub('…', said)[:120]}".strip()
    quoted = f"（服务器的回答：{answer}）" if kind == "other" and answer else ""
    return Meaning(kind, _SENTENCES[kind] + quoted, said)


def one_line(words: str | bytes) -> str:
    """A server's words as one line of printable text, whatever their encoding. Never raises."""
    if isinstance(words, str) and re.match(r"b['\"]", words):
        # what imaplib and poplib put into their errors
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            words = bytes(ast.literal_eval(words[: 8 * _LONGEST]))
    said = _decoded(words[: 4 * _LONGEST]) if isinstance(words, bytes) else words[: 4 * _LONGEST]
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in said)
    return " ".join(text.split())[:_LONGEST]


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")
