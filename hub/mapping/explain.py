"""Show how each field of one record came about: from the partner's cell, step by step, to what the hub stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.domain.nearest import did_you_mean
from hub.domain.problems import Fault, NotFound
from hub.domain.values import CLEAR, Doubt, canonical
from hub.formats.frame import Frame, cell_name
from hub.formats.nested import Document
from hub.formats.table import Table
from hub.mapping.block import Block
from hub.mapping.compile import RECORD, ROW, Mapping, Plan
from hub.mapping.evaluate import Groups
from hub.mapping.maps import MapTable
from hub.mapping.opened import Opened
from hub.mapping.origins import Branch, Calculated, Constant, Heading, Joined, Named, Special
from hub.mapping.read import bound_tables, make_block, name_parts_of, shape_of
from hub.mapping.reading import Context
from hub.mapping.shape import Shape, Shaped, select, whole

_BLOCK = 2_000  # rows read at a time, so that a record near the top of a long file is there at once


@dataclass(frozen=True, slots=True)
class Explained:
    """One value's way: the cell it came from, what each step made of it, and what is stored or why it is refused."""

    field: str
    sheet: str | None
    row: int | None
    cell: str | None
    source: str
    text: str | None
    steps: tuple[tuple[str, str], ...]
    value: str | list[str] | None
    problem: str | None


def explain(mapping: Mapping, data: bytes, context: Context, row: int | None = None, field: str | None = None) -> list[Explained]:
    """Explain the record of a row (the first record when none is named), in all fields or in one.

    The file is read only as far as that row; a grouped record shows the rows of it that were read. Raises NotFound when
    the file has no such row or a rule passes it over, FileRefused when the file cannot be read.
    """
    parts = name_parts_of(mapping, context)
    for table, bound, _ in bound_tables(mapping, data, context):
        found = _record(mapping, table, shape_of(mapping, bound, context, parts), row)
        if found is None:
            continue
        if field is not None and field not in bound.plans:
            raise NotFound(f"{mapping.name} maps no field {field!r}. {did_you_mean(field, bound.plans)}")
        return list(_explained(mapping, found, row, field))
    raise NotFound(
        "the file has no record"
        if row is None
        else f"row {row} is no record: it is not there, blank, the header, or passed over by a rule"
    )


def _record(mapping: Mapping, table: Opened, shape: Shape, row: int | None) -> Block | None:
    """The record that holds a row, worked out alone."""
    together = mapping.layout.group or isinstance(table, Document)
    shaped = _grouped(table, shape, row) if together else _single(table, shape, row)
    return make_block(mapping, shape, shaped) if shaped is not None else None


def _single(table: Opened, shape: Shape, row: int | None) -> Shaped | None:
    layout = shape.mapping.layout
    looks_back = bool(layout.until or layout.fill)  # what stands above decides what a row means
    begin = 0 if looks_back or not isinstance(table, Table) else (row or 0)
    for block in table.blocks(_BLOCK, begin=begin) if isinstance(table, Table) else table.blocks(_BLOCK):
        frame = shape.rows(block).frame
        if not len(frame):
            continue
        if row is None or row in frame.rows:
            at = 0 if row is None else frame.rows.index(row)
            return _alone(frame, [at], single=True)
        if frame.rows[-1] > row:
            return None
    return None


def _grouped(table: Opened, shape: Shape, row: int | None) -> Shaped | None:
    frames: list[Frame] = []
    for frame in table.blocks(_BLOCK):
        frames.append(frame)
        if isinstance(table, Table) and frame.rows[-1] >= (row or 0):
            break
    together = whole(frames)
    if together is None:
        return None
    shaped = shape.rows(together)
    if not len(shaped.frame) or (row is not None and row not in shaped.frame.rows):
        return None
    record = 0 if row is None else shaped.groups.record_of[shaped.frame.rows.index(row)]
    if shaped.frame.kinds:
        return _one_of_document(shaped, record)
    return _alone(shaped.frame, list(shaped.groups.rows_of[record]), single=False)


def _one_of_document(shaped: Shaped, record: int) -> Shaped:
    """A record with its items; only rows of the record itself are the group."""
    of = shaped.groups.record_of
    short = select(shaped.frame, [of[row] == record for row in range(len(shaped.frame))])
    heads = [row for row, parent in enumerate(short.parents) if row == parent]
    return Shaped(short, Groups([0] * len(short), [heads], single=False), 0)


def _alone(frame: Frame, rows: list[int], *, single: bool) -> Shaped:
    wanted = set(rows)
    short = select(frame, [row in wanted for row in range(len(frame))])
    return Shaped(short, Groups([0] * len(short), [list(range(len(short)))], single=single), 0)


def _explained(mapping: Mapping, block: Block, row: int | None, only: str | None) -> Iterator[Explained]:
    frame, evaluation = block.evaluation.frame, block.evaluation
    for name in mapping.template.fields:
        plan = evaluation.bound.plans[name]
        if only is not None and name != only:
            continue
        for position in range(evaluation.size(plan.scope)):
            at = block.row_of(plan.scope, position)
            if plan.scope != RECORD and row is not None and frame.rows[at] != row:
                continue
            yield _one(mapping, block, plan, position)


def _one(mapping: Mapping, block: Block, plan: Plan, position: int) -> Explained:
    evaluation = block.evaluation
    place = block.batch.locate(plan.name, 0, position if plan.scope not in (RECORD, ROW) else None)
    row = (
        block.row_of(plan.scope, position)
        if place.row is None or plan.scope != RECORD
        else evaluation.frame.rows.index(place.row)
    )
    feed = block.batch.feeds.get(plan.name)
    choice = feed.chosen[position] if feed is not None and feed.chosen is not None else 0
    branch = plan.branches[choice] if plan.branches else None
    value, problem = _outcome(block, plan, position)
    if branch is None:
        missing = ", ".join(each.text for one in mapping.plans[plan.name].branches for each in one.headings())
        return Explained(plan.name, place.sheet, place.row, None, f"{missing} (not in the file)", None, (), value, problem)
    index = next((evaluation.bound.column(each) for each in branch.headings()), None)
    shown = evaluation.bound.place(index)
    cell = cell_name(shown, evaluation.frame.rows[row]) if shown is not None else None
    text = None if isinstance(branch.origin, Calculated) else evaluation.cells(branch.origin, plan.scope)[row]
    steps = _steps(branch, text, evaluation.notation.is_blank(text))
    unit = _unit(block, branch, row)
    if unit is not None and isinstance(value, str):
        steps.append((f"unit {unit}", value))
    return Explained(
        plan.name, place.sheet, evaluation.frame.rows[row], cell, source_text(branch), text, tuple(steps), value, problem
    )


def _steps(branch: Branch, text: str | None, blank: bool) -> list[tuple[str, str]]:
    """What each step makes of the text; word lists after the steps, as they are run."""
    if text is None or blank:
        return []
    told: list[tuple[str, str]] = []
    current: Any = text
    for steps in branch.do:
        if isinstance(current, str):
            told += steps.trace(current)
            current = steps.apply(current)
    for table in branch.maps:
        if isinstance(current, str) and current.strip():
            current = _mapped(table, current)
            told.append(("map", current))
    return told


def _unit(block: Block, branch: Branch, row: int) -> str | None:
    """The unit that a number is told in, by the mapping or by a cell beside it."""
    if not isinstance(branch.unit, Heading):
        return branch.unit
    at = block.evaluation.bound.column(branch.unit)
    return block.evaluation.frame.columns[at][row] if at is not None else None


def _mapped(table: MapTable, text: str) -> str:
    word = table.look_up(text)
    return f"{text!r} {word.say}" if isinstance(word, Fault) else text if word is None else word


def source_text(branch: Branch) -> str:
    """A source as the mapping says it."""
    match branch.origin:
        case Heading(text, _):
            return text
        case Special(name) | Named(name):
            return name
        case Constant(text):
            return f"{{value: {text}}}"
        case Calculated(formula):
            return f"={formula.text}"
        case Joined(parts, between):
            return f" {between.strip() or '+'} ".join(source_text(part[0]) for part in parts)


def _outcome(block: Block, plan: Plan, position: int) -> tuple[str | list[str] | None, str | None]:
    value = block.evaluation.known.get(plan.name, [None] * (position + 1))[position]
    if plan.scope == RECORD and plan.name in block.batch.fields:
        value = block.batch.fields[plan.name][position]
    row = block.evaluation.frame.rows[block.row_of(plan.scope, position)]
    told = next(
        (each.fault for each in block.told if each.name == plan.name and (plan.scope == RECORD or each.place.row == row)), None
    )
    if isinstance(value, Fault):
        told, value = told or value, None
    problem = f"{told.code} {told.say}. {told.hint}".strip() if told is not None else None
    if value is CLEAR:
        return "(emptied)", problem
    return canonical(value.value if isinstance(value, Doubt) else value), problem
