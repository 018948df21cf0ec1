"""What one record must be in itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.domain.checks import record_faults, repeated
from hub.domain.kinds import Kind
from hub.domain.problems import Code, Fault, Level

ADDRESS = {"ship_to.name": "Aino", "ship_to.country": "FI", "ship_to.postcode": "00100"}
LINE = {"sku": "A", "quantity": Decimal(1)}
ORDER: dict[str, Any] = ADDRESS | {"lines": [LINE]}


def _told(kind: Kind, record: dict[str, Any]) -> list[tuple[str, int | None, Code]]:
    return [(found.field, found.item, found.fault.code) for found in record_faults(kind, record)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"lines": []}, [("lines", None, Code.MISSING)]),
        ({"lines": [LINE, {"quantity": Decimal(1)}]}, [("lines.sku", 1, Code.MISSING)]),
        ({"lines": [{"ean": "6411300000494"}]}, []),
        ({"lines": [{"sku": Fault(Code.CHARACTERS, "ä", "holds ä")}]}, []),
        ({"pickup_point": "001"}, [("ship_to.phone", None, Code.MISSING)]),
        ({"pickup_point": "001", "ship_to.email": "a@b.test"}, []),
        ({"ship_to.postcode": None}, [("ship_to.postcode", None, Code.MISSING)]),
        ({"ship_to.postcode": None, "ship_to.country": "HK"}, []),
        ({"ship_to.postcode": "ABC"}, [("ship_to.postcode", None, Code.POSTCODE)]),
    ],
)
def test_an_order_needs_products_and_an_address_that_can_be_reached(change: dict[str, Any], told: list[Any]) -> None:
    assert _told(Kind.ORDERS, ORDER | change) == told


def test_an_odd_postcode_is_a_warning() -> None:
    [found] = record_faults(Kind.ORDERS, ORDER | {"ship_to.postcode": "ABC"})
    assert found.fault.level is Level.WARNING


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"shipment": "S1"}, []),
        ({"number": "1", "lines": [{"tracking_number": "T1"}]}, []),
        ({"lines": []}, [("shipment", None, Code.MISSING)]),
        (
            {"number": "1", "lines": [{"delivered_quantity": Decimal(0), "tracking_number": "T1"}]},
            [("lines.sku", 0, Code.MISSING)],
        ),
    ],
)
def test_a_delivery_names_its_shipment_and_the_products_that_it_counts(record: dict[str, Any], told: list[Any]) -> None:
    assert _told(Kind.DELIVERIES, record) == told


def test_a_cancelled_part_names_its_line() -> None:
    record = {"number": "1", "lines": [{"line_no": "1"}, {"quantity": Decimal(1)}]}
    assert _told(Kind.CANCELLATIONS, record) == [("lines.sku", 1, Code.MISSING)]


def test_a_key_that_stood_earlier_is_told_with_its_first_place() -> None:
    assert repeated(["a", None, "b", "a", None, "a"]) == {3: 0, 5: 0}
