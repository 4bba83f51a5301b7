"""What `read_plan` accepts, and the sentence a clerk gets for everything else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from eduxl.errors import EduxlError, FileProblem, PlanError
from eduxl.plan import plan_from_json, read_plan
from tests.plan.builders import SEED


def problem(path: Path) -> EduxlError:
    with pytest.raises(EduxlError) as error:
        read_plan(path)
    assert any("\u4e00" <= c <= "\u9fff" for c in str(error.value))
    return error.value


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zipped(**members: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as package:
        for name, text in members.items():
            package.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return memory.getvalue()


def test_a_path_may_be_text() -> None:
    assert len(read_plan(str(SEED)).tasks) == 21


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_zeros_behind_the_text_are_padding(tmp_path: Path, encoding: str) -> None:
    text = "某县2022年教育工作要点\n1.甲。\n责任单位：党办\n"
    plan = read_plan(write(tmp_path / "要点.txt", text.encode(encoding) + bytes(100)))
    assert plan.tasks[0].lead_units == ("党办",)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "没有.txt", tmp_path):
        error = problem(path)
        assert isinstance(error, FileProblem) and error.code == "no-such-path"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("要点.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)),
        ("要点.rtf", b"{\\rtf1\\ansi}"),
        ("要点.csv", "编号,任务\n1,甲\n".encode()),
        ("要点.odt", zipped(mimetype="application/vnd.oasis.opendocument.text")),
    ],
)
def test_kinds_to_be_saved_as_another_first(tmp_path: Path, name: str, data: bytes) -> None:
    error = problem(write(tmp_path / name, data))
    assert isinstance(error, PlanError) and error.code == "unsupported"
    assert "请用 Word 或 WPS 另存为 .docx 或 .txt 后再试" in str(error)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("照片.jpg", b"\xff\xd8\xff\xe0" + bytes(100), "not-a-plan"),
        ("截图.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "not-a-plan"),
        ("改名.txt", b"\x89PNG\r\n\x1a\n" + bytes(100), "not-a-plan"),
        ("数据.bin", bytes(range(256)) * 4, "not-a-plan"),
        ("数据.txt", b"\x01\x02\x03", "not-a-plan"),
        ("坏.txt", b"\xff\xfe\x00\xd8\x00", "not-a-plan"),
        ("坏.txt", b"\xff\xff\xff", "not-a-plan"),
        ("诗.txt", "春眠不觉晓，处处闻啼鸟。".encode(), "not-a-plan"),
        ("空.txt", b"", "no-tasks"),
        ("要点.txt", "某县2022年教育工作要点\n做好各项工作。".encode(), "no-tasks"),
        ("包.zip", zipped(a_dot_txt="1"), "not-a-plan"),
        ("坏.docx", b"PK\x03\x04 broken", "unreadable"),
        ("坏.pdf", b"%PDF-1.7\n...", "unreadable"),
        ("坏.txt", b"%PDF-1.7\n...", "unreadable"),
        ("坏.pdf", "春眠不觉晓。".encode(), "unreadable"),
        ("空.html", b"", "unreadable"),
        ("要点.html", "<!DOCTYPE html><html><body>要点</body></html>".encode(), "no-tasks"),
        ("诗.txt", "\ufeff\n<HTML><body><p>春眠不觉晓。</p>".encode(), "not-a-plan"),
        ("坏.docx", zipped(word__document_dot_xml="<w/>"), "unreadable"),
        ("坏.xlsx", zipped(xl__workbook_dot_xml="<w/>"), "unreadable"),
    ],
)
def test_what_is_no_plan(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    error = problem(write(tmp_path / name, data))
    assert isinstance(error, PlanError) and error.code == code


def test_a_package_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    path = tmp_path / "大.docx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package,
        package.open("word/document.xml", "w") as part,
    ):
        for _ in range(210):
            part.write(bytes(2**20))
    assert problem(path).code == "not-a-plan"


@pytest.mark.parametrize(
    "data", [{}, {"title": 1, "year": 2022, "source": "", "projects": [], "tasks": [{}]}]
)
def test_broken_json(data: dict[str, object]) -> None:
    with pytest.raises(PlanError) as error:
        plan_from_json(data)
    assert error.value.code == "unreadable"
