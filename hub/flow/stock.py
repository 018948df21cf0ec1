"""Keep a supplier's stock figures: existing balances alone (contract §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from hub.domain.checks import Found
from hub.domain.problems import Code, Fault, Level
from hub.domain.values import same_gtin
from hub.flow.hub import Hub, InHand
from hub.flow.shop import (
    BALANCE,
    Key,
    Record,
    Shop,
    columns_of,
    is_whole,
    known_catalog,
    open_shop,
    pass_of,
    records_of,
    require_enough,
    set_balance,
    takes,
    too_old,
)
from hub.flow.tally import About, Tally
from hub.mapping.reading import Reading
from hub.mapping.wide import distinct
from hub.store import catalogue, ledger

if TYPE_CHECKING:
    from hub.flow.wide_columns import Columns


def keep_stock(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:
    """Set the stock figures of existing balances; a full file sets what it does not name to 0."""
    shop = open_shop(hub, file, reading, now)
    require_enough(db, file, reading)
    # a receipt told after the file came counts beside its figures, which is decided one by one
    columns = columns_of(reading) if not catalogue.received_after(db, shop.supplier, file.at) else None
    unnamed = _keep_figures(shop, db, columns) if columns is not None else {}
    records = list(records_of(shop.tally, columns))
    said = {ean for batch in reading.batches for ean in _texts(batch.fields.get("ean", ()))}
    eans = catalogue.skus_of_eans(db, shop.supplier, said)
    skus = {each["sku"] for _, each in records if each.get("sku")} | {sku for some in eans.values() for sku in some}
    products = catalogue.known_products(db, shop.supplier, skus)
    shop.remember(db, skus)
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
    if is_whole(shop):
        _empty_rest(db, shop, reading, eans, named, unnamed)
    return shop.tally


def _texts(values: Iterable[object]) -> Iterable[str]:
    return (each for each in distinct(values) if isinstance(each, str))


def _keep_figures(shop: Shop, db: Connection, columns: Columns) -> dict[str, list[str]]:
    """The plain figures of a large file, column by column; gives what of each catalogue they do not name."""
    from hub.flow import keep_wide

    this = pass_of(shop, db)
    moves = keep_wide.plan_figures(columns, this)
    moved = keep_wide.put_moves(columns, this, moves)
    shop.tally.accepted += int((moved & columns.open).sum())
    shop.tally.unchanged += int((~moved & columns.open).sum())
    return keep_wide.unnamed(this, moves)


def _skus_of(shop: Shop, about: About, record: Record, products: dict[str, Row[Any]], eans: dict[str, list[str]]) -> list[str]:
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


def _keys(shop: Shop, about: About, record: Record, sku: str, by_sku: dict[str, list[str]]) -> list[Key]:
    """The balances that a stock row means: the one of its catalogue, or every balance of the product."""
    named = record.get("catalog")
    published = by_sku.get(sku, [])
    if named is None:
        keys = [(sku, catalog) for catalog in published]
    elif named not in shop.catalogs:
        known_catalog(shop, about, record)
        return []
    else:
        keys = [(sku, named)] if named in published else []
    if not keys:
        say = f"product {sku} is not published in {named}" if named else f"product {sku} is published in no catalogue"
        fault = Fault(Code.NO_CATALOG, named or sku, say, "Publish it by a products file with its stock.", Level.WARNING)
        shop.tally.blame(about, Found("catalog" if named else "sku", None, fault), sku)
    return keys


def _keep_figure(shop: Shop, about: About, record: Record, keys: list[Key]) -> None:
    if not keys:
        shop.tally.refuse(about)
        return
    as_of = _moment(shop, record.get("as_of"))
    _tell_future(shop, about, record)
    fresh = [key for key in keys if takes(shop.balances[key], as_of)]
    if not fresh:
        too_old(shop, about, record, max(shop.balances[key]["as_of"] for key in keys), Level.ERROR)
        shop.tally.refuse(about)
        return
    said = {name: record[name] for name in BALANCE if record.get(name) is not None}
    if record.get("published") is not None:
        said["published"] = record["published"]
    when = record.get("available_date")
    if when is not None:
        said["available_date"] = when.isoformat() if isinstance(when, date) else when
    pool = record.get("catalog") is None
    changed = [set_balance(shop, key, said, pool=pool, as_of=as_of) for key in fresh]
    if any(changed):
        shop.tally.accepted += 1
    else:
        shop.tally.unchanged += 1


def _moment(shop: Shop, said: date | datetime | None) -> datetime:
    """When a figure was true: as it says, else the arrival. A mere day means its end; nobody counts after the arrival."""
    if said is None:
        return shop.file.at
    if isinstance(said, datetime):
        return min(said, shop.file.at)
    end = datetime.combine(said + timedelta(days=1), time(), ZoneInfo(shop.terms.timezone))
    return min(end.astimezone(UTC), shop.file.at)


_SKEW = timedelta(minutes=10)  # clocks that differ by so little are nobody's mistake


def _tell_future(shop: Shop, about: About, record: Record) -> None:
    """Say, once for each such time, that a figure claims to be of a time to come: it would outlive every true one."""
    said = record.get("as_of")
    now = shop.file.at + _SKEW
    if isinstance(said, datetime):
        ahead, shown = said > now, f"{said:%Y-%m-%d %H:%M:%S} UTC"
    else:
        ahead, shown = isinstance(said, date) and said > now.astimezone(ZoneInfo(shop.terms.timezone)).date(), f"{said}"
    if said is None or not ahead or said in shop.future:
        return
    shop.future.add(said)
    fault = Fault(
        Code.DATE,
        shown,
        "this time is yet to come; the figure counts as of the file's arrival",
        "Correct the time, or the clock or time zone that it is taken from.",
        Level.WARNING,
    )
    shop.tally.blame(about, Found("as_of", None, fault), record.get("sku") or record.get("ean"))


def _empty_rest(
    db: Connection, shop: Shop, reading: Reading, eans: dict[str, list[str]], named: set[Key], unnamed: dict[str, list[str]]
) -> None:
    """Set to 0 what a full file does not name, within the catalogues that it names; a refused row is not a missing one."""
    in_file = {catalog for batch in reading.batches for catalog in _texts(batch.fields.get("catalog", ()))}
    catalogs = in_file & set(shop.catalogs) if in_file else set(shop.catalogs)
    kept = named | {(sku, catalog) for sku in _refused_skus(shop, reading, eans) for catalog in catalogs}
    said = {at for batch in reading.batches for at in distinct(batch.fields.get("as_of", ())) if isinstance(at, date)}
    as_of = max((_moment(shop, at) for at in said), default=shop.file.at)
    if unnamed:
        missing = [key for catalog in catalogs for sku in unnamed.get(catalog, ()) if (key := (sku, catalog)) not in kept]
    else:
        missing = catalogue.missing_balances(db, shop.supplier, kept, catalogs)
    catalogue.empty_balances(db, shop.supplier, missing, as_of, shop.now, shop.file.id)
    _refill(db, shop, missing, as_of)
    ledger.set_full(db, shop.supplier, reading.mapping, reading.read)


def _refill(db: Connection, shop: Shop, emptied: list[Key], as_of: datetime) -> None:
    """What came into a warehouse after it was counted is there, though the count does not name it."""
    skus = {sku for sku, _ in emptied} & catalogue.received_after(db, shop.supplier, as_of)
    shop.remember(db, skus)
    for key in emptied:
        known = shop.balances.get(key)
        if known is not None and known["as_of"] == as_of:
            set_balance(shop, key, {"stock": Decimal(0)}, pool=known["pool"], as_of=as_of)
    catalogue.put_balances(db, [shop.changed[key] for key in emptied if key in shop.changed and key[0] in skus])


def _refused_skus(shop: Shop, reading: Reading, eans: dict[str, list[str]]) -> Iterator[str]:
    """The products of the rows that were refused, by the mapping or here."""
    for b, position in shop.tally.refused:
        fields = reading.batches[b].fields
        sku, ean = (fields[name][position] if name in fields else None for name in ("sku", "ean"))
        if isinstance(sku, str):
            yield sku
        elif isinstance(ean, str):
            yield from eans.get(ean, [])
