"""VBA projects: oletools unpacks and reads what the builder packed, and the PROJECT stream says what it should."""

from __future__ import annotations

import random
import re
from io import BytesIO

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import script
from .readers import VBA_Parser, unpacked

ovba = script("ovba")

IDENTITY = "{917DED54-440B-4FD1-A5C1-74ACF261E600}"
SOURCE = 'Option Explicit\n\nPublic Sub Hello()\n    MsgBox "hello"\nEnd Sub\n'
PROJECT = ovba.Project(
    "VBAProject",
    IDENTITY,
    (
        ovba.Module("ThisWorkbook", "", ovba.WORKBOOK_CLASS),
        ovba.Module("shHome", "", ovba.WORKSHEET_CLASS),
        ovba.Module("modHello", SOURCE),
    ),
)


def stream(project: bytes, *path: str) -> bytes:
    with olefile.OleFileIO(BytesIO(project)) as file:
        data: bytes = file.openstream(list(path)).read()
    return data


def decrypted(text: str) -> tuple[int, bytes]:
    """The project's key and the data in a hexadecimal field of PROJECT (section 2.4.3.3)."""
    seed, version, key, *rest = bytes.fromhex(text)
    plain, last, before = key ^ seed, key, version
    out = []
    for byte in rest:
        plain = byte ^ ((before + plain) & 0xFF)
        before, last = last, byte
        out.append(plain)
    assert version ^ seed == 2
    padding = (seed & 6) // 2
    length = int.from_bytes(bytes(out[padding : padding + 4]), "little")
    data = bytes(out[padding + 4 :])
    assert len(data) == length
    return key ^ seed, data


# --- compression ----------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, 3640, 4095, 4096, 4097, 8191, 8192, 8193, 50_000])
@pytest.mark.parametrize("unit", [b"\0", b"ab", b"Attribute VB_Name = ", bytes(range(256))], ids=repr)
def test_repetitive_data_gets_small_and_comes_back(size: int, unit: bytes) -> None:
    data = (unit * (size // len(unit) + 1))[:size]
    packed = ovba.compress(data)
    assert unpacked(packed) == data
    assert len(packed) < size / 3 or size <= 3640


@pytest.mark.parametrize("size", [0, 1, 3640, 4096, 4097, 8192, 9000])
def test_noise_comes_back(size: int) -> None:
    data = random.Random(size).randbytes(size)
    packed = ovba.compress(data)
    assert unpacked(packed) == data
    assert len(packed) <= 1 + size + size // 8 + 3 * (size // 4096 + 1)


def test_noise_that_ends_in_the_last_eighth_of_a_chunk_is_filled_up_with_zeros() -> None:
    """Section 2.4.1.3.10 has no other way: a chunk that cannot be compressed is 4,096 bytes long."""
    data = random.Random(4095).randbytes(4095)
    assert unpacked(ovba.compress(data)) == data + b"\0"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 300)), max_size=8))
def test_any_mixture_comes_back(runs: list[tuple[bytes, int]]) -> None:
    data = b"".join(unit * times for unit, times in runs)
    assert unpacked(ovba.compress(data)).rstrip(b"\0") == data.rstrip(b"\0")


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=0, max_size=9000))
def test_any_ascii_text_comes_back(text: str) -> None:
    data = text.encode()
    assert unpacked(ovba.compress(data)).rstrip(b"\0") == data


def test_every_chunk_but_the_last_holds_4096_bytes_and_none_is_longer_than_that() -> None:
    packed = ovba.compress(b"Private Sub A()\r\nEnd Sub\r\n" * 700)
    assert packed[0] == 1
    at, chunks = 1, 0
    while at < len(packed):
        header = int.from_bytes(packed[at : at + 2], "little")
        assert header >> 12 & 7 == 0b011
        size = (header & 0xFFF) + 3
        assert size <= 4098
        assert len(unpacked(b"\x01" + packed[at : at + size])) == 4096 or at + size == len(packed)
        at, chunks = at + size, chunks + 1
    assert (at, chunks) == (len(packed), 5)


# --- the project ----------------------------------------------------------------------------------
def test_oletools_reads_every_module_as_it_was_given() -> None:
    parser = VBA_Parser("vbaProject.bin", data=PROJECT.built())
    modules = {name: code for _, _, name, code in parser.extract_macros()}
    assert list(modules) == ["ThisWorkbook.cls", "shHome.cls", "modHello.bas"]
    lines = modules["modHello.bas"].splitlines()
    assert lines == ['Attribute VB_Name = "modHello"', *SOURCE.rstrip().splitlines()]
    home = modules["shHome.cls"].splitlines()
    assert home[:2] == [
        'Attribute VB_Name = "shHome"',
        'Attribute VB_Base = "0{00020820-0000-0000-C000-000000000046}"',
    ]
    assert "Attribute VB_PredeclaredId = True" in home
    assert modules["ThisWorkbook.cls"].splitlines()[1] == (
        'Attribute VB_Base = "0{00020819-0000-0000-C000-000000000046}"'
    )


def test_the_project_stream_names_the_modules_and_is_open_and_without_password() -> None:
    text = stream(PROJECT.built(), "PROJECT").decode("ascii")
    assert text.replace("\r\n", "").count("\n") == 0
    lines = text.split("\r\n")
    assert lines[:4] == [
        f'ID="{IDENTITY}"', "Document=ThisWorkbook/&H00000000", "Document=shHome/&H00000000", "Module=modHello",
    ]  # fmt: skip
    fields = dict(re.findall(r'^(CMG|DPB|GC)="([0-9A-F]+)"\r$', text, re.MULTILINE))
    assert {name: decrypted(field) for name, field in fields.items()} == {
        "CMG": (223, bytes(4)), "DPB": (223, b"\0"), "GC": (223, b"\xff"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "data"),
    [("0705D8E3D8EDDBF1DBF1DBF1DBF1", bytes(4)), ("0E0CD1ECDFF4E7F5E7F5E7", b"\0"), ("1517CAF1D6F9D7F9D706", b"\xff")],
)  # fmt: skip
def test_the_example_of_the_standard_has_the_same_meaning(field: str, data: bytes) -> None:
    """Section 3.1: a project of the same identity, hidden with other seeds and padding."""
    assert decrypted(field) == (sum(IDENTITY.encode()) & 0xFF, data)


@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_what_is_hidden_is_found_again(data: bytes, key: int, seed: int) -> None:
    assert decrypted(ovba.encrypted(data, key, seed).hex()) == (key, data)


def test_office_is_told_that_there_is_no_compiled_code() -> None:
    assert stream(PROJECT.built(), "VBA", "_VBA_PROJECT").hex(" ").upper() == "CC 61 FF FF 00 00 00"


def test_the_names_stand_twice_in_projectwm() -> None:
    names = stream(PROJECT.built(), "PROJECTwm")
    assert names.startswith(b"ThisWorkbook\0" + "ThisWorkbook\0".encode("utf-16-le"))
    assert names.endswith("modHello\0".encode("utf-16-le") + b"\0\0")


def test_the_only_reference_is_stdole() -> None:
    directory = unpacked(stream(PROJECT.built(), "VBA", "dir"))
    assert directory.count(b"*\\G{") == 1
    assert b"\x16\0\x06\0\0\0stdole\x3e\0\x0c\0\0\0" in directory


def test_names_used_twice_and_other_than_ascii_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        ovba.Project("P", IDENTITY, (ovba.Module("a", ""), ovba.Module("A", ""))).built()
    with pytest.raises(ValueError, match="ascii"):
        ovba.Project("P", IDENTITY, (ovba.Module("a", 'MsgBox "好"'),)).built()


def test_equal_projects_give_equal_bytes() -> None:
    assert PROJECT.built() == PROJECT.built()
