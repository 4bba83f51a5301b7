"""An old Word file that ends in a table gets the paragraph that Word puts behind it; LibreOffice else loses the table.

LibreOffice itself writes such files. All that is known here is where the format ([MS-DOC]) keeps the end of the text:
its length, the piece it lies in, and the pages that say which paragraph has which properties.
"""

from __future__ import annotations

import struct

from eduxl.spreadsheet import ole
from eduxl.spreadsheet.package import BadPackage

#: Places in the main stream's header: flags, end of the text in the file, lengths of the text's parts in characters,
#: (place, length) in the table stream of the two lists of property pages, characters' and paragraphs', and of the pieces.
_FLAGS, _TEXT_END, _LENGTHS, _PAGES, _PIECES = 10, 28, 76, (250, 258), 418
_PARTS, _TABLE_ONE = 8, 0x0200
_PARAGRAPH, _CELL = "\r".encode("utf-16-le"), "\a".encode("utf-16-le")
#: A page of properties, its count of runs in the last byte; a run's entry; [MS-DOC] PapxFkp.
_PAGE, _RUN = 512, 13


def with_last_paragraph(data: bytes) -> bytes:
    """The file with an empty paragraph behind a table at its end; as it is where it ends otherwise.

    So too where text of another part, such as a footer, follows, or there is no room. Never raises.
    """
    try:
        return _extended(data)
    except (BadPackage, struct.error, IndexError):
        return data


def _extended(data: bytes) -> bytes:
    main = ole.stream(data, ("WordDocument",))
    (flags,) = struct.unpack_from("<H", main, _FLAGS)
    table_name = "1Table" if flags & _TABLE_ONE else "0Table"
    table = ole.stream(data, (table_name,))
    length, *others = struct.unpack_from(f"<{_PARTS}L", main, _LENGTHS)
    (end,) = struct.unpack_from("<L", main, _TEXT_END)
    pieces, size = struct.unpack_from("<2L", main, _PIECES)
    # One piece in Unicode, as a file that was written at once has.
    start = struct.pack("<BLLL", 2, 16, 0, length)
    if any(others) or size != 21 or table[pieces : pieces + len(start)] != start:
        return data
    if main[end - 2 : end] != _CELL or main[end : end + 2] != bytes(2):
        return data
    grown = struct.pack("<L", end + 2)
    in_table = [(pieces + 9, struct.pack("<L", length + 1))]
    in_main = [(end, _PARAGRAPH), (_TEXT_END, grown), (_LENGTHS, struct.pack("<L", length + 1))]
    for at in _PAGES:
        place, size = struct.unpack_from("<2L", main, at)
        count = (size - 4) // 8
        if count < 1:
            return data
        in_table.append((place + 4 * count, grown))
    (number,) = struct.unpack_from("<L", table, place + 8 * count)
    page = main[number * _PAGE : (number + 1) * _PAGE]
    made = _with_run(page, grown)
    if made is None:
        return data
    in_main.append((number * _PAGE, made))
    return ole.overwritten(ole.overwritten(data, "WordDocument", in_main), table_name, in_table)


def _with_run(page: bytes, end: bytes) -> bytes | None:
    """A page of paragraphs' properties with one more paragraph up to `end`, that has none; None where it is full."""
    runs = page[-1]
    places, entries = 4 * (runs + 1), _RUN * runs
    used = [2 * page[places + _RUN * i] for i in range(runs)]
    # Of an entry only the first byte counts; the others may be those of properties behind it.
    head = page[:places] + end + page[places : places + entries] + bytes(1)
    if len(head) > min([at for at in used if at], default=_PAGE - 1):
        return None
    return head + page[len(head) : -1] + bytes([runs + 1])
