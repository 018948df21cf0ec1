"""The documents that pass through the hub (contract §4) and who may send or receive each."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a partner is."""

    RETAILER = "retailer"
    SUPPLIER = "supplier"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"


PURCHASE_ORDER = "PurchaseOrder"
"""The document type of goods that a retailer orders into a warehouse; every other order is a sale."""


class Kind(StrEnum):
    """A kind of document; `cancellations` travels both ways."""

    ORDERS = "orders"
    CANCELLATIONS = "cancellations"
    PRODUCTS = "products"
    STOCK = "stock"
    DELIVERIES = "deliveries"
    BOOKING_ANSWERS = "booking_answers"
    SHIPMENTS = "shipments"
    STATUSES = "statuses"
    DESPATCHES = "despatches"
    CATALOG = "catalog"
    BOOKINGS = "bookings"
    ANSWERS = "answers"


READ_FROM: dict[Kind, frozenset[Role]] = {
    Kind.ORDERS: frozenset({Role.RETAILER}),
    Kind.CANCELLATIONS: frozenset({Role.RETAILER}),
    Kind.PRODUCTS: frozenset({Role.SUPPLIER, Role.WAREHOUSE}),
    Kind.STOCK: frozenset({Role.SUPPLIER, Role.WAREHOUSE}),
    Kind.DELIVERIES: frozenset({Role.SUPPLIER, Role.WAREHOUSE}),
    Kind.BOOKING_ANSWERS: frozenset({Role.CARRIER}),
}

WRITTEN_TO: dict[Kind, frozenset[Role]] = {
    Kind.SHIPMENTS: frozenset({Role.SUPPLIER, Role.WAREHOUSE}),
    Kind.CANCELLATIONS: frozenset({Role.SUPPLIER, Role.WAREHOUSE}),
    Kind.STATUSES: frozenset({Role.RETAILER}),
    Kind.DESPATCHES: frozenset({Role.RETAILER}),
    Kind.CATALOG: frozenset({Role.RETAILER}),
    Kind.BOOKINGS: frozenset({Role.CARRIER}),
    Kind.ANSWERS: frozenset(Role),
}
