"""A supplier's whole catalogue as columns: what is known of it, and what a large file puts on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from sqlalchemy import Connection, Table, select, update

from hub.formats.arrow import pa
from hub.store import bulk, many
from hub.store.many import chunks
from hub.store.schema import balances, products
from hub.store.types import EPOCH, MICROSECOND

TOGETHER = 20_000
"""Rows that become Python objects at a time."""

RENEWED = 50_000  # balances that get another time in one statement

_FEW = 10  # to look for less than one in so many is cheaper than to read all

FIGURES = ("stock", "incoming", "wholesale_price")
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def told(db: Connection, supplier: str) -> Numbers:
    """The hashes by which a supplier's products were last told, ascending; see `told_hashes`."""
    found: Numbers = bulk.columns(db, products, {"told": pa.int64()}, {"supplier": supplier}, "sku")["told"].to_numpy().copy()
    found.sort()
    return found


def among(hashes: Numbers, known: Numbers) -> Mask:
    """Which hashes are among those known (ascending)."""
    found = np.zeros(len(hashes), bool)
    if len(known):
        order = np.argsort(hashes)  # looked for in their own order they are found where the cache is
        asked = hashes[order]
        at = np.searchsorted(known, asked)
        at[at == len(known)] = 0
        found[order] = known[at] == asked
    return found


def stored(db: Connection, supplier: str, wanted: pa.Array, of: int) -> Mask:
    """Which of some skus a supplier has a product of; `of` is how many products he has."""
    if len(wanted) * _FEW > of:
        every = bulk.columns(db, products, {"sku": pa.string()}, {"supplier": supplier}, "sku")["sku"]
    else:
        asked = chunks(wanted.to_pylist())
        query = select(products.c.sku).where(products.c.supplier == supplier)
        every = pa.array(
            [sku for some in asked for sku in db.execute(query.where(products.c.sku.in_(some))).scalars()], pa.string()
        )
    found: Mask = pc.is_in(wanted, value_set=every).to_numpy(zero_copy_only=False)
    return found


def put_products(db: Connection, columns: dict[str, Any]) -> None:
    """Write new products: Arrow arrays of stored values by column name, constants for all rows otherwise; sort them before."""
    _insert(db, products, columns)


def put_balances(db: Connection, columns: dict[str, Any]) -> None:
    """Write new balances, given as products are."""
    _insert(db, balances, columns)


def change_balances(db: Connection, columns: dict[str, Any], supplier: str, catalog: str, wanted: pa.Array) -> None:
    """Change columns of stored balances, by sku; no sku stands twice."""
    same, own = _divided(columns)
    where = {"supplier": supplier, "catalog": catalog}
    for start in range(0, len(wanted), TOGETHER):
        each, by = _sliced(own, start), _sliced({"sku": wanted}, start)
        many.change(db, balances, same, each, where, by)


def renew_shelf(db: Connection, supplier: str, held: Shelf, as_of: datetime, now: datetime) -> None:
    """Say of all balances that a supplier has in a catalogue that their figures are true at another time."""
    mine = update(balances).where(balances.c.supplier == supplier, balances.c.catalog == held.catalog)
    renewed = mine.values(as_of=as_of, updated_at=now)
    if db.dialect.name != "sqlite":  # a server may sort by another alphabet, and needs no parts
        db.execute(renewed)
        return
    # SQLite holds the old pages of a statement in memory until it ends
    for after, until in pairwise(["", *held.skus[RENEWED::RENEWED].to_pylist(), None]):
        db.execute(renewed.where(balances.c.sku >= after, *(() if until is None else (balances.c.sku < until,))))


def _insert(db: Connection, table: Table, columns: dict[str, Any]) -> None:
    same, own = _divided(columns)
    for start in range(0, len(next(iter(own.values()))), TOGETHER):
        many.insert(db, table, same, _sliced(own, start))


def _divided(columns: dict[str, Any]) -> tuple[dict[str, Any], dict[str, pa.Array]]:
    """What all rows say alike, and the columns in which they differ."""
    told = {name: _one_for_all(each) for name, each in columns.items()}
    own = {name: each for name, each in told.items() if isinstance(each, pa.Array)}
    return {name: each for name, each in told.items() if name not in own}, own


def _sliced(columns: dict[str, pa.Array], start: int) -> dict[str, list[Any]]:
    """The next values of each column, as Python objects."""
    return {name: each.slice(start, TOGETHER).to_pylist() for name, each in columns.items()}


def _one_for_all(column: Any) -> Any:
    """What all rows of a column say, where they say the same; else the column. A key is never one for all."""
    if not isinstance(column, pa.Array) or len(column) < 2 or column.null_count not in (0, len(column)):
        return column
    first = column[0]
    same = column.null_count or pc.all(pc.equal(column, first)).as_py()
    return first.as_py() if same else column


@dataclass(slots=True)
class Shelf:
    """The balances of one catalogue as columns, by sku ascending; figures are scaled, `as_of` microseconds."""

    catalog: str
    skus: pa.Array
    figures: dict[str, pa.Array]
    pool: Mask
    as_of: Numbers

    def find(self, wanted: pa.Array) -> Numbers:
        """The position of each sku; -1 where it has no balance here."""
        if len(wanted) == len(self.skus) and wanted.equals(self.skus):
            return np.arange(len(wanted))
        if not len(self.skus):
            return np.full(len(wanted), -1)
        found: Numbers = pc.fill_null(pc.index_in(wanted, value_set=self.skus), -1).to_numpy().astype(np.int64)
        return found


def catalogs(db: Connection, supplier: str) -> list[str]:
    """The catalogues in which a supplier has balances."""
    found = select(balances.c.catalog).where(balances.c.supplier == supplier).distinct().order_by(balances.c.catalog)
    return list(db.execute(found).scalars())


_SHELF = {"sku": pa.string(), **dict.fromkeys(FIGURES, pa.int64()), "pool": pa.bool_(), "as_of": pa.int64()}


def shelf(db: Connection, supplier: str, catalog: str) -> Shelf:
    """The balances of a supplier in a catalogue."""
    found = bulk.columns(db, balances, _SHELF, {"supplier": supplier, "catalog": catalog}, "sku")
    skus_, *figures, pool, as_of = found.values()
    if not _ascend(skus_):  # a server may sort by another alphabet
        order = pc.array_sort_indices(skus_)
        skus_, pool, as_of = skus_.take(order), pool.take(order), as_of.take(order)
        figures = [each.take(order) for each in figures]
    return Shelf(catalog, skus_, dict(zip(FIGURES, figures, strict=True)), pool.to_numpy(zero_copy_only=False), as_of.to_numpy())


def stored_time(moment: datetime) -> int:
    """A moment as the store keeps it."""
    return (moment - EPOCH) // MICROSECOND


def ordered(texts: pa.Array) -> Any:
    """The order that sorts keys; None when they ascend already."""
    return None if _ascend(texts) else pc.array_sort_indices(texts)


def _ascend(texts: pa.Array) -> bool:
    return len(texts) < 2 or bool(pc.all(pc.less(texts[:-1], texts[1:]), skip_nulls=False).as_py())
