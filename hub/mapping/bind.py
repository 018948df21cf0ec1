"""A mapping meets the headings of one table: which column is which source, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hub.domain.checks import ONE_OF, missing_one_of
from hub.domain.problems import Code, FileRefused, Level, Problem
from hub.formats.frame import Cell, cell_name, column_letters, find_heading
from hub.formats.nested import Document, Wanted
from hub.formats.table import Table
from hub.mapping.compile import Mapping, Plan, is_own
from hub.mapping.drift import alias_line, look_alike
from hub.mapping.origins import Branch, Heading, Joined
from hub.mapping.template import MissingColumns, UnknownColumns

Source = tuple[int | None, str | None]
"""Where a field comes from: the column as a spreadsheet counts it, and its heading."""


@dataclass(slots=True)
class Bound:
    """The columns of one table by the mapping's headings; `plans` keep only the sources that the table has."""

    headings: list[str]
    header_row: int | None
    sheet: str | None
    at: dict[Heading, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    cells: list[int | None] | None = None
    once: dict[str, Cell] = field(default_factory=dict)
    sources: dict[str, list[Source]] = field(default_factory=dict)
    readers: dict[Hashable, Callable[[str], Any]] = field(default_factory=dict)
    """Made while cells are read, and good for every file with these headings."""

    def column(self, heading: Heading | str) -> int | None:
        """The index of a heading's column, or None when the table lacks it."""
        return self.at.get(heading if isinstance(heading, Heading) else Heading(heading))

    def place(self, index: int | None) -> int | None:
        """The column that a spreadsheet would show, for a cell's address; a path has none."""
        return index if self.cells is None or index is None else self.cells[index]


def wanted_headings(mapping: Mapping) -> Iterator[Heading]:
    """Every heading that the mapping names, in fields and in the rules of its file block."""
    for plan in mapping.plans.values():
        yield from headings_of(plan)
    yield from rule_headings(mapping)


def headings_of(plan: Plan) -> Iterator[Heading]:
    """Every heading that a field names, units included."""
    for branch in plan.branches:
        yield from branch.headings()
        if isinstance(branch.unit, Heading):
            yield branch.unit


def rule_headings(mapping: Mapping) -> Iterator[Heading]:
    """The headings that skip, only, until, fill, group and repeat name."""
    layout = mapping.layout
    named = [*mapping.record_rules.skip, *mapping.record_rules.only, *layout.until, *layout.group, *layout.fill]
    named += [each for filled in layout.fill.values() for each in filled]
    found = [Heading(each) for each in named]
    for name, rules in mapping.item_rules.items():
        inside = name if name in mapping.list_paths else ""
        found += [Heading(each, inside) for each in (*rules.skip, *rules.only)]
    return (each for each in dict.fromkeys(found) if not each.text.startswith("$") and not is_own(each.text))


def wanted_of(mapping: Mapping) -> Wanted:
    """What the mapping wants of a document, so that nothing else is looked for."""
    paths = dict.fromkeys((each.inside, each.text) for each in wanted_headings(mapping))
    return Wanted(mapping.list_paths, tuple(paths))


def bind(mapping: Mapping, table: Table | Document) -> tuple[Bound, list[Problem]]:
    """Find the mapping's columns in a table.

    Out: what was found, and warnings. Raises FileRefused (400.column, 400.unknown-column) for a heading that is
    needed and not there, one that is used and stands twice, or an unknown one where the mapping refuses those.
    """
    if isinstance(table, Document):
        return _found(mapping, table)
    layout = (tuple(table.headings), table.header_row, table.sheet)
    found: tuple[Bound, list[Problem]] | None = mapping.bound_before.get(layout)
    if found is None:
        found = _found(mapping, table)
        mapping.bound_before.clear()  # one is enough, and no partner can fill the memory with headings
        mapping.bound_before[layout] = found
    return found


def _found(mapping: Mapping, table: Table | Document) -> tuple[Bound, list[Problem]]:
    bound, problems = _bound(mapping, table)
    twice = {each.column for each in problems}  # of which nobody can say that they are missing
    problems += [each for each in missing_columns(mapping, bound, table) if each.column not in twice]
    warnings = list(_unknown(mapping, bound))
    refusals = problems + [each for each in warnings if each.level is Level.ERROR]
    if refusals:
        raise FileRefused(*refusals)
    return bound, [*warnings, *_drifted(mapping, bound, table)]


def _bound(mapping: Mapping, table: Table | Document) -> tuple[Bound, list[Problem]]:
    """The columns that are there, and a problem for each that stands twice."""
    bound = Bound(list(table.headings), table.header_row, table.sheet)
    problems: list[Problem] = []
    if isinstance(table, Document):
        bound.at = {Heading(path, inside): at for (inside, path), at in table.keys.items()}
        bound.cells, bound.once = table.cells, table.once
    else:
        problems += [problem for heading in dict.fromkeys(wanted_headings(mapping)) for problem in _place(bound, heading)]
    bound.plans = {name: _kept(plan, bound) for name, plan in mapping.plans.items()}
    bound.sources = {name: _sources(bound, plan, mapping.plans[name]) for name, plan in bound.plans.items()}
    return bound, problems


def _sources(bound: Bound, plan: Plan, asked: Plan) -> list[Source]:
    """One for each branch that is left of a field; where none is, the first heading that was asked for."""
    if not plan.branches:
        found: list[Source] = [(None, each.text) for branch in asked.branches for each in branch.headings()]
        return found[:1]
    found = []
    for branch in plan.branches:
        index = next((at for each in branch.headings() if (at := bound.column(each)) is not None), None)
        found.append((bound.place(index), bound.headings[index] if index is not None else None))
    return found


def fits(mapping: Mapping, tables: Iterable[Table | Document]) -> int:
    """How many columns the mapping would read (choice by headings); 0 when one that it cannot do without is missing."""
    for table in tables:
        if isinstance(table, Document) and not table.begins:
            continue
        bound, problems = _bound(mapping, table)
        if not problems and not any(_lacking(mapping, bound, table)) and not _refuses_unknown(mapping, bound):
            return len(bound.at)
    return 0


def _refuses_unknown(mapping: Mapping, bound: Bound) -> bool:
    return any(each.level is Level.ERROR for each in _unknown(mapping, bound))


def likeness(mapping: Mapping, tables: Iterable[Table | Document]) -> float:
    """The share of a mapping's headings that a file has; of several tables the one that has most."""
    wanted = {heading for heading in wanted_headings(mapping) if not heading.names_unit}
    there = (sum(_holds(table, each) for each in wanted) for table in tables)
    return max(there, default=0) / len(wanted) if wanted else 0.0


def _holds(table: Table | Document, heading: Heading) -> bool:
    if isinstance(table, Document):
        return (heading.inside, heading.text) in table.keys
    return bool(find_heading(table.headings, heading.text))


def _place(bound: Bound, heading: Heading) -> Iterator[Problem]:
    if heading.names_unit:
        found = [at for at, each in enumerate(bound.headings) if heading.unit_in(each) is not None]
    else:
        found = find_heading(bound.headings, heading.text)
    if len(found) > 1:
        names = " and ".join(f"{column_letters(at)} ({bound.headings[at]!r})" for at in found)
        yield Problem(
            Code.COLUMN,
            f"the heading {heading.text!r} stands twice, in columns {names}",
            "Rename or remove one of the two columns.",
            sheet=bound.sheet,
            row=bound.header_row,
            column=heading.text,
            cell=cell_name(found[1], bound.header_row) if bound.header_row else None,
        )
    elif found:
        bound.at[heading] = found[0]
        if heading.names_unit:
            bound.units[heading.text] = heading.unit_in(bound.headings[found[0]]) or ""


def _kept(plan: Plan, bound: Bound) -> Plan:
    kept = tuple(each for branch in plan.branches for each in _kept_branch(branch, bound))
    return replace(plan, branches=kept)


def _kept_branch(branch: Branch, bound: Bound) -> Iterator[Branch]:
    origin = branch.origin
    if isinstance(origin, Heading):
        if bound.column(origin) is None:
            return
        if origin.names_unit:
            branch = replace(branch, unit=branch.unit or bound.units[origin.text])
    if isinstance(origin, Joined):
        parts = tuple(kept for part in origin.parts if (kept := tuple(b for each in part for b in _kept_branch(each, bound))))
        if not parts:
            return
        branch = replace(branch, origin=Joined(parts, origin.between))
    yield branch


def missing_columns(mapping: Mapping, bound: Bound, table: Table | Document) -> list[Problem]:
    """A problem for each heading that the mapping needs and the table lacks.

    Needed are the headings of mandatory and `required` fields without another source, and those of the rules in
    the file block; with `missing_columns: refuse` written out those of every field, with `ignore` none of a field.
    In a document a place may be empty and then is not there: rules ask for none, and fields only where the document
    has a record (or item) that could hold them.
    """
    return [_missing(mapping, bound, each) for each in _lacking(mapping, bound, table)]


@dataclass(frozen=True, slots=True)
class _Lack:
    """Headings of which the table has none: the field read from them (None: a rule), and what else there is to say."""

    headings: list[str]
    name: str | None = None
    note: str = ""


def _lacking(mapping: Mapping, bound: Bound, table: Table | Document) -> Iterator[_Lack]:
    limit = mapping.limits.missing_columns
    if isinstance(table, Document):
        yield from _missing_paths(mapping, bound, table)
        return
    yield from (_Lack([heading.text]) for heading in rule_headings(mapping) if bound.column(heading) is None)
    if limit is MissingColumns.IGNORE:
        return
    for plan in mapping.plans.values():
        if _is_absent(bound.plans[plan.name]) and (plan.required or limit is MissingColumns.REFUSE):
            yield _Lack([each.text for each in headings_of(plan)], plan.name)
    yield from _missing_one_of(mapping, bound)


def _missing_paths(mapping: Mapping, bound: Bound, document: Document) -> Iterator[_Lack]:
    limit = mapping.limits.missing_columns
    for plan in mapping.plans.values():
        headings = [*headings_of(plan)]
        asked = plan.required if limit is None else limit is MissingColumns.REFUSE
        if asked and headings and _is_absent(bound.plans[plan.name]) and document.holds(headings[0].inside):
            yield _Lack([each.text for each in headings], plan.name)


def _missing_one_of(mapping: Mapping, bound: Bound) -> Iterator[_Lack]:
    for names in ONE_OF.get(mapping.kind, ()):
        mapped = [mapping.plans[name] for name in names if name in mapping.plans]
        if mapped and all(_is_absent(bound.plans[plan.name]) for plan in mapped):
            headings = [each.text for plan in mapped for each in headings_of(plan)]
            yield _Lack(headings, names[0], f" ({missing_one_of(names).say})")


def _drifted(mapping: Mapping, bound: Bound, table: Table | Document) -> Iterator[Problem]:
    """A warning for each optional heading that is not there while a new one looks like it: a field must not vanish in silence."""
    if isinstance(table, Document) or mapping.limits.missing_columns is not None:
        return
    for plan in mapping.plans.values():
        headings = [each.text for each in headings_of(plan)]
        if headings and _is_absent(bound.plans[plan.name]) and _look_alike(mapping, bound, headings, plan.name) is not None:
            yield replace(_missing(mapping, bound, _Lack(headings, plan.name)), level=Level.WARNING)


def _is_absent(plan: Plan) -> bool:
    return not plan.branches and plan.default is None


def _missing(mapping: Mapping, bound: Bound, lack: _Lack) -> Problem:
    headings, name = lack.headings, lack.name
    wanted = " or ".join(repr(each) for each in headings)
    cure = _cure(mapping, bound, headings, name)
    return Problem(
        Code.COLUMN,
        f"the column {wanted} is missing" + (f", {name} is read from it" if name else ", the mapping needs it") + lack.note,
        cure,
        sheet=bound.sheet,
        row=bound.header_row,
        column=headings[0] if headings else None,
        field=name,
    )


def _cure(mapping: Mapping, bound: Bound, headings: list[str], name: str | None) -> str:
    """What to do about a missing heading: the new one that looks like it, and the line that makes the mapping take both."""
    near = _look_alike(mapping, bound, headings, name)
    if near is None:
        return f"The file has {', '.join(repr(each) for each in bound.headings[:12])}."
    line = f"write {alias_line(name, headings, near)}" if name else f"write {near!r} in place of {headings[0]!r}"
    return f"The file has {near!r}, which looks like it: name it {headings[0]!r} again, or {line} in mapping {mapping.name}."


def _look_alike(mapping: Mapping, bound: Bound, headings: list[str], name: str | None) -> str | None:
    used = set(bound.at.values())
    return look_alike(mapping.kind, name, headings, (each for at, each in enumerate(bound.headings) if at not in used))


def _unknown(mapping: Mapping, bound: Bound) -> Iterator[Problem]:
    if mapping.limits.unknown_columns is UnknownColumns.IGNORE:
        return
    level = Level.ERROR if mapping.limits.unknown_columns is UnknownColumns.REFUSE else Level.WARNING
    known = set(bound.at.values())
    for at, heading in enumerate(bound.headings):
        if at not in known and heading.strip():
            yield Problem(
                Code.UNKNOWN_COLUMN,
                f"the mapping does not know the column {heading!r}",
                "Remove it, or add it to the mapping.",
                level,
                sheet=bound.sheet,
                row=bound.header_row,
                column=heading,
                cell=cell_name(at, bound.header_row) if bound.header_row else None,
            )
