"""Products, their balances in each catalogue, and what of them may still be ordered (contract §4, §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, tuple_, update

from hub.domain.routing import Candidate
from hub.domain.shelf import Shelf
from hub.store import many
from hub.store.dialect import put
from hub.store.many import among, chunks
from hub.store.schema import balances, order_lines, products, received

PRODUCT_COLUMNS = ("ean", "name", "price", "currency", "vat_rate", "unit", "weight", "brand", "category", "active")
"""The product fields with a column of their own; the others live in `more`."""


def known_products(db: Connection, supplier: str, skus: Collection[str]) -> dict[str, Row[Any]]:
    """A supplier's stored products among `skus`, by sku."""
    found: dict[str, Row[Any]] = {}
    for some in chunks(skus):
        found.update(
            {
                row.sku: row
                for row in db.execute(select(products).where(products.c.supplier == supplier, products.c.sku.in_(some)))
            }
        )
    return found


def told_hashes(db: Connection, supplier: str, skus: Collection[str]) -> dict[str, int]:
    """The hash of the row that each of some products of a supplier was last told by."""
    found: dict[str, int] = {}
    for some in chunks(skus):
        query = select(products.c.sku, products.c.told).where(products.c.supplier == supplier, products.c.sku.in_(some))
        found.update({row.sku: row.told for row in db.execute(query)})
    return found


def skus_of_eans(db: Connection, supplier: str, eans: Collection[str]) -> dict[str, list[str]]:
    """A supplier's skus by EAN, for rows that name the EAN only."""
    found: dict[str, list[str]] = defaultdict(list)
    spelled = {spelling: ean for ean in eans for spelling in gtin_spellings(ean)}
    for some in chunks(spelled):
        for row in db.execute(
            select(products.c.sku, products.c.ean).where(products.c.supplier == supplier, products.c.ean.in_(some))
        ):
            found[spelled[row.ean]].append(row.sku)
    return found


def gtin_spellings(ean: str) -> list[str]:
    """A GTIN with more or fewer leading zeros: partners write the same number with 8, 12, 13 or 14 digits."""
    bare = ean.lstrip("0")
    return [bare.zfill(length) for length in (8, 12, 13, 14) if len(bare) <= length]


def put_products(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write products, each row with every column."""
    put(db, products, ["supplier", "sku"], rows)


def change_products(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write products that are there, given as `put_products` takes them; many are changed in half its time."""
    many.update(db, products, rows, ["supplier", "sku"])


def end_products(db: Connection, supplier: str, kept: Collection[str], now: datetime, file: int) -> int:
    """End the sale of a supplier's products that a full file does not name; returns how many."""
    query = select(products.c.sku).where(products.c.supplier == supplier, products.c.active.is_(True))
    missing = [sku for sku in db.execute(query).scalars() if sku not in kept]
    for some in chunks(missing):
        ended = update(products).where(products.c.supplier == supplier, products.c.sku.in_(some))
        db.execute(ended.values(active=False, told=0, updated_at=now, file=file))
    return len(missing)


def known_balances(db: Connection, supplier: str, skus: Collection[str]) -> dict[tuple[str, str], Row[Any]]:
    """A supplier's balances of `skus`, by sku and catalogue."""
    found: dict[tuple[str, str], Row[Any]] = {}
    for some in chunks(skus):
        rows = db.execute(select(balances).where(balances.c.supplier == supplier, balances.c.sku.in_(some)))
        found.update({(row.sku, row.catalog): row for row in rows})
    return found


def put_balances(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write balances, each row with every column."""
    put(db, balances, ["supplier", "sku", "catalog"], rows)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Goods that a warehouse received through a catalogue; a negative quantity takes back what was told too much."""

    catalog: str
    at: datetime
    quantity: Decimal


def receipts(db: Connection, supplier: str, skus: Collection[str]) -> dict[str, list[Receipt]]:
    """What a warehouse received of some products, by sku."""
    found: dict[str, list[Receipt]] = defaultdict(list)
    for some in chunks(skus):
        query = select(received).where(received.c.supplier == supplier, received.c.sku.in_(some))
        for row in db.execute(query):
            found[row.sku].append(Receipt(row.catalog, row.at, row.quantity))
    return found


def received_after(db: Connection, supplier: str, at: datetime) -> set[str]:
    """The products of which a warehouse told a receipt after `at`."""
    query = select(received.c.sku).where(received.c.supplier == supplier, received.c.at > at).distinct()
    return set(db.execute(query).scalars())


def receive(db: Connection, supplier: str, goods: tuple[str, str], more: Decimal, at: datetime, now: datetime, file: int) -> None:
    """Add goods (product and catalogue) whose receipt was told `at` to the last figure: of every balance of a pool, else the own.

    What came is remembered, for figures that are older and arrive later.
    """
    sku, catalog = goods
    db.execute(insert(received).values(supplier=supplier, sku=sku, catalog=catalog, at=at, quantity=more, file=file))
    known = known_balances(db, supplier, [sku])
    pool = (sku, catalog) in known and known[sku, catalog].pool
    for (_, each), row in known.items():
        if each == catalog or (pool and row.pool):
            mine = (balances.c.supplier == supplier) & (balances.c.sku == sku) & (balances.c.catalog == each)
            stock = max((row.stock or Decimal(0)) + more, Decimal(0))
            db.execute(update(balances).where(mine).values(stock=stock, updated_at=now, file=file))


def missing_balances(
    db: Connection, supplier: str, kept: Collection[tuple[str, str]], catalogs: Collection[str]
) -> list[tuple[str, str]]:
    """The balances (sku, catalogue) in some catalogues that are not among `kept`."""
    query = select(balances.c.sku, balances.c.catalog).where(
        balances.c.supplier == supplier, balances.c.catalog.in_(list(catalogs))
    )
    return [(row.sku, row.catalog) for row in db.execute(query) if (row.sku, row.catalog) not in kept]


def empty_balances(
    db: Connection, supplier: str, keys: Sequence[tuple[str, str]], as_of: datetime, now: datetime, file: int
) -> None:
    """Set balances (sku, catalogue) to 0; a figure newer than `as_of` stays, a balance without a figure gets its first."""
    for some in chunks(keys, 400):
        db.execute(
            update(balances)
            .where(
                balances.c.supplier == supplier,
                tuple_(balances.c.sku, balances.c.catalog).in_(some),
                or_(balances.c.as_of <= as_of, balances.c.stock.is_(None)),
            )
            .values(stock=Decimal(0), as_of=as_of, updated_at=now, file=file)
        )


@dataclass(slots=True)
class Offered:
    """What is on sale under some numbers, and every balance of it, by supplier."""

    candidates: list[Candidate] = field(default_factory=list)
    balances: dict[str, list[Any]] = field(default_factory=dict)


def offered(db: Connection, catalogs: Collection[str], skus: Collection[str], eans: Collection[str]) -> Offered:
    """Every product on sale in one of `catalogs` with one of the skus or EANs."""
    spelled = {spelling for ean in eans for spelling in gtin_spellings(ean)}
    named: dict[str, dict[str, Any]] = defaultdict(dict)
    for column, values in (("sku", skus), ("ean", spelled)):
        for row in among(db, products, column, values, "sku", _PRODUCT):
            if row.active:
                named[row.supplier][row.sku] = row
    found = Offered()
    for supplier, mine in sorted(named.items()):
        # the catalogues in the query would have SQLite read everything in them to find a few products
        rows = found.balances[supplier] = list(among(db, balances, "sku", mine, "sku", _BALANCE, supplier=supplier))
        for row in rows:
            if row.published and row.catalog in catalogs:
                product = mine[row.sku]
                found.candidates.append(Candidate(supplier, row.sku, row.catalog, product.ean, product.name, row.wholesale_price))
    return found


_PRODUCT = ("supplier", "sku", "ean", "name", "active")
_FIGURE = ("sku", "catalog", "stock", "pool", "as_of")
_BALANCE = (*_FIGURE, "published", "wholesale_price")


def shelf(db: Connection, keys: Collection[tuple[str, str]]) -> Shelf:
    """What is left of every balance of some products (supplier, sku).

    Available = the figure less every line that was not yet handed over when the figure was true (contract §7).
    """
    made = Shelf()
    skus: dict[str, set[str]] = defaultdict(set)
    for supplier, sku in keys:
        skus[supplier].add(sku)
    for supplier, mine in skus.items():  # pairs in one IN would have SQLite read every balance and every line there is
        shelve(db, made, supplier, list(among(db, balances, "sku", mine, "sku", _FIGURE, supplier=supplier)))
    return made


def shelve(db: Connection, made: Shelf, supplier: str, rows: Collection[Any]) -> None:
    """Put balances of a supplier on a shelf on which none of their products lies: every one that each of these has."""
    for some in chunks(rows):
        _shelve(db, made, supplier, some)


def _shelve(db: Connection, made: Shelf, supplier: str, rows: Sequence[Any]) -> None:
    taken: dict[str, list[tuple[str, datetime, Decimal]]] = {}
    for since, some in _by_age(rows):
        taken |= _reserved(db, supplier, some, since)
    for row in rows:
        left = row.stock or _NONE
        for catalog, until, quantity in taken.get(row.sku, ()):
            if until > row.as_of and (row.pool or catalog == row.catalog):
                left -= quantity
        made.put((supplier, row.sku, row.catalog), left, pool=row.pool)


_NONE = Decimal(0)


def _by_age(rows: Sequence[Any]) -> Iterator[tuple[datetime, list[str]]]:
    """Products by the age of their oldest figure, in a few groups: one of long ago would have all lines since read for each."""
    oldest: dict[str, datetime] = {}
    for row in rows:
        oldest[row.sku] = min(row.as_of, oldest.get(row.sku, row.as_of))
    times = sorted(set(oldest.values()))
    for some in chunks(times, -(-len(times) // _AGES) or 1):
        yield some[0], [sku for sku, as_of in oldest.items() if some[0] <= as_of <= some[-1]]


_AGES = 16
"""Into how many questions at most those for products are split."""


def _reserved(
    db: Connection, supplier: str, skus: Sequence[str], since: datetime
) -> dict[str, list[tuple[str, datetime, Decimal]]]:
    """By sku, the open quantities of the lines not handed over by `since`: catalogue, when handed over, quantity."""
    query = (
        select(order_lines.c.product, order_lines.c.catalog, order_lines.c.submitted_at, _open())
        .where(order_lines.c.supplier == supplier, order_lines.c.product.in_(skus), order_lines.c.submitted_at > since)
        .group_by(order_lines.c.product, order_lines.c.catalog, order_lines.c.submitted_at)
    )
    found: dict[str, list[tuple[str, datetime, Decimal]]] = defaultdict(list)
    for product, catalog, until, quantity in db.execute(query):
        found[product].append((catalog, until, quantity))
    return found


def _open() -> ColumnElement[Decimal]:
    return func.sum(order_lines.c.quantity - order_lines.c.cancelled_quantity, type_=order_lines.c.quantity.type)


def catalogue_rows(db: Connection, catalogs: Collection[str]) -> Iterable[Row[Any]]:
    """Every balance in `catalogs` with its product, in order of supplier, sku and catalogue."""
    joined = and_(balances.c.supplier == products.c.supplier, balances.c.sku == products.c.sku)
    mine = [column for column in balances.c if column.name not in ("supplier", "sku", "updated_at", "file")]
    query = select(products, *mine).join(balances, joined).where(balances.c.catalog.in_(list(catalogs)))
    return db.execute(query.order_by(balances.c.supplier, balances.c.sku, balances.c.catalog))
