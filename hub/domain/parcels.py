"""A parcel of a shipment, and whose tracking number it bears."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from hub.domain.tracking import NumberBy


@dataclass(slots=True)
class Parcel:
    """A parcel of a shipment; `lines` holds what is known to be in it, by line position: None is an unknown quantity."""

    parcel: str
    tracking_number: str | None = None
    carrier: str | None = None
    service_code: str | None = None
    weight: Decimal | None = None
    number_by: NumberBy | None = None
    lines: dict[int, Decimal | None] = field(default_factory=dict)

    def is_meant(self, name: str | None, tracking: str | None) -> bool:
        """Whether a row that names no known number means this parcel: by its name, or by a number, as the one the hub made."""
        if tracking is None:
            return name == self.parcel
        free = self.tracking_number is None or self.number_by is NumberBy.HUB
        return free and (name == self.parcel if name else self.number_by is NumberBy.HUB and not self.lines)

    def number(self, tracking: str) -> None:
        """Bear the supplier's own number, in the place of one that the hub drew or of none."""
        if self.number_by is NumberBy.HUB:
            self.carrier = None  # it was the carrier of the hub's number
        self.tracking_number, self.number_by = tracking, NumberBy.SUPPLIER
