"""Which rows count, and which belong together: fill, until, skip, only, group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import or_
from typing import cast

from hub.formats.frame import Cell, Frame, Recurring, TextColumn
from hub.formats.wildcards import wildcard
from hub.mapping.bind import Bound
from hub.mapping.cells import as_cell
from hub.mapping.columns import each_distinct
from hub.mapping.compile import Mapping, RowRules, is_of_rows, is_own
from hub.mapping.evaluate import Evaluation, Groups, ItemRows
from hub.mapping.origins import Heading, Special
from hub.mapping.reading import Singles
from hub.mapping.template import Rules

Evaluate = Callable[[Frame], Evaluation]
Fits = Callable[[str], bool]


@dataclass(slots=True)
class Shaped:
    """The rows of a block that count, their records, and how many records a rule passed over."""

    frame: Frame
    groups: Groups
    skipped: int


@dataclass(slots=True)
class Shape:
    """The row rules of one mapping over one table; blocks come in order, since blanks look at the row above."""

    mapping: Mapping
    bound: Bound
    evaluate: Evaluate
    blank: Fits
    ended: bool = False
    _above: dict[str, tuple[str, list[Cell]]] = field(default_factory=dict)

    def rows(self, frame: Frame) -> Shaped:
        """One block, shaped; a block of a mapping with `group` must be the whole table."""
        if frame.kinds:
            return self._nested(frame)
        frame = self._until(self._filled(frame))
        layout = self.mapping.layout
        if not (layout.group or layout.skip or layout.only):
            return Shaped(frame, Groups(range(len(frame)), Singles(range(len(frame))), single=True), 0)
        own, helpers = _apart(self.mapping.record_rules)
        kept = self._kept(frame, own, None)
        if not layout.group:
            late = self._kept(frame, helpers, None)
            kept = [one and other for one, other in zip(kept, late, strict=True)]
            short = select(frame, kept)
            return Shaped(short, Groups(range(len(short)), Singles(range(len(short))), single=True), len(frame) - len(short))
        return self._grouped(frame, kept, helpers)

    def _nested(self, frame: Frame) -> Shaped:
        """A block with rows of several kinds: the rules look at records, items follow theirs."""
        stays = self._kept(frame, self.mapping.record_rules, None)
        kept = [stays[parent] for parent in frame.parents]
        keys = self._keys(frame, kept) if self.mapping.layout.group else [None] * len(frame)
        heads = [row for row, parent in enumerate(frame.parents) if row == parent]
        counted = [row for row in heads if kept[row]]
        groups = _by_key([keys[row] for row in counted])
        short = select(frame, kept)
        places = {old: new for new, old in enumerate(row for row in range(len(frame)) if kept[row])}
        record_at = dict(zip([places[row] for row in counted], groups.record_of, strict=True))
        rows_of = [[places[counted[at]] for at in members] for members in groups.rows_of]
        alive = {keys[row] for row in counted}
        gone = {keys[row] or row for row in heads if not kept[row] and (keys[row] is None or keys[row] not in alive)}
        return Shaped(short, Groups([record_at[parent] for parent in short.parents], rows_of, single=False), len(gone))

    def _grouped(self, frame: Frame, kept: list[bool], helpers: RowRules) -> Shaped:
        keys = self._keys(frame, kept)
        late = self._kept(frame, helpers, keys)
        counted = [one and other for one, other in zip(kept, late, strict=True)]
        if all(counted):
            return Shaped(frame, _by_key(keys), 0)
        alive = {key for key, row in zip(keys, counted, strict=True) if row}
        gone = {key for key, row in zip(keys, counted, strict=True) if not row and key is not None} - alive
        groups = _by_key([key for key, row in zip(keys, counted, strict=True) if row])
        return Shaped(select(frame, counted), groups, len(gone))

    def _filled(self, frame: Frame) -> Frame:
        """Blanks of `fill` columns take the value above, while the key column stays the same (or is blank)."""
        for name, filled in self.mapping.layout.fill.items():
            keys = self._cells(frame, name)
            indexes = [index for each in filled if (index := self.bound.column(each)) is not None]
            blanks = {index: list(frame.columns[index]) for index in indexes}
            last_key, last = self._above.get(name, ("", [None] * len(indexes)))
            for row, key in enumerate(keys):
                if _said(key) and key != last_key:
                    last_key, last = key or "", [None] * len(indexes)
                for place, index in enumerate(indexes):
                    cell = blanks[index][row]
                    if _said(cell):
                        last[place] = cell
                    else:
                        blanks[index][row] = last[place]
            self._above[name] = (last_key, last)
            frame = replace(frame, columns=[blanks.get(at, column) for at, column in enumerate(frame.columns)])
        return frame

    def _until(self, frame: Frame) -> Frame:
        rules = self.mapping.layout.until
        if self.ended:
            return select(frame, [False] * len(frame))
        if not rules:
            return frame
        hits = self._hits(frame, rules, any)
        end = next((row for row, hit in enumerate(hits) if hit), None)
        if end is None:
            return frame
        self.ended = True
        return select(frame, [row < end for row in range(len(frame))])

    def _kept(self, frame: Frame, rules: RowRules, keys: Sequence[str | None] | None, inside: str = "") -> list[bool]:
        """Whether each row stays: no `skip` rule hits, every `only` rule does."""
        skipped = self._hits(frame, rules.skip, any, keys, inside) if rules.skip else [False] * len(frame)
        wanted = self._hits(frame, rules.only, all, keys, inside) if rules.only else [True] * len(frame)
        return [not out and well for out, well in zip(skipped, wanted, strict=True)]

    def _hits(
        self,
        frame: Frame,
        rules: Rules,
        verdict: Callable[[Iterator[bool]], bool],
        keys: Sequence[str | None] | None = None,
        inside: str = "",
    ) -> list[bool]:
        tests = _tests(rules, self.blank)
        columns = [each_distinct(self._cells(frame, name, keys, inside), fits)[0] for name, fits in tests]
        return [verdict(iter(row)) for row in zip(*columns, strict=True)]

    def _cells(self, frame: Frame, name: str, keys: Sequence[str | None] | None = None, inside: str = "") -> Sequence[Cell]:
        """The cells that a rule looks at.

        In a grouped file a blank helper is its record's: exports write what is true of an order on its first row only.
        """
        evaluation = self.evaluate(frame)
        if is_own(name) and name in self.mapping.plans:
            cells = [as_cell(value) for value in evaluation.helper(name)]
            return _inherited(cells, keys) if keys is not None else cells
        return evaluation.cells(Special(name) if name.startswith("$") else Heading(name, inside), "")

    def _without_blanks(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """The same cells, where the words that this partner writes for nothing are nothing."""
        if not self.mapping.template.notation.empty:
            return cells
        said, _ = each_distinct(cells, lambda text: None if self.blank(text) else text)
        return said

    def _keys(self, frame: Frame, kept: Sequence[bool]) -> list[str | None]:
        """What each row is grouped by: the first source with a value, else that of the row above (of those kept)."""
        columns = [self._without_blanks(self._cells(frame, name)) for name in self.mapping.layout.group]
        keys: list[str | None] = []
        above: str | None = None
        if len(columns) == 1:
            for cell, stays in zip(columns[0], kept, strict=True):
                said = (cell or "").strip() or None
                if stays and said is not None:
                    above = said
                keys.append(said if said is not None or not stays else above)
            return keys
        for row, stays in zip(zip(*columns, strict=True), kept, strict=True):
            own = next((cell.strip() for cell in row if cell is not None and _said(cell)), None)
            if stays and own is not None:
                above = own
            keys.append(own if own is not None or not stays else above)
        return keys

    def item_rows(self, evaluation: Evaluation) -> dict[str, ItemRows]:
        """The rows that are items of each list: all of the record's but those passed over by rule and those that say nothing.

        A row says something about a list when a cell of the list's own columns is not blank; a damaged row is no item.
        """
        frame, groups = evaluation.frame, evaluation.grouped
        found: dict[str, ItemRows] = {}
        for name, rules in self.mapping.item_rules.items():
            apart = name if frame.kinds and name in self.mapping.list_paths else ""
            stays = self._kept(frame, rules, None, apart)
            says = _says_something(evaluation, name)
            taken = [row not in frame.ragged and stays[row] and says[row] for row in range(len(frame))]
            if apart:
                rows = [row for row, kind in enumerate(frame.kinds) if kind == name and taken[row]]
            else:
                rows = [row for members in groups.rows_of for row in members if taken[row]]
            found[name] = ItemRows(rows, [groups.record_of[row] for row in rows])
        return found


def _apart(rules: RowRules) -> tuple[RowRules, RowRules]:
    """The rules over the partner's headings, and those over helpers of the mapping."""

    def those(some: Rules, *, helpers: bool) -> Rules:
        return {name: texts for name, texts in some.items() if name.startswith("_") is helpers}

    return (
        RowRules(those(rules.skip, helpers=False), those(rules.only, helpers=False)),
        RowRules(those(rules.skip, helpers=True), those(rules.only, helpers=True)),
    )


def _tests(rules: Rules, blank: Fits) -> list[tuple[str, Fits]]:
    """Each column with what its cells must look like; the empty pattern is any cell that says nothing in this notation."""
    return [(name, _or(wildcard(patterns), blank) if "" in patterns else wildcard(patterns)) for name, patterns in rules.items()]


def _or(one: Fits, other: Fits) -> Fits:
    return lambda text: one(text) or other(text)


def _inherited(cells: list[Cell], keys: Sequence[str | None]) -> list[Cell]:
    first: dict[str | None, Cell] = {}
    for cell, key in zip(cells, keys, strict=True):
        if _said(cell):
            first.setdefault(key, cell)
    return [cell if _said(cell) else first.get(key) for cell, key in zip(cells, keys, strict=True)]


def _said(cell: Cell) -> bool:
    return cell is not None and not (cell == "" or cell.isspace())


def _by_key(keys: Sequence[str | None]) -> Groups:
    """Rows with the same key are one record, in order of first appearance; rows before any key are records of their own."""
    record_of: list[int] = []
    rows_of: list[list[int]] = []
    known: dict[str, int] = {}
    for row, key in enumerate(keys):
        record = len(rows_of) if key is None else known.setdefault(key, len(rows_of))
        if record == len(rows_of):
            rows_of.append([])
        rows_of[record].append(row)
        record_of.append(record)
    return Groups(record_of, rows_of, single=False)


def _says_something(evaluation: Evaluation, name: str) -> list[bool]:
    plans = evaluation.bound.plans
    branches = [branch for plan in plans.values() if plan.scope == name for branch in plan.branches]
    headings = {heading for branch in branches for heading in branch.headings()}
    named = {each for branch in branches for each in branch.named() if each.startswith("_") and is_of_rows(plans, each)}
    columns = chain(
        (evaluation.cells(heading, name) for heading in headings),
        ([as_cell(value) for value in evaluation.helper(each)] for each in named),
    )
    blank = evaluation.notation.is_blank
    says: list[bool] = []
    for column in columns:
        told = each_distinct(column, lambda cell: not blank(cell))[0]
        says = list(map(or_, says, told)) if says else told
        if all(says):
            return says
    return says or [True] * len(evaluation.frame)


def select(frame: Frame, kept: Sequence[bool]) -> Frame:
    """The rows of a block that are kept; the block itself when that is all of them."""
    if all(kept):
        return frame
    indexes = [row for row, stays in enumerate(kept) if stays]
    places = {old: new for new, old in enumerate(indexes)}
    return replace(
        frame,
        columns=[_picked(column, indexes) for column in frame.columns],
        rows=[frame.rows[row] for row in indexes],
        ragged={places[row]: fault for row, fault in frame.ragged.items() if row in places},
        strays={places[row]: place for row, place in frame.strays.items() if row in places},
        kinds=[frame.kinds[row] for row in indexes] if frame.kinds else [],
        parents=[places[frame.parents[row]] for row in indexes] if frame.parents else [],
    )


def _picked(column: Sequence[Cell], rows: list[int]) -> Sequence[Cell]:
    return column.picked(rows) if isinstance(column, TextColumn) else [column[row] for row in rows]


def whole(frames: Iterable[Frame]) -> Frame | None:
    """The blocks of a table as one; None when there are none. Of texts that stand in many rows one object is kept."""
    every = iter(frames)
    first, second = next(every, None), next(every, None)
    if first is None or second is None:
        return first
    made = replace(first, columns=[Recurring() for _ in first.headings], rows=[], ragged={}, strays={}, kinds=[], parents=[])
    columns, rows = cast("list[Recurring]", made.columns), cast("list[int]", made.rows)
    for frame in chain((first, second), every):
        offset = len(rows)
        for column, part in zip(columns, frame.columns, strict=True):
            column.add(part)
        rows += frame.rows
        made.ragged.update((row + offset, fault) for row, fault in frame.ragged.items())
        made.strays.update((row + offset, place) for row, place in frame.strays.items())
        made.kinds += frame.kinds
        made.parents += [parent + offset for parent in frame.parents]
    return made
