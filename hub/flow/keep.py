"""Keep a supplier's catalogue: products and the balances that publish them, and stock figures (contract §4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import xxhash
from sqlalchemy import Connection, Row

from hub.domain.checks import Found
from hub.domain.kinds import Role
from hub.domain.problems import Code, Fault, FileRefused, Level, Problem
from hub.domain.routing import serves
from hub.domain.terms import CatalogTerms, Publish, SupplierTerms
from hub.domain.values import CLEAR, canonical, same_gtin
from hub.flow.hub import Hub, InHand
from hub.flow.tally import About, Tally
from hub.mapping.reading import Reading
from hub.mapping.template import Mode
from hub.store import catalogue, ledger

_BALANCE = ("stock", "incoming", "wholesale_price")
_NOT_PRODUCT = frozenset({"sku", "catalog", *_BALANCE})

Record = dict[str, Any]
Key = tuple[str, str]
"""A supplier's balance: sku and catalogue."""


def serving(hub: Hub, supplier: str) -> dict[str, CatalogTerms]:
    """The catalogues of all retailers that a supplier sells through, by id."""
    retailers = hub.workspace.of_role(Role.RETAILER)
    every = [each for retailer in retailers for each in hub.workspace.retailer_terms(retailer).catalogs]
    return {each.id: each for each in every if serves(each, supplier)}


@dataclass(slots=True)
class _Shop:
    """A supplier's stored catalogue while a file of his is kept."""

    supplier: str
    terms: SupplierTerms
    catalogs: dict[str, CatalogTerms]
    file: InHand
    now: datetime
    tally: Tally
    balances: dict[Key, dict[str, Any]] = field(default_factory=dict)
    changed: dict[Key, dict[str, Any]] = field(default_factory=dict)

    def remember(self, known: dict[Key, Row[Any]]) -> None:
        """Take in stored balances as they stand."""
        self.balances = {key: dict(row._mapping) for key, row in known.items()}

    def open_ids(self, named: str | None) -> Iterable[str]:
        """The catalogues that a row without (or with) a catalogue means."""
        if named is not None:
            return [named]
        return self.catalogs if self.terms.publish is Publish.ALL else []


def _shop(hub: Hub, file: InHand, reading: Reading, now: datetime) -> _Shop:
    terms = file.partner.supplier_terms(hub.workspace.settings)
    return _Shop(file.partner.id, terms, serving(hub, file.partner.id), file, now, Tally(reading))


def _records(tally: Tally) -> Iterator[tuple[About, Record]]:
    """The records that may be kept, `None` and `CLEAR` included: in an update a blank keeps and a clear word empties."""
    for b, batch in enumerate(tally.reading.batches):
        names = list(batch.fields)
        for r, values in enumerate(zip(*batch.fields.values(), strict=True)):
            if r not in batch.refused:
                yield (b, r), dict(zip(names, values, strict=True))


def keep_products(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:
    """Store new and changed products and the balances beside them; a full file ends what it does not name."""
    shop = _shop(hub, file, reading, now)
    _enough(db, file, reading)
    records = list(_records(shop.tally))
    skus = [record["sku"] for _, record in records]
    told = catalogue.told_hashes(db, shop.supplier)
    hashes = {about: _row_hash(record, reading) for about, record in records}
    stored = catalogue.known_products(
        db, shop.supplier, {record["sku"] for about, record in records if told.get(record["sku"]) != hashes[about]}
    )
    with_balance = any(name in batch.fields for batch in reading.batches for name in ("catalog", *_BALANCE))
    if with_balance:
        shop.remember(catalogue.known_balances(db, shop.supplier, set(skus)))
    rows: dict[str, dict[str, Any]] = {}
    for about, record in records:
        if not _known_catalog(shop, about, record):
            continue
        sku = record["sku"]
        new = told.get(sku) != hashes[about]
        if new:
            rows[sku] = _merged(
                shop, record, rows.get(sku) or _as_dict(stored.get(sku)), hashes[about], full=reading.mode is Mode.FULL
            )
            told[sku] = hashes[about]
        moved = with_balance and _publish(shop, about, record)
        if new or moved:
            shop.tally.accepted += 1
        else:
            shop.tally.unchanged += 1
    catalogue.put_products(db, [rows[sku] for sku in sorted(rows)])
    catalogue.put_balances(db, [shop.changed[key] for key in sorted(shop.changed)])
    if reading.mode is Mode.FULL:
        catalogue.end_products(db, shop.supplier, _named_skus(reading), now, file.id)
        ledger.set_full(db, file.partner.id, reading.mapping, reading.read)
    return shop.tally


def _enough(db: Connection, file: InHand, reading: Reading) -> None:
    """A full file that is much shorter than the last one is refused: what it lacks would go to 0."""
    if reading.mode is not Mode.FULL:
        return
    last = ledger.last_full(db, file.partner.id, reading.mapping)
    share = reading.limits.min_share
    if last and Decimal(reading.read) < Decimal(str(share)) * last:
        say = f"the file holds {reading.read} records, the last full one held {last}"
        hint = f"Send the whole list (at least {share:.0%} of the last one), or ask the hub's admin to lower min_share."
        raise FileRefused(Problem(Code.TOO_FEW, say, hint))


def _named_skus(reading: Reading) -> set[str]:
    """Every sku that a file names; a refused row is not a missing one."""
    return {sku for batch in reading.batches for sku in batch.fields.get("sku", ()) if isinstance(sku, str)}


def _row_hash(record: Record, reading: Reading) -> int:
    """What a row says of the product, as a signed 64-bit number; the balance has its own life."""
    said = [
        reading.mode.value,
        *((name, canonical(value)) for name, value in sorted(record.items()) if name not in _NOT_PRODUCT and value is not None),
    ]
    unsigned = xxhash.xxh3_64_intdigest(json.dumps(said, ensure_ascii=False).encode())
    return unsigned - (1 << 63)


def _as_dict(row: Row[Any] | None) -> dict[str, Any] | None:
    return dict(row._mapping) if row is not None else None


def _merged(shop: _Shop, record: Record, stored: dict[str, Any] | None, told: int, *, full: bool) -> dict[str, Any]:
    """A product row after the file: in an update a blank keeps what is stored, in a full file it empties it."""
    old = stored or {"supplier": shop.supplier, "sku": record["sku"], "active": True, "more": {}}
    row = {name: old.get(name) for name in ("supplier", "sku", *catalogue.PRODUCT_COLUMNS)}
    more = dict(old["more"])
    for name, value in record.items():
        if name in _NOT_PRODUCT or (value is None and not full):
            continue
        emptied = value is None or value is CLEAR
        if name in catalogue.PRODUCT_COLUMNS:
            row[name] = None if emptied else value
        elif emptied:
            more.pop(name, None)
        else:
            more[name] = canonical(value)
    row["active"] = row["active"] is not False
    row["currency"] = row["currency"] or "EUR"
    return row | {"more": more, "told": told, "updated_at": shop.now, "file": shop.file.id}


def _known_catalog(shop: _Shop, about: About, record: Record) -> bool:
    """Whether the row's catalogue is one that the supplier sells through."""
    named = record.get("catalog")
    if not named or named in shop.catalogs:
        return True
    own = ", ".join(shop.catalogs) or "none yet"
    fault = Fault(Code.NO_CATALOG, named, "you sell through no such catalogue", f"Yours are: {own}.")
    shop.tally.blame(about, Found("catalog", None, fault), record.get("sku"))
    shop.tally.refuse(about)
    return False


def _publish(shop: _Shop, about: About, record: Record) -> bool:
    """Make or move the balances that a product row names; whether anything changed."""
    if not any(record.get(name) not in (None, CLEAR) for name in ("catalog", *_BALANCE)):
        return False
    named = record.get("catalog") or None
    moved = False
    for catalog in shop.open_ids(named):
        key = (record["sku"], catalog)
        known = shop.balances.get(key)
        said = {name: record[name] for name in _BALANCE if record.get(name) is not None}
        if known is not None and "stock" in said and not _takes(known, shop.file.at):
            _too_old(shop, about, record, known["as_of"], Level.WARNING)
            del said["stock"]
        moved |= _set_balance(shop, key, said, pool=named is None, as_of=shop.file.at if "stock" in said else None)
    return moved


def _takes(balance: Record, as_of: datetime) -> bool:
    """Whether a figure of that time is news: none is known yet, or only an older one."""
    return balance["stock"] is None or bool(balance["as_of"] <= as_of)


def _too_old(shop: _Shop, about: About, record: Record, known: datetime, level: Level) -> None:
    say = f"a newer stock figure is known, of {known:%Y-%m-%d %H:%M:%S} UTC"
    fault = Fault(Code.SEQUENCE, _shown(record.get("stock")), say, "Nothing to mend: an older figure changes nothing.", level)
    shop.tally.blame(about, Found("stock", None, fault), record.get("sku") or record.get("ean"))


def _shown(value: object) -> str | None:
    """A value as problems show it."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else None


def _set_balance(shop: _Shop, key: Key, said: Record, *, pool: bool, as_of: datetime | None) -> bool:
    """Set what a row says of a balance; whether more than the age of its figure changed."""
    known = shop.balances.get(key)
    row = dict(known) if known else _new_balance(shop, key)
    before = dict(row) if known else None
    for name, value in said.items():
        row[name] = None if value is CLEAR else value
    if as_of is not None:
        row["pool"], row["as_of"] = pool, as_of
    changed = before is None or any(row[name] != before[name] for name in row if name != "as_of")
    if changed or (before is not None and row["as_of"] != before["as_of"]):
        shop.balances[key] = shop.changed[key] = row | {"updated_at": shop.now, "file": shop.file.id}
    return changed


def _new_balance(shop: _Shop, key: Key) -> dict[str, Any]:
    empty = dict.fromkeys((*_BALANCE, "available_date"))
    return {
        "supplier": shop.supplier,
        "sku": key[0],
        "catalog": key[1],
        **empty,
        "published": True,
        "pool": True,
        "as_of": shop.file.at,
    }


def keep_stock(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:
    """Set the stock figures of existing balances; a full file sets what it does not name to 0."""
    shop = _shop(hub, file, reading, now)
    _enough(db, file, reading)
    records = list(_records(shop.tally))
    said = {ean for batch in reading.batches for ean in batch.fields.get("ean", ()) if isinstance(ean, str)}
    eans = catalogue.skus_of_eans(db, shop.supplier, said)
    skus = {each["sku"] for _, each in records if each.get("sku")} | {sku for some in eans.values() for sku in some}
    products = catalogue.known_products(db, shop.supplier, skus)
    shop.remember(catalogue.known_balances(db, shop.supplier, skus))
    by_sku: dict[str, list[str]] = {}
    for sku, catalog in shop.balances:
        by_sku.setdefault(sku, []).append(catalog)
    named: set[Key] = set()
    for about, record in records:
        for_sku = _skus_of(shop, about, record, products, eans)
        keys = [key for sku in for_sku for key in _keys(shop, about, record, sku, by_sku)]
        named.update(keys)
        _keep_figure(shop, about, record, keys)
    catalogue.put_balances(db, [shop.changed[key] for key in sorted(shop.changed)])
    if reading.mode is Mode.FULL:
        _empty_rest(db, shop, reading, eans, named)
    return shop.tally


def _skus_of(shop: _Shop, about: About, record: Record, products: dict[str, Row[Any]], eans: dict[str, list[str]]) -> list[str]:
    """The product that a stock row means; an unknown one is a warning, one that contradicts itself an error."""
    sku, ean = record.get("sku"), record.get("ean")
    if sku:
        product = products.get(sku)
        if product is not None and ean and product.ean and not same_gtin(product.ean, ean):
            fault = Fault(
                Code.MISMATCH,
                sku,
                f"sku {sku} and ean {ean} are two different products",
                "Correct one of them, or send only one.",
            )
            shop.tally.blame(about, Found("sku", None, fault), sku)
            return []
        found = [sku] if product is not None else []
    else:
        found = eans.get(str(ean), [])
    if not found:
        hint = "Send the product in a products file first."
        fault = Fault(Code.NO_PRODUCT, sku or ean, "you have no such product here", hint, Level.WARNING)
        shop.tally.blame(about, Found("sku" if sku else "ean", None, fault), sku or ean)
    return found


def _keys(shop: _Shop, about: About, record: Record, sku: str, by_sku: dict[str, list[str]]) -> list[Key]:
    """The balances that a stock row means: the one of its catalogue, or every balance of the product."""
    named = record.get("catalog")
    published = by_sku.get(sku, [])
    if named is None:
        keys = [(sku, catalog) for catalog in published]
    elif named not in shop.catalogs:
        _known_catalog(shop, about, record)
        return []
    else:
        keys = [(sku, named)] if named in published else []
    if not keys:
        say = f"product {sku} is not published in {named}" if named else f"product {sku} is published in no catalogue"
        fault = Fault(Code.NO_CATALOG, named or sku, say, "Publish it by a products file with its stock.", Level.WARNING)
        shop.tally.blame(about, Found("catalog" if named else "sku", None, fault), sku)
    return keys


def _keep_figure(shop: _Shop, about: About, record: Record, keys: list[Key]) -> None:
    if not keys:
        shop.tally.refuse(about)
        return
    as_of = _moment(shop, record.get("as_of"))
    fresh = [key for key in keys if _takes(shop.balances[key], as_of)]
    if not fresh:
        _too_old(shop, about, record, max(shop.balances[key]["as_of"] for key in keys), Level.ERROR)
        shop.tally.refuse(about)
        return
    said = {name: record[name] for name in _BALANCE if record.get(name) is not None}
    if record.get("published") is not None:
        said["published"] = record["published"]
    when = record.get("available_date")
    if when is not None:
        said["available_date"] = when.isoformat() if isinstance(when, date) else when
    pool = record.get("catalog") is None
    changed = [_set_balance(shop, key, said, pool=pool, as_of=as_of) for key in fresh]
    if any(changed):
        shop.tally.accepted += 1
    else:
        shop.tally.unchanged += 1


def _moment(shop: _Shop, said: date | datetime | None) -> datetime:
    """When a figure was true: as it says, else the arrival. A mere day means its end, but nothing after the arrival."""
    if said is None:
        return shop.file.at
    if isinstance(said, datetime):
        return said
    end = datetime.combine(said + timedelta(days=1), time(), ZoneInfo(shop.terms.timezone))
    return min(end.astimezone(UTC), shop.file.at)


def _empty_rest(db: Connection, shop: _Shop, reading: Reading, eans: dict[str, list[str]], named: set[Key]) -> None:
    """Set to 0 what a full file does not name, within the catalogues that it names; a refused row is not a missing one."""
    in_file = {catalog for batch in reading.batches for catalog in batch.fields.get("catalog", ()) if isinstance(catalog, str)}
    catalogs = in_file & set(shop.catalogs) if in_file else set(shop.catalogs)
    kept = named | {(sku, catalog) for sku in _refused_skus(shop, reading, eans) for catalog in catalogs}
    said = [_moment(shop, at) for batch in reading.batches for at in batch.fields.get("as_of", ()) if isinstance(at, date)]
    as_of = max(said, default=shop.file.at)
    catalogue.empty_missing(db, shop.supplier, kept, catalogs, as_of, shop.now, shop.file.id)
    ledger.set_full(db, shop.supplier, reading.mapping, reading.read)


def _refused_skus(shop: _Shop, reading: Reading, eans: dict[str, list[str]]) -> Iterator[str]:
    """The products of the rows that were refused, by the mapping or here."""
    for b, position in shop.tally.refused:
        fields = reading.batches[b].fields
        sku, ean = (fields[name][position] if name in fields else None for name in ("sku", "ean"))
        if isinstance(sku, str):
            yield sku
        elif isinstance(ean, str):
            yield from eans.get(ean, [])
