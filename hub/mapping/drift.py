"""Headings change without a word: which new heading of a file looks like the one that a mapping misses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from hub.domain.kinds import Kind
from hub.formats.frame import heading_key
from hub.mapping.lexicon import Lexicon
from hub.mapping.match import LEAST, match

_ALIKE = 80  # from here on two spellings look like one word


def look_alike(kind: Kind, name: str | None, wanted: Sequence[str], free: Iterable[str]) -> str | None:
    """The heading, of those that the mapping does not use, that most likely is the missing one.

    In: the kind of document, the field read from the heading (None for a rule of the file block), the headings that
    the mapping names for it, and those left over in the file. A heading that means the same field comes before one that
    is only spelt alike.
    """
    left = tuple(dict.fromkeys(each for each in free if each.strip()))
    if not left or not wanted:
        return None
    same = [each for each, field in _fields(kind, left) if field == name] if name is not None else []
    return same[0] if same else _same_words(wanted, left) or _spelt_alike(wanted, left)


@lru_cache(maxsize=256)
def _fields(kind: Kind, headings: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    found = [each for each in match(kind, headings) if each.field is not None and each.sure >= LEAST]
    return tuple((each.heading, each.field) for each in sorted(found, key=lambda each: -each.sure))


def _same_words(wanted: Sequence[str], left: Sequence[str]) -> str | None:
    """A heading that says the same in other words, perhaps of another language."""
    lexicon = Lexicon.of([*wanted, *left])
    meant = [meaning.concepts for each in wanted if (meaning := lexicon.meaning(each)).concepts and not meaning.strange]
    return next((each for each in left if lexicon.meaning(each).concepts in meant and not lexicon.meaning(each).strange), None)


def _spelt_alike(wanted: Sequence[str], left: Sequence[str]) -> str | None:
    from rapidfuzz import fuzz, process

    found = [
        near
        for each in wanted
        if (
            near := process.extractOne(
                heading_key(each), [heading_key(one) for one in left], scorer=fuzz.ratio, score_cutoff=_ALIKE
            )
        )
    ]
    return left[max(found, key=lambda near: near[1])[2]] if found else None


def alias_line(name: str, wanted: Sequence[str], near: str) -> str:
    """The line to write in the mapping: `sku: [Tuotekoodi, Tuotenro]`."""
    from hub.mapping.draft import scalar

    return f"{name}: [{', '.join(scalar(each) for each in dict.fromkeys([*wanted, near]))}]"
