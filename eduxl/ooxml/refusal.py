"""What a package cannot be patched for, and the sentence that says what to do instead."""

from __future__ import annotations

from eduxl.errors import EduxlError


class Refused(EduxlError):
    """The workbook holds, or is, something that a patch could not keep; nothing was written.

    `code` says what: `not-a-workbook`, `old-format`, `binary-format`, `encrypted`, `signed`, `shared-workbook`,
    `damaged`, `too-large`, `no-sheet`, `no-header`, `not-a-grid`, `sheet-full`, `bad-rows`, `name-taken`.
    """

    code = "cannot-keep"


def refuse_file(data: bytes) -> None:
    """Raise `Refused` for a file that is no OOXML package, by its first bytes."""
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(
                "工作簿设了打开密码，无法在不打开的情况下更新。请在 Excel 或 WPS 里去掉打开密码、存盘后再试。",
                code="encrypted",
            )
        raise Refused(
            "工作簿是旧的 .xls 格式。请用 Excel 或 WPS 打开，另存为 .xlsx（有宏的存为 .xlsm）后再试。",
            code="old-format",
        )
    if data[:2] != b"PK":
        raise Refused(
            "文件不是 Excel 工作簿，或者已经损坏。请用 Excel 或 WPS 打开，另存为 .xlsx 后再试。",
            code="not-a-workbook",
        )


def refuse_parts(names: set[str], relationship_types: set[str]) -> None:
    """Raise `Refused` for a package with a digital signature or a shared workbook's revisions.

    `names` are part names in lower case; of `relationship_types` the last path segment counts.
    """
    kinds = {kind.rsplit("/", 1)[-1] for kind in relationship_types}
    if "origin" in kinds or any(name.startswith("_xmlsignatures/") for name in names):
        raise Refused(
            "工作簿有数字签名，任何改动都会使签名失效。请在 Excel“文件→信息→查看签名”里删除签名、存盘后再试，需要时重新签名。",
            code="signed",
        )
    if "revisionHeaders" in kinds or any(name.startswith("xl/revisions/") for name in names):
        raise Refused(
            "工作簿设为“共享工作簿”并带有修订记录，更新会使修订记录失去对应。请在 Excel“审阅→共享工作簿”里取消共享、存盘后再试。",
            code="shared-workbook",
        )
    if "xl/workbook.bin" in names:
        raise Refused(
            "工作簿是二进制的 .xlsb 格式。请用 Excel 打开，另存为 .xlsx（有宏的存为 .xlsm）后再试。",
            code="binary-format",
        )
