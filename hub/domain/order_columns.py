"""The lines of many orders, made of columns: what the lines of a file say alike is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any

from hub.domain.once import once_each
from hub.domain.orders import Line, further, names_in_order, pair


def lines_of(columns: Mapping[str, Sequence[Any]], places: Sequence[Sequence[int]]) -> Iterator[tuple[list[Line], list[str]]]:
    """The lines of each order, and what each of them says as JSON (see `content_hash`).

    In: the values of all lines by their short name (None, or an empty list, where one says nothing), and of each order
    where its lines are among them. Lines are what `order_of` makes of the same as records; a property test holds the two
    together. Those of a few orders at a time are there.
    """
    said = {name: _without_empty(values) for name, values in columns.items()}
    pairs = [once_each(partial(_pair, name), said[name]) for name in names_in_order(tuple(said))]
    for start in range(0, len(places), _TOGETHER):
        some = places[start : start + _TOGETHER]
        at = [place for each in some for place in each]
        picked = _picker(at)
        texts = _texts(list(map(picked, pairs)), len(at))
        numbers = (number for each in some for number in range(1, len(each) + 1))
        lines = _lines({name: picked(values) for name, values in said.items()}, numbers)
        first = 0
        for each in some:
            yield lines[first : first + len(each)], texts[first : first + len(each)]
            first += len(each)


_TOGETHER = 200  # orders


def _picker(at: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """What takes the values at some places, which mostly follow each other."""
    if at and at[-1] - at[0] == len(at) - 1 and at == list(range(at[0], at[-1] + 1)):
        return itemgetter(slice(at[0], at[-1] + 1))
    return lambda values: [values[place] for place in at]


def _without_empty(values: Sequence[Any]) -> Sequence[Any]:
    """An empty list says nothing."""
    return [None if each == [] else each for each in values] if list in set(map(type, values)) else values


def _lines(said: Mapping[str, Sequence[Any]], numbers: Iterable[int]) -> list[Line]:
    names = further(tuple(said))
    more: Iterable[dict[str, Any]] = map(dict, repeat(()))
    if names:
        rows = zip(*(said[name] for name in names), strict=True)
        more = ({name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows)
    line_no = [own or str(number) for own, number in zip(said.get("line_no", repeat(None)), numbers, strict=False)]
    own = (said.get(name, repeat(None)) for name in ("sku", "ean", "catalog", "supplier"))
    return list(map(Line, line_no, said["quantity"], *own, more)) if line_no else []


def _texts(pairs: Sequence[Sequence[str]], count: int) -> list[str]:
    """What each line says, of its names with what they say."""
    rows: Iterable[Sequence[str]] = zip(*pairs, strict=True) if pairs else repeat((), count)
    if any("" in each for each in pairs):
        rows = ([each for each in row if each] for row in rows)
    return [f"{{{', '.join(row)}}}" for row in rows]


def _pair(name: str, value: Any) -> str:
    return "" if value is None else pair(name, value)
