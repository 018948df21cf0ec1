"""Paths of the mapping language: where a value lies in a file that is no table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

UP = ".."
SELF = "."
_LONGEST = 500
_PICK = re.compile(r"([^()]*)\(([^()=]+=[^()]*)\)")


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path: a child (else an attribute), `@name` an attribute alone, `Party(role=ship)` one of several."""

    name: str
    attribute: bool = False
    picks: tuple[tuple[str, str], ...] = ()

    @property
    def is_up(self) -> bool:
        """Whether it leads to what the place lies in."""
        return self.name == UP


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path; `absolute` ones are once per file."""

    text: str
    steps: tuple[Step, ...]
    absolute: bool = False

    @property
    def first(self) -> str | None:
        """The name that the path begins with, when it begins with one."""
        return self.steps[0].name if self.steps and not self.steps[0].is_up else None


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Parse `Items/Item/@sku`, `Party(role=ship)/Zip`, `../Id`, `/Batch/Id`, `.`; raises ValueError with the cure."""
    if len(text) > _LONGEST:
        raise ValueError(f"a path has at most {_LONGEST} characters")
    absolute = text.startswith("/")
    pieces = _cut(text[1:] if absolute else text)
    if pieces == [""] and absolute:
        return Path(text, (), absolute=True)
    return Path(text, tuple(_step(each, text) for each in pieces if each != SELF), absolute)


def _cut(text: str) -> list[str]:
    """The names between slashes; a slash inside a picker's parentheses belongs to its value."""
    pieces, depth = [""], 0
    for each in text:
        depth += (each == "(") - (each == ")")
        if each == "/" and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += each
    return pieces


def _step(piece: str, text: str) -> Step:
    attribute = piece.startswith("@")
    found = _PICK.fullmatch(piece)
    name = (found[1] if found else piece).removeprefix("@").strip()
    if not name or (attribute and found):
        raise ValueError(
            f"{text!r} is no path; names stand between slashes: Items/Item, @id, Party(role=ship)/Zip, ../Id, /Batch/Id"
        )
    picks = tuple(_pair(each) for each in found[2].split(",")) if found else ()
    return Step(name, attribute, picks)


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip().removeprefix("@"), value.strip()
