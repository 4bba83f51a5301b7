"""What a button has to say when it is done."""

from __future__ import annotations

from typing import Literal

from attrs import asdict, frozen

#: `done`, `look` where there is something to do first, `failed`.
Tone = Literal["done", "look", "failed"]


@frozen
class Answer:
    """One message box: `title` above it, Chinese sentences in `text`, the path of the log where one was written."""

    title: str
    text: str
    log: str = ""
    tone: Tone = "done"

    @property
    def shown(self) -> str:
        """The text with the place of the log."""
        return f"{self.text}\n\n技术细节记在：{self.log}" if self.log else self.text

    def to_json(self) -> dict[str, str]:
        """As a line of EDUXL_ANSWERS."""
        return asdict(self)
