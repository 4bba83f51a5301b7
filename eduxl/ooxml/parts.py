"""Parts and how they hang together: relationships, content types, targets as paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from eduxl.ooxml.container import Container
from eduxl.ooxml.markup import attributes, decoded, escape_attribute, set_attribute

_REL = re.compile(r"<((?:[\w.-]+:)?)Relationship\s[^>]*?(?:/>|>\s*</(?:[\w.-]+:)?Relationship>)", re.DOTALL)
_OVERRIDE = re.compile(
    r"<(?:[\w.-]+:)?(?:Override|Default)\s[^>]*?(?:/>|>\s*</(?:[\w.-]+:)?(?:Override|Default)>)"
)
CONTENT_TYPES = "[Content_Types].xml"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"


class Relationship(NamedTuple):
    """`kind` is the last path segment of the type; `target` a part name, or an address where `external`."""

    id: str
    kind: str
    type: str
    target: str
    external: bool


class Relationships:
    """The relationships of one part ("" for the package)."""

    def __init__(self, container: Container, part: str) -> None:
        self._container = container
        folder, file = posixpath.split(part)
        self._name = posixpath.join(folder, "_rels", f"{file}.rels")
        self._folder = folder
        self._text = decoded(container.read(self._name)) if self._name in container else ""
        self._found = {rel.id: rel for rel in self._read()}

    def _read(self) -> list[Relationship]:
        found = []
        for match in _REL.finditer(self._text):
            given = attributes(match[0])
            kind, target = given.get("Type", ""), given.get("Target", "")
            external = given.get("TargetMode") == "External"
            if not external:
                target = target.replace("\\", "/")
                if "%" in target and target.lstrip("/") not in self._container:
                    target = unquote(target)
                target = (
                    target.lstrip("/")
                    if target.startswith("/")
                    else posixpath.normpath(posixpath.join(self._folder, target))
                )
            found.append(Relationship(given.get("Id", ""), kind.rsplit("/", 1)[-1], kind, target, external))
        return found

    def __iter__(self) -> Iterator[Relationship]:
        return iter(self._found.values())

    def get(self, id_: str | None) -> Relationship | None:
        return self._found.get(id_ or "")

    def targets(self, kind: str) -> list[str]:
        """Part names of all relationships of a kind, present ones only."""
        return [
            rel.target
            for rel in self._found.values()
            if rel.kind == kind and not rel.external and rel.target in self._container
        ]

    def remove(self, id_: str) -> None:
        if self._found.pop(id_, None) is None:
            return
        self._text = _REL.sub(lambda m: "" if attributes(m[0]).get("Id") == id_ else m[0], self._text)
        self._container.write(self._name, self._text.encode())

    def follow_places(self, change: Callable[[str], str]) -> None:
        """Links to places in the workbook that are written as addresses (`#Sheet!A5`), as some programs do."""
        for rel in self._found.values():
            if rel.kind == "hyperlink" and rel.target.startswith("#"):
                target = f"#{change(rel.target[1:])}"
                if target != rel.target:
                    self._text = self._text.replace(
                        f'"{escape_attribute(rel.target)}"', f'"{escape_attribute(target)}"'
                    )
                    self._container.write(self._name, self._text.encode())

    def add_link(self, url: str, *, strict: bool = False) -> str:
        """Add an external hyperlink and return its id; an equal one is used again."""
        for rel in self._found.values():
            if rel.external and rel.kind == "hyperlink" and rel.target == url:
                return rel.id
        return self.add("hyperlink", url, external=True, strict=strict)

    def add(
        self, kind: str, target: str, *, external: bool = False, strict: bool = False, id_: str = ""
    ) -> str:
        """Add a relationship to a part, or to an address where `external`; returns its id, `id_` if that is given.

        `kind` is the last path segment of the type, or the whole of one that is none of ECMA-376's.
        """
        number = len(self._found) + 1
        while not id_ and f"rId{number}" in self._found:
            number += 1
        id_ = id_ or f"rId{number}"
        type_ = kind if "/" in kind else (_STRICT if strict else _TRANSITIONAL) + kind
        self._found[id_] = Relationship(id_, kind.rsplit("/", 1)[-1], type_, target, external)
        written = target if external else posixpath.relpath(target, self._folder or ".")
        text = self._text or _EMPTY
        closing = re.search(r"</((?:[\w.-]+:)?)Relationships>", text)
        if closing is None:
            text, closing = _EMPTY, re.search("</()Relationships>", _EMPTY)
        assert closing is not None
        mode = ' TargetMode="External"' if external else ""
        new = f'<{closing[1]}Relationship Id="{id_}" Type="{type_}" Target="{escape_attribute(written)}"{mode}/>'
        self._text = text[: closing.start()] + new + text[closing.start() :]
        self._container.write(self._name, self._text.encode())
        return id_


def content_type(container: Container, part: str) -> str:
    """What the package says a part holds; "" where it says nothing."""
    default = ""
    for match in _OVERRIDE.finditer(decoded(container.read(CONTENT_TYPES))):
        given = attributes(match[0])
        if given.get("PartName", "").lower() == f"/{part}".lower():
            return given.get("ContentType", "")
        if given.get("Extension", "").lower() == posixpath.splitext(part)[1][1:].lower() != "":
            default = given.get("ContentType", "")
    return default


def declare(container: Container, part: str, type_: str) -> None:
    """Say what a new part holds."""
    text = decoded(container.read(CONTENT_TYPES))
    closing = re.search(r"</((?:[\w.-]+:)?)Types>", text)
    if closing is not None and content_type(container, part) != type_:
        new = f'<{closing[1]}Override PartName="/{escape_attribute(part)}" ContentType="{escape_attribute(type_)}"/>'
        container.write(CONTENT_TYPES, declared_utf8(text[: closing.start()] + new + text[closing.start() :]))


def drop_part(container: Container, part: str, relationships: Relationships) -> None:
    """Take a part out with its content type and the relationships to it."""
    for rel in list(relationships):
        if not rel.external and rel.target.lower() == part.lower():
            relationships.remove(rel.id)
    container.drop(part)
    folder, file = posixpath.split(part)
    container.drop(posixpath.join(folder, "_rels", f"{file}.rels"))
    text = decoded(container.read(CONTENT_TYPES))
    gone = f"/{part}".lower()
    kept = _OVERRIDE.sub(lambda m: "" if attributes(m[0]).get("PartName", "").lower() == gone else m[0], text)
    if kept != text:
        container.write(CONTENT_TYPES, kept.encode())


def declared_utf8(text: str) -> bytes:
    """Text of a part as UTF-8, its declaration saying so."""
    head = re.match(r"<\?xml[^>]*\?>", text)
    if head and "encoding" in head[0]:
        text = set_attribute(head[0][:-2], "encoding", "UTF-8") + "?>" + text[head.end() :]
    return text.encode()
