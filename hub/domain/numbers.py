"""Numbers that the hub makes; they are drawn from series, never from chance or the clock."""

from __future__ import annotations

# Without vowels and look-alikes: no words by accident, nothing to misread on paper.
_LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
_PLACES = 9
_SPACE = len(_LETTERS) ** _PLACES
_STRIDE = (
    16_340_586_100_039  # coprime to 31, so that every draw has its own number; near the golden section, so that neighbours differ
)


def order_number(drawn: int) -> str:
    """The order number `XXX-XXX-XXX` for the n-th draw (contract §4, orders.number)."""
    rest = drawn * _STRIDE % _SPACE
    letters = []
    for _ in range(_PLACES):
        rest, digit = divmod(rest, len(_LETTERS))
        letters.append(_LETTERS[digit])
    text = "".join(letters)
    return f"{text[:3]}-{text[3:6]}-{text[6:]}"


def shipment_number(drawn: int) -> str:
    """The shipment number for the n-th draw: `S` and at least eight digits, Code 128, at most 20 characters."""
    return f"S{drawn:08d}"
