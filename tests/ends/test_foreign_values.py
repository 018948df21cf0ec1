"""Foreign values come back in every file about the order, and show nobody what is another's."""

from __future__ import annotations

from tests.ends.conftest import CANCELLATIONS, DELIVERIES, ORDERS, SHIPMENTS, STATUSES, WISHES, Market


def foreign(mapping: str) -> str:
    """The mapping with values of both sides in each written row, or with what is read into them."""
    if mapping.startswith("\nreads"):
        return mapping.rstrip().removesuffix("}") + (
            ", x.note: name}\n" if mapping.rstrip().endswith("}") else "\n  x.note: name\n"
        )
    own = {"note": "x.note", "pallet": "x.pallet", "seal": "lines.x.seal", "batch": "x.batch"}
    if mapping.rstrip().endswith("}"):
        return mapping.rstrip().removesuffix("}") + "".join(f", {left}: {right}" for left, right in own.items()) + "}\n"
    return mapping + "".join(f"  {left}: {right}\n" for left, right in own.items())


def told(market: Market, partner: str, pattern: str) -> list[tuple[str, str, str, str]]:
    return [(row["note"], row["pallet"], row["seal"], row["batch"]) for row in market.rows(partner, pattern)]


def test_values_of_deliveries_and_cancellations_are_offered_to_whoever_may_see_them(market: Market) -> None:
    market.mapping("orders", foreign(ORDERS))
    market.mapping("cancellations", CANCELLATIONS.rstrip().removesuffix("}") + ", x.batch: reason}\n")
    market.mapping("deliveries", DELIVERIES + "  x.pallet: ref\n  x.note: carrier\n  lines.x.seal: parcel\n")
    market.mapping("statuses", foreign(STATUSES))
    market.mapping("shipments", foreign(SHIPMENTS))
    market.mapping("wishes", foreign(WISHES))
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"}, {"order": "1", "sku": "K1", "qty": "1"})
    market.once()
    line = {"sku": "A1", "qty": "1", "parcel": "s7"}
    market.deliveries("ahti", {"shipment": market.shipment("1"), "status": "Shipping", "ref": "P1", "carrier": "his", **line})
    market.deliveries("kivi", {"shipment": market.shipment("1", "kivi"), "status": "Viewed", "ref": "P2"})
    market.once(now=True)
    note = "Maija Esimerkki"  # the retailer's own value comes before the supplier's of the same name
    assert told(market, "nord", "status_0001.csv") == [(note, "P1,P2", "s7", ""), (note, "P1,P2", "", "")]
    market.cancel("nord", {"order": "1", "reason": "B9"})
    market.once()
    assert told(market, "ahti", "cancel_*.csv") == [(note, "P1", "s7", "B9")]
    assert told(market, "kivi", "cancel_*.csv") == [(note, "P2", "", "B9")]
    market.deliveries("ahti", {"shipment": market.shipment("1"), "status": "Shipping", "ref": "P1", "carrier": "his", **line})
    market.once()
    assert market.answer("ahti", "delivery.csv.2")["counts"]["unchanged"] == 1
    market.deliveries("ahti", {"shipment": market.shipment("1"), "status": "Shipping", "carrier": "other", **line})
    market.once()
    assert market.answer("ahti", "delivery.csv.3")["counts"]["accepted"] == 1
