"""Which carrier books the parcels of a shipment, and which delivery services a partner knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.problems import Code, Fault

NOBODY = "none"
"""A supplier's `carrier` when the hub books nothing for him."""


@dataclass(frozen=True, slots=True)
class Services:
    """The delivery services that a partner knows, and what stands in for any other (or for none at all)."""

    allowed: frozenset[str]
    otherwise: str | None = None

    def known(self, code: str | None) -> str | Fault | None:
        """The service as the partner is told of it; a fault when he does not know it and nothing stands in."""
        if code in self.allowed:
            return code
        if self.otherwise is not None or code is None:
            return self.otherwise
        hint = f"Order one of {', '.join(sorted(self.allowed))}, or have service_codes.else agreed."
        return Fault(Code.LIST, code, "the partner knows no such delivery service", hint)


@dataclass(frozen=True, slots=True)
class CarrierTerms:
    """A carrier that books parcels: who he is, as orders and parcels may name him, and whether he is sent bookings."""

    id: str
    name: str
    books: bool = True

    def is_called(self, name: str | None) -> bool:
        """Whether a name means this carrier: his id or his name, in capitals or not."""
        return name is not None and name.strip().casefold() in (self.id.casefold(), self.name.casefold())


def carrier_of(
    carriers: Sequence[CarrierTerms], *, parcel: str | None, operator: str | None, agreed: str | None
) -> CarrierTerms | None:
    """Who books a parcel that has no tracking number yet; None: nobody through the hub.

    In: `parcel` is the carrier that the supplier named with it, `operator` the order's, `agreed` the supplier's
    `carrier` key (a partner's id, or `none`). The nearest word counts; where nobody said anything, the only carrier.
    """
    if agreed == NOBODY:
        return None
    for named in (parcel, operator, agreed):
        found = next((each for each in carriers if each.is_called(named)), None)
        if found is not None:
            return found
    booking = [each for each in carriers if each.books]
    return booking[0] if len(booking) == 1 and parcel is None and agreed is None else None
