"""Write the draft of a mapping as an admin would: a line a field in its long form, how sure it is, and what is left over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.domain.kinds import Kind

_WIDTH = 62  # where the remarks begin

Part = str | Sequence[str] | Mapping[str, "Part"]


@dataclass(slots=True)
class Line:
    """One field of a draft: its long form, how sure it is (0 to 1; None for what was not read from a heading), remarks."""

    name: str
    form: dict[str, Part]
    sure: float | None
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A mapping to be.

    `head` are remarks above it, `missing`, `left` and `tried` those below; `word` is what a value's place is called in
    such a file: heading, path or column.
    """

    kind: Kind
    file: dict[str, Part]
    notation: dict[str, Part]
    lines: list[Line]
    head: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    repeat: dict[str, Part] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    word: str = "heading"

    def text(self) -> str:
        """The draft as YAML; everything that is no mapping is a comment."""
        return "\n".join(self._rows()) + "\n"

    def _rows(self) -> Iterator[str]:
        yield from (f"# {each}" for each in self.head)
        yield f"reads: {self.kind}"
        yield from _block("file", self.file)
        yield from (f"# {each}" for each in self.notes)
        if self.notation:
            yield f"notation: {flow(self.notation)}"
        if self.repeat:
            yield f"repeat: {flow(self.repeat)}"
        yield "fields:"
        for line in self.lines:
            yield _field(line, self.word)
        yield from _comments(f"Mandatory, and no {self.word} looks like it:", self.missing)
        yield from _comments(f"{self.word.capitalize()}s that are not mapped:", self.left)
        yield from _comments("Tried on this file:", self.tried)


def _block(name: str, parts: Mapping[str, Part]) -> Iterator[str]:
    """A table on one line, or, where it holds tables, a line for each of its keys."""
    if not any(isinstance(each, Mapping) and (len(each) > 1 or name != "file") for each in parts.values()):
        yield f"{name}: {flow(parts)}"
        return
    yield f"{name}:"
    for key, value in parts.items():
        if key == "types" and isinstance(value, Mapping):
            yield "  types:"
            yield from (f"    {scalar(each)}: {_value(said)}" for each, said in value.items())
        else:
            yield f"  {scalar(key)}: {_value(value)}"


def _field(line: Line, word: str) -> str:
    said = f"  {line.name}: {flow(line.form)}"
    sure = f"no {word}" if line.sure is None else f"{line.sure:.0%}".replace("%", " %")
    return f"{said:<{_WIDTH}}  # {'; '.join([sure, *line.remarks])}"


def _comments(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield f"# {title}"
        yield from (f"#   {each}" for each in found)


def flow(parts: Mapping[str, Part]) -> str:
    """A table on one line: `{from: "Hinta", unit: "g"}`."""
    return "{" + ", ".join(f"{scalar(key)}: {_value(value)}" for key, value in parts.items()) + "}"


def _value(value: Part) -> str:
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return flow(value)
    return "[" + ", ".join(scalar(each) for each in value) + "]"


def scalar(text: str) -> str:
    """A text as YAML takes it: bare where it is a plain word, else in quotes."""
    plain = text.isascii() and text.replace("_", "").replace("-", "").replace(".", "").isalnum() and text[0].isalnum()
    return text if plain else json.dumps(text, ensure_ascii=False)
