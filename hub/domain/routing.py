"""Which supplier gets an order line (contract §7): candidates, tie-breakers, and what is available."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hub.domain.orders import Line, Order
from hub.domain.problems import Code, Fault
from hub.domain.terms import CatalogTerms, Fill, RetailerTerms, Tie, UnknownProduct
from hub.domain.values import same_gtin


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product published in one of the retailer's catalogues, with what is known of it there."""

    supplier: str
    sku: str
    catalog: str
    ean: str | None = None
    name: str | None = None
    wholesale_price: Decimal | None = None
    available: Decimal = Decimal(0)

    @property
    def balance(self) -> tuple[str, str, str]:
        """The key of its stock figure."""
        return self.supplier, self.sku, self.catalog

    def has(self, quantity: Decimal) -> bool:
        """Whether enough is available."""
        return self.available >= quantity


Product = tuple[str, str]
Balance = tuple[str, str, str]


@dataclass(slots=True)
class Shelf:
    """What is left of every balance while orders are accepted one after another.

    `left` is keyed by supplier, sku and catalogue and may fall below 0; a balance in `pools` was given
    without a catalogue, so that an order through any catalogue takes from it.
    """

    left: dict[Balance, Decimal] = field(default_factory=dict)
    pools: set[Balance] = field(default_factory=set)
    _by_product: dict[Product, list[Balance]] = field(default_factory=dict)

    def put(self, balance: Balance, left: Decimal, *, pool: bool) -> None:
        """Set a balance as it stands before the first order."""
        self.left[balance] = left
        self._by_product.setdefault(balance[:2], []).append(balance)
        if pool:
            self.pools.add(balance)

    def available(self, balance: Balance) -> Decimal:
        """What may still be ordered, never below 0."""
        return max(self.left.get(balance, Decimal(0)), Decimal(0))

    def take(self, balance: Balance, quantity: Decimal) -> None:
        """Reserve a quantity (a negative one gives it back)."""
        for each in self._by_product.get(balance[:2], ()):
            if each == balance or each in self.pools:
                self.left[each] -= quantity


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a line goes and what decided it: `supplier`, `catalog`, `only` or a tie-breaker."""

    candidate: Candidate
    by: str


def serves(catalog: CatalogTerms, supplier: str) -> bool:
    """Whether a supplier sells through a catalogue."""
    return catalog.suppliers is None or supplier in catalog.suppliers


def fitting(line: Line, known: Iterable[Candidate], terms: RetailerTerms) -> list[Candidate] | Fault:
    """The candidates for a line, or why there are none.

    `known` holds every published product with the line's sku or ean in the retailer's catalogues.
    """
    named = _named(line, terms)
    if isinstance(named, Fault):
        return named
    catalogs = {each.id: each for each in named}
    near = [
        c
        for c in known
        if c.catalog in catalogs and serves(catalogs[c.catalog], c.supplier) and line.supplier in (None, c.supplier)
    ]
    fit = [c for c in near if _agrees(line, c)]
    if fit:
        return fit
    if line.sku and line.ean and any(c.sku == line.sku or same_gtin(c.ean or "", line.ean) for c in near):
        return Fault(
            Code.MISMATCH,
            line.sku,
            f"sku {line.sku} and ean {line.ean} are two different products",
            "Correct one of them, or send only one.",
        )
    return Fault(
        Code.NO_PRODUCT,
        line.product,
        "no supplier in your catalogues offers this product",
        "Check the number against your catalogue file.",
    )


def _named(line: Line, terms: RetailerTerms) -> list[CatalogTerms] | Fault:
    """The catalogues that the line leaves open, or the fault of a supplier or catalogue that does not serve this retailer."""
    catalogs = list(terms.catalogs)
    if line.supplier is not None:
        catalogs = [each for each in catalogs if serves(each, line.supplier)]
        if not catalogs:
            return Fault(
                Code.NO_SUPPLIER,
                line.supplier,
                "this supplier is in none of your catalogues",
                "Leave the supplier out, or name one of your own.",
            )
    if line.catalog is not None:
        catalogs = [each for each in catalogs if each.id == line.catalog]
        if not catalogs:
            return Fault(
                Code.NO_CATALOG, line.catalog, "you have no such catalogue", "Leave the catalogue out, or name one of your own."
            )
    return catalogs


def _agrees(line: Line, candidate: Candidate) -> bool:
    if line.sku is not None and candidate.sku != line.sku:
        return False
    if line.ean is None:
        return True
    return same_gtin(candidate.ean, line.ean) if candidate.ean else line.sku is not None


def choose(line: Line, candidates: Sequence[Candidate], terms: RetailerTerms) -> Routed | Fault:
    """Decide between candidates; the same input always gives the same answer."""
    suppliers = {c.supplier for c in candidates}
    if len(suppliers) > 1 and not _one_product(candidates):
        return Fault(
            Code.MISMATCH,
            line.product,
            "several suppliers use this number for products that share no EAN",
            "Name the supplier, the catalogue or the EAN on the line.",
        )
    catalogs = {each.id: each for each in terms.catalogs}
    left = _without_short(line, candidates, catalogs)
    by = "supplier" if line.supplier else "catalog" if line.catalog else "only"
    for tie in terms.routing:
        best = _best(tie, line, left, catalogs)
        if len({c.supplier for c in best}) < len({c.supplier for c in left}):
            by = tie.value
        left = best
    if len({c.supplier for c in left}) > 1:
        by = "supplier-id"
    return Routed(min(left, key=lambda c: (c.supplier, catalogs[c.catalog].priority, c.catalog, c.sku)), by)


def _one_product(candidates: Sequence[Candidate]) -> bool:
    first = candidates[0].ean
    return first is not None and all(c.ean is not None and same_gtin(c.ean, first) for c in candidates)


def _without_short(line: Line, candidates: Sequence[Candidate], catalogs: dict[str, CatalogTerms]) -> list[Candidate]:
    """Pass over a short candidate whose catalogue takes no back-orders, as long as another has enough."""
    if not any(c.has(line.quantity) for c in candidates):
        return list(candidates)
    return [c for c in candidates if c.has(line.quantity) or catalogs[c.catalog].back_orders]


def _best(tie: Tie, line: Line, candidates: Sequence[Candidate], catalogs: dict[str, CatalogTerms]) -> list[Candidate]:
    def weight(c: Candidate) -> tuple[int, Decimal]:
        match tie:
            case Tie.CATALOG:
                return catalogs[c.catalog].priority, Decimal(0)
            case Tie.STOCK:
                return 0 if c.has(line.quantity) else 1, Decimal(0)
            case Tie.PRICE:
                return (1, Decimal(0)) if c.wholesale_price is None else (0, c.wholesale_price)

    least = min(map(weight, candidates))
    return [c for c in candidates if weight(c) == least]


@dataclass(slots=True)
class Decision:
    """What becomes of an order: its lines by position.

    `split_up` (a purchase reference that no supplier can serve alone) or anything in `refused` refuses the whole
    order; `dropped` lines are stored as Cancelled on no shipment; `waiting` lines have no supplier yet
    (unknown_product: keep).
    """

    routed: dict[int, Routed] = field(default_factory=dict)
    refused: dict[int, Fault] = field(default_factory=dict)
    dropped: dict[int, Fault] = field(default_factory=dict)
    waiting: dict[int, Fault] = field(default_factory=dict)
    split_up: Fault | None = None

    @property
    def stands(self) -> bool:
        """Whether the order is accepted."""
        return not self.refused and self.split_up is None


def decide(order: Order, known: Sequence[Sequence[Candidate]], shelf: Shelf, terms: RetailerTerms) -> Decision:
    """Route a whole order and reserve its quantities on the shelf; a refused order reserves nothing.

    `known[i]` holds the published products that line i may mean.
    """
    decision = Decision()
    bound: str | None = None
    if order.one_supplier:
        bound_or_fault = _shared_supplier(order, known, shelf, terms)
        if isinstance(bound_or_fault, Fault):
            decision.split_up = bound_or_fault
            return decision
        bound = bound_or_fault
    for position, line in enumerate(order.lines):
        _decide_line(decision, position, line, _stocked(known[position], shelf, bound), shelf, terms)
    if not decision.refused and len(decision.dropped) == len(order.lines):
        decision.refused, decision.dropped = decision.dropped, {}
    if decision.refused:
        for position, routed in decision.routed.items():
            shelf.take(routed.candidate.balance, -order.lines[position].quantity)
        decision.routed.clear()
    return decision


def _stocked(known: Iterable[Candidate], shelf: Shelf, supplier: str | None) -> list[Candidate]:
    return [replace(c, available=shelf.available(c.balance)) for c in known if supplier in (None, c.supplier)]


def _decide_line(
    decision: Decision, position: int, line: Line, known: list[Candidate], shelf: Shelf, terms: RetailerTerms
) -> None:
    candidates = fitting(line, known, terms)
    routed = candidates if isinstance(candidates, Fault) else choose(line, candidates, terms)
    if isinstance(routed, Fault):
        _unroutable(decision, position, routed, terms)
        return
    short = not routed.candidate.has(line.quantity)
    if short and terms.fill is not Fill.PARTIAL:
        left = f"{routed.candidate.available.normalize():f}"
        fault = Fault(
            Code.STOCK,
            f"{line.quantity:f}",
            f"only {left} of {line.product} available",
            f"Order {left} or fewer, or wait for new stock.",
        )
        (decision.dropped if terms.fill is Fill.LINE else decision.refused)[position] = fault
        return
    shelf.take(routed.candidate.balance, line.quantity)
    decision.routed[position] = routed


def _unroutable(decision: Decision, position: int, fault: Fault, terms: RetailerTerms) -> None:
    """Only a product that nobody offers is a matter of terms; anything else contradicts itself and refuses the order."""
    if fault.code is not Code.NO_PRODUCT:
        decision.refused[position] = fault
        return
    match terms.unknown_product:
        case UnknownProduct.REFUSE_ORDER:
            decision.refused[position] = fault
        case UnknownProduct.REFUSE_LINE:
            decision.dropped[position] = fault
        case UnknownProduct.KEEP:
            decision.waiting[position] = fault


def _shared_supplier(
    order: Order, known: Sequence[Sequence[Candidate]], shelf: Shelf, terms: RetailerTerms
) -> str | Fault | None:
    """The supplier of an order with a purchase reference: its first line decides among those that offer all lines."""
    choices = [(line, fitting(line, _stocked(known[i], shelf, None), terms)) for i, line in enumerate(order.lines)]
    offered = [(line, each) for line, each in choices if not isinstance(each, Fault)]
    if not offered:
        return None  # the lines' own faults say more than this one would
    shared = set.intersection(*({c.supplier for c in each} for _, each in offered))
    if not shared:
        return Fault(
            Code.MISMATCH,
            str(order.head["purchase_reference"]),
            "a purchase reference binds the order to one supplier, and no supplier offers all its lines",
            "Split the order, or leave the purchase reference out.",
        )
    line, first = offered[0]
    chosen = choose(line, [c for c in first if c.supplier in shared], terms)
    return chosen if isinstance(chosen, Fault) else chosen.candidate.supplier


def split(decision: Decision) -> dict[str, list[int]]:
    """One shipment per supplier: the positions of its lines, suppliers in order of their first line."""
    shipments: dict[str, list[int]] = {}
    for position in sorted(decision.routed):
        shipments.setdefault(decision.routed[position].candidate.supplier, []).append(position)
    return shipments
