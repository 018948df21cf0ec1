"""Read a partner's file through a mapping: bytes in, typed records and problems out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from hub.domain.checks import UNIQUE, repeated
from hub.domain.fields import LISTS
from hub.domain.problems import Code, Fault, FileRefused, Level, Problem
from hub.domain.values import CLEAR, canonical
from hub.formats.frame import Frame
from hub.formats.layout import DOCUMENTS, Once
from hub.formats.names import match_name, original_name
from hub.formats.packed import plain_name
from hub.formats.table import Table
from hub.mapping.bind import Bound, bind
from hub.mapping.block import Block, label
from hub.mapping.compile import Mapping
from hub.mapping.evaluate import Evaluation
from hub.mapping.formula import Formula
from hub.mapping.notation import NotationReader
from hub.mapping.opened import Opened, open_file
from hub.mapping.operands import SPOILED
from hub.mapping.reading import Batch, Context, Reading, Singles
from hub.mapping.shape import Shape, Shaped, whole
from hub.mapping.template import Mode

WIDE_FROM = 1_000_000
"""From so many bytes on the rows of a catalogue go through Arrow; below, the start of it costs more than it saves."""

_GATHERED = 1_000  # rows that are read before they join those above: what is said again there is still in the cache

FEWEST = 10
"""From so many records up a share of bad ones refuses the file."""


def held(_batch: Batch) -> None:
    """It stays in memory."""


def read_file(mapping: Mapping, data: bytes, context: Context, stow: Callable[[Batch], None] = held) -> Reading:
    """Read a whole file.

    In: a reading mapping, the file's bytes, what is known beside them, and who may put a batch somewhere else once it
    is made. Out: the records in batches with every
    problem at its place. Raises FileRefused when nothing of the file may be used (unreadable, a column missing,
    too many bad records, too few records); its problems include those of the records.
    """
    reading = Reading(mapping.name, mapping.version, mapping.kind, mapping.mode, mapping.limits)
    reading.parts, reading.said_elsewhere = name_parts_of(mapping, context), mapping.said_elsewhere
    _add_blocks(reading, mapping, data, context, stow)
    del data  # a large file's bytes weigh half as much as its columns, which now are looked at as a whole
    reading.read = reading.skipped + sum(len(batch) for batch in reading.batches)
    _tell_repeated(reading)
    _file_rules(reading, mapping)
    _hold_bounds(reading, mapping)
    for batch in reading.batches:
        reading.refused_rows |= {place for record in batch.refused for place in batch.places(record)}
    return reading


def _add_blocks(reading: Reading, mapping: Mapping, data: bytes, context: Context, stow: Callable[[Batch], None]) -> None:
    """Every record of the file, block by block."""
    for table, bound, warnings in bound_tables(mapping, data, context):
        reading.once |= bound.once
        for warning in warnings:
            reading.add(warning)
        wide = len(data) >= WIDE_FROM and mapping.may_be_wide
        for shaped, shape in shaped_blocks(mapping, table, bound, context, reading.parts, wide=wide):
            reading.skipped += shaped.skipped
            if len(shaped.frame):
                stow(_add_block(reading, mapping, shape, shaped))


def name_parts_of(mapping: Mapping, context: Context) -> dict[str, str]:
    """The parts into which the mapping's `file.name` cuts the file's name; none when it does not fit."""
    patterns = [mapping.layout.name, *(kind.name for kind in mapping.layout.types.values())]
    own = original_name(context.file_name)
    names = dict.fromkeys((own, plain_name(own), context.file_name, plain_name(context.file_name)))
    found = (match_name(pattern, name) for pattern in patterns if pattern for name in names)
    return next((each for each in found if each is not None), {})


def bound_tables(mapping: Mapping, data: bytes, context: Context) -> Iterator[tuple[Opened, Bound, list[Problem]]]:
    """The tables of a file that the mapping reads, each with its columns found.

    Where a pattern names the sheets, those without the needed columns are passed over as long as one has them.
    """
    tables = open_file(mapping, data, context.limits, context.file_name, context.beside)
    several = len(tables) > 1
    refused: list[Problem] = []
    found = 0
    for table in tables:
        try:
            bound, warnings = bind(mapping, table)
        except FileRefused as unfit:
            if not several:
                raise
            refused += unfit.problems
            continue
        found += 1
        yield table, bound, warnings
    if not found:
        raise FileRefused(*refused)


def shaped_blocks(
    mapping: Mapping, table: Opened, bound: Bound, context: Context, parts: dict[str, str], *, wide: bool = False
) -> Iterator[tuple[Shaped, Shape]]:
    """The rows of a table that count, block by block; the whole table at once where rows are grouped."""
    shape = shape_of(mapping, bound, context, parts)
    blocks: Iterator[Frame]
    if mapping.layout.group:
        together = whole(table.blocks(_GATHERED) if isinstance(table, Table) else table.blocks())
        blocks = iter([together] if together is not None else [])
    else:
        blocks = table.wide_blocks() if wide and isinstance(table, Table) else table.blocks()
    for frame in blocks:
        yield shape.rows(frame), shape
        if shape.ended:
            return


def shape_of(mapping: Mapping, bound: Bound, context: Context, parts: dict[str, str]) -> Shape:
    """The row rules of a mapping over one table, with what they need to look at cells."""
    notation = NotationReader(mapping.template.notation, context.timezone)

    def evaluate(frame: Frame) -> Evaluation:
        return Evaluation(mapping, bound, frame, context, notation, parts)

    return Shape(mapping, bound, evaluate, notation.is_blank)


def make_block(mapping: Mapping, shape: Shape, shaped: Shaped) -> Block:
    """The records of one shaped block, worked out."""
    evaluation = shape.evaluate(shaped.frame)
    evaluation.groups = shaped.groups
    evaluation.items = shape.item_rows(evaluation)
    numbers = shaped.frame.rows
    rows: Sequence[Sequence[int]] = Singles(numbers)
    if not shaped.groups.single:
        rows = [[numbers[row] for row in members] for members in _whole_records(shaped)]
    batch = Batch(mapping.kind, shaped.frame.sheet, rows, sheets=shaped.frame.sheets)
    block = Block(mapping, evaluation, batch)
    block.fill()
    return block


def _whole_records(shaped: Shaped) -> Sequence[Sequence[int]]:
    """The rows of each record, those of its items included where they stand in the same sheet."""
    frame, groups = shaped.frame, shaped.groups
    if not frame.kinds or frame.sheets:
        return groups.rows_of
    found: list[list[int]] = [[] for _ in groups.rows_of]
    for row, record in enumerate(groups.record_of):
        found[record].append(row)
    return found


def _add_block(reading: Reading, mapping: Mapping, shape: Shape, shaped: Shaped) -> Batch:
    block = make_block(mapping, shape, shaped)
    position = len(reading.batches)
    reading.batches.append(block.batch)
    for record, problem in block.problems():
        reading.add(problem, (position, record))
    return block.batch


def _tell_repeated(reading: Reading) -> None:
    names = UNIQUE.get(reading.kind)
    if names is None:
        return
    places, keys = _places_and_keys(reading.batches, names)
    for later, first in repeated(keys).items():
        at, record = places[later]
        batch, earlier = reading.batches[at], reading.batches[places[first][0]]
        name = next(each for each in names if each in batch.fields and batch.fields[each][record] is not None)
        place = batch.locate(name, record)
        batch.refused.add(record)
        reading.add(
            Problem(
                Code.DUPLICATE_ROW,
                f"{label(batch, record)} stands in the file twice, first in row {earlier.rows[places[first][1]][0]}",
                "Leave one row of the two.",
                Level.ERROR,
                *place,
                field=name,
                record=label(batch, record),
                value=label(batch, record),
            ),
            (at, record),
        )


def _places_and_keys(batches: list[Batch], names: tuple[str, ...]) -> tuple[list[tuple[int, int]], list[Hashable]]:
    """The records that may stand twice, and the key of each; in a large file most are ruled out at once."""
    if batches and all(batch.is_wide(names) for batch in batches):
        from hub.mapping.wide_keys import suspects

        found = suspects(batches, names)
        return [place for place, _ in found], [key for _, key in found]
    places = [(at, record) for at, batch in enumerate(batches) for record in range(len(batch))]
    return places, [key for batch in batches for key in _keys(batch, names)]


def _keys(batch: Batch, names: tuple[str, ...]) -> Iterator[Hashable]:
    """The key of each record; the ean counts only where there is no sku, a refused record has none."""
    columns = {name: batch.fields[name] for name in names if name in batch.fields}
    sku, ean, catalog = (columns.get(name) for name in ("sku", "ean", "catalog"))
    for record in range(len(batch)):
        own = sku[record] if sku is not None else None
        code = ean[record] if own is None and ean is not None else None
        if record in batch.refused or (own is None and code is None):
            yield None
        else:
            yield (own, code, catalog[record] if catalog is not None else None)


def _file_rules(reading: Reading, mapping: Mapping) -> None:
    for rule in mapping.rules:
        if not rule.whole_file:
            continue
        own = {name: _over_file(reading, name) for name in rule.formula.names | rule.formula.record_names}
        value = rule.formula(own, own)
        if value is SPOILED or (value and not isinstance(value, Fault)):
            continue
        said = value.say if isinstance(value, Fault) else rule.say
        code = Code.TRAILER if _names_trailer(mapping, rule.formula) else Code.CHECK
        problem = Problem(code, said, f"The mapping asks for: {rule.formula.text}", rule.level)
        if rule.level is Level.ERROR:
            raise FileRefused(problem, *reading.problems, read=reading.read)
        reading.add(problem)


def _names_trailer(mapping: Mapping, formula: Formula) -> bool:
    kinds = (mapping.layout.types.get(name.partition(".")[0]) for name in formula.names)
    return any(kind is not None and kind.once is Once.END for kind in kinds)


def _over_file(reading: Reading, name: str) -> Any:
    """What a name means in a check of the whole file: the records, every value of a field, a cell of a row once per file.

    A helper has one value where it says the same for every record.
    """
    if name in reading.once:
        return reading.once[name]
    if name == "records":
        return [None] * (sum(len(batch) for batch in reading.batches) - _strays(reading))
    if name in LISTS:
        return [None] * sum(len(batch.items[name].parent) for batch in reading.batches if name in batch.items)
    name = name.removeprefix("records.")
    inside = next((each for each in LISTS if name.startswith(f"{each}.")), None)
    found: list[Any] = []
    for batch in reading.batches:
        columns = batch.items[inside].fields if inside and inside in batch.items else {**batch.fields, **batch.helpers}
        found += columns.get(name[len(inside) + 1 :] if inside else name, [])
    if name.startswith("_") and found and all(value == found[0] for value in found):
        return found[0]
    return [value for value in found if value is not CLEAR and not isinstance(value, Fault)]


def _strays(reading: Reading) -> int:
    """How many rows stand as refused records of their own because they belong to none: no trailer counts those."""
    pairs = zip(reading.problems, reading.blamed, strict=True)
    return len({about for problem, about in pairs if about is not None and problem.code in (Code.ROW_TYPE, Code.ORPHAN)})


def _hold_bounds(reading: Reading, mapping: Mapping) -> None:
    """Refuse the file that has too many bad records or too few at all."""
    count = sum(len(batch) for batch in reading.batches)
    fewest = max(reading.limits.min_records, 1 if reading.mode is Mode.FULL else 0)
    if count < fewest:
        problem = Problem(
            Code.TOO_FEW, f"the file has {count} records, fewer than the {fewest} expected", "Send the whole file again."
        )
        raise FileRefused(problem, *reading.problems, read=reading.read)
    if not reading.read:
        raise FileRefused(_nothing_in(mapping), *reading.problems)
    bad = _bad_records(reading)
    share = reading.limits.refuse_above
    if bad and (share == 0 or (count >= FEWEST and Decimal(bad) / count > share)):
        allowed = "any" if share == 0 else f"{canonical(share * 100)} %"
        problem = Problem(
            Code.TOO_MANY,
            f"{bad} of {count} records are bad, more than {allowed} refuses the whole file"
            if share
            else f"{bad} of {count} records are bad, and the file is all or nothing",
            "Correct them and send the file again.",
        )
        raise FileRefused(problem, *reading.problems, read=reading.read)


def _nothing_in(mapping: Mapping) -> Problem:
    if mapping.layout.format in DOCUMENTS:
        return Problem(Code.EMPTY, "the file holds no record", "Send at least one, or no file at all.")
    hint = "Send at least one row below the headings, or no file at all."
    return Problem(Code.EMPTY, "the file has headings but no rows", hint)


def _bad_records(reading: Reading) -> int:
    pairs = zip(reading.problems, reading.blamed, strict=True)
    return len(
        {about for problem, about in pairs if about is not None and problem.level is Level.ERROR and problem.code.answer == 400}
    )
