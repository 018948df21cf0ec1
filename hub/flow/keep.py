"""Keep a supplier's products and the balances that publish them (contract §4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from hub.domain.checks import Found
from hub.domain.kinds import Role
from hub.domain.problems import Code, Fault, Level
from hub.domain.values import CLEAR, canonical
from hub.flow.hub import Hub, InHand
from hub.flow.shop import (
    BALANCE,
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
from hub.mapping.template import Mode
from hub.mapping.told import NOT_TOLD, row_hash
from hub.store import catalogue, ledger

if TYPE_CHECKING:
    from hub.flow.wide_columns import Columns


def keep_products(hub: Hub, db: Connection, file: InHand, reading: Reading, now: datetime) -> Tally:
    """Store new and changed products and the balances beside them; a full file ends what it does not name."""
    shop = open_shop(hub, file, reading, now)
    require_enough(db, file, reading)
    # a warehouse's products must be measured, which is asked of each as it will be stored
    columns = columns_of(reading) if shop.terms.role is not Role.WAREHOUSE else None
    if columns is not None:
        _keep_columns(shop, db, columns)
    _keep_each(shop, db, records_of(shop.tally, columns))
    if is_whole(shop):
        catalogue.end_products(db, shop.supplier, _named_skus(reading), now, file.id)
        ledger.set_full(db, file.partner.id, reading.mapping, reading.read)
    return shop.tally


def _keep_columns(shop: Shop, db: Connection, columns: Columns) -> None:
    """The plain records of a large file, column by column."""
    from hub.flow import keep_wide

    this = pass_of(shop, db)
    moves = keep_wide.plan_moves(columns, this)
    hashes, fresh, known = keep_wide.new_products(columns, this)
    keep_wide.put_new_products(columns, this, hashes, fresh)
    full = shop.tally.reading.mode is Mode.FULL
    for skus, some in keep_wide.records(columns, known):
        stored = catalogue.known_products(db, shop.supplier, skus)
        rows = [_merged(shop, each, _as_dict(stored[each["sku"]]), int(hashes[row]), full=full) for row, each in some]
        catalogue.change_products(db, sorted(rows, key=lambda each: str(each["sku"])))
    moved = keep_wide.put_moves(columns, this, moves)
    moved[fresh] = moved[known] = True
    shop.tally.accepted += int((moved & columns.open).sum())
    shop.tally.unchanged += int((~moved & columns.open).sum())


def _keep_each(shop: Shop, db: Connection, every: Iterable[tuple[About, Record]]) -> None:
    """Products one by one."""
    records = list(every)
    if not records:
        return
    mode = shop.tally.reading.mode
    skus = {record["sku"] for _, record in records}
    told = catalogue.told_hashes(db, shop.supplier, skus)
    hashes = {about: row_hash(record, mode.value) for about, record in records}
    stored = catalogue.known_products(
        db, shop.supplier, {record["sku"] for about, record in records if told.get(record["sku"]) != hashes[about]}
    )
    with_balance = any(name in batch.fields for batch in shop.tally.reading.batches for name in ("catalog", *BALANCE))
    if with_balance:
        shop.remember(db, skus)
    rows: dict[str, dict[str, Any]] = {}
    for about, record in records:
        if not known_catalog(shop, about, record):
            continue
        sku = record["sku"]
        new = told.get(sku) != hashes[about]
        if new:
            before = rows.get(sku) or _as_dict(stored.get(sku))
            row = _merged(shop, record, before, hashes[about], full=mode is Mode.FULL)
            if not _storable(shop, about, row):
                continue
            rows[sku], told[sku] = row, hashes[about]
        moved = with_balance and _publish(shop, about, record)
        if new or moved:
            shop.tally.accepted += 1
        else:
            shop.tally.unchanged += 1
    catalogue.put_products(db, [rows[sku] for sku in sorted(rows)])
    catalogue.put_balances(db, [shop.changed[key] for key in sorted(shop.changed)])


def _named_skus(reading: Reading) -> set[str]:
    """Every sku that a file names; a refused row is not a missing one."""
    return {sku for batch in reading.batches for sku in batch.fields.get("sku", ()) if isinstance(sku, str)}


def _as_dict(row: Row[Any] | None) -> dict[str, Any] | None:
    return dict(row._mapping) if row is not None else None


def _merged(shop: Shop, record: Record, stored: dict[str, Any] | None, told: int, *, full: bool) -> dict[str, Any]:
    """A product row after the file: in an update a blank keeps what is stored, in a full file it empties it."""
    old = stored or {"supplier": shop.supplier, "sku": record["sku"], "active": True, "more": {}}
    row = {name: old.get(name) for name in ("supplier", "sku", *catalogue.PRODUCT_COLUMNS)}
    more = dict(old["more"])
    for name, value in record.items():
        if name in NOT_TOLD or (value is None and not full):
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


_MEASURES = ("weight", "length", "width", "height")


def _storable(shop: Shop, about: About, row: dict[str, Any]) -> bool:
    """Whether a product may lie in stock: a warehouse must know the weight and dimensions of what it sells."""
    if shop.terms.role is not Role.WAREHOUSE or not row["active"]:
        return True
    missing = [name for name in _MEASURES if row.get(name) is None and row["more"].get(name) is None]
    for name in missing:
        fault = Fault(Code.MISSING, None, f"a product in a warehouse needs its {name}", f"Fill in {name}.")
        shop.tally.blame(about, Found(name, None, fault), row["sku"])
    if missing:
        shop.tally.refuse(about)
    return not missing


def _publish(shop: Shop, about: About, record: Record) -> bool:
    """Make or move the balances that a product row names; whether anything changed."""
    if not any(record.get(name) not in (None, CLEAR) for name in ("catalog", *BALANCE)):
        return False
    named = record.get("catalog") or None
    moved, newer = False, list[datetime]()
    for catalog in shop.open_ids(named):
        key = (record["sku"], catalog)
        known = shop.balances.get(key)
        said = {name: record[name] for name in BALANCE if record.get(name) is not None}
        if known is not None and "stock" in said and not takes(known, shop.file.at):
            newer.append(known["as_of"])
            del said["stock"]
        moved |= set_balance(shop, key, said, pool=named is None, as_of=shop.file.at if "stock" in said else None)
    if newer:
        too_old(shop, about, record, max(newer), Level.WARNING)
    return moved
