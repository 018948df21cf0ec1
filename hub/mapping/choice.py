"""Which mapping reads a file: the headings (sheet, record, kind of row) that it cannot do without must be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Names

from hub.domain.problems import FileRefused
from hub.formats.frame import find_heading
from hub.formats.grid import Limits
from hub.formats.packed import unpacked
from hub.formats.rowsets import alone
from hub.formats.table import open_tables
from hub.mapping.bind import fits, likeness, wanted_headings
from hub.mapping.compile import Mapping
from hub.mapping.opened import open_file, set_member

_NOTHING: Names[str, bytes] = {}


def choose(mappings: Sequence[Mapping], name: str, data: bytes, limits: Limits) -> Mapping | None:
    """The mapping that reads a file which no `receive` entry gives to any; None when there is none.

    A mapping over a set of files is chosen by the file's name and headings, unless another one reads more of the file
    alone: nothing may wait a day for a file that never comes.
    """
    in_set = [(fit_in_set(each, name, data, limits), each) for each in mappings if each.layout.is_set]
    most, best = max(in_set, key=lambda one: one[0], default=(0, None))
    columns, single = best_fit(mappings, data, limits)
    return best if most and most >= columns else single


def fit(mapping: Mapping, data: bytes, limits: Limits, name: str = "", beside: Names[str, bytes] = _NOTHING) -> int:
    """How many columns of a file a mapping would read; 0 when it does not read it.

    One over sets of files is asked with the file's name and the others of its set; it reads whole sets only.
    """
    try:
        return fits(mapping, open_file(mapping, data, limits, name, beside))
    except FileRefused:
        return 0


def best_fit(mappings: Iterable[Mapping], data: bytes, limits: Limits) -> tuple[int, Mapping | None]:
    """The mapping that reads most columns of a file, the first of equals, and how many; none when no one reads it.

    Orders also have all that a cancellation needs: the mapping that reads most of a file is the one meant for it.
    """
    found = [(fit(each, data, limits), each) for each in mappings]
    most = max((columns for columns, _ in found), default=0)
    return (most, next(each for columns, each in found if columns == most)) if most else (0, None)


def alike(mapping: Mapping, data: bytes, limits: Limits, name: str = "", beside: Names[str, bytes] = _NOTHING) -> float | None:
    """The share of a mapping's headings that a file has; None when its table cannot be found, which says why itself."""
    try:
        return likeness(mapping, open_file(mapping, data, limits, name, beside))
    except FileRefused:
        return None


def fit_in_set(mapping: Mapping, name: str, data: bytes, limits: Limits) -> int:
    """How many of the columns that a mapping over a set of files names one of its files has; 0 when it is none of them.

    Its name must be that of a file of the set, and it must have the column by which the files belong together.
    """
    kind = set_member(mapping, name)
    if kind is None:
        return 0
    try:
        headings = open_tables(alone(mapping.layout, kind), unpacked(data, limits), limits)[0].headings
    except FileRefused:
        return 0
    own = mapping.layout.types[kind]
    keys = {own.key} if own.key else {each.key for each in mapping.layout.types.values() if each.under == kind}
    if not all(find_heading(headings, key) for key in keys if key):
        return 0
    named = {each.text.removeprefix(f"{kind}/") for each in wanted_headings(mapping)}
    return sum(bool(find_heading(headings, each)) for each in named)
