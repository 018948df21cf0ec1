"""Only the refused records of an XML or JSON file, in the same document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.answered import Where
from hub.formats.frame import Typed
from hub.formats.grid import Limits, Source, source_bytes
from hub.formats.json import holds_objects, record_places, roots_of
from hub.formats.layout import Format, Layout
from hub.formats.text import open_text
from hub.formats.xml import parse_xml, records_of

_INDENT = "  "


def refused_records(layout: Layout, source: Source, rows: set[Where], limits: Limits) -> bytes:
    """The document with none but the records of these rows, whatever stands around them as it was.

    Raises FileRefused when the file cannot be read, or its rows do not tell one record from the next.
    """
    data = source_bytes(source, limits)
    wanted = {row for _, row in rows}
    return _refused_elements(layout, data, wanted) if layout.format is Format.XML else _refused_objects(layout, data, wanted)


def _refused_elements(layout: Layout, data: bytes, wanted: set[int]) -> bytes:
    from lxml import etree

    root = parse_xml(layout, data)
    records = records_of(layout, root)
    if _share_lines(records):
        raise FileRefused(_not_told("several records stand in one line"))
    for each in records:
        above = each.getparent()
        if above is not None and each.sourceline not in wanted:
            above.remove(each)
    tree = root.getroottree()
    whole: bytes = etree.tostring(tree, xml_declaration=True, encoding=tree.docinfo.encoding or "UTF-8")
    return whole


def _not_told(why: str) -> Problem:
    return Problem(Code.UNREADABLE, f"{why}, and the refused ones cannot be taken out alone", "Its json answer says all.")


def _share_lines(records: Sequence[Any]) -> bool:
    """Whether a record begins in a line in which something of the one before it stands."""
    last = 0
    for each in records:
        if (each.sourceline or 0) <= last:
            return True
        last = max(inside.sourceline or 0 for inside in each.iter())
    return False


def _refused_objects(layout: Layout, data: bytes, wanted: set[int]) -> bytes:
    text = open_text(data, layout.encoding)
    whole = "".join(text.lines()).removeprefix("\ufeff")
    roots = roots_of(whole)
    if len(roots) > 1:
        lines = whole.split("\n")
        return text.encoded("".join(f"{line}\n" for row, line in enumerate(lines, start=1) if row in wanted))
    numbers = count(1)
    for place in record_places(roots, layout):
        if isinstance(place.value, list):
            place.value[:] = _kept(place.value, numbers, wanted)
        elif holds_objects(place.value):
            raise FileRefused(_not_told("its records are told by their keys"))
        elif place.value is not None and place.value != {}:
            next(numbers)
    return text.encoded(f"{_written(roots[0].value)}\n")


def _kept(values: list[Any], numbers: Iterator[int], wanted: set[int]) -> list[Any]:
    """The records of an array that are wanted, those of arrays in it included."""
    found = ((each, _kept(each, numbers, wanted) if isinstance(each, list) else next(numbers) in wanted) for each in values)
    return [kept if isinstance(each, list) else each for each, kept in found if kept]


def _written(value: Any, indent: str = "") -> str:
    """A value as JSON; numbers with the digits that they had."""
    inner = indent + _INDENT
    if isinstance(value, Typed):
        return str(value)
    if isinstance(value, dict) and value:
        members = (f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(each, inner)}" for key, each in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + _written(each, inner) for each in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)
