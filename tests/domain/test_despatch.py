"""A despatch is held back exactly when it contradicts itself or another one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.domain.despatch import fault, receiver, untracked


def despatch(delivered: int | None, *parcels: tuple[str | None, int], ordered: int = 5, cancelled: int = 0) -> dict[str, Any]:
    line = {
        "line_no": "1",
        "quantity": Decimal(ordered),
        "cancelled_quantity": Decimal(cancelled),
        "delivered_quantity": None if delivered is None else Decimal(delivered),
    }
    inside = [
        {
            "parcel": str(n),
            "tracking_number": number,
            "lines": [{"line_no": "1", "delivered_quantity": Decimal(quantity)}] if quantity else [],
        }
        for n, (number, quantity) in enumerate(parcels, start=1)
    ]
    return {"lines": [line], "parcels": inside}


@pytest.mark.parametrize(
    ("record", "elsewhere", "expected"),
    [
        (despatch(5, ("T1", 3), ("T2", 2)), [], None),
        (despatch(None, ("T1", 0)), [], None),
        (despatch(5, ("T1", 0)), [], None),
        (despatch(6, ("T1", 6)), [], "line 1: more is delivered than was ordered"),
        (despatch(4, ("T1", 4), cancelled=2), [], "line 1: more is delivered than was ordered"),
        (despatch(3, ("T1", 3), ("T2", 2)), [], "line 1: more lies in the parcels than is delivered"),
        (despatch(5, ("T1", 3), ("T1", 2)), [], "tracking number T1 is on two parcels"),
        (despatch(5, ("T1", 5)), ["T1"], "tracking number T1 is on a parcel for another receiver"),
    ],
)
def test_a_despatch_is_held_back_when_it_contradicts_itself(
    record: dict[str, Any], elsewhere: list[str], expected: str | None
) -> None:
    assert fault(record, elsewhere) == expected


def test_parcels_without_a_number_are_named() -> None:
    assert untracked(despatch(5, ("T1", 3), (None, 2))) == "no tracking number for parcel 2"
    assert untracked(despatch(5)) == "no parcel and no tracking number is known"
    assert untracked(despatch(5, ("T1", 5))) is None


def test_a_receiver_is_the_same_in_other_capitals_and_spaces() -> None:
    one = {"ship_to.name": "Maija  Esimerkki", "ship_to.city": "HELSINKI"}
    assert receiver(one) == receiver({"ship_to.name": "maija esimerkki", "ship_to.city": "Helsinki"})
    assert receiver(one) != receiver({"ship_to.name": "Kalle Koe", "ship_to.city": "Helsinki"})
