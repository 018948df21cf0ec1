"""One block of rows becomes a batch of records: every field worked out, every bad cell told with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from hub.domain.checks import ONE_OF, Found, missing_one_of, order_faults, record_faults
from hub.domain.fields import fields_read
from hub.domain.kinds import Kind
from hub.domain.problems import Code, Fault, Level, Problem
from hub.domain.values import CLEAR, Doubt, Value, canonical, parse_value
from hub.formats.frame import cell_name
from hub.mapping.compile import KEEPS_BLANKS, RECORD, ROW, Mapping, Plan
from hub.mapping.evaluate import Column, Evaluation
from hub.mapping.operands import SPOILED
from hub.mapping.reading import Batch, Feed, Items, Place
from hub.mapping.wide import all_missing, filled, missing_ones, odd_ones, settled, widened

LABELS: dict[Kind, tuple[str, ...]] = {
    Kind.ORDERS: ("number",),
    Kind.CANCELLATIONS: ("number",),
    Kind.PRODUCTS: ("sku",),
    Kind.STOCK: ("sku", "ean"),
    Kind.DELIVERIES: ("shipment", "number"),
    Kind.BOOKING_ANSWERS: ("shipment",),
}
"""The field by which a problem names its record; the first with a value counts."""


@dataclass(slots=True)
class Told:
    """A fault that was found: of which record, in which field, at which place."""

    record: int
    name: str | None
    place: Place
    fault: Fault


@dataclass(slots=True)
class Block:
    """A block of rows on its way to a batch."""

    mapping: Mapping
    evaluation: Evaluation
    batch: Batch
    told: list[Told] = field(default_factory=list)
    damaged: set[int] = field(default_factory=set)

    def fill(self) -> None:
        """Work out every field, then look at each record as a whole; the batch and `told` hold the result."""
        self._tell_damaged_rows()
        for name, items in self.evaluation.items.items():
            self.batch.items[name] = Items(list(items.parent), [self.evaluation.frame.rows[row] for row in items.rows])
        for plan in self.evaluation.bound.plans.values():
            self._field(plan)
        if self.mapping.defaults_apply:
            self._hub_defaults()
        self._whole_records()
        self._own_rules()
        self.batch.refused |= {told.record for told in self.told if told.fault.level is Level.ERROR}

    def problems(self) -> Iterator[tuple[int, Problem]]:
        """Every problem with its record, in order of rows."""
        for told in sorted(self.told, key=lambda each: (each.place.row or 0, each.place.cell or "")):
            place, fault = told.place, told.fault
            yield (
                told.record,
                Problem(
                    fault.code,
                    fault.say,
                    fault.hint,
                    fault.level,
                    place.sheet,
                    place.row,
                    place.cell,
                    place.column,
                    told.name,
                    label(self.batch, told.record),
                    fault.seen,
                ),
            )

    def _tell_damaged_rows(self) -> None:
        frame, groups = self.evaluation.frame, self.evaluation.grouped
        for row, fault in frame.ragged.items():
            record = groups.record_of[row]
            self.damaged.add(record)
            self.told.append(Told(record, None, Place(frame.sheet_at(row), frame.rows[row], None, None), fault))

    def _field(self, plan: Plan) -> None:
        column = self.evaluation.work_out(plan)
        feed = self._feed(plan, column)
        if not plan.is_helper:
            self.batch.feeds[plan.name] = feed
        if column.odd:
            self._tell_odd(plan, column)
        values = settled(column.values) if column.odd else column.values
        if self.mapping.kind not in KEEPS_BLANKS and self.mapping.template.notation.clear:
            values = [None if value is CLEAR else value for value in values]
        if plan.default is not None:
            values = filled(values, plan.default)
        self.evaluation.known[plan.name] = values
        self._store(plan, values)
        if plan.required:
            self._tell_missing(plan, values)

    def _store(self, plan: Plan, values: Sequence[Any]) -> None:
        if self.evaluation.frame.wide and plan.scope == RECORD:
            values = widened(values)
        if plan.is_helper:
            if plan.name in self.mapping.checked_names:
                self.batch.helpers[plan.name] = values
        elif plan.scope == RECORD:
            self.batch.fields[plan.name] = values
        else:
            self.batch.items[plan.scope].fields[plan.name[len(plan.scope) + 1 :]] = values

    def _feed(self, plan: Plan, column: Column) -> Feed:
        rows = (
            [self.evaluation.frame.rows[row] for row in column.rows] if column.rows is not None and plan.scope == RECORD else None
        )
        return Feed(self.evaluation.bound.sources[plan.name], column.chosen, rows)

    def _tell_odd(self, plan: Plan, column: Column) -> None:
        for position, value in odd_ones(column.values):
            if isinstance(value, Doubt):
                self._tell(plan, column, position, value.fault)
            elif isinstance(value, Fault) and value is not SPOILED:
                self._tell(plan, column, position, value)

    def _tell(self, plan: Plan, column: Column, position: int, fault: Fault) -> None:
        record = self._record_of(plan.scope, position)
        if record not in self.damaged:
            name = None if plan.is_helper else plan.name
            self.told.append(Told(record, name, self._place(plan, column, position), fault))

    def _place(self, plan: Plan, column: Column, position: int) -> Place:
        frame = self.evaluation.frame
        row = self.row_of(plan.scope, position) if column.rows is None or plan.scope != RECORD else column.rows[position]
        fed = self._feed(plan, column).of(position)
        index, heading = fed or (None, None)
        number = frame.rows[row]
        sheet = frame.sheet_of(plan.scope if plan.scope != ROW else "")
        return Place(sheet, number, cell_name(index, number) if index is not None else None, heading)

    def _record_of(self, scope: str, position: int) -> int:
        if scope == RECORD:
            return position
        if scope == ROW:
            return self.evaluation.grouped.record_of[position]
        return self.evaluation.items[scope].parent[position]

    def row_of(self, scope: str, position: int) -> int:
        """The row, as an index of the block, where a member of a scope stands (the first of a record's)."""
        if scope == ROW:
            return position
        if scope == RECORD:
            return self.evaluation.grouped.rows_of[position][0]
        return self.evaluation.items[scope].rows[position]

    def _tell_missing(self, plan: Plan, values: Sequence[Any]) -> None:
        column = Column([], None)
        for position in missing_ones(values):
            heading = next((each.text for branch in self.mapping.plans[plan.name].branches for each in branch.headings()), None)
            hint = f"Fill in the column {heading!r}." if heading else f"The mapping must give {plan.name} a value."
            self._tell(plan, column, position, Fault(Code.MISSING, None, f"{plan.name} is missing", hint))

    def _hub_defaults(self) -> None:
        """What the hub assumes where nothing is said: for mapped fields that are blank and for fields not mapped at all."""
        for name, value in _defaults(self.mapping.kind):
            values = self.batch.fields.get(name)
            said = [value] * len(self.batch) if values is None else filled(values, value)
            self.batch.fields[name] = widened(said) if self.evaluation.frame.wide else said

    def _whole_records(self) -> None:
        kind = self.mapping.kind
        if kind is Kind.STOCK:
            self._one_of_columns(ONE_OF[kind])
        if kind in KEEPS_BLANKS:
            return
        faults: Callable[[dict[str, Any]], Iterable[Found]] = partial(record_faults, kind)
        record_of = self.batch.record
        if kind is Kind.ORDERS and not self._lines_lack_something():
            faults, record_of = order_faults, self._order
        for position in range(len(self.batch)):
            if position not in self.damaged:
                for found in faults(record_of(position)):
                    place = self.batch.locate(found.field, position, found.item)
                    fault = found.fault
                    if place.column and fault.hint == f"Fill in {found.field}.":  # the partner knows his column, not our field
                        fault = replace(fault, hint=f"Fill in the column {place.column!r}.")
                    self.told.append(Told(position, found.field, place, fault))

    def _lines_lack_something(self) -> bool:
        """Whether any line of any order has none of what each needs one of: the columns tell, and mostly none has."""
        lines = self.batch.items.get("lines")
        shorts = [name.partition(".")[2] for names in ONE_OF[Kind.ORDERS] for name in names]
        return lines is not None and bool(
            all_missing([lines.fields[each] for each in shorts if each in lines.fields], len(lines.rows))
        )

    def _order(self, position: int) -> dict[str, Any]:
        """An order of which nobody asks what its lines say."""
        lines = self.batch.item_positions("lines", position) if "lines" in self.batch.items else []
        return {**self.batch.head(position), "lines": lines}

    def _one_of_columns(self, rules: tuple[tuple[str, ...], ...]) -> None:
        for names in rules:
            columns = [self.batch.fields[name] for name in names if name in self.batch.fields]
            for position in all_missing(columns, len(self.batch)):
                if position not in self.damaged:
                    self.told.append(Told(position, names[0], self.batch.locate(names[0], position), missing_one_of(names)))

    def _own_rules(self) -> None:
        for rule in self.mapping.rules:
            if rule.whole_file or (rule.scope != RECORD and rule.scope not in self.evaluation.items):
                continue
            for position, value in enumerate(self.evaluation.formula(rule.formula, rule.scope, rule.scope)):
                if value is SPOILED or (value and not isinstance(value, Fault)):
                    continue
                record = self._record_of(rule.scope, position)
                place = Place(
                    self.batch.sheet_of(rule.scope), self.evaluation.frame.rows[self.row_of(rule.scope, position)], None, None
                )
                fault = (
                    value
                    if isinstance(value, Fault)
                    else Fault(Code.CHECK, None, rule.say, f"The mapping asks for: {rule.formula.text}", rule.level)
                )
                if record not in self.damaged:
                    self.told.append(Told(record, None, place, fault))


@cache
def _defaults(kind: Kind) -> list[tuple[str, Value]]:
    declared = [each for each in fields_read(kind).values() if each.list_name is None]
    return [(each.name, _known(parse_value(each, each.default))) for each in declared if each.default is not None]


def _known(value: Any) -> Value:
    known: Value = value.value if isinstance(value, Doubt) else None if isinstance(value, Fault) else value
    return known


def label(batch: Batch, record: int) -> str | None:
    """How a record is called in a problem: its number, its sku."""
    for name in LABELS.get(batch.kind, ()):
        value = batch.fields[name][record] if name in batch.fields else None
        if value is not None and value is not CLEAR:
            return value.seen if isinstance(value, Fault) else str(canonical(value))
    return None
