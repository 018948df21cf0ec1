"""What is wrong with the quantities of a delivery, in words (contract §8)."""

from __future__ import annotations

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
