"""The tables; their exact types are in `hub.store.types`, those about partners' ends in `hub.store.schema_ends`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.types import JSON, BigInteger, Boolean, Integer, LargeBinary, String, Text

from hub.store import schema_ends  # noqa: F401 - its tables belong to the same metadata
from hub.store.dialect import only
from hub.store.metadata import metadata
from hub.store.types import Exact, Id, Instant, When

rounds = Table(
    "rounds",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("phase", String(10), nullable=False),
    Column("send_all", Boolean, nullable=False, default=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_rounds_open", "ended_at"),
)

files = Table(
    "files",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("direction", String(3), nullable=False),
    Column("partner", String(50), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(20)),
    Column("mapping", Text),
    Column("mapping_version", String(64)),
    Column("state", String(12), nullable=False),
    Column("answer", Integer),
    Column("read", Integer, nullable=False, default=0),
    Column("accepted", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("refused", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("round", BigInteger),
    Column("arrival", Integer),  # in: which arrival of this name it is
    Column("source", Text),  # in: the claim that makes the arrival unique
    Column("modified_at", Instant),  # in: the partner's own time of the file
    Column("seq", BigInteger),  # out: the number drawn for its name
    Column("about", BigInteger, ForeignKey("files.id")),  # out: the file that it answers
    Column("answered_at", Instant),  # in: when its answer was rendered
    Column("crashes", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try", Instant),
    Column("error", Text),
    Column("purged_at", Instant),  # when retention let go of its content
    UniqueConstraint("source", name="uq_files_source"),
    Index("ix_files_name", "partner", "direction", "name"),
    Index("ix_files_state", "state", "direction", "partner"),
    Index("ix_files_about", "about"),
    only("ix_files_open", "state", "ended_at IS NULL"),
    only("ix_files_unanswered", "id", "direction = 'in' AND answered_at IS NULL"),
)

contents = Table(
    "contents",
    metadata,
    Column("file", BigInteger, ForeignKey("files.id"), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

problems = Table(
    "problems",
    metadata,
    Column("file", BigInteger, ForeignKey("files.id"), primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("code", String(30), nullable=False),
    Column("level", String(8), nullable=False),
    Column("sheet", Text),
    Column("row", Integer),
    Column("cell", String(12)),
    Column("column", Text),
    Column("field", Text),
    Column("record", Text),
    Column("value", Text),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False, default=""),
)

marks = Table(  # the answer that each row of a file got; the marked and the refused file are made from it
    "marks",
    metadata,
    Column("file", BigInteger, ForeignKey("files.id"), primary_key=True, autoincrement=False),
    Column("rows", JSON, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # drawn from the series of the same name
    Column("retailer", String(50), nullable=False),
    Column("number", String(50), nullable=False),
    Column("made", Boolean, nullable=False, default=False),
    Column("content", String(64), nullable=False),
    Column("date", When),
    Column("currency", String(3), nullable=False),
    Column("document_type", String(20), nullable=False),
    Column("draft", Boolean, nullable=False, default=False),
    Column("head", JSON, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("file", BigInteger, ForeignKey("files.id"), nullable=False),
    Column("row", Integer),
    Column("purged_at", Instant),  # when retention took the persons' data out of it
    UniqueConstraint("retailer", "number", name="uq_orders_number"),
    Index("ix_orders_content", "retailer", "content"),
    Index("ix_orders_file", "file"),
)

shipments = Table(
    "shipments",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # drawn from the series of the same name
    Column("number", String(20), nullable=False, unique=True),
    Column("order", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("retailer", String(50), nullable=False),
    Column("supplier", String(50), nullable=False),
    Column("status", String(20), nullable=False),
    Column("held", String(20)),
    Column("supplier_reference", String(100)),
    Column("ship_date", When),
    Column("created_at", Instant, nullable=False),
    Column("submitted_at", Instant),
    Column("status_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("cancel_asked_at", Instant),
    Column("cancel_reason", Text),
    Column("rest_open", Boolean, nullable=False, default=False),  # Delivered in part; waits for its rest
    Column("x", JSON),  # foreign values of its deliveries
    Index("ix_shipments_order", "order"),
    Index("ix_shipments_supplier", "supplier", "status"),
    only("ix_shipments_unsubmitted", "id", "submitted_at IS NULL"),
    only("ix_shipments_cancel_asked", "supplier", "cancel_asked_at IS NOT NULL"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("order", BigInteger, ForeignKey("orders.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("line_no", String(50), nullable=False),
    Column("sku", String(100)),
    Column("ean", String(14)),
    Column("name", Text),
    Column("quantity", Exact, nullable=False),
    Column("unit", String(20)),
    Column("price", Exact),
    Column("vat_rate", Exact),
    Column("total", Exact),
    Column("x", JSON, nullable=False),
    Column("row", Integer),
    Column("supplier", String(50)),
    Column("catalog", String(50)),
    Column("product", String(100)),  # the supplier's sku that the line was routed to
    Column("wholesale_price", Exact),
    Column("routed_by", String(20)),
    Column("shipment", BigInteger, ForeignKey("shipments.id")),
    Column("submitted_at", Instant, nullable=False),
    Column("delivered_quantity", Exact),
    Column("said_total", Exact),
    Column("cancelled_quantity", Exact, nullable=False, default=0),
    Column("cancel_asked", Exact),  # how much of it, in all, the supplier was asked to cancel
    Column("left_out", Exact, nullable=False, default=0),  # cancelled before any file told the supplier of it
    Column("cancel_reason", Text),
    Column("expected_date", String(10)),
    Column("again", BigInteger),  # the line of which this one sends the rest again, after the order was opened again
    Column("supplier_x", JSON),  # foreign values of deliveries; `x` holds the retailer's
    Index("ix_order_lines_order", "order"),
    Index("ix_order_lines_shipment", "shipment"),
    Index("ix_order_lines_reserved", "supplier", "product", "submitted_at"),
)

parcels = Table(
    "parcels",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("shipment", BigInteger, ForeignKey("shipments.id"), nullable=False),
    Column("parcel", String(50), nullable=False),
    Column("tracking_number", String(500)),
    Column("number_by", String(8)),  # who gave the tracking number: hub, carrier or supplier
    Column("carrier", String(100)),
    Column("service_code", String(50)),
    Column("weight", Exact),
    UniqueConstraint("shipment", "parcel", name="uq_parcels_parcel"),
    Index("ix_parcels_tracking", "tracking_number"),
)

parcel_lines = Table(
    "parcel_lines",
    metadata,
    Column("parcel", BigInteger, ForeignKey("parcels.id"), primary_key=True, autoincrement=False),
    Column("line", BigInteger, ForeignKey("order_lines.id"), primary_key=True, autoincrement=False),
    Column("quantity", Exact),  # None: it is in the parcel, nobody said how much
)

bookings = Table(  # a parcel that a carrier books
    "bookings",
    metadata,
    Column("parcel", BigInteger, ForeignKey("parcels.id"), primary_key=True, autoincrement=False),
    Column("carrier", String(50), nullable=False),
    Column("about", BigInteger, ForeignKey("files.id")),  # the supplier's file that told of the parcel
    Column("file", BigInteger, ForeignKey("files.id")),  # the file that asked for it last; None: still owed
    Column("answered_at", Instant),
    Column("error", Text),  # why it is not booked
    Index("ix_bookings_carrier", "carrier", "file"),
    Index("ix_bookings_file", "file"),
)

prints = Table(  # what is printed for a parcel: owed, made (its own file), done (in a merged file too), failed
    "prints",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("parcel", BigInteger, ForeignKey("parcels.id"), nullable=False),
    Column("supplier", String(50), nullable=False),
    Column("what", String(10), nullable=False),
    Column("format", String(4), nullable=False),
    Column("state", String(8), nullable=False),
    Column("cause", BigInteger, ForeignKey("files.id")),  # the file in that made it due
    Column("file", BigInteger, ForeignKey("files.id")),
    Column("merged", BigInteger, ForeignKey("files.id")),
    Column("error", Text),
    UniqueConstraint("parcel", "what", "format", name="uq_prints_parcel"),
    Index("ix_prints_state", "state", "supplier"),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("occurred_at", When),
    Column("retailer", String(50)),
    Column("order", BigInteger, ForeignKey("orders.id")),
    Column("shipment", BigInteger, ForeignKey("shipments.id")),
    Column("what", String(20), nullable=False),
    Column("from", Text),
    Column("to", Text),
    Column("by", String(50), nullable=False),
    Column("reason", Text),
    Column("file", BigInteger, ForeignKey("files.id")),
    Index("ix_events_retailer", "retailer", "id"),
    Index("ix_events_order", "order"),
    Index("ix_events_shipment", "shipment"),
)

products = Table(
    "products",
    metadata,
    Column("supplier", String(50), primary_key=True),
    Column("sku", String(100), primary_key=True),
    Column("ean", String(14)),
    Column("name", Text),
    Column("price", Exact),
    Column("currency", String(3)),
    Column("vat_rate", Exact),
    Column("unit", String(20)),
    Column("weight", Exact),
    Column("brand", Text),
    Column("category", Text),
    Column("active", Boolean, nullable=False, default=True),
    Column("more", JSON, nullable=False),  # measures, marks, texts by language, pictures
    Column("told", BigInteger, nullable=False),  # hash of the row that said it last: the same row again costs no write
    Column("updated_at", Instant, nullable=False),
    Column("file", BigInteger, ForeignKey("files.id"), nullable=False),
    Index("ix_products_sku", "sku"),
    Index("ix_products_ean", "ean"),
)

balances = Table(
    "balances",
    metadata,
    Column("supplier", String(50), primary_key=True),
    Column("sku", String(100), primary_key=True),
    Column("catalog", String(50), primary_key=True),
    Column("stock", Exact),
    Column("incoming", Exact),
    Column("wholesale_price", Exact),
    Column("available_date", String(10)),
    Column("published", Boolean, nullable=False, default=True),
    Column("pool", Boolean, nullable=False, default=True),  # the figure came without a catalogue: one pool for all
    Column("as_of", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),  # also when the same figure was told again
    Column("file", BigInteger, ForeignKey("files.id"), nullable=False),  # that said something else than before
    Index("ix_balances_catalog", "catalog"),
)

received = Table(  # goods that came into a warehouse: a stock figure of an earlier time does not count them
    "received",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("supplier", String(50), nullable=False),
    Column("sku", String(100), nullable=False),
    Column("catalog", String(50), nullable=False),
    Column("at", Instant, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("file", BigInteger, ForeignKey("files.id"), nullable=False),
    Index("ix_received_product", "supplier", "sku"),
    Index("ix_received_at", "supplier", "at"),
)

receipts = Table(  # files in that are still to be answered through a mapping of the partner's own, and their records
    "receipts",
    metadata,
    Column("file", BigInteger, ForeignKey("files.id"), primary_key=True, autoincrement=False),
    Column("mapping", String(200), primary_key=True),
    Column("partner", String(50), nullable=False),
    Column("records", JSON, nullable=False),
    Index("ix_receipts_partner", "partner", "mapping"),
)

full_files = Table(  # how many records the last full file of a mapping held
    "full_files",
    metadata,
    Column("partner", String(50), primary_key=True),
    Column("mapping", String(200), primary_key=True),
    Column("records", Integer, nullable=False),
)

sends = Table(  # when a scheduled file is next due
    "sends",
    metadata,
    Column("partner", String(50), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("next_due", Instant),
    Column("last_event", BigInteger, nullable=False, default=0),  # statuses: everything later may have changed an order
)

told = Table(  # what a partner was last told of an order, a shipment or a product
    "told",
    metadata,
    Column("partner", String(50), primary_key=True),
    Column("mapping", String(200), primary_key=True),
    Column("subject", String(160), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("file", BigInteger, ForeignKey("files.id"), nullable=False),
)

carried = Table(  # which orders and shipments an outgoing file holds
    "carried",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("file", BigInteger, ForeignKey("files.id"), nullable=False),
    Column("order", BigInteger, ForeignKey("orders.id")),
    Column("shipment", BigInteger, ForeignKey("shipments.id")),
    Index("ix_carried_file", "file"),
    Index("ix_carried_order", "order"),
    Index("ix_carried_shipment", "shipment"),
)

series = Table(
    "series",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

journal = Table(  # every event of a file's life, sealed one by one; see hub.store.journal
    "journal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("file", BigInteger, nullable=False),
    Column("partner", String(50), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_journal_file", "file"),
)
