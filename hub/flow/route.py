"""Keep an order file: know what is known, route the rest, split it into shipments (contract §7)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from hub.domain.checks import Found
from hub.domain.numbers import order_number
from hub.domain.order_columns import lines_of
from hub.domain.orders import SAME_NUMBER, Line, Order, order_of, order_with, repeated_lines
from hub.domain.problems import Code, Fault, Level
from hub.domain.routing import Candidate, Decision, decide
from hub.domain.shelf import Product, Shelf
from hub.domain.terms import RetailerTerms, SameProduct
from hub.domain.values import canonical
from hub.flow.hub import Hub, InHand
from hub.flow.tally import About, Tally
from hub.mapping.reading import Reading
from hub.store import catalogue
from hub.store.accepted import Accepted, add_orders
from hub.store.many import chunks
from hub.store.orders import (
    KnownOrder,
    content_of,
    known_contents,
    known_orders,
    open_lines,
    reserved_by,
    set_route,
    ship_open_lines,
    stored_content,
    thaw,
)
from hub.store.series import draw

log = structlog.get_logger()

_AT_HAND = 1000  # orders
_FEW = 20  # orders of a file, for which columns would cost more than records


@dataclass(slots=True)
class _Desk:
    """What is known while the orders of some files are decided, one after another.

    What is offered under the skus and EANs asked for so far, and what is left of it, counts for all of them; known and
    accepted orders (by number, in order) for those that are at hand.
    """

    db: Connection
    terms: RetailerTerms
    shelf: Shelf = field(default_factory=Shelf)
    products: set[Product] = field(default_factory=set)
    by_sku: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    by_ean: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))
    skus: set[str] = field(default_factory=set)
    eans: set[str] = field(default_factory=set)
    numbers: dict[str, KnownOrder] = field(default_factory=dict)
    contents: dict[str, KnownOrder] = field(default_factory=dict)
    accepted: dict[str, Accepted] = field(default_factory=dict)


def keep_orders(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:
    """Store the new orders of a file with their shipments; refuse what contradicts itself or the store."""
    return keep_order_files(hub, db, [(file, reading)], now)[0]


def keep_order_files(hub: Hub, db: Connection, files: Sequence[tuple[InHand, Reading]], now: datetime) -> list[Tally]:
    """Store the new orders of some files of one retailer, as if one file after another were kept.

    So many at a time are at hand as objects, so that a large file needs no more memory for it than a small one.
    """
    desk = _Desk(db, hub.workspace.retailer_terms(files[0][0].partner))
    tallies = [Tally(reading) for _, reading in files]
    abouts = [list(tally.open_records()) for tally in tallies]
    arrived = [
        (*each, about) for *each, mine in zip((file.id for file, _ in files), tallies, abouts, strict=True) for about in mine
    ]
    made = (order for tally, mine in zip(tallies, abouts, strict=True) for order in _orders(desk.terms, tally.reading, mine))
    for some in chunks(arrived, _AT_HAND):
        orders = list(islice(made, len(some)))
        _prepare(desk, orders)
        for (file, tally, about), order in zip(some, orders, strict=True):
            _decide(desk, tally, about, order, file)
        add_orders(db, list(desk.accepted.values()), now)
    return tallies


def _orders(terms: RetailerTerms, reading: Reading, abouts: Sequence[About]) -> Iterator[Order]:
    """The orders at some places of a reading; the lines of many are made of their columns."""
    for at, run in groupby(abouts, key=itemgetter(0)):
        batch, records = reading.batches[at], [record for _, record in run]
        if len(records) < _FEW or batch.items.keys() != {"lines"}:
            yield from (order_of(batch.record(record), terms, reading.said_elsewhere) for record in records)
            continue
        items = [batch.item_positions("lines", record) for record in records]
        for record, lines in zip(records, lines_of(batch.items["lines"].fields, items), strict=True):
            yield order_with(batch.head(record), lines, terms, reading.said_elsewhere)


def _prepare(desk: _Desk, orders: Sequence[Order]) -> None:
    """Fetch once what all these orders need to know."""
    desk.accepted = {}
    desk.numbers = known_orders(desk.db, desk.terms.id, {each.number for each in orders if each.number})
    desk.contents = known_contents(desk.db, desk.terms.id, {each.content for each in orders if not each.number})
    _stock(desk, [line for each in orders for line in each.lines])


def _stock(desk: _Desk, lines: Sequence[Line]) -> None:
    """Fetch what the lines may mean, and what is left of it, as far as nobody asked before."""
    skus = {line.sku for line in lines if line.sku} - desk.skus
    eans = {line.ean for line in lines if line.ean} - desk.eans
    found = catalogue.offered(desk.db, [each.id for each in desk.terms.catalogs], skus, eans)
    fresh = [each for each in found.candidates if each[:2] not in desk.products]
    for each in fresh:
        desk.by_sku[each.sku].append(each)
        if each.ean:
            desk.by_ean[each.ean.zfill(14)].append(each)
    products = {each[:2] for each in fresh}
    for supplier, rows in found.balances.items():
        catalogue.shelve(desk.db, desk.shelf, supplier, [row for row in rows if (supplier, row.sku) in products])
    desk.products |= products
    desk.skus |= skus
    desk.eans |= eans


def _decide(desk: _Desk, tally: Tally, about: About, order: Order, file: int) -> None:
    known = desk.numbers.get(order.number) if order.number else desk.contents.get(order.content)
    if known is not None:
        _again(desk, tally, about, order, known)
        return
    faults = repeated_lines(order.lines, desk.terms)
    decision = Decision(refused=faults) if faults else decide(order, _known(desk, order), desk.shelf, desk.terms)
    number = order.number
    if decision.split_up is not None:
        tally.blame(about, Found("purchase_reference", None, decision.split_up), number)
    told_once: set[Code] = set()
    for position, fault in (decision.refused | decision.dropped | decision.waiting).items():
        if fault.code is Code.MISSING and fault.code in told_once:
            continue  # it is the order that lacks something, whatever the number of its lines
        told_once.add(fault.code)
        level = Level.WARNING if position in decision.waiting and decision.stands else Level.ERROR
        told = Fault(fault.code, fault.seen, fault.say, fault.hint, level)
        tally.blame(about, _found(order.lines[position], position, told, purchase=order.purchase), number)
    if not decision.stands:
        tally.refuse(about)
        return
    number = number or _made_number(desk)
    batch = tally.reading.batches[about[0]]
    rows = [batch.items["lines"].rows[at] for at in batch.item_positions("lines", about[1])]
    desk.accepted[number] = Accepted(order, decision, number, order.number is None, file, batch.rows[about[1]][0], rows)
    stored = KnownOrder(0, number, order.content)
    desk.numbers[number] = stored
    if order.number is None:
        desk.contents[order.content] = stored
    tally.accepted += 1
    for fault in decision.waiting.values():
        log.warning("order_unroutable", retailer=desk.terms.id, file=file, code=fault.code.value)


def _known(desk: _Desk, order: Order) -> Sequence[Sequence[Candidate]]:
    """The products that each line may mean."""
    found: list[Sequence[Candidate]] = []
    of_sku, of_ean = desk.by_sku.get, desk.by_ean.get
    for line in order.lines:
        by_sku = of_sku(line.sku, ()) if line.sku else ()
        by_ean = of_ean(line.ean.zfill(14), ()) if line.ean else ()
        found.append(list(dict.fromkeys([*by_sku, *by_ean])) if by_ean else by_sku)
    return found


_FIELDS = {
    Code.NO_SUPPLIER: "lines.supplier",
    Code.NO_CATALOG: "lines.catalog",
    Code.STOCK: "lines.quantity",
}


def _found(line: Line, position: int, fault: Fault, *, purchase: bool) -> Found:
    """A line's fault with the field it is about; a missing reference is the order's."""
    if fault.code is Code.DUPLICATE_ROW and fault.seen == line.line_no != line.product:
        return Found("lines.line_no", position, fault)
    if fault.code is Code.MISSING:
        unnamed = purchase and not line.supplier and not line.catalog
        return Found("lines.supplier", position, fault) if unnamed else Found("sales_reference", None, fault)
    if fault.say == SAME_NUMBER:
        return Found("lines.line_no", position, fault)
    return Found(_FIELDS.get(fault.code, "lines.sku" if line.sku else "lines.ean"), position, fault)


def _made_number(desk: _Desk) -> str:
    """The next number of the hub's own that the retailer has not used himself."""
    while True:
        number = order_number(draw(desk.db, f"order-number/{desk.terms.id}"))
        if number not in desk.numbers and not known_orders(desk.db, desk.terms.id, [number]):
            return number


def _again(desk: _Desk, tally: Tally, about: About, order: Order, known: KnownOrder) -> None:
    """An order that is known: the same again changes nothing, other content under its number is refused."""
    if known.content == order.content:
        say = f"order {known.number} is known already, with the same content"
        tally.blame(about, Found("number", None, Fault(Code.KNOWN_ORDER, known.number, say, "", Level.INFO)), known.number)
        tally.unchanged += 1
        tally.known += 1
        return
    elsewhere = tally.reading.said_elsewhere
    record = tally.reading.batches[about[0]].record(about[1])
    stored = stored_content(desk.db, known.id) if known.id else content_of(desk.accepted[known.number].order)
    differs = _differences(record, stored, elsewhere)
    say = f"order {known.number} is known already with other content{differs}"
    hint = "The first one stands. Cancel it and send the new one under a new number."
    tally.blame(about, Found("number", None, Fault(Code.CHANGED, known.number, say, hint)), known.number)
    tally.refuse(about)


def _differences(record: dict[str, Any], stored: dict[str, Any], elsewhere: frozenset[str]) -> str:
    """Which fields differ from the stored order, for the message; values stay out of it."""
    said = {name: canonical(value) for name, value in record.items() if name != "lines" and not name.startswith("x.")}
    compared = sorted((said.keys() | stored["head"].keys()) - elsewhere - {"number"})
    names = [name for name in compared if said.get(name) != stored["head"].get(name)]
    lines = [
        {name: canonical(value) for name, value in line.items() if name in ("sku", "quantity")}
        for line in record.get("lines", ())
    ]
    if sorted(json.dumps(each, sort_keys=True) for each in lines) != sorted(
        json.dumps(each, sort_keys=True) for each in stored["lines"]
    ):
        names.append("lines")
    return f" (differs in {', '.join(names[:8])})" if names else ""


def route_again(hub: Hub, db: Connection, order: Row[Any], now: datetime) -> list[Fault]:
    """Route an order that waits for a supplier (unknown_product: keep) once more, and split it when every line has one.

    Out: what still stands in the way; nothing is changed then.
    """
    waiting = open_lines(db, order.id)
    decision = route_lines(hub, db, order, [each.line for each in waiting], reserved=True)
    faults = decision.faults
    if not faults:
        for position, each in enumerate(waiting):
            set_route(db, each.id, decision.routed[position])
        ship_open_lines(db, order, "retry", now)
    return faults


def route_lines(hub: Hub, db: Connection, order: Row[Any], lines: list[Line], *, reserved: bool = False) -> Decision:
    """Decide anew where lines of a stored order go, as things stand now; nothing is written.

    `reserved`: the lines are those that wait on no shipment, and what they reserve is theirs to take. Lines that were
    accepted once may name one product, whatever the terms say now.
    """
    terms = replace(hub.workspace.retailer_terms(hub.partner(order.retailer)), same_product_twice=SameProduct.ALLOW)
    desk = _Desk(db, terms)
    _stock(desk, lines)
    for balance, quantity in reserved_by(db, order.id) if reserved else ():
        desk.shelf.take(balance, -quantity)
    again = Order(order.retailer, order.number, thaw(order.head), lines, order.content)
    return decide(again, _known(desk, again), desk.shelf, terms)
