"""Characters that no font of the prints has: found by the fonts' own tables and spelled with others, never printed as boxes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Content = TypeVar("Content", bound=DataclassInstance)

_FONTS = (".ttf", ".otf", ".ttc")
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SELECTORS = range(0xFE00, 0xFE10)  # which of two looks a character before them is to have
_NAMED_PICTURE = re.compile(r":\w+:")


@dataclass(frozen=True, slots=True)
class Odd:
    """A text of a label or note with characters that cannot be printed: the field that it stands in, and the text."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that can be printed; `extra` are those of the workspace's own fonts."""

    extra: frozenset[int] = frozenset()

    @classmethod
    def of(cls, own: Path) -> Glyphs:
        """What the shipped fonts have, and those in a folder."""
        found = sorted(each for each in own.rglob("*") if each.suffix.lower() in _FONTS) if own.is_dir() else []
        return cls(frozenset().union(*(_characters(each, each.stat().st_mtime_ns) for each in found)))

    def has(self, character: str) -> bool:
        """Whether a character can be printed, or leaves no mark anyway."""
        code = ord(character)
        if code < 0x180 or code in _SELECTORS or unicodedata.category(character) in _INVISIBLE:  # Latin: in every font
            return True
        return code in self.extra or code in _shipped()

    def spelled(self, text: str) -> str:
        """A text in characters that can be printed: taken apart, else in Latin letters; what has no spelling is left out."""
        if all(map(self.has, text)):
            return text
        return re.sub(r" {2,}", " ", "".join(map(self._spelled, text))).strip() or "?"

    def _spelled(self, character: str) -> str:
        if self.has(character):
            return "" if ord(character) in _SELECTORS or unicodedata.category(character) == "Cf" else character
        apart = unicodedata.normalize("NFKD", character)
        if apart != character and all(map(self.has, apart)):
            return apart
        from anyascii import anyascii

        latin = anyascii(character)
        return "" if _NAMED_PICTURE.fullmatch(latin) else latin

    def spell(self, content: Content) -> tuple[Content, list[Odd]]:
        """A label or note as it can be printed, and the texts in it that are printed otherwise than they were sent."""
        odd: list[Odd] = []
        return self._spell(content, "", odd), odd

    def _spell(self, value: Any, name: str, odd: list[Odd]) -> Any:
        if type(value) is str:
            spelled = self.spelled(value)
            if spelled != value:
                odd.append(Odd(name, value))
            return spelled
        if isinstance(value, tuple):
            return tuple(self._spell(each, name, odd) for each in value)
        if is_dataclass(value) and not isinstance(value, type):
            inner = ((each.name, getattr(value, each.name)) for each in fields(value))
            return replace(value, **{each: self._spell(told, f"{name}.{each}".lstrip("."), odd) for each, told in inner})
        return value


@lru_cache(maxsize=1)
def _shipped() -> frozenset[int]:
    import fontpkg_noto_sans

    files: Iterator[Path] = (fontpkg_noto_sans.ROOT / "files").glob("*.ttf")
    return frozenset().union(*(_characters(each, 0) for each in files))


@lru_cache(maxsize=64)
def _characters(font: Path, changed: int) -> frozenset[int]:  # noqa: ARG001 - a font that is replaced is read again
    """The characters that a font file has, by its own table."""
    from fontTools.ttLib import TTCollection, TTFont

    if font.suffix.lower() == ".ttc":
        with TTCollection(font, lazy=True) as several:
            return frozenset().union(*(each.getBestCmap() for each in several))
    with TTFont(font, lazy=True) as one:
        return frozenset(one.getBestCmap())
