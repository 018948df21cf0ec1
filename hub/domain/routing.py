"""Which supplier gets an order line (contract §7): candidates, tie-breakers, and what is available."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from hub.domain.orders import Line, Order, product_again
from hub.domain.problems import Code, Fault
from hub.domain.shelf import Balance, Shelf
from hub.domain.terms import CatalogTerms, Fill, RetailerTerms, SameProduct, Tie, UnknownProduct
from hub.domain.values import same_gtin


class Candidate(NamedTuple):
    """A product published in one of the retailer's catalogues, with what is known of it there."""

    supplier: str
    sku: str
    catalog: str
    ean: str | None = None
    name: str | None = None
    wholesale_price: Decimal | None = None

    @property
    def balance(self) -> Balance:
        """The key of its stock figure."""
        return self[:3]


class Routed(NamedTuple):
    """Where a line goes and what decided it: `supplier` or `catalog` named on it, `only` or a tie-breaker."""

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
    fit = _agreeing(line, near)
    if fit:
        return fit
    if line.sku and line.ean and any(c.sku == line.sku or same_gtin(c.ean or "", line.ean) for c in near):
        return Fault(
            Code.MISMATCH,
            line.sku,
            f"sku {line.sku} and ean {line.ean} are two different products",
            "Correct one of them, or send only one.",
        )
    where = " and ".join(
        f"{what} {name}" for what, name in (("supplier", line.supplier), ("catalogue", line.catalog)) if name is not None
    )
    return Fault(
        Code.NO_PRODUCT,
        line.product,
        f"{where} has no such product for you" if where else "no supplier in your catalogues offers this product",
        "Check the number against your catalogue file.",
    )


def _named(line: Line, terms: RetailerTerms) -> list[CatalogTerms] | Fault:
    """The catalogues that the line leaves open, or the fault of a supplier or catalogue that does not serve this retailer."""
    catalogs = list(terms.catalogs)
    if line.supplier is not None and not any(serves(each, line.supplier) for each in catalogs):
        return Fault(
            Code.NO_SUPPLIER,
            line.supplier,
            "this supplier is in none of your catalogues",
            "Leave the supplier out, or name one of your own.",
        )
    if line.catalog is None:
        return catalogs
    named = [each for each in catalogs if each.id == line.catalog]
    return named or Fault(
        Code.NO_CATALOG, line.catalog, "you have no such catalogue", "Leave the catalogue out, or name one of your own."
    )


def _agreeing(line: Line, near: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that agree with sku and ean.

    One without an EAN agrees where no other of that sku bears the line's, nor another product of its own supplier's.
    """
    fit = [c for c in near if line.sku in (None, c.sku)]
    if line.ean is None:
        return fit
    bearing = [c for c in near if c.ean and same_gtin(c.ean, line.ean)]
    agreed = [c for c in fit if c in bearing]
    others = {c.supplier for c in bearing}
    return agreed or [c for c in fit if c.ean is None and line.sku is not None and c.supplier not in others]


def choose(line: Line, candidates: Sequence[Candidate], shelf: Shelf, terms: RetailerTerms) -> Routed | Fault:
    """Decide between candidates; the same input always gives the same answer."""
    if len(candidates) == 1:
        return Routed(candidates[0], _asked_by(line))
    if not _one_product(candidates):
        return _several_products(line)
    return _decided(line, [(c,) for c in candidates], (line.quantity,), shelf, terms)[0]


def _several_products(line: Line) -> Fault:
    return Fault(
        Code.MISMATCH,
        line.product,
        "several suppliers use this number for products that share no EAN",
        "Name the supplier, the catalogue or the EAN on the line.",
    )


def _one_product(candidates: Sequence[Candidate]) -> bool:
    """Whether candidates of different suppliers are one product: they share an EAN."""
    first = candidates[0]
    if all(c.supplier == first.supplier for c in candidates):
        return True
    return first.ean is not None and all(c.ean is not None and same_gtin(c.ean, first.ean) for c in candidates)


def _asked_by(line: Line) -> str:
    """What decides before any tie-breaker."""
    return "supplier" if line.supplier else "catalog" if line.catalog else "only"


Offer = tuple[Candidate, ...]
"""What one supplier offers: a candidate for each line that is decided on together (all of one supplier)."""


def _decided(
    line: Line, offers: Sequence[Offer], quantities: Sequence[Decimal], shelf: Shelf, terms: RetailerTerms
) -> list[Routed]:
    """The best offer, line by line, and what decided. `line` is the one whose wishes name what decided."""
    catalogs = {each.id: each for each in terms.catalogs}
    left = list(offers)
    by = _asked_by(line)

    def narrowed(to: list[Offer], what: str) -> None:
        nonlocal left, by
        several = len({each[0].supplier for each in left}) > 1
        decided = len({each[0].supplier for each in to}) < len({each[0].supplier for each in left})
        if decided or (by == "only" and not several and len(to) < len(left)):
            by = what
        left = to

    narrowed(_without_short(left, quantities, shelf, catalogs), Tie.STOCK.value)
    for tie in terms.routing:
        narrowed(_best(tie, left, quantities, shelf, catalogs), tie.value)
    if len({each[0].supplier for each in left}) > 1:
        by = "supplier-id"
    best = min(left, key=lambda each: [(c.supplier, catalogs[c.catalog].priority, c.catalog, c.sku) for c in each])
    return [Routed(each, by) for each in best]


def _enough(offer: Offer, quantities: Sequence[Decimal], shelf: Shelf) -> bool:
    return all(shelf.has(c.balance, quantity) for c, quantity in zip(offer, quantities, strict=True))


def _without_short(
    offers: list[Offer], quantities: Sequence[Decimal], shelf: Shelf, catalogs: dict[str, CatalogTerms]
) -> list[Offer]:
    """Pass over what is short in a catalogue that takes no back-orders, as long as another offer has enough."""
    if not any(_enough(each, quantities, shelf) for each in offers):
        return offers
    return [
        each
        for each in offers
        if all(
            shelf.has(c.balance, quantity) or catalogs[c.catalog].back_orders
            for c, quantity in zip(each, quantities, strict=True)
        )
    ]


def _best(
    tie: Tie, offers: list[Offer], quantities: Sequence[Decimal], shelf: Shelf, catalogs: dict[str, CatalogTerms]
) -> list[Offer]:
    def weight(offer: Offer) -> tuple[int, list[int], Decimal]:
        match tie:
            case Tie.CATALOG:
                return 0, [catalogs[c.catalog].priority for c in offer], Decimal(0)
            case Tie.STOCK:
                return 0 if _enough(offer, quantities, shelf) else 1, [], Decimal(0)
            case Tie.PRICE:
                paired = zip((c.wholesale_price for c in offer), quantities, strict=True)
                known = [price * quantity for price, quantity in paired if price is not None]
                return len(offer) - len(known), [], sum(known, Decimal(0))

    weights = [weight(each) for each in offers]
    return [each for each, found in zip(offers, weights, strict=True) if found == min(weights)]


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

    @property
    def faults(self) -> list[Fault]:
        """Everything that keeps the order from going out whole."""
        whole = [] if self.split_up is None else [self.split_up]
        return [*self.refused.values(), *self.dropped.values(), *self.waiting.values(), *whole]


def decide(order: Order, known: Sequence[Sequence[Candidate]], shelf: Shelf, terms: RetailerTerms) -> Decision:
    """Route a whole order and reserve its quantities on the shelf; a refused order reserves nothing, nor does a purchase order.

    `known[i]` holds the published products that line i may mean.
    """
    decision = Decision()
    bound = _bound(decision, order, known, shelf, terms) if order.one_supplier else None
    if not decision.stands:
        return decision
    purchase, free = order.purchase, not terms.reference_required or order.has_reference
    for position, line in enumerate(order.lines):
        plain = free and not purchase and _is_plain(line, known[position], terms)
        candidates = known[position] if plain else _offered(order, line, known[position], terms)
        if bound is not None and not isinstance(candidates, Fault):
            candidates = [c for c in candidates if c.supplier == bound.candidate.supplier]
        routed = candidates if isinstance(candidates, Fault) else choose(line, candidates, shelf, terms)
        if isinstance(routed, Fault):
            _unroutable(decision, position, routed, terms)
            continue
        if bound is not None and routed.by == "only":
            routed = routed._replace(by=bound.by)
        if purchase:
            decision.routed[position] = routed
        else:
            _reserve(decision, position, line, routed, shelf, terms)
    decision.refused |= _repeated(order, decision, terms)
    if not decision.refused and len(decision.dropped) == len(order.lines):
        decision.refused, decision.dropped = decision.dropped, {}
    if decision.refused:
        for position, routed in decision.routed.items() if not order.purchase else ():
            shelf.take(routed.candidate.balance, -order.lines[position].quantity)
        decision.routed.clear()
    return decision


def _repeated(order: Order, decision: Decision, terms: RetailerTerms) -> dict[int, Fault]:
    """The lines that turned out to be the product of an earlier one: one names its sku, say, the other its EAN."""
    if len(decision.routed) < 2 or terms.same_product_twice is SameProduct.ALLOW:
        return {}
    first: dict[tuple[str, str], int] = {}
    return {
        position: product_again(order.lines[position], order.lines[earlier])
        for position, routed in decision.routed.items()
        if (earlier := first.setdefault(routed.candidate[:2], position)) != position
    }


def _is_plain(line: Line, known: Sequence[Candidate], terms: RetailerTerms) -> bool:
    """Whether one product alone bears the line's number and fits its wishes, which `fitting` would find out the long way."""
    if len(known) != 1 or line.ean is not None:
        return False
    (c,) = known
    if line.sku != c.sku or line.supplier not in (None, c.supplier) or line.catalog not in (None, c.catalog):
        return False
    for each in terms.catalogs:  # noqa: SIM110 - a generator for each line costs more than what it asks
        if each.id == c.catalog and serves(each, c.supplier):
            return True
    return False


def _offered(order: Order, line: Line, known: Sequence[Candidate], terms: RetailerTerms) -> list[Candidate] | Fault:
    """The candidates for a line of this order: a supplier who requires a reference is none for an order without."""
    fault = _no_warehouse(line, terms) if order.purchase else None
    found = fault or fitting(line, known, terms)
    if order.purchase and not isinstance(found, Fault):
        found = [c for c in found if c.supplier in terms.warehouses] or _not_into(line.catalog, "catalogue")
    if isinstance(found, Fault) or order.has_reference:
        return found
    free = [c for c in found if c.supplier not in terms.reference_required]
    return free or Fault(
        Code.MISSING,
        None,
        f"supplier {found[0].supplier} takes no order without a purchase reference or sales reference",
        "Give the order one of the two, or name another supplier.",
    )


def _no_warehouse(line: Line, terms: RetailerTerms) -> Fault | None:
    """Why a line of a purchase order goes nowhere: it must name the warehouse, or the catalogue of one."""
    if line.supplier is None and line.catalog is None:
        return Fault(Code.MISSING, None, "a purchase order names its warehouse", "Name the warehouse as the line's supplier.")
    if line.supplier is not None and line.supplier not in terms.warehouses:
        return _not_into(line.supplier, "supplier")
    return None


def _not_into(seen: str | None, what: str) -> Fault:
    return Fault(Code.NO_SUPPLIER, seen, f"this {what} is no warehouse of yours", "Name a warehouse of your own.")


def _reserve(decision: Decision, position: int, line: Line, routed: Routed, shelf: Shelf, terms: RetailerTerms) -> None:
    """Take a line's quantity off the shelf, or refuse what is short where the terms say so."""
    balance = routed.candidate.balance
    if terms.fill is Fill.PARTIAL or shelf.has(balance, line.quantity):
        shelf.take(balance, line.quantity)
        decision.routed[position] = routed
        return
    available = shelf.available(balance)
    left = f"{available.normalize():f}"
    hint = f"Order {left} or fewer, or wait for new stock." if available else "Wait for new stock."
    fault = Fault(Code.STOCK, f"{line.quantity:f}", f"only {left} of {line.product} available", hint)
    (decision.dropped if terms.fill is Fill.LINE else decision.refused)[position] = fault


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


def _bound(
    decision: Decision, order: Order, known: Sequence[Sequence[Candidate]], shelf: Shelf, terms: RetailerTerms
) -> Routed | None:
    """Who gets the whole of an order with a purchase reference: the best of the suppliers that offer every line.

    The tie-breakers look at the order as a whole: priorities line by line, enough of every line, the price of it
    all. None, with the reason in `decision`, where it is nobody; None too where no line has any candidate.
    """
    choices = [_offered(order, line, known[i], terms) for i, line in enumerate(order.lines)]
    offered = {position: each for position, each in enumerate(choices) if not isinstance(each, Fault)}
    if not offered:
        return None  # the lines' own faults say more than this one would
    shared = set.intersection(*({c.supplier for c in each} for each in offered.values()))
    if not shared:
        decision.split_up = Fault(
            Code.MISMATCH,
            str(order.head["purchase_reference"]),
            "a purchase reference binds the order to one supplier, and no supplier offers all its lines",
            "Split the order, or leave the purchase reference out.",
        )
        return None
    for position, each in offered.items():
        if not _one_product([c for c in each if c.supplier in shared]):
            decision.refused[position] = _several_products(order.lines[position])
    if decision.refused:
        return None
    lines = [order.lines[position] for position in offered]
    offers = [
        tuple(
            _decided(line, [(c,) for c in each if c.supplier == supplier], (line.quantity,), shelf, terms)[0].candidate
            for line, each in zip(lines, offered.values(), strict=True)
        )
        for supplier in sorted(shared)
    ]
    return _decided(lines[0], offers, [line.quantity for line in lines], shelf, terms)[0]


def split(decision: Decision) -> dict[str, list[int]]:
    """One shipment per supplier: the positions of its lines, suppliers in order of their first line."""
    shipments: dict[str, list[int]] = {}
    for position in sorted(decision.routed):
        shipments.setdefault(decision.routed[position].candidate.supplier, []).append(position)
    return shipments
