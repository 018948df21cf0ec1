"""JSON in: an array, the array at `record`, or one object per line; numbers keep their digits, nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, NoReturn, TypeVar

from hub.domain.problems import Code, Fault, FileRefused, Problem
from hub.formats.frame import Cell, Typed
from hub.formats.grid import Limits, Source, source_bytes
from hub.formats.layout import Layout
from hub.formats.nested import Document, Wanted, document, refuse_larger
from hub.formats.paths import Path, parse_path
from hub.formats.text import open_text

T = TypeVar("T")

KEY = "key"  # `@key`: the name under which a record or item stands in an object
_FARTHEST = 40  # of an exponent that is written out
_SHOWN = 40
_ABSENT = object()
_HALF = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_EXPORT = "Export it again with a program that writes JSON, not by joining texts."


class _NotTaken(ValueError):
    """What Python's reader would swallow: a key twice, NaN."""


def open_json(layout: Layout, source: Source, limits: Limits, wanted: Wanted) -> Document:
    """The records of a JSON file; a record's row is its number, or its line where every line is an object.

    Raises FileRefused: 400.unreadable for no sound JSON, a key twice, NaN or Infinity; 400.header when nothing lies at
    `record`; 400.too-large.
    """
    data = source_bytes(source, limits)
    refuse_larger(data, "JSON")
    roots = roots_of(_text(data, layout.encoding))
    tree = _JsonTree(roots)
    return document(tree, _records(tree, layout, wanted), wanted, limits.rows)


def roots_of(text: str) -> list[Spot]:
    """The one value of a JSON text, or that of each line; raises FileRefused (400.unreadable) for what is no sound JSON."""
    return [Spot(value, None, "", row) for row, value in _parsed(text)]


def values_of_json(data: bytes, encoding: str) -> list[Any]:
    """The one value of a JSON file, or that of each line; raises FileRefused (400.unreadable) for what is none."""
    return [value for _, value in _parsed(_text(data, encoding))]


def _text(data: bytes, encoding: str) -> str:
    return "".join(open_text(data, encoding).lines()).removeprefix("\ufeff")


def _parsed(text: str) -> list[tuple[int, Any]]:
    """The one value of the text, or that of each line, with the line it stands in."""
    if _HALF.search(text):
        raise FileRefused(Problem(Code.UNREADABLE, "a \\u escape stands for half a character", _EXPORT))
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_no_number)
    value, end = _decoded(lambda: decoder.raw_decode(text, len(text) - len(text.lstrip())), 1)
    if not text[end:].strip():
        return [(1, value)]
    lines = ((row, line) for row, line in enumerate(text.split("\n"), start=1) if line.strip())
    return [(row, _decoded(partial(decoder.decode, line), row)) for row, line in lines]


def _decoded(decode: Callable[[], T], row: int) -> T:
    """What the decoder gives for text that begins in a row; its refusals are problems of the file."""
    try:
        return decode()
    except json.JSONDecodeError as broken:
        problem = Problem(Code.UNREADABLE, f"is no sound JSON: {broken.msg}", _EXPORT, row=row + broken.lineno - 1)
    except _NotTaken as odd:
        problem = Problem(Code.UNREADABLE, str(odd), _EXPORT)
    except RecursionError:
        problem = Problem(Code.UNREADABLE, "the values lie too deep inside each other", _EXPORT)
    raise FileRefused(problem)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotTaken(f"an object has the key {twice[:100]!r} twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise _NotTaken(f"{text} is no number")


def _number(text: str) -> Typed:
    """A number with its digits; an exponent is written out."""
    if "e" not in text and "E" not in text:
        return Typed(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Typed(text)
    far = abs(number.adjusted()) > _FARTHEST or len(text) > 2 * _FARTHEST
    return Typed(text if far else f"{number:f}")


@dataclass(eq=False, slots=True)
class Spot:
    """A value in its place; `row` is that of the record that it belongs to."""

    value: Any
    above: Spot | None
    key: str
    row: int


def _records(tree: _JsonTree, layout: Layout, wanted: Wanted) -> list[Spot]:
    path = parse_path(layout.record or "/")
    found = record_places(tree.roots, layout)
    if not found:
        seen = ", ".join(list(tree.leaves(tree.roots[0]))[:10]) if tree.roots else ""
        say = f"there is nothing at {path.text}"
        raise FileRefused(Problem(Code.HEADER, say, f"The file has {seen}." if seen else "Is it another document?"))
    spots = [each for spot in found for each in _apart(spot, wanted.first_names)]
    if len(tree.roots) > 1:
        return spots
    return [Spot(each.value, each.above, each.key, number) for number, each in enumerate(spots, start=1)]


def record_places(roots: list[Spot], layout: Layout) -> list[Spot]:
    """What lies where the layout says that records are: an array of them, or one."""
    path = parse_path(layout.record or "/")
    return [each for root in roots for each in _at(root, path)]


def _at(root: Spot, path: Path) -> list[Spot]:
    """What lies at the record's path, an empty array or object included."""
    spots = [root]
    for step in path.steps:
        spots = [
            Spot(each.value[step.name], each, step.name, each.row)
            for spot in spots
            for each in _elements(spot)
            if isinstance(each.value, dict) and step.name in each.value
        ]
    return spots


def _elements(spot: Spot) -> Iterator[Spot]:
    """The elements of an array, those of arrays in it included; anything else is itself."""
    waiting = [spot.value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        else:
            yield spot if value is spot.value else Spot(value, spot.above, spot.key, spot.row)


def _apart(spot: Spot, names: frozenset[str]) -> Iterator[Spot]:
    """The records at a place: the elements of an array, the values of an object of objects, or the object itself.

    An object that has one of the `names` by which the mapping knows a record is a record, whatever else it holds.
    """
    if isinstance(spot.value, list):
        yield from _elements(spot)
    elif holds_objects(spot.value) and not names & spot.value.keys():
        yield from (Spot(value, spot, key, spot.row) for key, value in spot.value.items())
    elif spot.value is not None and spot.value != {}:
        yield spot


def holds_objects(value: Any) -> bool:
    """Whether a value is an object of objects only, which may be records by their keys."""
    return isinstance(value, dict) and bool(value) and all(isinstance(each, dict) for each in value.values())


@dataclass(frozen=True, slots=True)
class _JsonTree:
    """Spots as nodes; None is the node above everything."""

    roots: list[Spot]

    def top(self) -> None:
        return None

    def children(self, node: Spot | None, name: str) -> Sequence[Spot]:
        if node is not None and isinstance(node.value, dict):  # the usual case, made short
            value = node.value.get(name, _ABSENT)
            if value is _ABSENT:
                return ()
            if not isinstance(value, list):
                return (Spot(value, node, name, node.row),)
        above = self.roots[:1] if node is None else [node]
        return [
            found
            for spot in above
            for each in _elements(spot)
            if isinstance(each.value, dict) and name in each.value
            for found in _elements(Spot(each.value[name], each, name, each.row))
        ]

    def attribute(self, node: Spot | None, name: str) -> Sequence[Spot]:
        found = self.children(node, name)
        if found or node is None or name != KEY:
            return found
        return [Spot(node.key, node, KEY, node.row)]

    def items(self, node: Spot, names: frozenset[str]) -> Sequence[Spot]:
        return list(_apart(node, names))

    def up(self, node: Spot) -> Spot | None:
        return node.above

    def text(self, node: Spot) -> Cell:
        if isinstance(node.value, bool):
            return Typed("true" if node.value else "false")
        return node.value if isinstance(node.value, str) else None

    def row(self, node: Spot) -> int:
        return node.row

    def fault(self, node: Spot) -> Fault | None:
        if isinstance(node.value, dict):
            return None
        seen = self.text(node)
        return Fault(Code.ROW_TYPE, seen, "is no object", "Records and items are written { … }.")

    def sheet(self, _node: Any) -> str | None:
        return None

    def cell(self, _inside: str, _path: str) -> int | None:
        return None

    def leaves(self, node: Spot) -> Iterator[str]:
        """The paths of a record's own values, for the hint when one is not found."""
        found = [("", each) for each in _elements(node)][:1]
        for prefix, spot in found:
            for key, value in list(spot.value.items())[:_SHOWN] if isinstance(spot.value, dict) else ():
                inner = next(_elements(Spot(value, None, "", 1)), None)
                if inner is not None and isinstance(inner.value, dict) and len(found) < _SHOWN:
                    found.append((f"{prefix}{key}/", inner))
                else:
                    yield f"{prefix}{key}"
