"""Habits of sending more than one file of a unit."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.data.returns.expected import Item
from tests.data.returns.habit import BROKEN, OFFICE_FILE, habit
from tests.data.returns.kit import Kit
from tests.data.returns.package import STAMP, dated, zipped


@habit(
    "m01-same-bytes-twice",
    "同一个文件来了两份，名字不同。",
    Item("A.xlsx", "G09"),
    Item("B.xlsx", superseded=True),
    via="merge",
    open="两份一样的文件哪一份算合并、哪一份算被取代。",
)
def _(kit: Kit, folder: Path) -> None:
    data = kit.bytes()
    for name in ("A.xlsx", "B.xlsx"):
        folder.joinpath(name).write_bytes(data)


@habit(
    "m02-later-wins",
    "一个单位报了两稿：后保存的为准。",
    Item("终稿.xlsx", "G09", {(9, "progress"): 50}),
    Item("初稿.xlsx", superseded=True),
    via="merge",
)
def _(kit: Kit, folder: Path) -> None:
    folder.joinpath("终稿.xlsx").write_bytes(kit.bytes("G09", {(9, "完成进度"): 0.5}))
    folder.joinpath("初稿.xlsx").write_bytes(dated(kit.bytes(), STAMP - timedelta(days=2)))


@habit(
    "m03-folder-and-zip",
    "同一单位既在文件夹里，又在 zip 里有一份旧稿。",
    Item(OFFICE_FILE, "G09", {(9, "progress"): 50}),
    Item(f"打包.zip/{OFFICE_FILE}", superseded=True),
    via="merge",
)
def _(kit: Kit, folder: Path) -> None:
    folder.joinpath(OFFICE_FILE).write_bytes(kit.bytes("G09", {(9, "完成进度"): 0.5}))
    folder.joinpath("打包.zip").write_bytes(
        zipped({OFFICE_FILE: dated(kit.bytes(), STAMP - timedelta(days=2))})
    )


@habit(
    "m04-only-rejected",
    "只有一份被拒收的文件：单位仍是未报。",
    Item(OFFICE_FILE, rejected=BROKEN),
    via="merge",
)
def _(kit: Kit, folder: Path) -> None:
    folder.joinpath(OFFICE_FILE).write_bytes(kit.bytes()[:6500])
