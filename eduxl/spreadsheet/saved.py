"""When a workbook was last saved, by its own word, as far as the program that saved it left a trace."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta, timezone

_CORE = re.compile(
    rb"<(?:\w+:)?modified[^<>]*>\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?"
)
_META = re.compile(rb"<dc:date[^<>]*>\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")
#: LibreOffice writes its local time without a zone; all of China has one.
_CHINA = timezone(timedelta(hours=8))
#: Properties of an old Office file; the one that is asked for, and its type: 100 ns since 1601, UTC.
PROPERTIES = "\x05SummaryInformation"
_LAST_SAVED, _FILETIME = 13, 0x40
_MOST_PROPERTIES = 1000


def of_core(xml: bytes) -> datetime | None:
    """The moment in `docProps/core.xml` (ECMA-376 part 2), UTC without zone; None where it has none."""
    return _moment(_CORE.search(xml), UTC)


def of_meta(xml: bytes) -> datetime | None:
    """The moment in the `meta.xml` of an .ods, UTC without zone; None where it has none."""
    return _moment(_META.search(xml), _CHINA)


def _moment(match: re.Match[bytes] | None, zone: timezone) -> datetime | None:
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat((match[1] + (match[2] or b"")).decode())
        return (moment if match[2] else moment.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def of_properties(stream: bytes) -> datetime | None:
    """The moment in the SummaryInformation of an .xls ([MS-OLEPS] 2.21), UTC without zone; None where it has none."""
    try:
        (start,) = struct.unpack_from("<L", stream, 44)
        (count,) = struct.unpack_from("<L", stream, start + 4)
        for i in range(min(count, _MOST_PROPERTIES)):
            kind, place = struct.unpack_from("<2L", stream, start + 8 + 8 * i)
            if kind == _LAST_SAVED:
                kind, ticks = struct.unpack_from("<LQ", stream, start + place)
                if kind == _FILETIME and ticks:
                    return datetime(1601, 1, 1) + timedelta(microseconds=ticks // 10)
    except (struct.error, OverflowError):
        pass
    return None
