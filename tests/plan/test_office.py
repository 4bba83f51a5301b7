"""Old Word files: LibreOffice makes a .docx of them, where it is installed."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from attrs import evolve

from eduxl.errors import PlanError
from eduxl.plan import office, read_plan
from eduxl.plan.word97 import with_last_paragraph
from tests.plan.builders import SEED, save_docx, seed_lines

needs_office = pytest.mark.skipif(office.program() is None, reason="LibreOffice is not installed")


def converted(path: Path, kind: str) -> Path:
    """What LibreOffice makes of a document."""
    subprocess.run(
        [
            str(office.program()), f"-env:UserInstallation={(path.parent / 'profile').as_uri()}", "--headless",
            "--convert-to", kind, "--outdir", str(path.parent / "out"), str(path),
        ],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return path.parent / "out" / f"{path.stem}.{kind.partition(':')[0]}"


def ole(name: str, content: bytes) -> bytes:
    """The smallest OLE file with one stream: header, one table of sectors, directory, the stream itself."""
    content = content.ljust(4096, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<8L", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109L", 0, *[0xFFFFFFFF] * 108)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    table = struct.pack("<128L", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(title: str, kind: int, start: int, size: int) -> bytes:
        encoded = title.encode("utf-16-le") + b"\0\0"
        return (
            encoded.ljust(64, b"\0")
            + struct.pack("<HBB", len(encoded), kind, 1)
            + bytes(48)
            + struct.pack("<LLL", start, size, 0)
        )

    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry(name, 2, 2, 4096)
    return header + table + directory.ljust(512, b"\0") + content


@pytest.mark.parametrize(
    "data", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ole("WordDocument", b"\xec\xa5")]
)
def test_what_is_no_whole_word_file_is_left_as_it_is(data: bytes) -> None:
    assert with_last_paragraph(data) == data


def problem(path: Path, data: bytes) -> PlanError:
    path.write_bytes(data)
    with pytest.raises(PlanError) as error:
        read_plan(path)
    return error.value


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("name", ["要点.doc", "要点.wps", "要点.txt"])
def test_the_seed_as_an_old_word_file(tmp_path: Path, name: str) -> None:
    path = converted(save_docx(tmp_path / "plan.docx", seed_lines()), "doc").rename(tmp_path / name)
    assert office.is_word(path.read_bytes())
    seed = read_plan(SEED)
    assert evolve(read_plan(path), source=seed.source) == seed


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("behind", ["", "某县教育局"])
def test_tables_in_an_old_word_file(tmp_path: Path, behind: str) -> None:
    """LibreOffice loses those of a file whose last paragraph is in a table, which it writes itself."""
    import docx

    document = docx.Document()
    document.add_paragraph("某县2022年教育工作任务清单")
    rows = [
        ["序号", "重点任务", "牵头股室", "完成时限"],
        ["一、强基工程"] * 4,
        ["1", "甲事。抓好甲事。", "党办", "6月底前"],
        ["2", "乙事。抓好乙事。", "教研室", "9月底前"],
    ]
    table = document.add_table(0, 4)
    for texts in rows:
        cells = table.add_row().cells
        if len(set(texts)) == 1:
            cells[0].merge(cells[3]).text = texts[0]
        else:
            for cell, text in zip(cells, texts, strict=True):
                cell.text = text
    if behind:
        document.add_paragraph(behind)
    document.save(str(tmp_path / "plan.docx"))
    plan = read_plan(converted(tmp_path / "plan.docx", "doc"))
    assert [p.title for p in plan.projects] == ["强基工程"]
    assert [(t.no, t.title, t.lead_units, str(t.due)) for t in plan.tasks] == [
        (1, "甲事", ("党办",), "2022-06-30"), (2, "乙事", ("教研室",), "2022-09-30"),
    ]  # fmt: skip


@pytest.mark.office
@needs_office
def test_an_old_workbook_is_no_word_file(tmp_path: Path) -> None:
    from openpyxl import Workbook

    Workbook().save(tmp_path / "plan.xlsx")
    assert not office.is_word(converted(tmp_path / "plan.xlsx", "xls").read_bytes())


@pytest.mark.office
@needs_office
def test_what_libreoffice_cannot_convert(tmp_path: Path) -> None:
    error = problem(tmp_path / "坏.doc", ole("WordDocument", b"\xec\xa5" + bytes(500)))
    assert error.code in ("unsupported", "no-tasks")


def test_without_libreoffice_the_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if office.program() is not None:
        pytest.skip("LibreOffice is installed outside PATH")
    error = problem(tmp_path / "要点.doc", ole("WordDocument", b"\xec\xa5"))
    assert error.code == "unsupported" and "请用 Word 或 WPS 另存为 .docx" in str(error)
    assert shutil.which("soffice") is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("要点.doc", ole("WordDocument", b"\xec\xa5" + bytes(8) + b"\0\x01")),
        ("要点.docx", ole("EncryptedPackage", b"1")),
    ],
)
def test_a_password_is_said_at_once(tmp_path: Path, name: str, data: bytes) -> None:
    error = problem(tmp_path / name, data)
    assert error.code == "encrypted" and "密码" in str(error) and name in str(error)
