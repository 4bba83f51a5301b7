"""oletools, without the warnings that it makes while it is imported."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oletools.olevba import VBA_Parser, decompress_stream

__all__ = ["VBA_Parser", "decompress_stream", "modules", "unpacked"]


def unpacked(container: bytes) -> bytes:
    """What a compressed container of [MS-OVBA] holds."""
    return bytes(decompress_stream(bytearray(container)))


def modules(name: str, data: bytes) -> dict[str, str]:
    """The source of every module by its name, lines ended by LF, as olevba reads it in a file of any kind."""
    parser = VBA_Parser(name, data=data)
    try:
        found = {
            module.rpartition(".")[0]: code.replace("\r\n", "\n")
            for *_, module, code in parser.extract_macros()
        }
    finally:
        parser.close()
    return found
