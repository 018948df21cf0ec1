"""What must be true of orders and stock, kept by a clerk with a pencil: nothing here is shared with the hub."""

from __future__ import annotations

from dataclasses import dataclass, field

STEPS = ("Created", "Submitted", "Viewed", "Picking", "Packing", "Shipping", "Delivered")
FINAL = ("Delivered", "Cancelled")
PRICES = {("ahti", "P2"): 5, ("kivi", "P2"): 4, ("ahti", "P3"): 3, ("kivi", "P3"): 3}
OFFERS = {"ahti": ("P1", "P2", "P3"), "kivi": ("P2", "P3", "P4", "P5")}
RETAILERS = ("nord", "sud")  # sud has ahti in a catalogue of his own, and kivi by the public one, which he looks at last
NEVER = 10**9


@dataclass
class Line:
    """A line of a shipment, or of an order that has none yet; `parts` are its delivered quantities by tracking number."""

    order: str
    line_no: str
    sku: str
    supplier: str
    quantity: int
    parts: dict[str, int] = field(default_factory=dict)
    cancelled: int = 0
    handed: int = NEVER
    shipment: Shipment | None = None

    @property
    def delivered(self) -> int | None:
        return sum(self.parts.values()) if self.parts else None

    @property
    def settled(self) -> bool:
        return (self.delivered or 0) + self.cancelled >= self.quantity


@dataclass
class Shipment:
    """What one supplier gets of one order."""

    order: str
    supplier: str
    stays_open: bool
    status: str = "Submitted"
    rest_open: bool = False
    regretted: bool = False  # cancelled in the round in which it came
    lines: list[Line] = field(default_factory=list)
    number: str = ""

    def update(self, status: str | None, line: Line | None, quantity: int | None, tracking: str) -> None:
        if line is not None and quantity is not None:
            self._deliver(line, quantity, tracking)
        if status and self.status not in FINAL:
            self._move(status)
        if self.rest_open and self.status not in FINAL and all(each.settled for each in self.lines):
            self.status = "Delivered"

    def _deliver(self, line: Line, quantity: int, tracking: str) -> None:
        parts = line.parts | {tracking: quantity}
        total, known = sum(parts.values()), line.delivered
        if total + line.cancelled > line.quantity or (self.status == "Cancelled" and total):
            return
        if self.status in FINAL and known is not None and total < known:
            return
        line.parts = parts

    def _move(self, to: str) -> None:
        some = any(line.delivered for line in self.lines)
        if to == "Cancelled":
            for line in self.lines:
                line.cancelled = line.quantity - (line.delivered or 0)
            self.status = "Delivered" if some else "Cancelled"
        elif to == "Delivered" and self.stays_open and self._short():
            self.rest_open, self.status = True, "Shipping"
        elif to in STEPS[2:] and STEPS.index(to) > STEPS.index(self.status):
            self.status = to

    def _short(self) -> bool:
        said = any(line.delivered is not None for line in self.lines)
        return said and not all(line.settled for line in self.lines)


@dataclass
class Books:
    """All orders, and the last stock figure of each product with the time it is of."""

    stays_open: dict[str, bool]
    all_cancelled: dict[str, str]
    figures: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    retailer: dict[str, str] = field(default_factory=dict)
    drafts: set[str] = field(default_factory=set)
    shipments: list[Shipment] = field(default_factory=list)

    def available(self, supplier: str, sku: str) -> int:
        figure, at = self.figures[supplier, sku]
        every = [line for lines in self.lines.values() for line in lines if (line.supplier, line.sku) == (supplier, sku)]
        return max(figure - sum(line.quantity - line.cancelled for line in every if line.handed > at), 0)

    def route(self, retailer: str, sku: str, quantity: int) -> str | None:
        offering = [supplier for supplier, skus in OFFERS.items() if sku in skus]
        enough = [supplier for supplier in offering if self.available(supplier, sku) >= quantity]
        if retailer == "sud":
            return min(enough or offering, default=None)
        return min(enough or offering, key=lambda each: (PRICES.get((each, sku), 0), each), default=None)

    def order(self, retailer: str, number: str, wanted: dict[str, int], *, draft: bool, now: int) -> bool:
        routed = {sku: self.route(retailer, sku, quantity) for sku, quantity in wanted.items()}
        if None in routed.values():
            return False
        named = [(str(at), sku, supplier) for at, (sku, supplier) in enumerate(routed.items(), start=1) if supplier]
        self.retailer[number] = retailer
        self.lines[number] = [Line(number, at, sku, supplier, wanted[sku]) for at, sku, supplier in named]
        if draft:
            self.drafts.add(number)
        else:
            self.send(number, now)
        return True

    def send(self, number: str, now: int) -> None:
        """Split what waits by supplier; it is handed over in the same round."""
        self.drafts.discard(number)
        waiting = [line for line in self.lines[number] if line.shipment is None and line.cancelled < line.quantity]
        for supplier in dict.fromkeys(line.supplier for line in waiting):
            shipment = Shipment(number, supplier, self.stays_open[supplier])
            shipment.lines = [line for line in waiting if line.supplier == supplier]
            for line in shipment.lines:
                line.shipment, line.handed = shipment, now
            self.shipments.append(shipment)

    def cancel_draft(self, number: str, line: Line | None) -> None:
        for each in self.lines[number]:
            if line in (None, each):
                each.cancelled = each.quantity

    def reopen(self, number: str, now: int) -> bool:
        if self.status(number) not in FINAL:
            return False
        asked = {line.line_no: line for line in reversed(self.lines[number])}
        came = {at: sum(each.delivered or 0 for each in self.lines[number] if each.line_no == at) for at in asked}
        rest = [line for at, line in reversed(asked.items()) if line.quantity > came[at]]
        for line in rest:
            supplier = self.route(self.retailer[number], line.sku, line.quantity - came[line.line_no])
            assert supplier is not None
            if line.shipment is None:
                line.supplier, line.cancelled = supplier, 0
            else:
                self.lines[number].append(Line(number, line.line_no, line.sku, supplier, line.quantity - came[line.line_no]))
        self.send(number, now)
        return bool(rest)

    def status(self, number: str) -> str:
        statuses = [each.status for each in self.shipments if each.order == number]
        still_open = [each for each in statuses if each not in FINAL]
        if not statuses:
            gone = all(line.cancelled == line.quantity for line in self.lines[number])
            return self.all_cancelled[self.retailer[number]] if gone else "Draft"
        if not still_open:
            return "Delivered" if "Delivered" in statuses else self.all_cancelled[self.retailer[number]]
        if "Delivered" in statuses:
            return "Delivered Partially"
        least = min(still_open, key=STEPS.index)
        return "Packing" if least == "Shipping" else least
