"""What is left of each balance while orders are accepted one after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

Product = tuple[str, str]
Balance = tuple[str, str, str]
_NONE = Decimal(0)


@dataclass(slots=True)
class Shelf:
    """What is left of every balance while orders are accepted one after another.

    `left` is keyed by supplier, sku and catalogue and may fall below 0; a balance in `pools` was given
    without a catalogue, so that an order through any catalogue takes from it.
    """

    left: dict[Balance, Decimal] = field(default_factory=dict)
    pools: set[Balance] = field(default_factory=set)
    _by_product: dict[Product, list[Balance]] = field(default_factory=dict)
    _several: set[Product] = field(default_factory=set)
    """The products that have more than one balance."""

    def put(self, balance: Balance, left: Decimal, *, pool: bool) -> None:
        """Set a balance as it stands before the first order."""
        self.left[balance] = left
        beside = self._by_product.setdefault(balance[:2], [])
        beside.append(balance)
        if len(beside) > 1:
            self._several.add(balance[:2])
        if pool:
            self.pools.add(balance)

    def available(self, balance: Balance) -> Decimal:
        """What may still be ordered, never below 0."""
        return max(self.left.get(balance, _NONE), _NONE)

    def has(self, balance: Balance, quantity: Decimal) -> bool:
        """Whether so much may still be ordered."""
        return self.available(balance) >= quantity

    def take(self, balance: Balance, quantity: Decimal) -> None:
        """Reserve a quantity (a negative one gives it back)."""
        alone = self.left.get(balance)
        if alone is not None and not (self._several and balance[:2] in self._several):
            self.left[balance] = alone - quantity
            return
        for each in self._by_product.get(balance[:2], ()):
            if each == balance or each in self.pools:
                self.left[each] -= quantity
