"""Hand a reading from the process that made it to the one that keeps it: columns, never pickles.

The parser of hostile files is not believed: what comes from it is JSON and Arrow, out of which nothing but values
can come. A small reading travels whole in the message; the columns of a large one lie in a file beside it. A column
is told as `[kind, values, odd]`: values of one kind in a plain form, and by position those of any other. A wide
column of a large catalogue travels as the Arrow array that it is.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from hub.domain.kinds import Kind
from hub.domain.once import once_each, once_equal, shared
from hub.domain.problems import Code, Fault, FileRefused, Level, Problem
from hub.domain.values import CLEAR, Clear, Value
from hub.formats.frame import Several, Typed
from hub.mapping.compile import Mapping
from hub.mapping.mapped import mapped
from hub.mapping.reading import Batch, Feed, Items, Reading, Singles
from hub.mapping.stow import Columns, InFile, InMessage, Stow
from hub.mapping.wide import Form, WideColumn

Told = dict[str, Any]  # what JSON can say

_WIDE = "wide "  # before the form of a wide column
_TEXTS = (str, Typed, Several)
_PROBLEM = tuple(each.name for each in fields(Problem) if each.name not in ("code", "level"))


def send(reading: Reading, stow: Stow) -> Told:
    """A reading as JSON can tell it; the columns of a large one go into the stow's file."""
    if not stow.takes(reading.cells, wide=reading.has_wide):
        return pack(reading, InMessage())
    return {**pack(reading, stow.hand_over()), "columns": stow.path.name}


def receive(told: Told, mapping: Mapping, folder: Path) -> Reading:
    """The reading that `send` told; its file, looked for in `folder` alone, is gone afterwards, if it can be.

    Raises ValueError, KeyError or TypeError for what `send` cannot have told.
    """
    if "columns" not in told:
        return unpack(told, mapping, InMessage())
    path = folder / Path(told["columns"]).name
    try:
        file, rest = mapped(path)
        reading = unpack(told, mapping, InFile(file))
        reading.rest = rest
        reading.rest()
        return reading
    finally:
        with suppress(OSError):  # the folder goes later, and nobody's file shall fail of it
            path.unlink()


def pack(reading: Reading, to: Columns) -> Told:
    """A reading's columns in plain form. Helpers stay behind: they served the mapping's own checks."""
    return {
        "batches": [_pack_batch(batch, to) for batch in reading.batches],
        "problems": pack_problems(reading.problems, to),
        "blamed": [to.put([about[at] if about is not None else None for about in reading.blamed]) for at in (0, 1)],
        "read": reading.read,
        "skipped": reading.skipped,
        "parts": reading.parts,
        "elsewhere": sorted(reading.said_elsewhere),
        "once": reading.once,
    }


def unpack(told: Told, mapping: Mapping, of: Columns) -> Reading:
    """The reading that `pack` told, made by that mapping."""
    blamed = zip(*(of.get(each) for each in told["blamed"]), strict=True)
    reading = Reading(
        mapping.name,
        mapping.version,
        mapping.kind,
        mapping.mode,
        mapping.limits,
        [_unpack_batch(each, of) for each in told["batches"]],
        unpack_problems(told["problems"], of),
        [None if batch is None else (batch, record) for batch, record in blamed],
        told["read"],
        told["skipped"],
    )
    reading.parts, reading.once = told["parts"], told["once"]
    reading.said_elsewhere = frozenset(told["elsewhere"])
    for batch in reading.batches:
        reading.refused_rows |= {place for record in batch.refused for place in batch.places(record)}
    return reading


def pack_refusal(refusal: FileRefused) -> Told:
    """Why a file is refused."""
    return {"problems": pack_problems(refusal.problems, InMessage()), "read": refusal.read}


def unpack_refusal(told: Told) -> FileRefused:
    """Why a file is refused."""
    return FileRefused(*unpack_problems(told["problems"], InMessage()), read=told["read"])


def pack_problems(problems: Sequence[Problem], to: Columns) -> Told:
    """Problems by their parts; a part that none of them has is left out."""
    told: Told = {
        "code": to.put([each.code.value for each in problems]),
        "level": to.put([each.level.value for each in problems]),
    }
    for name in _PROBLEM:
        values = [getattr(each, name) for each in problems]
        if any(each is not None for each in values):
            told[name] = to.put(values)
    return told


def unpack_problems(told: Told, of: Columns) -> list[Problem]:
    """Problems from their parts."""
    columns = {name: of.get(at) for name, at in told.items()}
    names = list(columns)
    found: list[Problem] = []
    for values in zip(*columns.values(), strict=True):
        parts = dict(zip(names, values, strict=True))
        parts["code"], parts["level"] = Code(parts["code"]), Level(parts["level"])
        found.append(Problem(**parts))
    return found


def _pack_batch(batch: Batch, to: Columns) -> Told:
    return {
        "kind": batch.kind.value,
        "sheet": batch.sheet,
        "rows": _pack_rows(batch.rows, to),
        "fields": {name: _pack_values(values, to) for name, values in batch.fields.items()},
        "items": {
            name: {
                "parent": to.put(list(items.parent)),
                "rows": to.put(list(items.rows)),
                "fields": {short: _pack_values(values, to) for short, values in items.fields.items()},
            }
            for name, items in batch.items.items()
        },
        "refused": to.put(sorted(batch.refused)),
        "feeds": {name: _pack_feed(feed, to) for name, feed in batch.feeds.items()},
        "sheets": batch.sheets,
    }


def _unpack_batch(told: Told, of: Columns) -> Batch:
    return Batch(
        Kind(told["kind"]),
        told["sheet"],
        _unpack_rows(told["rows"], of),
        {name: _unpack_values(each, of) for name, each in told["fields"].items()},
        {
            name: Items(
                of.get(each["parent"]),
                of.get(each["rows"]),
                {short: _unpack_values(values, of) for short, values in each["fields"].items()},
            )
            for name, each in told["items"].items()
        },
        set(of.get(told["refused"])),
        {name: _unpack_feed(each, of) for name, each in told["feeds"].items()},
        told["sheets"],
    )


def _pack_rows(rows: Sequence[Sequence[int]], to: Columns) -> list[Any]:
    """The rows of records: their numbers, and how many each has where it is not one."""
    if isinstance(rows, Singles) and isinstance(rows.rows, range):
        return [[rows.rows.start, rows.rows.stop], "range"]
    if isinstance(rows, Singles):
        return [to.put(list(rows.rows)), None]
    return [to.put([row for some in rows for row in some]), to.put([len(some) for some in rows])]


def _unpack_rows(told: list[Any], of: Columns) -> Sequence[Sequence[int]]:
    if told[1] == "range":
        return Singles(range(*map(int, told[0])))
    numbers = of.get(told[0])
    if told[1] is None:
        return Singles(numbers)
    rows: list[list[int]] = []
    at = 0
    for count in of.get(told[1]):
        rows.append(numbers[at : at + count])
        at += count
    return rows


def _pack_feed(feed: Feed, to: Columns) -> list[Any]:
    chosen = None if feed.chosen is None else base64.b64encode(feed.chosen).decode()
    return [feed.columns, chosen, None if feed.rows is None else to.put(list(feed.rows))]


def _unpack_feed(told: list[Any], of: Columns) -> Feed:
    columns = [(index, heading) for index, heading in told[0]]
    chosen = None if told[1] is None else base64.b64decode(told[1])
    return Feed(columns, chosen, None if told[2] is None else of.get(told[2]))


class _Form(NamedTuple):
    """How values of one type are told: into plain form, and back."""

    plain: Callable[[Any], Any]
    value: Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


def _pack_fault(fault: Fault) -> list[Any]:
    return [fault.code.value, fault.seen, fault.say, fault.hint, fault.level.value]


def _unpack_fault(told: list[Any]) -> Fault:
    code, seen, say, hint, level = told
    return Fault(Code(code), seen, say, hint, Level(level))


_FORMS: dict[str, _Form] = {
    "text": _Form(_as_it_is, _as_it_is),
    "decimal": _Form(str, Decimal),
    "integer": _Form(_as_it_is, int),
    "yesno": _Form(_as_it_is, bool),
    "date": _Form(date.isoformat, date.fromisoformat),
    "time": _Form(datetime.isoformat, datetime.fromisoformat),
    "list": _Form(lambda texts: list(map(str, texts)), list),
    "clear": _Form(lambda _: True, lambda _: CLEAR),
    "fault": _Form(_pack_fault, _unpack_fault),
}
_KINDS: dict[type, str] = {
    **dict.fromkeys(_TEXTS, "text"),
    Decimal: "decimal",
    int: "integer",
    bool: "yesno",
    date: "date",
    datetime: "time",
    list: "list",
    Clear: "clear",
    Fault: "fault",
}
_IN_COLUMNS = frozenset({"text", "decimal", "integer", "yesno", "date", "time"})


def _pack_values(values: Sequence[Value | Fault], to: Columns) -> list[Any]:
    if isinstance(values, WideColumn):
        odd_ones = {at: _pack_odd(each) for at, each in values.odd.items()}
        at = to.put_array(values.array) if values.lies_at is None else values.lies_at
        return [f"{_WIDE}{values.form.name}", at, odd_ones]
    kinds = {_KINDS[each] for each in set(map(type, values)) - {type(None)}}
    kind = next((each for each in _FORMS if each in kinds & _IN_COLUMNS), None)
    if kind is None and not kinds:
        return ["none", len(values), {}]
    odd: dict[int, list[Any]] = {}
    if len(kinds) > 1 or kind is None:
        odd = {at: _pack_odd(each) for at, each in enumerate(values) if each is not None and _KINDS[type(each)] != kind}
    if kind is None:
        return ["none", len(values), odd]
    if odd:
        values = [None if at in odd else each for at, each in enumerate(values)]
    plain = _FORMS[kind].plain
    told = values if plain is _as_it_is else once_each(lambda each: None if each is None else plain(each), values)
    return [kind, to.put(list(told)), odd]


def _pack_odd(value: Value | Fault) -> list[Any]:
    kind = _KINDS[type(value)]
    return [kind, _FORMS[kind].plain(value)]


def _unpack_values(told: list[Any], of: Columns) -> Sequence[Any]:
    kind, at, odd = told
    if kind.startswith(_WIDE):
        form = Form[kind.removeprefix(_WIDE)]
        odd_ones = {int(position): _FORMS[other].value(plain) for position, (other, plain) in odd.items()}
        return WideColumn(form, of.get_array(at, WideColumn.type_of(form)), odd_ones)
    if kind == "none":
        values: list[Any] = [None] * at
    else:
        values = of.get(at)
        back = _FORMS[kind].value
        values = shared(values) if back is _as_it_is else once_equal(lambda each: None if each is None else back(each), values)
    for position, (other, plain) in odd.items():
        values[int(position)] = _FORMS[other].value(plain)
    return values
