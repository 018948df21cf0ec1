"""What can be exported and how; kept apart so that the command line offers it without opening the store."""

from __future__ import annotations

from enum import StrEnum


class ExportKind(StrEnum):
    """The tables that can be taken away."""

    ORDERS = "orders"
    ORDER_LINES = "order-lines"
    SHIPMENTS = "shipments"
    SHIPMENT_LINES = "shipment-lines"
    PRODUCTS = "products"
    BALANCES = "balances"
    FILES = "files"
    PROBLEMS = "problems"
    EVENTS = "events"


class ExportFormat(StrEnum):
    """The forms in which a table is written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
