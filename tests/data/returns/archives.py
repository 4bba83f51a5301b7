"""Habits of packing: zip names in every encoding, archives in archives, damaged and locked ones, .7z."""

# ruff: noqa: E501
from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.data.returns.expected import Item
from tests.data.returns.habit import HABITS, Habit
from tests.data.returns.kit import HEADER, Kit
from tests.data.returns.package import linked_zip, locked_zip, seven_zip, zipped, zipped_raw_names
from tests.data.returns.texts import docx
from tests.data.returns.workbooks import xlsx


def _districts(kit: Kit, plain: bool = False) -> dict[str, bytes]:
    """Two districts' returns; `plain`: only the names say whose they are."""
    names = {"X01": "X01_洪水学区_2022-06.xlsx", "X02": "X02_六坝学区_2022-06.xlsx"}
    return {name: xlsx(kit.grid(unit)[HEADER:]) if plain else kit.bytes(unit) for unit, name in names.items()}


def archive(
    name: str,
    odd: str,
    data: Callable[[Kit], bytes],
    *items: Item,
    path: str = "学区.zip",
    via: str = "merge",
    **more: Any,
) -> None:
    """A habit of one archive; without items the two districts' returns must come of it."""
    both = (
        Item(f"{path}/X01_洪水学区_2022-06.xlsx", "X01"),
        Item(f"{path}/X02_六坝学区_2022-06.xlsx", "X02"),
    )

    def make(kit: Kit, folder: Path) -> None:
        folder.joinpath(path).write_bytes(data(kit))

    HABITS.append(Habit(name, odd, make, items or both, via, **more))


def _broken_names(kit: Kit, plain: bool = False) -> dict[str, bytes]:
    return {name.encode("gb18030").decode("cp437"): data for name, data in _districts(kit, plain).items()}


archive("z01-utf8-names", "zip，文件名是 UTF-8。", lambda kit: zipped(_districts(kit, plain=True)))

# fmt: off
archive("z02-gb18030-names", "zip，文件名是 GB18030 字节，没有标志；单位只有文件名知道。", lambda kit: zipped_raw_names({name.encode("gb18030"): data for name, data in _districts(kit, plain=True).items()}))
archive("z03-mojibake-names", "zip，GB18030 文件名被当成 cp437 又存成了 UTF-8 乱码。", lambda kit: zipped(_broken_names(kit, plain=True)))
archive("z04-utf8-no-flag", "zip，文件名是 UTF-8 字节，但没有标志。", lambda kit: zipped_raw_names({name.encode(): data for name, data in _districts(kit, plain=True).items()}))
archive("z05-nested-once", "zip 里又有一个 zip。", lambda kit: zipped({"六月/内层.zip": zipped(_districts(kit))}), Item("X01_洪水学区_2022-06.xlsx", "X01"), Item("X02_六坝学区_2022-06.xlsx", "X02"), either="两层压缩包里的 path 怎么写：只比最后一段。")
# fmt: on

archive(
    "z06-nested-twice",
    "zip 里的 zip 里还有 zip：只拆一层，但要列出。",
    lambda kit: zipped(
        {
            "X02_六坝学区_2022-06.xlsx": kit.bytes("X02"),
            "二.zip": zipped({"三.zip": zipped({"X01.xlsx": kit.bytes("X01")})}),
        }
    ),
    Item("学区.zip/X02_六坝学区_2022-06.xlsx", "X02"),
    Item("三.zip", rejected=("unsafe-archive",), ignored=True),
    either="第三层列为拒收还是忽略。",
)
archive(
    "z07-macosx",
    "苹果电脑压的包，带 __MACOSX 和 .DS_Store。",
    lambda kit: zipped(
        _districts(kit) | {"__MACOSX/._X01_洪水学区_2022-06.xlsx": bytes(200), ".DS_Store": bytes(60)}
    ),
    Item("学区.zip/X01_洪水学区_2022-06.xlsx", "X01"),
    Item("学区.zip/X02_六坝学区_2022-06.xlsx", "X02"),
    Item("._X01_洪水学区_2022-06.xlsx", ignored=True),
    Item(".DS_Store", ignored=True),
)

# fmt: off
archive("z08-path-traversal", "包里的路径想跳出文件夹。", lambda kit: zipped({"../../跳出_X01.xlsx": kit.bytes("X01"), "X02_六坝学区_2022-06.xlsx": kit.bytes("X02")}), Item("学区.zip", rejected=("unsafe-archive",)), either="读出、只拒收这一个，还是整包拒收；决不写到文件夹外。")
archive("z09-locked-zip", "带密码的 zip。", lambda kit: locked_zip(zipped({"X01_洪水学区_2022-06.xlsx": kit.bytes("X01")})), Item("学区.zip", rejected=("encrypted", "unsafe-archive")))
archive("z10-zip-called-xlsx", "zip 包的扩展名是 .xlsx。", lambda kit: zipped(_districts(kit)), path="学区.xlsx")
archive("z11-empty-zip", "空的 zip。", lambda _: zipped({}), Item("学区.zip", rejected=("unsafe-archive", "not-a-workbook"), ignored=True))
# fmt: on

archive(
    "z12-one-bad-member",
    "包里一个文件坏了，其余照读。",
    lambda kit: zipped(
        {"X01_洪水学区_2022-06.xlsx": kit.bytes("X01"), "X02_六坝学区_2022-06.xlsx": kit.bytes("X02")[:6000]}
    ),
    Item("学区.zip/X01_洪水学区_2022-06.xlsx", "X01"),
    Item("学区.zip/X02_六坝学区_2022-06.xlsx", rejected=("not-a-workbook", "unsafe-archive")),
)
archive(
    "z13-junk-inside",
    "包里混着照片和 Word。",
    lambda kit: zipped(
        _districts(kit) | {"现场.jpg": b"\xff\xd8\xff\xe0" + bytes(900), "说明.docx": docx([["说明"]])}
    ),
    Item("学区.zip/X01_洪水学区_2022-06.xlsx", "X01"),
    Item("学区.zip/X02_六坝学区_2022-06.xlsx", "X02"),
    Item("学区.zip/现场.jpg", ignored=True),
    Item("学区.zip/说明.docx", ignored=True),
)

# fmt: off
archive("z14-stored", "zip 只打包、没压缩，文件放在子文件夹里。", lambda kit: zipped({f"六月/{n}": d for n, d in _districts(kit).items()}, zipfile.ZIP_STORED), Item("X01_洪水学区_2022-06.xlsx", "X01"), Item("X02_六坝学区_2022-06.xlsx", "X02"))
archive("z15-truncated-zip", "zip 没下完，只有前一半。", lambda kit: zipped(_districts(kit))[:14000], Item("学区.zip", rejected=("unsafe-archive", "not-a-workbook")))
# fmt: on

archive(
    "z16-symbolic-link",
    "包里有一个指向本机文件的符号链接。",
    lambda kit: linked_zip(
        {"X02_六坝学区_2022-06.xlsx": kit.bytes("X02")}, "X01_洪水学区_2022-06.xlsx", "/etc/passwd"
    ),
    Item("学区.zip/X01_洪水学区_2022-06.xlsx", rejected=("not-a-workbook", "unsafe-archive"), ignored=True),
    Item("学区.zip/X02_六坝学区_2022-06.xlsx", "X02"),
    never="root:",
)
# fmt: off
archive("z17-7z", ".7z 压缩包，里面有一份填报表。", lambda kit: seven_zip("X01_洪水学区_2022-06.xlsx", kit.bytes("X01")), Item("学区.7z/X01_洪水学区_2022-06.xlsx", "X01"), path="学区.7z", open="没有 bsdtar 或 7-Zip 的机器上，整包列为忽略，并说“请解压后再合并”。")
# fmt: on
