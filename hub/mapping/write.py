"""Write records into a partner's own form: columns by headings, cells above the header, one row for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hub.domain.fields import LISTS, Field, Type
from hub.domain.kinds import Kind
from hub.domain.problems import Code, Fault, FileRefused, Problem
from hub.domain.values import Value, canonical, parse_value, rounded
from hub.formats.csv import write_csv
from hub.formats.excel_out import write_excel
from hub.formats.fixed import line_of, write_lines
from hub.formats.grid import MEGABYTE, USUAL_LIMITS
from hub.formats.layout import DOCUMENTS, Format
from hub.formats.names import fill_name
from hub.formats.wildcards import wildcard
from hub.mapping.cells import too_long
from hub.mapping.columns import take
from hub.mapping.compile import Mapping
from hub.mapping.formula import Formula
from hub.mapping.notation import NotationWriter, converted
from hub.mapping.origins import Branch, Calculated, Constant, Heading, Joined, Named, Special
from hub.mapping.places import lists_of
from hub.mapping.steps import LONGEST
from hub.mapping.template import Take
from hub.mapping.units import normal_unit
from hub.mapping.view import Record, View
from hub.mapping.write_document import write_document
from hub.mapping.write_plain import plain_column
from hub.mapping.write_rows import Rows, rows_of
from hub.mapping.write_types import write_types
from hub.mapping.writing import RECORDS, SPECIAL_FIELDS, Output, candidates, named_field, outputs_of, row_list

LARGEST = USUAL_LIMITS.file_size  # characters of a written file: no more than is read


@dataclass(frozen=True, slots=True)
class WriteContext:
    """What a written file may say beside its records: when, which in the series, to whom, in which time zone."""

    now: datetime
    seq: int
    partner_id: str
    partner_name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file ready to be sent."""

    name: str
    data: bytes


def write_file(mapping: Mapping, records: Sequence[Record], context: WriteContext) -> Written:
    """Write records into one file.

    In: a writing mapping, records in flattened form (one where `mapping.one_file_per` says so), and the context.
    Out: its name and bytes, the same for the same input. Raises FileRefused naming row and column when a value
    cannot be written (not in the word list, a required one missing, a character that the format cannot carry).
    """
    return Writer(mapping, context.timezone).write(records, context)


class Writer:
    """A writing mapping, worked out once for one file after another; times stand in the zone given."""

    def __init__(self, mapping: Mapping, timezone: str) -> None:
        self.mapping = mapping
        self.outputs = {each.place: each for each in outputs_of(mapping.template, mapping.maps)}
        self.row_list = row_list(mapping.template)
        self.notation = NotationWriter(mapping.template.notation, timezone)
        columns = {place: each for place, each in self.outputs.items() if each.top is None and not each.is_helper}
        self.headings = mapping.layout.column_names or list(columns)
        self.columns = [columns.get(heading) for heading in self.headings]
        self.plain = [
            plain_column(each, mapping, self.row_list, self.notation) if each is not None else None for each in self.columns
        ]

    def write(self, records: Sequence[Record], context: WriteContext) -> Written:
        """Write one file; see `write_file`."""
        name = _name(self.mapping, records, context)
        return Written(name, _File(self, context, name).data(records))


def is_written(mapping: Mapping, record: Record) -> bool:
    """Whether `skip` and `only` leave a record to be written; they name its fields, and a blank is the pattern ""."""
    layout, view = mapping.layout, View([record])

    def hits(name: str, patterns: list[str]) -> bool:
        return any(map(wildcard(patterns), map(_word, view.look_up(name) or [""])))

    return not any(hits(*rule) for rule in layout.skip.items()) and all(hits(*rule) for rule in layout.only.items())


def _name(mapping: Mapping, records: Sequence[Record], context: WriteContext) -> str:
    template = mapping.layout.name or f"{mapping.name.rpartition('/')[2]}_{{seq}}"
    first = records[0] if records else {}
    known = {each: str(first[each]) if first.get(each) is not None else None for each in ("number", "shipment")}
    return fill_name(template, now=context.now.astimezone(ZoneInfo(context.timezone)), seq=context.seq, **known)


class _File:
    """One file while it is written."""

    def __init__(self, writer: Writer, context: WriteContext, name: str) -> None:
        self.writer = writer
        self.mapping = writer.mapping
        self.outputs = writer.outputs
        self.notation = writer.notation
        self.context = context
        self.name = name
        self.size = 0
        self.helpers: dict[str, Any] = {}
        self.helpers_of: View | None = None

    def data(self, records: Sequence[Record]) -> bytes:
        layout = self.mapping.layout
        if layout.format in DOCUMENTS:
            return write_document(layout, lists_of(self.mapping.template), list(self.outputs.values()), records, self.cell)
        if layout.types:
            return write_types(self.mapping.template, list(self.outputs.values()), records, self.cell)
        return self.table(records)

    def table(self, records: Sequence[Record]) -> bytes:
        layout = self.mapping.layout
        rows = self.cells(rows_of(records, self.writer.row_list, self.mapping.kind), 1 + (layout.first_row or 0))
        shown = self.writer.headings if layout.header is not None else None
        if layout.format is Format.EXCEL:
            tops = {each.top: self.cell(each, View(records), None) for each in self.outputs.values() if each.top is not None}
            return write_excel(layout, shown, rows, tops)
        if layout.format is Format.FIXED:
            return write_lines(layout, (line_of(layout.spans(), row, at) for at, row in enumerate(rows, start=1)))
        return write_csv(layout, shown, rows)

    def cells(self, placed: Rows, first: int) -> Sequence[Sequence[Any]]:
        """The cells of all rows, the first of which is row number `first`.

        Plain columns are written as a whole; what has nothing plain to say is asked in full, row by row.
        """
        count = len(placed.records)
        columns = [plain(placed) if plain else [None] * count for plain in self.writer.plain]
        for column in columns:
            self.weigh_more(sum(map(len, filter(None, column))))
        rows: list[Sequence[Any]] = list(zip(*columns, strict=True)) if columns else [()] * count
        outputs = enumerate(zip(self.writer.columns, columns, strict=True))
        unsaid = [(at, output) for at, (output, column) in outputs if output is not None and not all(column)]
        for row in range(count) if unsaid else ():
            cells, view = list(rows[row]), placed.view(row)
            for at, output in unsaid:
                cells[at] = cells[at] or self.cell(output, view, first + row)
            rows[row] = cells
        return rows

    @property
    def typed(self) -> bool:
        """Whether the format takes the hub's types as they are."""
        return self.mapping.layout.format in (Format.EXCEL, Format.JSON)

    @property
    def nested(self) -> bool:
        """Whether no value writes nothing, and several values stand side by side."""
        return self.mapping.layout.format in DOCUMENTS

    def cell(self, output: Output, row: View, number: int | None) -> Any:
        """What is written in one place: a text, a typed value for Excel, or None for nothing."""
        found = next((each for branch in output.branches if (each := self.branch(output, branch, row)) not in (None, "")), None)
        blank = next(
            (each for branch in output.branches if _may_be_blank(branch) and (each := self.branch(output, branch, row)) == ""),
            None,
        )
        value = found if found is not None else blank
        if value is None and output.default is not None:
            value = self.default(output)
        if value is None and output.required:
            self.refuse(output, Fault(Code.MISSING, None, "has no value", "The mapping requires it."), row, number)
        if isinstance(value, Fault):
            self.refuse(output, value, row, number)
        if value is None and not self.typed and not self.nested:
            return self.notation.nothing
        self.weigh(value)
        return value

    def weigh(self, value: Any) -> None:
        """Raise FileRefused (400.too-large) when all texts together make a file larger than any that is read."""
        self.weigh_more(len(value) if isinstance(value, str) else 1)

    def weigh_more(self, size: int) -> None:
        """Weigh so many characters."""
        self.size += size
        if self.size > LARGEST:
            say = f"the file would have more than {LARGEST / MEGABYTE:,.0f} MB"
            raise FileRefused(Problem(Code.TOO_LARGE, say, "Write fewer columns, shorter texts, or a file for each record."))

    def branch(self, output: Output, branch: Branch, row: View) -> Any:
        """One source's value as it is written; None when it has none, or its `when` says no."""
        for gate in branch.when:
            decided = self.formula(gate, row)
            if isinstance(decided, Fault):
                return decided
            if not decided:
                return None
        how = branch.take or output.take
        declared, values = self.values(branch, row, how)
        if output.top is not None and how is None and len(row.records) > 1:
            how = Take.FIRST
        if how is not None and values:
            declared, values = self.taken(declared, values, how)
        written = [self.one(output, branch, declared, value) for value in values]
        if not written:
            return None
        bad = next((each for each in written if isinstance(each, Fault)), None)
        if self.nested and bad is None and not output.joined and (len(written) > 1 or self._is_array(declared)):
            return written
        if bad is not None or len(written) == 1:
            return bad or written[0]
        return output.between.join(str(canonical(each)) for each in written)

    def _is_array(self, declared: Field) -> bool:
        return declared.many and self.mapping.layout.format is Format.JSON

    def taken(self, declared: Field, values: list[Any], how: Take) -> tuple[Field, list[Any]]:
        """The values that `take` leaves; a count is a number whatever it counts."""
        if how is Take.ALL:
            return declared, values
        value, _ = take([(each, 0) for each in values], how, ",", many=False)
        if how is Take.COUNT:
            declared = Field(declared.name, Type.INTEGER)
        return declared, [value] if value is not None else []

    def values(self, branch: Branch, row: View, how: Take | None) -> tuple[Field, list[Any]]:
        """What a source says for a row, and what kind of field that is."""
        match branch.origin:
            case Constant(text):
                return Field(text[:50]), [text]
            case Special(name):
                return SPECIAL_FIELDS[name], [self.special(name)]
            case Named(name) if name.startswith("_"):
                value = self.helper(name, row)
                return Field(name), [] if value in (None, "") else [value]
            case Named(name):
                return named_field(self.mapping.kind, name, {}), (row.outside(name) if how else row).look_up(name)
            case Calculated(formula):
                value = self.formula(formula, row)
                value = rounded(value) if isinstance(value, Decimal) else value
                kind = Type.DECIMAL if isinstance(value, Decimal) else Type.TEXT
                return Field(formula.text[:50], kind), [] if value is None else [value]
            case Joined(parts, between):
                texts = [each for part in parts if (each := self.part(part, row))]
                if sum(map(len, texts)) + len(between) * len(texts) > LONGEST:
                    return Field("join"), [too_long(texts[0])]
                return Field("join"), [between.join(texts)] if texts else []
            case Heading(text, _):
                return Field(text), []

    def part(self, branches: tuple[Branch, ...], row: View) -> str | None:
        """One part of a join, as text."""
        plain = Output("", branches, None, ",", None, None, required=False, joined=True)
        for branch in branches:
            value = self.branch(plain, branch, row)
            if value not in (None, "") and not isinstance(value, Fault):
                return value if isinstance(value, str) else self.notation.writer(Field(""))(value)
        return None

    def helper(self, name: str, row: View) -> Any:
        """A helper's value for a row, worked out once however many places name it."""
        if self.helpers_of is row and name in self.helpers:
            return self.helpers[name]
        value = self.cell(self.outputs[name], row, None)
        if self.helpers_of is not row:
            self.helpers_of, self.helpers = row, {}
        self.helpers[name] = value
        return value

    def special(self, name: str) -> Value:
        known: dict[str, Value] = {
            "$now": self.context.now,
            "$seq": self.context.seq,
            "$file.name": self.name,
            "$partner.id": self.context.partner_id,
            "$partner.name": self.context.partner_name,
        }
        return known[name]

    def one(self, output: Output, branch: Branch, declared: Field, value: Any) -> Any:
        """One value on its way out: word list, unit, notation, and last of all the steps of `do`."""
        if isinstance(value, Fault):
            return value
        mapped = _mapped(branch, value)
        if isinstance(mapped, Fault):
            return mapped
        if mapped is not None:
            text: Any = mapped
        elif (self.typed or output.is_helper) and not branch.do and branch.date is None and branch.decimal is None:
            return self.as_typed(output, branch, value)
        else:
            unit = branch.unit if isinstance(branch.unit, str) else None
            dates = list(branch.date) if branch.date else None
            text = self.notation.writer(declared, date=dates, decimal=branch.decimal, unit=unit, places=output.places)(value)
        return _stepped(branch, text)

    def as_typed(self, output: Output, branch: Branch, value: Any) -> Any:
        """A value for a format with types of its own, or for a formula; times stand in the partner's zone, in JSON as text."""
        if isinstance(value, date) and self.mapping.layout.format is Format.JSON and not output.is_helper:
            return self.notation.writer(Field(""))(value)
        if isinstance(value, datetime) and not output.is_helper:
            return value.astimezone(self.notation.zone).replace(tzinfo=None) if value.tzinfo else value
        if isinstance(value, Decimal):
            unit = normal_unit(branch.unit) if isinstance(branch.unit, str) else None
            number = converted(value, unit)
            return (
                number
                if output.places is None
                else Decimal(self.notation.writer(Field(""), decimal=".", places=output.places)(number))
            )
        return value

    def default(self, output: Output) -> Any:
        """The mapping's default, in the hub's notation, as this place writes its values."""
        text = output.default or ""
        branch = output.branches[0]
        declared = (
            named_field(self.mapping.kind, branch.origin.name, self.outputs) if isinstance(branch.origin, Named) else Field("")
        )
        value = parse_value(declared, text) if text and not output.is_helper else None
        if isinstance(value, Decimal | int | datetime) and not isinstance(value, bool):
            plain = Branch(branch.origin, do=branch.do, unit=branch.unit, date=branch.date, decimal=branch.decimal)
            return self.one(output, plain, declared, value)
        return _stepped(branch, text)

    def formula(self, formula: Formula, row: View) -> Any:
        own = {name: self.meant(name, row) for name in formula.names}
        record = {name: View(row.records).operand(name) for name in formula.record_names}
        return formula(own, record)

    def meant(self, name: str, row: View) -> Any:
        """A name of a formula: a helper, the row's item, what the item lies in, the record."""
        if name in self.outputs and name.startswith("_"):
            return self.helper(name, row)
        if name == RECORDS and self.mapping.kind is not Kind.ANSWERS:
            return list(row.records)
        if name in LISTS:
            return View(row.records).operand(name)
        for candidate in candidates(name, next(reversed(row.items), None)):
            value = row.operand(candidate)
            if value not in (None, []):
                return value
        return None

    def refuse(self, output: Output, fault: Fault, row: View, number: int | None) -> None:
        """Stop the file at a value that cannot be written."""
        record = next((str(each[key]) for each in row.records for key in ("shipment", "number", "sku") if each.get(key)), None)
        raise FileRefused(
            Problem(fault.code, fault.say, fault.hint, row=number, column=output.place, record=record, value=fault.seen),
        )


def _may_be_blank(branch: Branch) -> bool:
    """Whether an empty text is said on purpose: by a word list, or as a constant."""
    return bool(branch.maps) or isinstance(branch.origin, Constant)


def _stepped(branch: Branch, text: Any) -> Any:
    for steps in branch.do:
        text = steps.apply(text) if isinstance(text, str) else text
    return ",".join(text) if isinstance(text, list) else text


def _mapped(branch: Branch, value: Any) -> str | Fault | None:
    """The partner's word for a value; None when no list is asked, or `else: keep` leaves the value as it is."""
    word: str | Fault | None = None
    for table in branch.maps:
        text = word if isinstance(word, str) else _word(value)
        if not text:
            return word
        word = table.look_up(text)
        if isinstance(word, Fault):
            return word
    return word


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = canonical(value)
    return text if isinstance(text, str) else ",".join(text or ())
