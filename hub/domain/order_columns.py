"""The lines of many orders, made of columns: what the lines of a file say alike is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from typing import Any

from hub.domain.once import once_each
from hub.domain.orders import Line, further, names_in_order, pair


def lines_of(columns: Mapping[str, Sequence[Any]], counts: Sequence[int]) -> Iterator[tuple[list[Line], list[str]]]:
    """The lines of each order, and what each of them says as JSON (see `content_hash`).

    In: the values of all lines by their short name (None, or an empty list, where one says nothing), and how many lines
    each order has. Lines are what `order_of` makes of the same as records; a property test holds the two together.
    """
    said = {name: _without_empty(values) for name, values in columns.items()}
    texts = _texts(said, sum(counts))
    lines = _lines(said, chain.from_iterable(range(1, count + 1) for count in counts))
    first = 0
    for count in counts:
        yield lines[first : first + count], texts[first : first + count]
        first += count


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


def _texts(said: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """What each line says."""
    pairs = [once_each(partial(_pair, name), said[name]) for name in names_in_order(tuple(said))]
    rows: Iterable[Sequence[str]] = zip(*pairs, strict=True) if pairs else repeat((), count)
    if any("" in each for each in pairs):
        rows = ([each for each in row if each] for row in rows)
    return [f"{{{', '.join(row)}}}" for row in rows]


def _pair(name: str, value: Any) -> str:
    return "" if value is None else pair(name, value)
