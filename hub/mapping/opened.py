"""Open a partner's file as its mapping says: one table, several sheets, or a document with everything in its place."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Names

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.layout import Format
from hub.formats.names import match_name
from hub.formats.nested import Document
from hub.formats.packed import plain_name, unpacked
from hub.formats.rowsets import Member, open_book, open_set
from hub.formats.rowtypes import open_types
from hub.formats.table import Limits, Table, open_tables
from hub.mapping.bind import wanted_of
from hub.mapping.compile import Mapping

Opened = Table | Document


def open_file(
    mapping: Mapping, data: bytes, limits: Limits, name: str = "", beside: Names[str, bytes] | None = None
) -> list[Opened]:
    """The tables of a file (most have one), or the one document that it is.

    In: a reading mapping, the file's bytes, and, for a mapping over a set of files, its name and the other files of
    the set. Raises FileRefused: what the format raises; 400.orphan for a set that is not whole.
    """
    layout = mapping.layout
    if layout.is_set:
        return [open_set(layout, _members(mapping, name, data, beside or {}, limits), limits, wanted_of(mapping))]
    plain = unpacked(data, limits)
    if layout.types:
        opener = open_book if layout.is_book else open_types
        return [opener(layout, plain, limits, wanted_of(mapping))]
    if layout.format is Format.XML:
        from hub.formats.xml import open_xml

        return [open_xml(layout, plain, limits, wanted_of(mapping))]
    if layout.format is Format.JSON:
        from hub.formats.json import open_json

        return [open_json(layout, plain, limits, wanted_of(mapping))]
    return list(open_tables(layout, plain, limits))


def _members(mapping: Mapping, name: str, data: bytes, beside: Names[str, bytes], limits: Limits) -> dict[str, Member]:
    """The files of a set by their kind, unpacked."""
    own = set_member(mapping, name)
    if own is None:
        known = ", ".join(str(kind.name) for kind in mapping.layout.types.values())
        raise FileRefused(Problem(Code.ORPHAN, f"the name {name} belongs to no file of the set", f"Its files are named {known}."))
    found = complete_set(mapping, name, beside)
    files = {**beside, name: data}
    return {kind: (each, unpacked(files[each], limits)) for kind, each in found.items()}


def set_member(mapping: Mapping, name: str) -> str | None:
    """Which kind of file of a set this name is; None when it is none, or the mapping reads no sets."""
    for kind, each in mapping.layout.types.items():
        if each.name is not None and _parts(each.name, name) is not None:
            return kind
    return None


def complete_set(mapping: Mapping, name: str, others: Collection[str]) -> dict[str, str]:
    """The names of one set by their kinds: this one, and of the others the first whose parts agree with it.

    The set is whole when it has as many names as `mapping.layout.types`; see `is_whole`.
    """
    own = set_member(mapping, name)
    if own is None:
        return {}
    found = {own: name}
    parts = _parts(mapping.layout.types[own].name or "", name) or {}
    for kind, each in mapping.layout.types.items():
        fitting = (other for other in others if kind != own and _agree(parts, _parts(each.name or "", other)))
        first = next(fitting, None)
        if first is not None:
            found[kind] = first
    return found


def is_whole(mapping: Mapping, members: Names[str, str]) -> bool:
    """Whether every file of a set is there."""
    return len(members) == len(mapping.layout.types)


def _parts(pattern: str, name: str) -> dict[str, str] | None:
    found = match_name(pattern, name)
    return found if found is not None else match_name(pattern, plain_name(name))


def _agree(one: dict[str, str], other: dict[str, str] | None) -> bool:
    return other is not None and all(other.get(part, text) == text for part, text in one.items())
