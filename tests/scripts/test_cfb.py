"""Compound files: another reader finds every stream again, and the directory is the tree that the standard asks for."""

from __future__ import annotations

import random
import struct
from io import BytesIO
from typing import Any

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import script

cfb = script("cfb")

NAMES = st.text(st.characters(codec="utf-16", exclude_characters="/\\:!\0"), min_size=1, max_size=15)
#: Around the sizes of a mini sector, a sector and the limit between mini stream and sectors.
SIZES = (0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 20_000)


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def streams(tree: Any, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], bytes]:
    found = {}
    for name, content in tree.items():
        found |= {(*above, name): content} if isinstance(content, bytes) else streams(content, (*above, name))
    return found


def read(data: bytes) -> dict[tuple[str, ...], bytes]:
    """Every stream as olefile reads it."""
    with olefile.OleFileIO(BytesIO(data), raise_defects=olefile.DEFECT_UNSURE) as file:
        return {tuple(path): file.openstream(path).read() for path in file.listdir()}


def directory(data: bytes) -> list[dict[str, Any]]:
    """The entries of the directory as they lie in the file."""
    sector = struct.unpack_from("<I", data, 48)[0]
    fat = [
        number
        for at in struct.unpack_from("<109I", data, 76)
        if at != 0xFFFFFFFF
        for number in struct.unpack_from("<128I", data, 512 * (at + 1))
    ]
    entries = []
    while sector != 0xFFFFFFFE:
        for at in range(512 * (sector + 1), 512 * (sector + 2), 128):
            name, length, kind, colour, left, right, child = struct.unpack_from("<64sHBBIII", data, at)
            entries.append(
                {
                    "name": name[: max(length - 2, 0)].decode("utf-16-le"), "kind": kind, "red": colour == 0,
                    "left": left, "right": right, "child": child,
                    "rest": data[at + 80 : at + 116],
                }
            )  # fmt: skip
        sector = fat[sector]
    return entries


def check_tree(entries: list[dict[str, Any]], root: int) -> tuple[list[str], int]:
    """The names below an entry in order, and the black nodes on each path; fails if a rule is broken."""
    if root == 0xFFFFFFFF:
        return [], 0
    node = entries[root]
    left, blacks = check_tree(entries, node["left"])
    right, others = check_tree(entries, node["right"])
    assert blacks == others
    for side in ("left", "right"):
        assert not (node["red"] and node[side] != 0xFFFFFFFF and entries[node[side]]["red"])
    return [*left, node["name"], *right], blacks + (not node["red"])


@pytest.mark.parametrize("size", SIZES)
def test_a_stream_of_any_size_is_read_again(size: int) -> None:
    data = noise(size)
    assert read(cfb.compound_file({"one": data})) == {("one",): data}


def test_streams_of_all_sizes_and_storages_in_storages_are_read_again() -> None:
    tree = {f"s{size}": noise(size, size) for size in SIZES}
    tree = {**tree, "inner": {"a": b"a", "deeper": {"b": noise(5000), "c": b""}}}
    assert read(cfb.compound_file(tree)) == streams(tree)


def test_a_file_that_needs_many_sectors_of_chains_is_read_again() -> None:
    tree = {"big": noise(3_000_000), "small": b"small"}
    assert read(cfb.compound_file(tree)) == streams(tree)


def test_more_than_the_header_can_list_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        cfb.compound_file({"big": bytes(7_200_000)})


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=20))
def test_the_directory_is_a_red_black_tree_in_the_order_of_the_standard(tree: dict[str, bytes]) -> None:
    try:
        data = cfb.compound_file(tree)
    except ValueError:  # two names that differ only in case
        return
    entries = directory(data)
    names, _ = check_tree(entries, entries[0]["child"])
    assert sorted(names) == sorted(tree)
    lengths = [len(name.encode("utf-16-le")) for name in names]
    assert lengths == sorted(lengths)
    assert not entries[0]["red"]
    assert tree == {} or not entries[entries[0]["child"]]["red"]
    assert read(data) == streams(tree)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 20, 100])
def test_names_of_one_length_stand_in_alphabetical_order_without_case(count: int) -> None:
    names = [f"{'aB'[i % 2]}{i:03}" for i in range(count)]
    entries = directory(cfb.compound_file(dict.fromkeys(names, b"x")))
    assert check_tree(entries, entries[0]["child"])[0] == sorted(names, key=str.upper)


def test_shorter_names_come_first_whatever_their_letters() -> None:
    entries = directory(cfb.compound_file({"dir": b"", "_VBA_PROJECT": b"", "ab": b"", "ThisWorkbook": b""}))
    names = check_tree(entries, entries[0]["child"])[0]
    assert names == ["ab", "dir", "ThisWorkbook", "_VBA_PROJECT"]  # "_" comes after "T"


def test_nothing_of_the_machine_is_in_it() -> None:
    """No class ids, states or times: two days and two orders give the same bytes."""
    tree = {"VBA": {"dir": b"1", "x": b"2"}, "PROJECT": b"3"}
    data = cfb.compound_file(tree)
    assert {entry["rest"] for entry in directory(data)} == {bytes(36)}
    turned = {"PROJECT": b"3", "VBA": {"x": b"2", "dir": b"1"}}
    assert cfb.compound_file(turned) == data


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a:b", "a!b", "a" * 32, "\U0001f600" * 16])
def test_a_forbidden_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        cfb.compound_file({name: b""})


def test_names_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        cfb.compound_file({"Module": b"", "MODULE": b""})
