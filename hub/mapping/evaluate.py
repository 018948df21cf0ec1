"""Work out every field of a block of rows, column by column, in the order that the plans need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.domain.fields import LISTS
from hub.domain.problems import Fault
from hub.domain.values import Doubt, Value, fit_value, parse_value
from hub.formats.frame import Cell, Frame, Overlong, Recurring, Several, TextColumn, Typed
from hub.mapping.bind import Bound
from hub.mapping.cells import (
    Result,
    as_cell,
    cell_reader,
    first_of,
    several_reader,
    side_by_side,
    treat,
    unit_or_fault,
    without_unit,
)
from hub.mapping.columns import Found, each_distinct, each_pair, in_row, is_value, take
from hub.mapping.compile import RECORD, ROW, Mapping, Plan, is_money, targets
from hub.mapping.formula import Formula
from hub.mapping.notation import NotationReader
from hub.mapping.operands import SPOILED, is_spoiled, members_of
from hub.mapping.origins import Branch, Calculated, Constant, Heading, Joined, Named, Special
from hub.mapping.reading import Context
from hub.mapping.specials import special
from hub.mapping.template import Take
from hub.mapping.wide import distinct, filled, holds_lists, is_flagged


@dataclass(slots=True)
class Groups:
    """Which rows of a block make one record."""

    record_of: Sequence[int]
    rows_of: Sequence[Sequence[int]]
    single: bool


@dataclass(slots=True)
class ItemRows:
    """The rows that are items of a list, each with its record."""

    rows: Sequence[int]
    parent: Sequence[int]


@dataclass(slots=True)
class Column:
    """A worked-out field: one value for each member of its scope, where each came from, and whether any is odd."""

    values: Sequence[Any]
    rows: Sequence[int] | None = None
    chosen: bytearray | None = None
    odd: bool = False


@dataclass(slots=True)
class Evaluation:
    """One block of rows on its way to values; without groups only helpers of the row can be worked out."""

    mapping: Mapping
    bound: Bound
    frame: Frame
    context: Context
    notation: NotationReader
    parts: dict[str, str]
    groups: Groups | None = None
    items: dict[str, ItemRows] = field(default_factory=dict)
    known: dict[str, Sequence[Any]] = field(default_factory=dict)

    def size(self, scope: str) -> int:
        """How many members a scope has: rows, records, or items of a list."""
        if scope == ROW:
            return len(self.frame)
        return len(self.grouped.rows_of) if scope == RECORD else len(self.items[scope].rows)

    @property
    def grouped(self) -> Groups:
        """The groups, which must have been given."""
        assert self.groups is not None  # noqa: S101 - records are asked for only after grouping
        return self.groups

    def work_out(self, plan: Plan) -> Column:
        """The column of one field: the first of its branches that has a value, member by member."""
        columns = [(at, self._gated(plan, branch, self._branch(plan, branch))) for at, branch in enumerate(plan.branches)]
        if not columns:
            return Column([None] * self.size(plan.scope))
        whole = columns[0][1]
        for at, other in columns[1:]:
            _fill(whole, other, at)
        return whole

    def helper(self, name: str) -> Sequence[Any]:
        """The values of a helper, row by row."""
        if name not in self.known:
            self.known[name] = self.work_out(self.bound.plans[name]).values
        return self.known[name]

    def cells(self, origin: Heading | Special | Constant | Named | Joined, scope: str) -> Sequence[Cell]:
        """The cells of a source, row by row."""
        match origin:
            case Heading():
                index = self.bound.column(origin)
                return self.frame.columns[index] if index is not None else [None] * len(self.frame)
            case Special("$row"):
                return [Typed(str(row)) for row in self.frame.rows]
            case Special(name):
                return [special(name, self.context, self.frame, self.parts)] * len(self.frame)
            case Constant(text):
                return [Typed(text)] * len(self.frame)
            case Named(name):
                return self._inherited([as_cell(value) for value in self.at(name, ROW)])
            case Joined():
                return self._joined(origin, scope)

    def _inherited(self, cells: list[Cell]) -> list[Cell]:
        """What is said of a record holds for the items that a document keeps in rows of their own."""
        parents = self.frame.parents
        return [cells[parents[row]] if cell is None else cell for row, cell in enumerate(cells)] if parents else cells

    def _joined(self, origin: Joined, scope: str) -> list[Cell]:
        columns = [self._part(part, scope) for part in origin.parts]
        return [side_by_side(cells, origin.between) for cells in zip(*columns, strict=True)]

    def _part(self, branches: tuple[Branch, ...], scope: str) -> list[Cell]:
        """One part of a join, row by row: the first of its branches that is not blank, treated."""
        whole: list[Cell] = [None] * len(self.frame)
        for branch in branches:
            texts = self._texts(branch, scope)
            whole = [own if own is not None else other for own, other in zip(whole, texts, strict=True)]
        return whole

    def _texts(self, branch: Branch, scope: str) -> list[Cell]:
        if isinstance(branch.origin, Calculated):
            texts = [as_cell(value) for value in self.formula(branch.origin.formula, scope, ROW)]
        else:
            texts, _ = each_distinct(self.cells(branch.origin, scope), lambda text: self._text(branch, first_of(text)))
        for gate in branch.when:
            texts = [
                text if decided is True else None for text, decided in zip(texts, self.decisions(gate, scope, ROW), strict=True)
            ]
        return [text if text is not None else branch.default for text in texts]

    def _text(self, branch: Branch, text: str) -> Cell:
        if isinstance(text, Overlong):
            return text
        if self.notation.is_blank(text) or self.notation.is_clear(text):
            return None
        pieces = treat(branch, text)
        return as_cell(",".join(pieces) if isinstance(pieces, list) else pieces)

    def _branch(self, plan: Plan, branch: Branch) -> Column:
        origin = branch.origin
        if isinstance(origin, Constant):
            return self._constant(plan, branch, origin.text)
        if isinstance(origin, Calculated):
            fitted = [self._fitted(plan, value) for value in self.formula(origin.formula, plan.scope, plan.scope)]
            return Column(fitted, odd=any(isinstance(each, Fault | Doubt) for each in fitted))
        cells = self.cells(origin, plan.scope)
        values, odd = self._row_values(plan, branch, cells)
        several = not _is_plain(cells) and Several in set(map(type, cells))
        return self._in_scope(plan, branch, values, odd, listed=bool(branch.do) or several)

    def _constant(self, plan: Plan, branch: Branch, text: str) -> Column:
        read = cell_reader(branch, lambda each: parse_value(plan.field, each, self.notation.zone), self.notation)
        value = read(Typed(text)) if text else None
        if plan.field.many and value is not None and not isinstance(value, Fault | list):
            value = [value]
        return Column([value] * self.size(plan.scope), odd=isinstance(value, Fault | Doubt))

    def _fitted(self, plan: Plan, value: Value | Fault) -> Result:
        if plan.is_helper or value is SPOILED:
            return value
        return fit_value(plan.field, value, self.notation.zone)

    def _row_values(self, plan: Plan, branch: Branch, cells: Sequence[Cell]) -> tuple[Sequence[Any], bool]:
        if isinstance(branch.unit, Heading):
            index = self.bound.column(branch.unit)
            units: Sequence[Any] = self.frame.columns[index] if index is not None else [None] * len(cells)
            return each_pair(cells, units, self._by_unit(plan, branch))
        if is_money(plan.field) and "currency" in self.bound.plans:
            currencies = distinct(self.known["currency"])
            if len(currencies) > 1:
                beside = [_text_or_none(each) for each in self.at("currency", ROW)]
                return each_pair(cells, beside, self._by_currency(plan, branch))
            only = _text_or_none(next(iter(currencies), None))
            return self._each(plan, branch, cells, self.reader(plan, branch, currency=only))
        return self._each(plan, branch, cells, self.reader(plan, branch))

    def _each(self, plan: Plan, branch: Branch, cells: Sequence[Cell], read: Callable[[str], Any]) -> tuple[Sequence[Any], bool]:
        """Every cell read, once for each distinct text; a column of a large file by its columnar twin where it has one."""
        if not isinstance(cells, TextColumn):
            return each_distinct(cells, read)
        from hub.mapping.wide_read import read_column

        unit = branch.unit if isinstance(branch.unit, str) else None
        bare = not branch.do and not branch.maps and (branch.take or plan.take) is not Take.COUNT
        known = unit is None or not isinstance(unit_or_fault(unit), Fault)
        ways = self.notation.ways(branch.decimal, unit) if bare and known else None
        values = read_column(plan.field, cells, ways, read)
        return values, is_flagged(values)

    def reader(self, plan: Plan, branch: Branch, *, unit: str | None = None, currency: str | None = None) -> Callable[[str], Any]:
        """The function cell → value of one branch of a field, made once for all files with these headings."""
        key = (self.notation.zone, plan.name, id(branch), unit, currency)
        known = self.bound.readers.get(key)
        if known is None:
            known = self.bound.readers[key] = self._reader(plan, branch, unit, currency)
        return known

    def _reader(self, plan: Plan, branch: Branch, unit: str | None, currency: str | None) -> Callable[[str], Any]:
        if (branch.take or plan.take) is Take.COUNT:
            counted = cell_reader(branch, lambda text: None if self.notation.is_blank(text) else text, self.notation)
            return several_reader(counted)
        known: str | Fault | None = unit
        if unit is None and isinstance(branch.unit, str):
            known = unit_or_fault(branch.unit)
        if isinstance(known, Fault):
            fault = known
            return lambda text: None if self.notation.is_blank(text) else fault
        read = self.notation.reader(
            plan.field, date=list(branch.date) if branch.date else None, decimal=branch.decimal, unit=known, currency=currency
        )
        return several_reader(cell_reader(branch, read, self.notation))

    def _by_unit(self, plan: Plan, branch: Branch) -> Callable[[str, Any], Any]:
        readers: dict[Any, Callable[[str], Any]] = {}

        def read(text: str, unit: Any) -> Any:
            if self.notation.is_blank(text):
                return None
            known = unit_or_fault(unit)
            if isinstance(known, Fault):
                return without_unit(known, text, unit, branch)
            if unit not in readers:
                readers[unit] = self.reader(plan, branch, unit=known)
            return readers[unit](text)

        return read

    def _by_currency(self, plan: Plan, branch: Branch) -> Callable[[str, Any], Any]:
        readers: dict[Any, Callable[[str], Any]] = {}

        def read(text: str, currency: Any) -> Any:
            if currency not in readers:
                readers[currency] = self.reader(plan, branch, currency=currency)
            return readers[currency](text)

        return read

    def _in_scope(self, plan: Plan, branch: Branch, values: Sequence[Any], odd: bool, *, listed: bool) -> Column:
        """Row values brought to where the field lives, by `take` where a record has several."""
        how = branch.take or plan.take
        listed = listed and holds_lists(values)
        if plan.scope == ROW:
            return Column([in_row(each, how, plan.between, taken=branch.take is not None) for each in values], odd=odd)
        if plan.scope != RECORD:
            rows: Sequence[int] = self.items[plan.scope].rows
            values = [values[row] for row in rows]
        elif self.grouped.single:
            rows = range(len(values))
        else:
            return self._taken_of_groups(plan, how, values, odd, listed=listed)
        if listed or plan.field.many or how is Take.COUNT:
            values = [self._taken(plan, [(each, 0)], how)[0] if is_value(each) else None for each in values]
            odd = odd or any(isinstance(each, Fault) for each in values)
        return Column(values, rows=rows if plan.scope != RECORD else None, odd=odd)

    def _taken_of_groups(self, plan: Plan, how: Take, values: Sequence[Any], odd: bool, *, listed: bool) -> Column:
        taken: list[Any] = []
        rows: list[int] = []
        simple = how is Take.FIRST and not listed and not plan.field.many
        alike = how in (Take.FIRST, Take.SAME) and not plan.field.many
        for members in self.grouped.rows_of:
            some = [values[row] for row in members]
            if alike and some.count(some[0]) == len(some) and not isinstance(some[0], list | None):  # as most records are
                taken.append(some[0])
                rows.append(members[0])
                odd = odd or isinstance(some[0], Fault)
                continue
            found = [(values[row], row) for row in members if is_value(values[row])]
            value, row = (None, members[0]) if not found else found[0] if simple else self._taken(plan, found, how)
            odd = odd or isinstance(value, Fault)
            taken.append(value)
            rows.append(row)
        return Column(taken, rows=rows, odd=odd)

    def _taken(self, plan: Plan, found: list[Found], how: Take) -> Found:
        """What `take` leaves; a count is fitted to its field, since what was counted need not be numbers."""
        value, row = take(found, how, plan.between, many=plan.field.many)
        return (self._fitted(plan, value) if how is Take.COUNT else value), row

    def _gated(self, plan: Plan, branch: Branch, column: Column) -> Column:
        for gate in branch.when:
            decided = self.decisions(gate, plan.scope, plan.scope)
            column.values = [_passed(value, each) for value, each in zip(column.values, decided, strict=True)]
            column.odd = column.odd or any(isinstance(each, Fault) for each in decided)
        if branch.default is not None and branch.default != "":
            default = parse_value(plan.field, branch.default, self.notation.zone)
            column.values = filled(column.values, default)
        return column

    def decisions(self, formula: Formula, names: str, scope: str) -> list[bool | Fault]:
        """What a `when` says for each member of a scope; a Fault where it cannot say."""
        return [each if isinstance(each, Fault) else bool(each) for each in self.formula(formula, names, scope)]

    def formula(self, formula: Formula, names: str, scope: str) -> list[Any]:
        """A formula for each member of a scope; `names` is the scope in which its names are meant."""
        meant = targets(formula, names, self.bound.plans)
        own = {name: self.at(target, scope) for (of_record, name), target in meant.items() if not of_record}
        record = {name: self.at(target, scope) for (of_record, name), target in meant.items() if of_record}
        if not own and not record:
            return [formula({}, {})] * self.size(scope)
        members = zip(members_of(own, self.size(scope)), members_of(record, self.size(scope)), strict=True)
        return [SPOILED if is_spoiled(mine) or is_spoiled(its) else formula(mine, its) for mine, its in members]

    def at(self, name: str, scope: str) -> Sequence[Any]:
        """The values of a field, helper or list, one for each member of another scope."""
        if name in LISTS:
            return self._spread([[None] * count for count in self._counts(name)], RECORD, scope)
        plan = self.bound.plans[name]
        values = self.helper(name) if plan.scope == ROW else self.known[name]
        return self._spread(values, plan.scope, scope)

    def _counts(self, name: str) -> list[int]:
        counts = [0] * self.size(RECORD)
        for parent in self.items[name].parent if name in self.items else ():
            counts[parent] += 1
        return counts

    def _spread(self, values: Sequence[Any], here: str, there: str) -> Sequence[Any]:
        if here == there:
            return values
        if there == ROW:
            return self._to_rows(values, here)
        if there == RECORD:
            return self._to_records(values, here)
        if here == RECORD:
            return [values[parent] for parent in self.items[there].parent]
        by_row = values if here == ROW else self._to_rows(values, here)
        return [by_row[row] for row in self.items[there].rows]

    def _to_rows(self, values: Sequence[Any], here: str) -> list[Any]:
        if here == RECORD:
            return [values[record] for record in self.grouped.record_of]
        by_row: list[Any] = [None] * len(self.frame)
        for value, row in zip(values, self.items[here].rows, strict=True):
            by_row[row] = value
        return by_row

    def _to_records(self, values: Sequence[Any], here: str) -> list[Any]:
        if here == ROW:
            return [next((values[row] for row in rows if is_value(values[row])), None) for rows in self.grouped.rows_of]
        listed: list[list[Any]] = [[] for _ in range(self.size(RECORD))]
        for value, parent in zip(values, self.items[here].parent, strict=True):
            listed[parent].append(value)
        return listed


def _is_plain(cells: Sequence[Cell]) -> bool:
    """Whether a column is known to hold nothing but plain texts."""
    return isinstance(cells, TextColumn) or (isinstance(cells, Recurring) and cells.distinct is not None)


def _fill(whole: Column, other: Column, at: int) -> None:
    """Where a column has no value yet, take that of the next source."""
    if whole.chosen is None:
        whole.chosen = bytearray(len(whole.values))
    values = list(whole.values)
    rows = list(whole.rows) if whole.rows is not None else None
    for position, (value, instead) in enumerate(zip(whole.values, other.values, strict=True)):
        if not is_value(value) and is_value(instead):
            values[position] = instead
            whole.chosen[position] = at
            if rows is not None and other.rows is not None:
                rows[position] = other.rows[position]
    whole.values = values
    whole.rows = rows
    whole.odd = whole.odd or other.odd


def _passed(value: Any, decided: bool | Fault) -> Any:
    if isinstance(decided, Fault):
        return decided
    return value if decided else None


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
