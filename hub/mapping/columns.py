"""Work on whole columns: a function runs once for each distinct cell, never once for each row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from hub.domain.problems import Code, Fault
from hub.domain.values import CLEAR, Doubt
from hub.formats.frame import Cell, Overlong, Recurring, Several, Typed
from hub.mapping.template import Take

R = TypeVar("R")

_ODD = (Fault, Doubt)


def each_distinct(column: Sequence[Cell], function: Callable[[str], R]) -> tuple[list[R], bool]:
    """Apply a function to every cell (None as the empty text), once for each distinct one.

    Out: the results, and whether a Fault or Doubt is among them. A typed cell is never taken for an equal plain one.
    """
    distinct: Iterable[Cell] | None = column.distinct if isinstance(column, Recurring) else None
    if distinct is None and {Typed, Several, Overlong}.isdisjoint(map(type, column)):
        distinct = set(column)
    if distinct is not None:
        memo: dict[Any, R] = {cell: function(cell or "") for cell in distinct}
        return list(map(memo.__getitem__, column)), _flagged(memo.values())
    keys = [(type(cell), cell) for cell in column]
    memo = {key: function(key[1] or "") for key in set(keys)}
    return [memo[key] for key in keys], _flagged(memo.values())


def each_pair(column: Sequence[Cell], other: Sequence[Hashable], function: Callable[[str, Any], R]) -> tuple[list[R], bool]:
    """The same for a function of a cell and something that stands beside it (its unit, its currency)."""
    keys = [(type(cell), cell, beside) for cell, beside in zip(column, other, strict=True)]
    memo = {key: function(key[1] or "", key[2]) for key in set(keys)}
    return [memo[key] for key in keys], _flagged(memo.values())


def _flagged(results: Iterable[object]) -> bool:
    for each in results:
        if isinstance(each, _ODD) or (isinstance(each, list) and any(isinstance(one, Fault) for one in each)):
            return True
    return False


def is_value(value: object) -> bool:
    """Whether something counts as a value: not None, and no empty list."""
    return value is not None and value != []


Found = tuple[Any, int]
"""A value and the row that it came from."""


def take(found: list[Found], how: Take, between: str, *, many: bool) -> Found:
    """Choose among the values of a record, in order of their rows; `found` must not be empty.

    A list field keeps all of them, each once: exports repeat on every row what is true of an order. A text that takes all
    joins them. The first Fault among values that must all be right (sum, min, max, same, all) is what comes out; a
    word that empties counts where nothing else is said.
    """
    flat = [(item, row) for value, row in found for item in (value if isinstance(value, list) else [value])]
    said = [each for each in flat if each[0] is not CLEAR]
    if not said:
        return CLEAR, found[0][1]
    flat = said
    if many or how is Take.ALL:
        bad = next((each for each in flat if isinstance(each[0], Fault)), None)
        plain = [_plain(value) for value, _ in flat]
        return bad or ((list(dict.fromkeys(plain)) if many else _joined(plain, between)), flat[0][1])
    return _CHOICES[how](flat)


def in_row(value: Any, how: Take, between: str, *, taken: bool) -> Any:
    """A helper's value: several are one text, unless `take` chooses."""
    if not isinstance(value, list):
        return value
    if taken and value:
        return take([(value, 0)], how, between, many=False)[0]
    bad = next((each for each in value if isinstance(each, Fault)), None)
    return bad or ",".join(map(str, value))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Doubt) else value


def _joined(values: list[Any], between: str) -> Any:
    if len(values) == 1:
        return values[0]
    return between.join(dict.fromkeys(map(str, values)))


def _reduced(function: Callable[[list[Any]], Any]) -> Callable[[list[Found]], Found]:
    def choose(flat: list[Found]) -> Found:
        bad = next((each for each in flat if isinstance(each[0], Fault)), None)
        return bad or (function([_plain(value) for value, _ in flat]), flat[0][1])

    return choose


def _same(flat: list[Found]) -> Found:
    first = flat[0]
    for value, row in flat[1:]:
        if _plain(value) != _plain(first[0]) and not isinstance(first[0], Fault):
            say = f"differs from {_plain(first[0])} in the record's other rows"
            return value if isinstance(value, Fault) else Fault(
                Code.MISMATCH, str(_plain(value)), say, "All rows of a record must say the same here."
            ), row
    return first


def _sum(values: list[Any]) -> Any:
    numbers = [value for value in values if isinstance(value, Decimal | int)]
    return sum(numbers, Decimal(0)) if numbers else None


_CHOICES: dict[Take, Callable[[list[Found]], Found]] = {
    Take.FIRST: lambda flat: flat[0],
    Take.LAST: lambda flat: flat[-1],
    Take.SUM: _reduced(_sum),
    Take.MIN: _reduced(min),
    Take.MAX: _reduced(max),
    Take.COUNT: _reduced(lambda values: Decimal(len(values))),
    Take.SAME: _same,
}
