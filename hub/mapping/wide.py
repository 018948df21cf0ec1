"""A worked-out column of a large block: values held by Arrow, and beside them the few that are no plain value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from hub.domain.problems import Fault
from hub.domain.values import CLEAR, PLACES, Clear, Doubt

SCALE = 10**PLACES


class Form(Enum):
    """How a column holds its values."""

    TEXT = auto()  # strings
    NUMBER = auto()  # 64-bit integers, scaled by the places that the hub keeps
    YESNO = auto()  # booleans
    LISTED = auto()  # lists of texts, each as JSON


class WideColumn(Sequence[Any]):
    """Values by position, as a list would give them; no value is a null of `array`.

    `odd` holds what Arrow cannot: a Fault, a Doubt, CLEAR; such a position is null in `array`. `lies_at` is where the
    array lies when it has gone into the file that is handed over (`mapping/stow`).
    """

    __slots__ = ("array", "form", "lies_at", "odd")

    def __init__(self, form: Form, array: Any, odd: dict[int, Any] | None = None) -> None:
        self.form = form
        self.array = array
        self.odd = odd or {}
        self.lies_at: int | None = None

    @staticmethod
    def type_of(form: Form) -> Any:
        """The Arrow type in which a form is held."""
        from hub.formats.arrow import pa

        return {Form.TEXT: pa.string(), Form.NUMBER: pa.int64(), Form.YESNO: pa.bool_(), Form.LISTED: pa.string()}[form]

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return list(self)[at]
        position = at if at >= 0 else len(self) + at
        if position in self.odd:
            return self.odd[position]
        return value_of(self.form, self.array[position].as_py())

    def __iter__(self) -> Iterator[Any]:
        values = self.array.to_pylist()
        if self.form in (Form.NUMBER, Form.LISTED):
            values = [value_of(self.form, each) for each in values]
        for position, value in self.odd.items():
            values[position] = value
        return iter(values)

    def distinct(self) -> set[Any]:
        """Every different value."""
        return {value_of(self.form, each) for each in self.array.unique().to_pylist()} | set(self.odd.values())

    def filled(self, value: Any) -> Sequence[Any]:
        """The same with a value where there is none."""
        if self.array.null_count == len(self.odd):
            return self
        filling = narrowed(self.form, value)
        if filling is None or self.odd:
            return widened([value if each is None else each for each in self])
        from hub.formats.arrow import pa

        return WideColumn(self.form, self.array.fill_null(pa.scalar(filling, self.array.type)))

    def settled(self) -> WideColumn:
        """The same with the value of each Doubt in its place."""
        doubts = {position: value.value for position, value in self.odd.items() if isinstance(value, Doubt)}
        if not doubts:
            return self
        rest = {position: value for position, value in self.odd.items() if position not in doubts}
        return WideColumn(self.form, _with(self.array, {at: narrowed(self.form, value) for at, value in doubts.items()}), rest)

    def missing(self) -> list[int]:
        """The positions where nothing is said, or where it is emptied."""
        import numpy as np

        found = np.flatnonzero(self.array.is_null().to_numpy(zero_copy_only=False)).tolist() if self.array.null_count else []
        return [at for at in found if at not in self.odd or isinstance(self.odd[at], Clear)]


def distinct(values: Iterable[Any]) -> set[Any]:
    """Every different value of a column."""
    return values.distinct() if isinstance(values, WideColumn) else set(values)


def filled(values: Sequence[Any], value: Any) -> Sequence[Any]:
    """A column with a value where there is none."""
    if isinstance(values, WideColumn):
        return values.filled(value)
    return [value if each is None or each == [] else each for each in values]


def settled(values: Sequence[Any]) -> Sequence[Any]:
    """A column with the value of each Doubt in its place."""
    if isinstance(values, WideColumn):
        return values.settled()
    return [each.value if isinstance(each, Doubt) else each for each in values]


def odd_ones(values: Sequence[Any]) -> list[tuple[int, Any]]:
    """Every Fault and Doubt of a column with its position, in order."""
    pairs = sorted(values.odd.items()) if isinstance(values, WideColumn) else enumerate(values)
    return [(at, each) for at, each in pairs if isinstance(each, Fault | Doubt)]


def missing_ones(values: Sequence[Any]) -> list[int]:
    """The positions of a column where nothing is said, or where it is emptied."""
    if isinstance(values, WideColumn):
        return values.missing()
    return [at for at, each in enumerate(values) if each is None or each is CLEAR or each == []]


def all_missing(columns: Sequence[Sequence[Any]], count: int) -> list[int]:
    """The positions where none of several columns says anything."""
    if columns and all(isinstance(each, WideColumn) and each.form is Form.TEXT for each in columns):
        return sorted(set(range(count)).intersection(*(missing_ones(each) for each in columns)))
    return [at for at, values in enumerate(zip(*columns, strict=True) if columns else [()] * count) if not any(values)]


def holds_lists(values: Sequence[Any]) -> bool:
    """Whether a list is among the values of a column."""
    if isinstance(values, WideColumn):
        return values.form is Form.LISTED
    return any(type(each) is list for each in values)


def is_flagged(values: Sequence[Any]) -> bool:
    """Whether a Fault or Doubt is among the values of a column."""
    some = values.odd.values() if isinstance(values, WideColumn) else values
    return any(
        isinstance(each, Fault | Doubt) or (isinstance(each, list) and any(isinstance(one, Fault) for one in each))
        for each in some
    )


def value_of(form: Form, held: Any) -> Any:
    """What a held value means."""
    if held is None:
        return None
    if form is Form.NUMBER:
        return Decimal(held).scaleb(-PLACES).normalize() + 0
    return json.loads(held) if form is Form.LISTED else held


def narrowed(form: Form, value: Any) -> Any:
    """A value as a form holds it; None when it cannot."""
    match form:
        case Form.NUMBER if isinstance(value, Decimal):
            scaled = value.scaleb(PLACES)
            return int(scaled) if scaled == scaled.to_integral_value() and abs(scaled) < 1 << 62 else None
        case Form.TEXT if type(value) is str:
            return value
        case Form.YESNO if isinstance(value, bool):
            return value
        case Form.LISTED if isinstance(value, list) and all(type(each) is str for each in value):
            return json.dumps(value, ensure_ascii=False)
        case _:
            return None


def is_odd(value: Any) -> bool:
    """Whether a value stands beside the array."""
    return value is CLEAR or isinstance(value, Fault | Doubt)


_FORMS: dict[type, Form] = {bool: Form.YESNO, Decimal: Form.NUMBER, str: Form.TEXT, list: Form.LISTED}


def widened(values: Sequence[Any]) -> Sequence[Any]:
    """Values as a wide column; the values themselves when no form holds all of them."""
    if isinstance(values, WideColumn):
        return values
    from hub.formats.arrow import pa

    odd = {at: each for at, each in enumerate(values) if is_odd(each)}
    plain = [None if at in odd else each for at, each in enumerate(values)] if odd else list(values)
    kinds = set(map(type, plain)) - {type(None)}
    if len(kinds) > 1 or not kinds <= set(_FORMS):
        return values
    form = next((_FORMS[kind] for kind in kinds), Form.TEXT)
    held = [None if each is None else narrowed(form, each) for each in plain]
    if any(one is None and other is not None for one, other in zip(held, plain, strict=True)):
        return values
    return WideColumn(form, pa.array(held, WideColumn.type_of(form)), odd)


def _with(array: Any, values: dict[int, Any]) -> Any:
    """An array with other values at a few positions."""
    import numpy as np
    import pyarrow.compute as pc

    from hub.formats.arrow import pa

    mask = np.zeros(len(array), bool)
    mask[list(values)] = True
    return pc.replace_with_mask(array, pa.array(mask), pa.array([values[at] for at in sorted(values)], array.type))
