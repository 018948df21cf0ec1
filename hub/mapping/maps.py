"""Word lists: the partner's words beside the hub's (`map:`, `maps:`, mappings/maps/*.csv)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.domain.nearest import nearest
from hub.domain.problems import Code, Fault
from hub.formats.wildcards import check_patterns, has_wildcard, wildcard

KEEP = "keep"
LARGEST_FILE = 5_000_000
"""Bytes of a word list in a file of its own."""
_MOST_NAMED = 8
_MOST_COMPARED = 1_000  # words of a list in which the nearest is looked for, for each value that is not there


@dataclass(frozen=True)
class MapTable:
    """One word list, compiled: exact words first, then patterns in order, then `else`."""

    pairs: Mapping[str, str]
    otherwise: str | None = None
    _exact: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _patterns: list[tuple[object, str]] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        for key, value in self.pairs.items():
            if has_wildcard(key):
                self._patterns.append((wildcard([key]), value))
            self._exact.setdefault(_folded(key), value)

    def look_up(self, text: str) -> str | Fault | None:
        """The hub's word for the partner's; None when `else: keep` leaves it as it is; a Fault when it is not in the list."""
        exact = self._exact.get(_folded(text))
        if exact is not None:
            return exact
        for fits, value in self._patterns:
            if fits(text):  # type: ignore[operator] # a tuple in a list keeps the order of the mapping
                return value
        if self.otherwise is None:
            return Fault(Code.LIST, text, "is not in the mapping's list", self._nearest(text))
        return None if self.otherwise == KEEP else self.otherwise

    def with_else(self, otherwise: str | None) -> MapTable:
        """The same list with another `else`."""
        return MapTable(self.pairs, otherwise)

    def backwards(self) -> MapTable:
        """The list read from right to left; of several words for one, the first counts, and a pattern is no word."""
        turned: dict[str, str] = {}
        for theirs, ours in self.pairs.items():
            if not has_wildcard(theirs):
                turned.setdefault(ours, theirs)
        return MapTable(turned, self.otherwise)

    def _nearest(self, text: str) -> str:
        near = nearest(text, self.pairs) if len(self.pairs) <= _MOST_COMPARED else None
        known = ", ".join(repr(key) for key in list(self.pairs)[:_MOST_NAMED])
        return f"Did you mean {near!r}?" if near else f"Known words are {known}; others are added to the mapping's map."


def _folded(text: str) -> str:
    return text.strip().casefold()


def map_of(pairs: Mapping[str, str | None], otherwise: str | None = None) -> MapTable:
    """A word list from the mapping's own text; an empty right side is the empty text."""
    check_patterns(pairs)
    return MapTable({key: value or "" for key, value in pairs.items()}, otherwise)


def named_map(spec: str | Mapping[str, str | None], otherwise: str | None, maps: Mapping[str, MapTable]) -> MapTable:
    """The list of a field's `map:`: inline, or by name; raises ValueError for a name that does not exist."""
    if not isinstance(spec, str):
        return map_of(spec, otherwise)
    if spec in maps:
        return maps[spec].with_else(otherwise)
    near = nearest(spec, maps)
    raise ValueError(f"there is no map {spec[:100]!r}" + (f", did you mean {near!r}?" if near else ""))


def read_map_file(data: bytes) -> MapTable:
    """A `mappings/maps/<name>.csv`: a heading row `theirs,ours`, then a pair a row; raises ValueError when it is none."""
    import csv
    import io

    if len(data) > LARGEST_FILE:
        raise ValueError(f"it is larger than {LARGEST_FILE // 1_000_000} MB")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    if not rows or [cell.strip() for cell in rows[0]] != ["theirs", "ours"]:
        raise ValueError("the first row must be `theirs,ours`")
    pairs: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(rows[0]):
            raise ValueError(f"row {number} must have two cells, saw {len(row)}")
        if pairs.setdefault(row[0], row[1]) != row[1]:
            raise ValueError(f"row {number} maps {row[0]!r} again to another word")
    return map_of(pairs)
