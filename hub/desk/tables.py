"""The nine tables that can be taken away, row by row from the store (contract §10).

Each yields blocks of plain tuples in the order of its columns, sorted by its business key, and holds
no more than a block at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, select

from hub.config.workspace import Workspace
from hub.desk.choices import ExportKind
from hub.desk.standing import cancelled_words, standings
from hub.domain.status import FINAL, Status
from hub.store.catalogue import shelf
from hub.store.schema import balances, events, files, order_lines, orders, parcel_lines, parcels, problems, products, shipments
from hub.store.shipments import holds

__all__ = ["COLUMNS", "Block", "ExportKind", "blocks", "count", "line_status"]

Values = tuple[Any, ...]
Block = list[Values]

_BLOCK = 900


COLUMNS: dict[ExportKind, tuple[str, ...]] = {
    kind: tuple(names.split())
    for kind, names in {
        ExportKind.ORDERS: "retailer number status final date currency document_type lines quantity delivered_quantity"
        " shipments updated_at",
        ExportKind.ORDER_LINES: "retailer order line_no sku ean name quantity delivered_quantity unit price supplier shipment"
        " status",
        ExportKind.SHIPMENTS: "shipment retailer order supplier status final lines quantity delivered_quantity tracking_numbers"
        " created_at",
        ExportKind.SHIPMENT_LINES: "shipment retailer order supplier line_no sku ean name quantity delivered_quantity"
        " cancelled_quantity unit catalog wholesale_price status tracking_numbers",
        ExportKind.PRODUCTS: "supplier sku ean name price currency vat_rate unit weight brand category active",
        ExportKind.BALANCES: "supplier sku catalog retailer stock available incoming wholesale_price",
        ExportKind.FILES: "id direction partner name kind mapping state answer read accepted unchanged refused size sha256 at",
        ExportKind.PROBLEMS: "file name code level sheet row cell column field record value message hint",
        ExportKind.EVENTS: "at occurred_at retailer order shipment what from to by reason file",
    }.items()
}

_MAIN: dict[ExportKind, Table] = {
    ExportKind.ORDERS: orders,
    ExportKind.ORDER_LINES: order_lines,
    ExportKind.SHIPMENTS: shipments,
    ExportKind.SHIPMENT_LINES: order_lines,
    ExportKind.PRODUCTS: products,
    ExportKind.BALANCES: balances,
    ExportKind.FILES: files,
    ExportKind.PROBLEMS: problems,
    ExportKind.EVENTS: events,
}


def count(db: Connection, kind: ExportKind) -> int:
    """How many rows a table has."""
    query = select(func.count()).select_from(_MAIN[kind])
    if kind is ExportKind.SHIPMENT_LINES:
        query = query.where(order_lines.c.shipment.is_not(None))
    return int(db.execute(query).scalar_one())


def blocks(db: Connection, kind: ExportKind, workspace: Workspace) -> Iterator[Block]:
    """The rows of a table in blocks, each row parallel to `COLUMNS[kind]`."""
    return _BLOCKS[kind](db, workspace)


def _stream(db: Connection, query: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
    yield from db.execute(query, execution_options={"yield_per": _BLOCK}).partitions()


def _by_letters(db: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """A text column as a sort key that is the same on every database."""
    return column.collate("C") if db.dialect.name == "postgresql" else column


def _orders(db: Connection, workspace: Workspace) -> Iterator[Block]:
    words = cancelled_words(workspace)
    names = ("id", "retailer", "number", "draft", "date", "currency", "document_type", "updated_at")
    query = select(*(orders.c[name] for name in names))
    for rows in _stream(db, query.order_by(_by_letters(db, orders.c.retailer), _by_letters(db, orders.c.number))):
        known = standings(db, [row.id for row in rows])
        block: Block = []
        for row in rows:
            standing = known[row.id]
            status = standing.status(draft=row.draft, all_cancelled=words.get(row.retailer, Status.CANCELLED))
            told_as_none = standing.nothing_comes and status is Status.DELIVERED
            block.append(
                (
                    row.retailer,
                    row.number,
                    status.value,
                    status in FINAL,
                    row.date,
                    row.currency,
                    row.document_type,
                    standing.lines,
                    standing.quantity,
                    Decimal(0) if told_as_none else standing.delivered,
                    len(standing.statuses),
                    row.updated_at,
                )
            )
        yield block


def _order_lines(db: Connection, workspace: Workspace) -> Iterator[Block]:
    words = cancelled_words(workspace)
    query = select(orders.c.id, orders.c.retailer, orders.c.number, orders.c.draft)
    for rows in _stream(db, query.order_by(_by_letters(db, orders.c.retailer), _by_letters(db, orders.c.number))):
        ids = [row.id for row in rows]
        known, lines = standings(db, ids), _lines_of(db, ids)
        block: Block = []
        for row in rows:
            standing = known[row.id]
            status = standing.status(draft=row.draft, all_cancelled=words.get(row.retailer, Status.CANCELLED))
            told_as_none = standing.nothing_comes and status is Status.DELIVERED
            for line in lines[row.id]:
                delivered = Decimal(0) if told_as_none else line.delivered_quantity
                block.append(
                    (
                        row.retailer,
                        row.number,
                        line.line_no,
                        line.sku,
                        line.ean,
                        line.name,
                        line.quantity,
                        delivered,
                        line.unit,
                        line.price,
                        line.supplier,
                        line.shipment_number,
                        line_status(line, status),
                    )
                )
        yield block


_LINE: tuple[ColumnElement[Any], ...] = tuple(
    order_lines.c[name]
    for name in (
        *("id", "order", "line_no", "sku", "ean", "name", "quantity", "delivered_quantity", "cancelled_quantity", "unit"),
        *("price", "supplier", "catalog", "wholesale_price"),
    )
)


def _lines_of(db: Connection, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    numbered = (shipments.c.number.label("shipment_number"), shipments.c.status.label("shipment_status"))
    query: Select[Any] = (
        select(*_LINE, *numbered)
        .outerjoin(shipments, shipments.c.id == order_lines.c.shipment)
        .where(order_lines.c.order.in_(ids))
        .order_by(order_lines.c.order, order_lines.c.position)
    )
    for line in db.execute(query):
        found[line.order].append(line)
    return found


def line_status(line: Row[Any], order_status: Status) -> str:
    """A line's status: Cancelled when wholly cancelled, else its shipment's, else its order's.

    `line` is a row of the lines' table with `shipment_status` beside it.
    """
    if line.cancelled_quantity >= line.quantity:
        return Status.CANCELLED.value
    return str(line.shipment_status or order_status.value)


def _shipments(db: Connection, _workspace: Workspace) -> Iterator[Block]:
    names = ("id", "number", "retailer", "supplier", "status", "created_at")
    query = select(*(shipments.c[name] for name in names), orders.c.number.label("order_number"))
    query = query.join(orders, orders.c.id == shipments.c.order)
    for rows in _stream(db, query.order_by(_by_letters(db, shipments.c.number))):
        ids = [row.id for row in rows]
        sums, tracked = _sums(db, ids), _tracking(db, ids)
        yield [
            (
                row.number,
                row.retailer,
                row.order_number,
                row.supplier,
                row.status,
                row.status in FINAL,
                *sums.get(row.id, (0, Decimal(0), None)),
                tracked[row.id],
                row.created_at,
            )
            for row in rows
        ]


def _sums(db: Connection, ids: Sequence[int]) -> dict[int, tuple[int, Decimal, Decimal | None]]:
    amounts = (func.count(), func.sum(order_lines.c.quantity), func.sum(order_lines.c.delivered_quantity))
    query = select(order_lines.c.shipment, *amounts).where(order_lines.c.shipment.in_(ids)).group_by(order_lines.c.shipment)
    return {shipment: (lines, quantity, delivered) for shipment, lines, quantity, delivered in db.execute(query)}


def _tracking(db: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """The tracking numbers of shipments, each once, in the order in which they came."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    query = select(parcels.c.shipment, parcels.c.tracking_number).where(
        parcels.c.shipment.in_(ids), parcels.c.tracking_number.is_not(None)
    )
    for shipment, number in db.execute(query.order_by(parcels.c.id)):
        found[shipment][number] = None
    return defaultdict(list, {shipment: list(numbers) for shipment, numbers in found.items()})


def _shipment_lines(db: Connection, _workspace: Workspace) -> Iterator[Block]:
    head = (shipments.c.number, shipments.c.retailer, orders.c.number.label("order_number"), shipments.c.supplier)
    query = (
        select(*_LINE, *(each.label(f"of_{each.name}") for each in head), shipments.c.status.label("shipment_status"))
        .join(shipments, shipments.c.id == order_lines.c.shipment)
        .join(orders, orders.c.id == shipments.c.order)
        .order_by(_by_letters(db, shipments.c.number), order_lines.c.position)
    )
    for rows in _stream(db, query):
        tracked = _line_tracking(db, [row.id for row in rows])
        yield [
            (
                row.of_number,
                row.of_retailer,
                row.of_order_number,
                row.of_supplier,
                row.line_no,
                row.sku,
                row.ean,
                row.name,
                row.quantity,
                row.delivered_quantity,
                row.cancelled_quantity,
                row.unit,
                row.catalog,
                row.wholesale_price,
                line_status(row, Status(row.shipment_status)),
                tracked[row.id],
            )
            for row in rows
        ]


def _line_tracking(db: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = (
        select(parcel_lines.c.line, parcels.c.tracking_number)
        .join(parcels, parcels.c.id == parcel_lines.c.parcel)
        .where(parcel_lines.c.line.in_(ids), parcels.c.tracking_number.is_not(None), holds())
        .order_by(parcels.c.id)
    )
    for line, number in db.execute(query):
        found[line].append(number)
    return found


def _products(db: Connection, _workspace: Workspace) -> Iterator[Block]:
    query = select(*(products.c[name] for name in COLUMNS[ExportKind.PRODUCTS]))
    for rows in _stream(db, query.order_by(_by_letters(db, products.c.supplier), _by_letters(db, products.c.sku))):
        yield [tuple(row) for row in rows]


def _balances(db: Connection, workspace: Workspace) -> Iterator[Block]:
    owner = {catalog.id: partner.id for partner in workspace.partners.values() for catalog in partner.catalogs}
    of_product = and_(products.c.supplier == balances.c.supplier, products.c.sku == balances.c.sku)
    key = [_by_letters(db, column) for column in (balances.c.supplier, balances.c.sku, balances.c.catalog)]
    for rows in _stream(db, select(balances, products.c.active).join(products, of_product).order_by(*key)):
        left = shelf(db, {(row.supplier, row.sku) for row in rows})
        yield [
            (
                row.supplier,
                row.sku,
                row.catalog,
                owner.get(row.catalog),
                row.stock,
                left.available((row.supplier, row.sku, row.catalog)) if row.active and row.published else Decimal(0),
                row.incoming,
                row.wholesale_price,
            )
            for row in rows
        ]


def _files(db: Connection, _workspace: Workspace) -> Iterator[Block]:
    query = select(*(files.c[name] for name in COLUMNS[ExportKind.FILES])).order_by(files.c.id)
    for rows in _stream(db, query):
        yield [tuple(row) for row in rows]


def _problems(db: Connection, _workspace: Workspace) -> Iterator[Block]:
    own = [problems.c[name] for name in COLUMNS[ExportKind.PROBLEMS] if name not in ("file", "name")]
    query = select(problems.c.file, files.c.name, *own).join(files, files.c.id == problems.c.file)
    for rows in _stream(db, query.order_by(problems.c.file, problems.c.n)):
        yield [tuple(row) for row in rows]


def _events(db: Connection, _workspace: Workspace) -> Iterator[Block]:
    at, occurred_at, *others = (events.c[name] for name in ("at", "occurred_at", "what", "from", "to", "by", "reason", "file"))
    query = (
        select(at, occurred_at, events.c.retailer, orders.c.number, shipments.c.number, *others)
        .outerjoin(orders, orders.c.id == events.c.order)
        .outerjoin(shipments, shipments.c.id == events.c.shipment)
        .order_by(events.c.id)
    )
    for rows in _stream(db, query):
        yield [tuple(row) for row in rows]


_BLOCKS: dict[ExportKind, Callable[[Connection, Workspace], Iterator[Block]]] = {
    ExportKind.ORDERS: _orders,
    ExportKind.ORDER_LINES: _order_lines,
    ExportKind.SHIPMENTS: _shipments,
    ExportKind.SHIPMENT_LINES: _shipment_lines,
    ExportKind.PRODUCTS: _products,
    ExportKind.BALANCES: _balances,
    ExportKind.FILES: _files,
    ExportKind.PROBLEMS: _problems,
    ExportKind.EVENTS: _events,
}
