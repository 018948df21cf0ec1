"""What is wrong with the quantities of a delivery, in words (contract §8)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hub.domain.problems import Code, Fault


def beyond(quantity: Decimal, product: str | None, ordered: Decimal) -> Fault:
    """More than was ordered."""
    say = f"delivered and cancelled of {product} exceed the ordered {ordered.normalize():f}"
    return Fault(
        Code.RANGE,
        f"{quantity:f}",
        say,
        "Together they are at most what was ordered; send the quantity so far, not an addition.",
    )


def nothing_comes(quantity: Decimal) -> Fault:
    """A delivery of what is Cancelled for good."""
    say = "the shipment is Cancelled, which is final: nothing of it is delivered"
    return Fault(Code.FINAL, f"{quantity:f}", say, "Ask the retailer to open the order again.")


def lower(quantity: Decimal, known: Decimal) -> Fault:
    """Less than is known of a final shipment."""
    say = f"the shipment is final and {known.normalize():f} is known already"
    return Fault(Code.FINAL, f"{quantity:f}", say, "After a final status a quantity may only grow.")


def below_parcels(quantity: Decimal, packed: Decimal, parcels: Sequence[str]) -> Fault:
    """A total that is less than what lies in the parcels."""
    say = f"a total of {quantity.normalize():f} is less than the {packed.normalize():f} in parcel {', '.join(parcels)}"
    return Fault(Code.MISMATCH, f"{quantity:f}", say, "Send the quantity of each parcel anew, or the total of all parcels.")
