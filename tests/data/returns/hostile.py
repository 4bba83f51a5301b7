"""Hostile workbooks: bombs, entities, monstrous sheets, damaged packages, macros, links and texts like formulas."""

# ruff: noqa: E501
from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from tests.data.returns.binary import ole, xls
from tests.data.returns.expected import ROUND, Item
from tests.data.returns.habit import (
    BROKEN,
    EXTRA,
    OFFICE_FILE,
    PLAIN_FILE,
    all_of,
    edited,
    habit,
    on_sheet,
    one,
    pasted,
)
from tests.data.returns.kit import Kit
from tests.data.returns.package import MAIN, OFFICE, relations, repacked, substituted, zipped
from tests.data.returns.texts import text_table
from tests.data.returns.workbooks import Formula, ods, raw_rows, raw_xlsx, xlsx


def _entity(definition: str) -> Callable[[bytes], bytes]:
    """Put a document type in front of a part and use its entity in 王建平's place."""

    def change(part: bytes) -> bytes:
        start = part.index(b"<worksheet")
        return (
            part[:start]
            + f"<!DOCTYPE worksheet [{definition}]>".encode()
            + part[start:].replace("王建平".encode(), b"&e;")
        )

    return change


def letters(column: int) -> str:
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _macro_types(part: bytes) -> bytes:
    part = part.replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    return part.replace(
        b"</Types>",
        b'<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>',
    )


def _damaged(package: bytes) -> bytes:
    """Bytes in the middle of the packed sheet 填报表 turned over."""
    start = package.index(b"xl/worksheets/sheet1.xml") + 600
    return package[:start] + bytes(b ^ 0xFF for b in package[start : start + 40]) + package[start + 40 :]


BOMB = ("too-large", "unsafe-archive")


def refused(
    name: str, odd: str, data: Callable[[Kit], bytes], *codes: str, path: str = PLAIN_FILE, **more: Any
) -> None:
    """A file that must be rejected with one of these codes, quickly and in bounded memory."""
    one(name, odd, data, path, "", rejected=codes, **more)


def _bomb(kit: Kit) -> bytes:
    """A good table, then a comment of 60 MB: about 300 KB packed, more than 200:1."""
    noise = Random(1).randbytes(160_000).hex().encode()
    filler = b"<!--" + noise + b" " * 60_000_000 + b"-->"
    return repacked(
        raw_xlsx(raw_rows(kit.grid())),
        {"xl/worksheets/sheet1.xml": lambda part: part.replace(b"</sheetData>", b"</sheetData>" + filler)},
    )


refused("h01-bomb", "压缩 200 倍以上的炸弹，200 KB 多。", _bomb, *BOMB)

# fmt: off
refused("h02-bomb-in-zip", "zip 里一个 300 MB 的零文件，名叫 .xlsx。", lambda _: zipped({"X01.xlsx": bytes(300_000_000)}), *BOMB, "not-a-workbook", path="学区.zip")
refused("h03-shared-strings-bomb", "共享字符串表展开有 200 MB。", lambda kit: repacked(xlsx(kit.grid()), {"xl/sharedStrings.xml": lambda part: part.replace(b"</sst>", b"<si><t>" + b"A" * 200_000_000 + b"</t></si></sst>")}), *BOMB)
# fmt: on


LAUGHS = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY f "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;"><!ENTITY e "&h;&h;&h;&h;&h;&h;&h;&h;&h;&h;">'
for name_, odd_, entity_ in (
    (
        "h04-external-entity",
        "XML 里有外部实体，指向本机文件：决不读取。",
        '<!ENTITY e SYSTEM "file:///etc/passwd">',
    ),
    (
        "h05-network-entity",
        "XML 里有外部实体，指向网址：决不读取。",
        '<!ENTITY e SYSTEM "http://127.0.0.1:9/e">',
    ),
    ("h06-billion-laughs", "XML 实体层层展开。", LAUGHS),
):
    one(
        name_,
        odd_,
        partial(
            lambda kit, entity: repacked(
                raw_xlsx(raw_rows(kit.grid())), {"xl/worksheets/sheet1.xml": _entity(entity)}
            ),
            entity=entity_,
        ),
        answers={(9, "reporter"): ("", "&e;")},
        rejected=(*BROKEN, "too-large"),
        never="root:" if "passwd" in entity_ else "hahaha",
        either="拒收，或者当实体为空照读；有没有提醒。",
        may="bad-status 9",
    )

# fmt: off
one("h07-million-empty-rows", "一直设了格式到第 1048576 行，每行一个空行记录。", lambda kit: raw_xlsx(raw_rows(kit.grid()) + "".join(f'<row r="{r}" s="1" customFormat="1"/>' for r in range(9, 1_048_577))), rejected=("too-large",), either="issue 要求拒收；照读也不丢什么。")
one("h08-million-empty-cells", "一直设了格式到第 1048576 行，每行一个空格。", lambda kit: raw_xlsx(raw_rows(kit.grid()) + "".join(f'<row r="{r}"><c r="A{r}" s="1"/></row>' for r in range(9, 1_048_577))), rejected=("too-large",), either="issue 要求拒收；照读也不丢什么。")
# fmt: on


def _wide(kit: Kit) -> bytes:
    """Every row has 16,384 cells, all but the first fourteen empty."""
    names = [letters(c) for c in range(15, 16_385)]
    rows = raw_rows(kit.grid())
    for r in range(1, 9):
        cells = "".join(f'<c r="{name}{r}" s="1"/>' for name in names)
        rows = rows.replace(f'</row><row r="{r + 1}">', f'{cells}</row><row r="{r + 1}">')
    return raw_xlsx(rows)


# fmt: off
one("h09-16384-columns", "每行 16384 格，后面全空。", _wide, rejected=("too-large",), either="issue 要求拒收；照读也不丢什么。")
one("h10-far-corner", "表好好的，XFD1048576 还有一个“完”字。", lambda kit: raw_xlsx(raw_rows(kit.grid()) + '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>完</t></is></c></row>'), rejected=("too-large",), may=EXTRA, either="照读或拒收都行，但内存有界。")
refused("h11-cyclic-relationships", "工作表的关系指回 workbook.xml，绕成圈。", lambda kit: repacked(raw_xlsx(raw_rows(kit.grid())), {"xl/_rels/workbook.xml.rels": relations(("worksheet", "workbook.xml"), ("styles", "styles.xml"))}), *BROKEN, "no-entry-table")
one(
    "h12-cyclic-drawing",
    "工作表和它的图互相指着，表本身是好的。",
    lambda kit: raw_xlsx(
        raw_rows(kit.grid()),
        after='<drawing r:id="rId1"/>',
        parts={
            "xl/worksheets/_rels/sheet1.xml.rels": relations(("drawing", "../drawings/drawing1.xml")),
            "xl/drawings/drawing1.xml": b'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"/>',
            "xl/drawings/_rels/drawing1.xml.rels": relations(("worksheet", "../worksheets/sheet1.xml")),
        },
    ),
    rejected=BROKEN,
    either="照读或拒收都行，但不能绕不出来。",
)
refused("h13-truncated", "没下完，只有前一半。", lambda kit: kit.bytes()[:7000], *BROKEN, path=OFFICE_FILE)
refused("h14-tail-missing", "只缺最后 10 个字节。", lambda kit: kit.bytes()[:-40], *BROKEN, path=OFFICE_FILE)
refused("h15-bad-crc", "压缩数据中间坏了几个字节。", lambda kit: _damaged(kit.bytes()), *BROKEN, path=OFFICE_FILE)
refused("h16-encrypted", "设了打开密码的 .xlsx。", lambda _: ole({"EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40) + b"<encryption/>", "EncryptedPackage": Random(1).randbytes(9000)}), "encrypted", path=OFFICE_FILE)
refused("h17-encrypted-xls", "设了打开密码的 .xls。", lambda kit: xls(kit.grid(), locked=True), "encrypted", path="项目办.xls")
# fmt: on

one(
    "h18-macros",
    "带宏的 .xlsm：照读，提醒，决不运行。",
    lambda kit: repacked(
        kit.bytes(),
        {
            "[Content_Types].xml": _macro_types,
            "xl/vbaProject.bin": ole({"VBA": bytes(5000), "PROJECT": b"ID=1"}),
            "xl/_rels/workbook.xml.rels": lambda part: part.replace(
                b"</Relationships>",
                b'<Relationship Id="rIdV" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/></Relationships>',
            ),
        },
    ),
    "G09_项目办_2022-06.xlsm",
    warnings="has-macros",
    round=ROUND,
)


EVIL = [
    "=cmd|'/C calc'!A0",
    "+SUM(1,1)*cmd|'/C calc'!A0",
    "-2+3+cmd|'/C calc'!A0",
    "@SUM(1+9)*cmd|'/C calc'!A0",
]

# fmt: off
pasted("h20-formula-texts", "进展情况是看起来像公式的文字：留成能看的文字，提醒。", all_of("进展情况", EVIL), all_of("report", EVIL), "formula-neutralised 9, formula-neutralised 10, formula-neutralised 11, formula-neutralised 14")
# fmt: on

TRICKS = [
    "\t=1+1 已完成选址。",
    '＝HYPERLINK("http://x.example","点我")',
    '=IMPORTXML("http://x.example","//a")',
    "=1+1",
]

# fmt: off
pasted("h21-more-formula-texts", "制表符、全角等号、网页函数。", all_of("进展情况", TRICKS), all_of("report", [(t, t.strip(), t.strip().replace("＝", "=")) for t in TRICKS]), "formula-neutralised 9, formula-neutralised 11, formula-neutralised 14", may="formula-neutralised 10")
edited(
    "h22-plain-dashes",
    "以“-”“+”开头的普通话和负数不是公式。",
    {(9, "进展情况"): "- 完成选址；- 完成批复。", (11, "进展情况"): "+ 新增两项措施，效果好。"},
    {(9, "report"): "- 完成选址；- 完成批复。", (11, "report"): "+ 新增两项措施，效果好。"},
    may="formula-neutralised 9, formula-neutralised 11",
    either="“- ”“+ ”开头的话要不要当公式提醒。",
)
# fmt: on

one(
    "h23-formula-in-csv",
    "CSV 里的公式文字。",
    lambda kit: text_table(kit.grid("G09", {(10, "佐证材料"): "'=WEBSERVICE(1)"}), ",", "gb18030").replace(
        b"'=WEBSERVICE", b"=WEBSERVICE"
    ),
    "项目办.csv",
    answers={(10, "evidence"): "=WEBSERVICE(1)"},
    warnings="formula-neutralised 10",
)


@on_sheet("h24-hyperlinks", "佐证材料、填报人带超链接（指向本机、网页）：只取文字。")
def _(sheet: Worksheet) -> None:
    sheet["L5"].hyperlink = "file:///C:/Windows/system32/calc.exe"
    sheet["M5"].hyperlink = "http://x.example/"
    sheet["L5"].value, sheet["M5"].value = "可研批复.pdf", "王建平"


# fmt: off
pasted("h25-hyperlink-formula", "佐证材料是 HYPERLINK 公式，存了结果。", {(9, "佐证材料"): Formula('=HYPERLINK("http://x.example/","可研批复.pdf")', "可研批复.pdf")})
pasted("h26-dde-formula", "填报人是 DDE 公式，存了结果：只取结果。", {(9, "填报人"): Formula("=cmd|'/C calc'!A0", "王建平")})
# fmt: on

one(
    "h27-dde-link",
    "工作簿带 DDE 外部链接。",
    lambda kit: repacked(
        kit.bytes(),
        {
            "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"><ddeItems><ddeItem name="A0"/></ddeItems></ddeLink></externalLink>'.encode(),
            "xl/_rels/workbook.xml.rels": lambda part: part.replace(
                b"</Relationships>",
                f'<Relationship Id="rIdX" Type="{OFFICE}/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>'.encode(),
            ),
            "xl/workbook.xml": lambda part: re.sub(
                rb"(</sheets>)",
                rb'\1<externalReferences><externalReference xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rIdX"/></externalReferences>',
                part,
            ),
        },
    ),
    OFFICE_FILE,
    round=ROUND,
    may="has-macros",
)

# fmt: off
pasted("h28-external-reference", "进度取自别的工作簿，存了结果。", {(9, "完成进度"): Formula("='C:\\校内\\[台账.xlsx]Sheet1'!$B$3", 0.45)})
# fmt: on

one(
    "h29-lying-counts",
    "共享字符串表自称有 42 亿条。",
    lambda kit: repacked(
        xlsx(kit.grid()),
        {
            "xl/sharedStrings.xml": substituted(
                rb"<sst [^>]*>",
                f'<sst xmlns="{MAIN}" count="4294967295" uniqueCount="4294967295">'.encode(),
            )
        },
    ),
    rejected=("not-a-workbook", "too-large"),
    either="照读或拒收都行，但内存有界。",
)
one(
    "h30-ods-repeated-rows",
    "ODS 里一行不空的内容重复一百万次。",
    lambda kit: ods(
        kit.grid(),
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="string" table:number-columns-repeated="1000"><text:p>备注</text:p></table:table-cell></table:table-row>',
    ),
    "项目办.ods",
    rejected=("too-large",),
    may=EXTRA,
    either="照读或拒收都行，但内存有界。",
)

# fmt: off
one("h31-picture-inside", "表里插了图和嵌入对象：照读。", lambda kit: repacked(kit.bytes(), {"xl/media/image1.png": b"\x89PNG" + bytes(2000), "xl/embeddings/oleObject1.bin": ole({"Package": bytes(5000)})}), OFFICE_FILE, round=ROUND, may="has-macros")
refused("h32-no-sheets", "工作簿里一张表也没有。", lambda kit: repacked(raw_xlsx(""), {"xl/workbook.xml": substituted(rb"<sheet .*?/>", b"")}), *BROKEN, "no-entry-table")
refused("h33-missing-part", "工作表那一部分不在包里。", lambda kit: repacked(raw_xlsx(""), {"xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet9.xml"))}), *BROKEN, "no-entry-table")
# fmt: on


@habit(
    "h34-bad-among-good",
    "一个坏文件不妨碍别的。",
    Item(OFFICE_FILE, "G09"),
    Item("洪水学区.xlsx", rejected=BROKEN),
    via="merge",
)
def _(kit: Kit, folder: Path) -> None:
    folder.joinpath(OFFICE_FILE).write_bytes(kit.bytes())
    folder.joinpath("洪水学区.xlsx").write_bytes(kit.bytes("X01")[:5000])
