"""What a retailer is offered: every product in his catalogues with what may still be ordered, as records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from hub.config.partners import Partner
from hub.domain.orders import Record
from hub.domain.routing import serves
from hub.domain.terms import CatalogTerms
from hub.domain.values import canonical
from hub.flow.hub import Hub
from hub.store import catalogue
from hub.store.orders import thaw


def offers(
    hub: Hub, db: Connection, retailer: Partner, written: frozenset[str], told_before: Collection[str]
) -> Iterator[tuple[str, Record, Record]]:
    """Each product: its subject (catalogue/supplier/sku), its record, and what of it counts as news.

    In: `written` are the fields that the retailer's mapping looks at, and only these are news; `told_before` the
    subjects that he knows of, so that one whose catalogue is his no longer can be told as gone.
    """
    own = {each.id: each for each in hub.workspace.retailer_terms(retailer).catalogs}
    rows = list(catalogue.catalogue_rows(db, own.keys() | {subject.rsplit("/", 2)[0] for subject in told_before}))
    shelf = catalogue.shelf(db, {(row.supplier, row.sku) for row in rows})
    left = {(row.supplier, row.sku, row.catalog): shelf.available((row.supplier, row.sku, row.catalog)) for row in rows}
    for subject, record in _records(rows, left, hub, retailer, own):
        yield subject, record, {name: canonical(value) for name, value in record.items() if name in written or name == "active"}


def _records(
    rows: Iterable[Row[Any]],
    left: dict[tuple[str, str, str], Decimal],
    hub: Hub,
    retailer: Partner,
    catalogs: Mapping[str, CatalogTerms],
) -> Iterator[tuple[str, Record]]:
    """Catalogue rows as records, each with its subject (catalogue/supplier/sku); withdrawn and ended ones have available 0.

    Of a catalogue that is no longer among the retailer's `catalogs` he is told nothing but that it is gone.
    """
    parties: dict[str, Record] = {}
    for row in rows:
        if row.supplier not in parties:
            known = hub.workspace.partners.get(row.supplier)
            parties[row.supplier] = {f"supplier.{name}": value for name, value in known.party().items()} if known else {}
            parties[row.supplier] |= {f"retailer.{name}": value for name, value in retailer.party().items()}
        catalog = catalogs.get(row.catalog)
        on_sale = row.published and row.active and catalog is not None and serves(catalog, row.supplier)
        record: Record = thaw(row.more) | parties[row.supplier]
        record |= {
            name: getattr(row, name)
            for name in ("sku", "ean", "name", "price", "currency", "vat_rate", "unit", "weight", "brand", "category")
        }
        record |= {name: getattr(row, name) if catalog is not None else None for name in ("stock", "incoming", "wholesale_price")}
        record |= {"catalog": row.catalog, "supplier": row.supplier, "active": bool(on_sale)}
        record["available"] = left[row.supplier, row.sku, row.catalog] if on_sale else Decimal(0)
        when = row.available_date if catalog is not None else None
        record["available_date"] = date.fromisoformat(when) if when else None
        yield f"{row.catalog}/{row.supplier}/{row.sku}", record
