"""What stands on the labels and notes of parcels: put together from orders, parcels, partners and products."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from hub.config.partners import Partner
from hub.domain.kinds import Role
from hub.domain.paper import Label, Mark, Note, NoteLine, Party, party, service_name
from hub.domain.values import plain
from hub.flow.hub import Hub
from hub.flow.papers import Paper
from hub.prints.press import NotPrinted
from hub.store.orders import thaw
from hub.store.prints import product_facts

_MARKS = {"fragile": Mark.FRAGILE, "dangerous": Mark.DANGEROUS, "oversized": Mark.OVERSIZED}
_CASH_ON_DELIVERY = frozenset({"3101", "COD"})
_LANGUAGES = {"FI": "fi", "AX": "sv", "SE": "sv", "EE": "et", "DE": "de", "AT": "de", "LI": "de"}


@dataclass(slots=True)
class Pictures:
    """The logos and return instructions of retailers, read once each; `by_name` is what the press needs."""

    home: Path
    by_name: dict[str, bytes] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def name(self, path: str) -> str:
        """The name of a PNG for the press. Raises NotPrinted when there is none."""
        if path not in self._names:
            data = self._read(path)
            if not data.startswith(b"\x89PNG\r\n\x1a\n"):
                raise NotPrinted(f"{path} is no PNG picture")
            name = f"{hashlib.sha256(data).hexdigest()[:16]}.png"
            self.by_name[name], self._names[path] = data, name
        return self._names[path]

    def text(self, path: str) -> str:
        """A text file's text. Raises NotPrinted when there is none."""
        return self._read(path).decode("utf-8-sig", "replace").strip()

    def _read(self, path: str) -> bytes:
        try:
            return (self.home / path).read_bytes()
        except OSError as error:
            raise NotPrinted(f"{path} cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes labels and notes of one supplier's parcels."""

    hub: Hub
    supplier: Partner
    pictures: Pictures
    facts: Mapping[tuple[str, str], Mapping[str, Any]]

    @classmethod
    def of(cls, hub: Hub, db: Connection, supplier: Partner, some: Iterable[Paper], pictures: Pictures) -> Writer:
        """A writer that knows the products of some orders."""
        skus = {(line.supplier, line.product) for paper in some for line in paper.lines if line.supplier and line.product}
        return cls(hub, supplier, pictures, product_facts(db, skus))

    def label(self, paper: Paper, parcel: Row[Any]) -> Label:
        """The address label of a parcel."""
        head = thaw(paper.order.head)
        shipment = paper.shipments[parcel.shipment]
        siblings = paper.parcels[parcel.shipment]
        service = str(parcel.service_code or head.get("service_code") or "")
        reference = str(head.get("sales_reference") or "")
        return Label(
            sender=self._sender(paper, head),
            receiver=party(_named(head, "ship_to")),
            shipment=shipment.number,
            order=paper.order.number,
            parcel=parcel.parcel,
            place=[each.id for each in siblings].index(parcel.id) + 1,
            of=len(siblings),
            tracking_number=parcel.tracking_number,
            reference=reference if reference != paper.order.number else "",
            service=service,
            service_name=service_name(service),
            operator=str(head.get("operator") or parcel.carrier or ""),
            pickup_point=str(head.get("pickup_point") or ""),
            routing_code=str(head.get("routing_code") or ""),
            weight=f"{plain(parcel.weight)} kg" if parcel.weight else "",
            marks=tuple(self._marks(paper, head, parcel)),
        )

    def note(self, paper: Paper, parcel: Row[Any]) -> Note:
        """The delivery note of a parcel. Raises NotPrinted when a picture of the retailer's is not there."""
        head = thaw(paper.order.head)
        shipment = paper.shipments[parcel.shipment]
        siblings = paper.parcels[parcel.shipment]
        retailer = self.hub.workspace.partners.get(paper.order.retailer)
        papers = retailer.papers if retailer is not None else None
        language = (papers.language if papers else None) or _LANGUAGES.get(_country(retailer), "en")
        service = str(parcel.service_code or head.get("service_code") or "")
        returns = (papers.returns if papers else None) or ""
        picture = returns.endswith(".png")
        ship_to = party(_named(head, "ship_to"))
        buyer = party(_named(head, "buyer"))
        return Note(
            vendor=self._vendor(paper, head),
            buyer=buyer if buyer.name else ship_to,
            ship_to=ship_to,
            order=paper.order.number,
            date=self._date(paper.order.date, retailer, language),
            shipment=shipment.number,
            parcel=parcel.parcel,
            place=[each.id for each in siblings].index(parcel.id) + 1,
            of=len(siblings),
            lines=tuple(self._lines(paper, parcel)),
            sales_reference=str(head.get("sales_reference") or ""),
            tracking_number=parcel.tracking_number or "",
            service=" ".join(each for each in (service, service_name(service)) if each),
            pickup_point=str(head.get("pickup_point") or ""),
            language=language,
            logo=self.pictures.name(papers.logo) if papers and papers.logo else "",
            returns=self.pictures.name(returns) if picture else "",
            return_text="" if picture else self.pictures.text(returns) if returns.endswith(".txt") else returns,
        )

    def _vendor(self, paper: Paper, head: Mapping[str, Any]) -> Party:
        said = _named(head, "vendor")
        retailer = self.hub.workspace.partners.get(paper.order.retailer)
        return party(said or (retailer.party() if retailer is not None else {}))

    def _sender(self, paper: Paper, head: Mapping[str, Any]) -> Party:
        """Who gets the parcel back: the order's own sender, else the warehouse's address, else the shop's."""
        if said := _named(head, "sender"):
            return party(said)
        if self.supplier.role is Role.WAREHOUSE and self.supplier.address is not None:
            return party(self.supplier.party())
        return self._vendor(paper, head)

    def _marks(self, paper: Paper, head: Mapping[str, Any], parcel: Row[Any]) -> Iterable[Mark]:
        inside = paper.contents[parcel.id]
        lines = [each for each in paper.lines if each.shipment == parcel.shipment and (not inside or each.id in inside)]
        known = [self.facts.get((each.supplier, each.product), {}) for each in lines]
        for name, mark in _MARKS.items():
            if any(facts.get(name) in (True, "true") for facts in known):
                yield mark
        if _CASH_ON_DELIVERY & set(head.get("additional_services") or ()):
            yield Mark.CASH_ON_DELIVERY

    def _lines(self, paper: Paper, parcel: Row[Any]) -> Iterable[NoteLine]:
        """What is in the parcel; of a parcel of unknown contents every line of its shipment.

        A quantity that was told of several parcels together is kept with the first of them; how much of it lies in each
        is not known, and no note says so.
        """
        inside = paper.contents[parcel.id]
        siblings = paper.parcels[parcel.shipment]
        alone = len(siblings) == 1
        shared = {line for each in siblings for line, quantity in paper.contents[each.id].items() if quantity is None}
        for line in paper.lines:
            wanted = line.quantity - line.cancelled_quantity
            if line.shipment != parcel.shipment or (inside and line.id not in inside) or (not inside and wanted <= 0):
                continue
            known = None if line.id in shared else inside.get(line.id)
            delivered = known if inside else line.delivered_quantity if alone else None
            yield NoteLine(
                name=line.name or "",
                sku=line.product or line.sku or "",
                ean=line.ean or "",
                ordered=plain(line.quantity),
                delivered="" if delivered is None else plain(delivered),
                unit=line.unit or "",
            )

    def _date(self, said: date | datetime | None, retailer: Partner | None, language: str) -> str:
        if said is None:
            return ""
        from babel.dates import format_date

        if isinstance(said, datetime):
            zone = retailer.zone(self.hub.workspace.settings) if retailer is not None else self.hub.workspace.settings.timezone
            said = said.astimezone(UTC).astimezone(ZoneInfo(zone)).date()
        return format_date(said, "medium", locale=language)


def _named(head: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The fields of one party of an order, without their prefix."""
    return {name.removeprefix(f"{prefix}."): value for name, value in head.items() if name.startswith(f"{prefix}.") and value}


def _country(retailer: Partner | None) -> str:
    return (retailer.address.country if retailer is not None and retailer.address is not None else None) or ""
