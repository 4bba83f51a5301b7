"""Habits of files: their kinds and names, folders, junk and what is no workbook."""

# ruff: noqa: E501
from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tests.data.returns.binary import ole, xls, xlsb
from tests.data.returns.expected import ROUND, Item
from tests.data.returns.habit import OFFICE_FILE, edited, habit, one
from tests.data.returns.kit import SHEET, Kit, hidden_rows
from tests.data.returns.package import repacked, substituted
from tests.data.returns.texts import docx, html, text_table, xml_2003
from tests.data.returns.workbooks import Grid, by_office, ods, raw_rows, raw_xlsx, strict, xlsx


def _dated_texts(grid: Grid) -> Grid:
    return [[v.isoformat() if isinstance(v, date) else v for v in row] for row in grid]


# --- kinds of files ---------------------------------------------------------------------------
edited("k01-as-filled", "按要求填好、原名报回。", {}, indicators={(9, "年度计划投资"): 5120})

# fmt: off
one("k02-renamed", "改名为“新建 Microsoft Excel 工作表.xlsx”。", Kit.bytes, "新建 Microsoft Excel 工作表.xlsx", round=ROUND)
one("k03-xlsx-called-xls", "内容是 .xlsx，扩展名被改成 .xls。", Kit.bytes, "项目办.xls", round=ROUND)
one("k04-no-extension", "文件名没有扩展名。", Kit.bytes, "项目办填报表", round=ROUND)
one("k05-xls", "只有数值的 Excel 97-2003 工作簿。", lambda kit: xls(kit.grid()), "项目办.xls")
one("k06-xls-hidden-sheet", "WPS 另存为 .xls，隐藏的 _eduxl 还在，文件名却写了别的单位。", lambda kit: xls({SHEET: kit.grid(), "_eduxl": hidden_rows(kit)}, very_hidden=("_eduxl",)), "G01_党办.xls", round=ROUND, warnings="name-differs")
one("k07-et-binary", "WPS 的 .et，里面是旧的二进制格式。", lambda kit: xls(kit.grid()), "项目办.et")
one("k08-et-ooxml", "WPS 的 .et，里面是 OOXML。", Kit.bytes, "项目办.et", round=ROUND)
one("k09-xlsb", "二进制工作簿 .xlsb。", lambda kit: xlsb(kit.grid()), "项目办.xlsb")
one("k10-ods", "OpenDocument 表格，空行空列一直重复到表尾。", lambda kit: ods(kit.grid()), "项目办.ods")
# fmt: on

for number, (ending, delimiter, encoding, odd) in enumerate(
    (
        ("csv", ",", "utf-8", "UTF-8 的 .csv"),
        ("csv", ",", "utf-8-sig", "带 BOM 的 UTF-8 .csv"),
        ("csv", ",", "gb18030", "GB18030 的 .csv（Excel 直接另存）"),
        ("txt", "\t", "utf-16", "Excel 另存的“Unicode 文本”：UTF-16、制表符分隔的 .txt"),
        ("txt", "\t", "gb18030", "GB18030、制表符分隔的 .txt"),
        ("tsv", "\t", "utf-8", "UTF-8、制表符分隔的 .tsv"),
    ),
    11,
):
    one(
        f"k{number}-{ending}-{encoding}",
        f"{odd}。",
        partial(lambda kit, d, e: text_table(kit.grid(), d, e), d=delimiter, e=encoding),
        f"项目办.{ending}",
    )

# fmt: off
one("k17-csv-quoted", "CSV 的格里有逗号、引号和换行。", lambda kit: text_table(kit.grid("G09", {(9, "进展情况"): '一是选址，\n二是批复；\n三是“三通一平”，已"完成"。'}), ",", "utf-8"), "项目办.csv", answers={(9, "report"): '一是选址，\n二是批复；\n三是“三通一平”，已"完成"。'})
one("k18-utf16-be", "大端 UTF-16 的制表符文本。", lambda kit: b"\xfe\xff" + text_table(kit.grid(), "\t", "utf-16-be"), "项目办.txt")
one("k19-strict", "“Strict Open XML 工作簿”：命名空间都换成 ISO 的。", lambda kit: strict(kit.bytes()), round=ROUND)
one("k20-inline-strings", "文字直接写在格里，没有共享字符串表。", lambda kit: raw_xlsx(raw_rows(kit.grid())))
one("k21-prefixed-xml", "XML 元素都带前缀 x:（一些网上填报系统的导出）。", lambda kit: raw_xlsx(raw_rows(kit.grid()), prefix="x"))
one("k22-false-dimension", "dimension 写成 A1，实际有表。", lambda kit: repacked(kit.bytes(), {"xl/worksheets/sheet1.xml": substituted(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"')}), round=ROUND)
one("k23-no-cell-references", "行和格都没有写坐标，只按顺序排。", lambda kit: raw_xlsx(re.sub(r' r="[A-Z]*\d+"', "", raw_rows([[v or "" for v in row] for row in _dated_texts(kit.grid())]))))
one("k24-emoji-name", "文件名里有表情、空格和全角字符。", Kit.bytes, "😀 项目办（最终版）２.xlsx", round=ROUND)
one("k25-html-called-xls", "网页系统导出的 .xls，内容其实是 HTML 表格。", lambda kit: html(kit.grid()).encode(), "项目办.xls", rejected=("not-a-workbook",), either="HTML 表格没有列在要读的文件种类里：读出或拒收都行，但要列出。")
one("k26-xml-2003", "“XML 表格 2003”另存的 .xls。", lambda kit: xml_2003(kit.grid()).encode(), "项目办.xls", rejected=("not-a-workbook",), either="XML 表格 2003 没有列在要读的文件种类里：读出或拒收都行，但要列出。")
one("k27-office-xls", "LibreOffice 另存的 .xls。", lambda kit: by_office(kit.bytes(), "xls"), "项目办.xls", round=ROUND, needs_office=True)
one("k28-office-ods", "LibreOffice 另存的 .ods。", lambda kit: by_office(kit.bytes(), "ods"), "项目办.ods", round=ROUND, needs_office=True)
one("k29-office-csv", "LibreOffice 另存的 .csv。", lambda kit: by_office(xlsx(kit.grid()), "csv"), "项目办.csv", needs_office=True)
# fmt: on


@habit(
    "k30-folders",
    "按学区、学校一层层放的文件夹。",
    Item(OFFICE_FILE, "G09"),
    Item("洪水学区.xlsx", "X01"),
    via="merge",
)
def _(kit: Kit, folder: Path) -> None:
    for place_, unit, name in (("机关/项目", "G09", OFFICE_FILE), ("学区/洪水/ 6月", "X01", "洪水学区.xlsx")):
        folder.joinpath(place_).mkdir(parents=True)
        folder.joinpath(place_, name).write_bytes(kit.bytes(unit))


# --- junk and what isn't a workbook -----------------------------------------------------------
@habit(
    "j01-junk",
    "文件夹里混着 Office 锁文件和系统垃圾文件。",
    Item(OFFICE_FILE, "G09"),
    *(
        Item(name, ignored=True)
        for name in ("~$G09_项目办_2022-06.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini", ".~lock.G09.xlsx#")
    ),
    via="merge",
)
def _(kit: Kit, folder: Path) -> None:
    folder.joinpath(OFFICE_FILE).write_bytes(kit.bytes())
    for name in ("~$G09_项目办_2022-06.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini", ".~lock.G09.xlsx#"):
        folder.joinpath(name).write_bytes(b"\x0eAdministrator".ljust(165, b" "))


def loose(
    name: str,
    odd: str,
    path: str,
    data: Callable[[Kit], bytes],
    *rejected: str,
    ignored: bool = True,
    **more: Any,
) -> None:
    """A file that is no return: ignored, or rejected with one of these codes, but always listed."""
    one(name, odd, data, path, "", rejected=rejected, ignored=ignored, via="merge", **more)


# fmt: off
loose("j02-picture", "手机拍的照片。", "项目办填报表.jpg", lambda _: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(3000))
loose("j03-pdf", "打印盖章后扫描的 PDF。", "项目办.pdf", lambda _: b"%PDF-1.4\n%%EOF\n", "not-a-workbook")
loose("j04-word-table", "把表填在 Word 里报回。", "项目办填报表.docx", lambda kit: docx(kit.grid()), note="Excel 模板")
loose("j05-word-letter", "Word 里只有一段说明。", "项目办说明.docx", lambda _: docx([["本期无变化。"]]))
loose("j06-text-letter", "记事本里一句话。", "说明.txt", lambda _: "项目办本月无进展。\n".encode("gb18030"), "no-entry-table")
loose("j07-empty-file", "零字节的 .xlsx（网盘没同步完）。", "项目办.xlsx", lambda _: b"", "not-a-workbook")
loose("j08-random-bytes", "扩展名是 .xlsx，内容是乱码。", "项目办.xlsx", lambda _: zlib.compress(b"x" * 900) * 40, "not-a-workbook")
loose("j09-old-word", "旧 .doc 改名成 .xls。", "项目办.xls", lambda _: ole({"WordDocument": bytes(5000)}), "not-a-workbook")
loose("j10-word-called-xlsx", ".docx 改名成 .xlsx。", "项目办.xlsx", lambda kit: docx(kit.grid()), "not-a-workbook")
loose("j11-rar", ".rar 压缩包；本机没有解压工具时不读。", "项目办.rar", lambda _: b"Rar!\x1a\x07\x01\x00" + bytes(200), "unsafe-archive", "not-a-workbook", note="解压")
loose("j12-7z", ".7z 压缩包。", "项目办.7z", lambda _: b"7z\xbc\xaf\x27\x1c\0\x04" + Random(2).randbytes(200), "unsafe-archive", "not-a-workbook", note="解压")
loose("j13-mac-shadow", "苹果电脑留下的 ._ 影子文件。", "._G09_项目办_2022-06.xlsx", lambda _: b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(4000), "not-a-workbook")
loose("j14-no-table", "工作簿里只有通知，没有表。", "通知.xlsx", lambda _: xlsx([["关于报送的通知"], ["请于25日前报送。"]]), "no-entry-table", ignored=False)
loose("j15-empty-book", "空白工作簿。", "项目办.xlsx", lambda _: xlsx([[]]), "no-entry-table", ignored=False)
loose("j16-other-table", "别的表：学生名册。", "项目办.xlsx", lambda _: xlsx([["序号", "姓名", "班级"], [1, "张三", "一班"]]), "no-entry-table", ignored=False)
# fmt: on
