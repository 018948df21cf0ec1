"""An order as the retailer placed it, and what makes two orders the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day  # noqa: N812 - the order has a date of its own
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any

from hub.domain.kinds import PURCHASE_ORDER
from hub.domain.problems import Code, Fault
from hub.domain.terms import RetailerTerms, SameProduct
from hub.domain.values import Value, canonical

Record = dict[str, Any]
"""A record in flattened form: field names to values, list names to lists of the same."""


@dataclass(slots=True)
class Line:
    """One line of an order, before it is routed."""

    line_no: str
    quantity: Decimal
    sku: str | None = None
    ean: str | None = None
    catalog: str | None = None
    supplier: str | None = None
    more: dict[str, Value] = field(default_factory=dict)

    @property
    def product(self) -> str:
        """How the retailer named the product, for messages."""
        return self.sku or self.ean or ""


@dataclass(slots=True)
class Order:
    """An accepted order; `head` holds every field but the lines, in flattened form."""

    retailer: str
    number: str | None
    head: dict[str, Value]
    lines: list[Line]
    content: str

    @property
    def draft(self) -> bool:
        """Whether the retailer holds it back (`submit: no`)."""
        return self.head.get("submit") is False

    @property
    def purchase(self) -> bool:
        """Whether the retailer orders goods into a warehouse, not out of one."""
        return self.head.get("document_type") == PURCHASE_ORDER

    @property
    def one_supplier(self) -> bool:
        """Whether a purchase reference binds the order to one supplier."""
        return bool(self.head.get("purchase_reference"))

    @property
    def has_reference(self) -> bool:
        """Whether it bears a purchase reference or a sales reference, as some suppliers require."""
        return self.one_supplier or bool(self.head.get("sales_reference"))

    @property
    def date(self) -> Day | None:
        """When it was placed: a day, or a moment."""
        placed = self.head.get("date")
        return placed if isinstance(placed, Day) else None


_LINE_OWN = frozenset({"line_no", "quantity", "sku", "ean", "catalog", "supplier"})


def order_of(record: Record, terms: RetailerTerms, said_elsewhere: frozenset[str] = frozenset()) -> Order:
    """Make an order of a checked record: lines are numbered where they are not, the vendor is the retailer by default.

    `said_elsewhere` are the fields that the order does not say itself (the arrival, the file's name): they do not
    make it another order when it comes again.
    """
    items = record.get("lines", ())
    lines = [_line(each, position) for position, each in enumerate(items, start=1)]
    head = {name: value for name, value in record.items() if name != "lines"}
    return order_with(head, (lines, list(map(_said, items))), terms, said_elsewhere)


def order_with(
    record: Record, lines: tuple[list[Line], list[str]], terms: RetailerTerms, said_elsewhere: frozenset[str] = frozenset()
) -> Order:
    """As `order_of`, of a record without lines, and of lines with what each of them says (see `content_hash`)."""
    made, texts = lines
    head = {name: value for name, value in record.items() if name != "number"}
    if not any(name.startswith("vendor.") for name in head):
        head.update({f"vendor.{name}": value for name, value in terms.address.items() if value})
    return Order(terms.id, record.get("number"), head, made, _hash(record, texts, said_elsewhere))


def _line(item: Mapping[str, Any], position: int) -> Line:
    said = item.get
    return Line(
        said("line_no") or str(position),
        item["quantity"],
        said("sku"),
        said("ean"),
        said("catalog"),
        said("supplier"),
        {name: item[name] for name in further(tuple(item))},
    )


@lru_cache(maxsize=256)
def further(names: tuple[str, ...]) -> list[str]:
    """What of a line has no place of its own; many lines say the same."""
    return [name for name in names if name not in _LINE_OWN]


def content_hash(record: Record, said_elsewhere: frozenset[str] = frozenset()) -> str:
    """What an order says, as a hash: equal for the same order sent again, whatever its foreign values (`x.…`) and row order.

    It is taken of JSON, keys sorted: the head, and the text of each line.
    """
    return _hash(
        {name: value for name, value in record.items() if name != "lines"}, map(_said, record.get("lines", ())), said_elsewhere
    )


def _hash(head: Record, lines: Iterable[str], said_elsewhere: frozenset[str]) -> str:
    own = _said({name: value for name, value in head.items() if name not in said_elsewhere} if said_elsewhere else head)
    return hashlib.sha256(f"[{own}, [{', '.join(map(quoted, sorted(lines)))}]]".encode()).hexdigest()


def _said(item: Mapping[str, Any]) -> str:
    """A record or an item as JSON, without foreign values."""
    return f"{{{', '.join([pair(name, item[name]) for name in names_in_order(tuple(item))])}}}"


@lru_cache(maxsize=256)
def names_in_order(names: tuple[str, ...]) -> list[str]:
    """The names under which the hash looks, sorted; those of many items are the same, and sorted once."""
    return sorted(name for name in names if not name.startswith("x."))


def pair(name: str, value: Value) -> str:
    """A name with its value, as JSON."""
    if type(value) is str:
        return f"{quoted(name)}: {quoted(value)}"
    if isinstance(value, list):
        return f"{quoted(name)}: {json.dumps(canonical(value), ensure_ascii=False)}"
    return _plain_pair(name, value)


@lru_cache(maxsize=16_384, typed=True)
def _plain_pair(name: str, value: Value) -> str:
    """A quantity, a price, a day or a time, of which few differ."""
    text = canonical(value)
    return f"{quoted(name)}: {quoted(text) if isinstance(text, str) else 'null'}"


SAME_NUMBER = "this line number stands in the order twice"


def repeated_lines(lines: Sequence[Line], terms: RetailerTerms) -> dict[int, Fault]:
    """The lines that name a product or a line number again, by position; a product may be repeated where the terms allow it."""
    faults: dict[int, Fault] = {}
    if len({line.line_no for line in lines}) == len({(line.sku, line.ean) for line in lines}) == len(lines):
        return faults
    products: dict[tuple[str | None, str | None, str | None, str | None], int] = {}
    numbers: dict[str, int] = {}
    for position, line in enumerate(lines):
        first = numbers.setdefault(line.line_no, position)
        if first != position:
            faults[position] = Fault(Code.DUPLICATE_ROW, line.line_no, SAME_NUMBER, "Give each line its own number.")
        same = products.setdefault((line.sku, line.ean, line.supplier, line.catalog), position)
        if same != position and terms.same_product_twice is SameProduct.REFUSE:
            faults[position] = product_again(line, lines[same])
    return faults


def product_again(line: Line, first: Line) -> Fault:
    """The fault of a line that names the product of an earlier one."""
    say = f"this product stands in the order twice (also on line {first.line_no})"
    return Fault(Code.DUPLICATE_ROW, line.product, say, "Order it on one line with the whole quantity.")
