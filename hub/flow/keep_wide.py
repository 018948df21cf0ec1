"""Keep a large catalogue file column by column; what is no plain case is left for the way record by record.

Plain is a product whose sku stands once in the file, without a word that empties, in a catalogue that the supplier
sells through, and whose stock figure is not older than the one known. The other records are decided as in a small file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow.compute as pc
from sqlalchemy import Connection

from hub.flow.wide_columns import Columns, Mask, Numbers, as_numpy
from hub.formats.arrow import pa
from hub.mapping.told import NOT_TOLD
from hub.mapping.wide import WideColumn
from hub.mapping.wide_hash import hashes, written
from hub.store import shelves
from hub.store.catalogue import PRODUCT_COLUMNS
from hub.store.shelves import FIGURES, Shelf

_BALANCE = ("catalog", *FIGURES)
_RECORDS = 5_000  # that become Python objects at a time


@dataclass(slots=True)
class Pass:
    """One file on its way into a supplier's catalogue."""

    db: Connection
    supplier: str
    file: int
    at: datetime
    now: datetime
    catalogs: Sequence[str]
    everywhere: bool
    shelves: dict[str, Shelf] = field(default_factory=dict)

    @property
    def stamp(self) -> dict[str, Any]:
        """What every row written says of when and by which file."""
        return {"updated_at": shelves.stored_time(self.now), "file": self.file}

    def shelf(self, catalog: str) -> Shelf:
        """The balances of a catalogue, fetched once."""
        if catalog not in self.shelves:
            self.shelves[catalog] = shelves.shelf(self.db, self.supplier, catalog)
        return self.shelves[catalog]


@dataclass(slots=True)
class Moves:
    """What records mean for the balances of one catalogue: rows of the file, their places on the shelf (-1: none yet)."""

    shelf: Shelf
    rows: Numbers
    at: Numbers
    pool: bool


def plan_moves(columns: Columns, this: Pass) -> list[Moves]:
    """The balances that the open records of a product file mean.

    Put aside are records that name a strange catalogue, or have a figure older than the one known.
    """
    said = columns.said(_BALANCE)
    moves: list[Moves] = []
    for named, rows in _by_catalog(columns, this.catalogs).items():
        own = rows[said[rows]]
        targets = [named] if named is not None else list(this.catalogs) if this.everywhere else []
        for catalog in targets if len(own) else ():
            held = this.shelf(catalog)
            moves.append(Moves(held, own, held.find(columns.of("sku", own)), named is None))
    return _without_older(columns, this, moves)


def plan_figures(columns: Columns, this: Pass) -> list[Moves]:
    """The stored balances that the open records of a stock file mean.

    Put aside are records that name more than a sku, a catalogue and figures, and those that mean no balance.
    """
    columns.put_aside(columns.said(["ean", "as_of", "published", "available_date"]))
    held = {each: this.shelf(each) for each in shelves.catalogs(this.db, this.supplier)}
    moves: list[Moves] = []
    found = np.zeros(len(columns.open), bool)
    for named, rows in _by_catalog(columns, this.catalogs).items():
        wanted = columns.of("sku", rows)
        for shelf in held.values() if named is None else [held[named]] if named in held else ():
            at = shelf.find(wanted)
            moves.append(Moves(shelf, rows[at >= 0], at[at >= 0], named is None))
            found[rows[at >= 0]] = True
    columns.put_aside(~found)
    return _without_older(columns, this, moves)


def unnamed(this: Pass, moves: list[Moves]) -> dict[str, list[str]]:
    """The skus of each catalogue that no move names, by catalogue."""
    named = {each: np.zeros(len(held.skus), bool) for each, held in this.shelves.items()}
    for move in moves:
        named[move.shelf.catalog][move.at] = True
    return {each: held.skus.filter(pa.array(~named[each])).to_pylist() for each, held in this.shelves.items()}


def _by_catalog(columns: Columns, catalogs: Sequence[str]) -> dict[str | None, Numbers]:
    """The open records by the catalogue that they name; those that name a strange one are put aside."""
    if "catalog" not in columns.forms:
        return {None: np.flatnonzero(columns.open)}
    words = columns.whole("catalog").dictionary_encode()
    codes = words.indices.fill_null(-1).to_numpy()
    found: dict[str | None, Numbers] = {}
    for code, word in [(-1, None), *enumerate(words.dictionary.to_pylist())]:
        if word is None or word in catalogs:
            found[word] = np.flatnonzero(columns.open & (codes == code))
        else:
            columns.put_aside(codes == code)
    return found


def _without_older(columns: Columns, this: Pass, moves: list[Moves]) -> list[Moves]:
    """Put aside the records with a figure older than the one known; the moves of the others."""
    time, stock = shelves.stored_time(this.at), columns.said(["stock"])
    for move in moves:
        known = move.at >= 0
        places, rows = move.at[known], move.rows[known]
        there = as_numpy(move.shelf.figures["stock"].is_valid())
        late = rows[there[places] & (move.shelf.as_of[places] > time) & stock[rows]]
        if len(late):
            older = np.zeros(len(columns.open), bool)
            older[late] = True
            columns.put_aside(older)
    return [
        Moves(move.shelf, move.rows[stays], move.at[stays], move.pool) for move in moves for stays in [columns.open[move.rows]]
    ]


def put_moves(columns: Columns, this: Pass, moves: list[Moves]) -> Mask:
    """Write what the records mean for the balances; gives the records that changed more than a time."""
    moved = np.zeros(len(columns.open), bool)
    for move in moves:
        known = move.at >= 0
        if not known.all():
            moved[move.rows[~known]] = True
            _put_new(columns, this, move, columns.by_key(move.rows[~known]))
        if known.any():
            moved[_change_known(columns, this, move, move.rows[known], move.at[known])] = True
    return moved


def _put_new(columns: Columns, this: Pass, move: Moves, rows: Numbers) -> None:
    for start in range(0, len(rows), shelves.TOGETHER):
        some = rows[start : start + shelves.TOGETHER]
        figures = {name: columns.figure(name, some) for name in FIGURES}
        shelves.put_balances(
            this.db,
            {
                "supplier": this.supplier,
                "sku": columns.of("sku", some),
                "catalog": move.shelf.catalog,
                **figures,
                "available_date": None,
                "published": True,
                "pool": True if move.pool else figures["stock"].is_null(),
                "as_of": shelves.stored_time(this.at),
                **this.stamp,
            },
        )


def _change_known(columns: Columns, this: Pass, move: Moves, rows: Numbers, places: Numbers) -> Numbers:
    """Change the figures that are others now and renew equal ones; gives the rows that changed."""
    at, time = pa.array(places), shelves.stored_time(this.at)
    every = {name: columns.figure(name, rows) for name in FIGURES}
    said = {name: each for name, each in every.items() if each.null_count < len(each)}
    held = {name: move.shelf.figures[name].take(at) for name in said}
    has_stock = as_numpy(every["stock"].is_valid())
    changed = has_stock & (move.shelf.pool[places] != move.pool)
    for name, told in said.items():
        changed = changed | as_numpy(pc.and_(told.is_valid(), pc.fill_null(pc.not_equal(told, held[name]), True)))
    renewed = ~changed & has_stock & (move.shelf.as_of[places] != time)
    whole = len(rows) == len(move.shelf.skus) and bool((has_stock | changed).all())
    _renew(columns, this, move, rows[renewed], whole=whole)
    some = np.flatnonzero(changed)
    if len(some):
        chosen, stock = pa.array(some), pa.array(has_stock[some])
        new = {name: pc.coalesce(told.take(chosen), held[name].take(chosen)) for name, told in said.items()}
        new["pool"] = pc.if_else(stock, pa.scalar(move.pool), pa.array(move.shelf.pool[places[some]]))
        new["as_of"] = pc.if_else(stock, pa.scalar(time), pa.array(move.shelf.as_of[places[some]]))
        wanted = columns.of("sku", rows[some])
        order = shelves.ordered(wanted)
        if order is not None:
            new, wanted = {name: each.take(order) for name, each in new.items()}, wanted.take(order)
        shelves.change_balances(this.db, {**new, **this.stamp}, this.supplier, move.shelf.catalog, wanted)
    found: Numbers = rows[changed]
    return found


def _renew(columns: Columns, this: Pass, move: Moves, rows: Numbers, *, whole: bool) -> None:
    """Renew the time of equal figures: in one go where the file names the whole shelf (what changed is written after)."""
    if whole and 2 * len(rows) > len(move.shelf.skus):
        shelves.renew_shelf(this.db, this.supplier, move.shelf, this.at, this.now)
    elif len(rows):
        new = {"as_of": shelves.stored_time(this.at), "updated_at": shelves.stored_time(this.now)}
        wanted = columns.of("sku", columns.by_key(rows))
        shelves.change_balances(this.db, new, this.supplier, move.shelf.catalog, wanted)


def new_products(columns: Columns, this: Pass) -> tuple[Numbers, Numbers, Numbers]:
    """The hash of every record, and the open ones that say what was not told before: of new products, of known ones."""
    told = shelves.told(this.db, this.supplier)
    every = np.concatenate([hashes(fields, columns.reading.mode.value) for fields in columns.batches()])
    fresh = np.flatnonzero(columns.open & ~shelves.among(every, told))
    if not len(told) or not len(fresh):
        return every, fresh, np.zeros(0, np.int64)
    there = shelves.stored(this.db, this.supplier, columns.of("sku", fresh), len(told))
    return every, fresh[~there], fresh[there]


def put_new_products(columns: Columns, this: Pass, every: Numbers, rows: Numbers) -> None:
    """Write products that were not there before."""
    rows = columns.by_key(rows)
    for start in range(0, len(rows), shelves.TOGETHER):
        some = rows[start : start + shelves.TOGETHER]
        columns.reading.rest()
        taken = _taken(columns, some)
        own = {name: taken[name].array if name in taken else None for name in PRODUCT_COLUMNS}
        own["currency"] = "EUR" if own["currency"] is None else own["currency"].cast(pa.string()).fill_null("EUR")
        own["active"] = True if own["active"] is None else own["active"].cast(pa.bool_()).fill_null(True)
        more = {name: each for name, each in taken.items() if name not in PRODUCT_COLUMNS and name not in NOT_TOLD}
        shelves.put_products(
            this.db,
            {
                "supplier": this.supplier,
                "sku": taken["sku"].array,
                **own,
                "more": written(more) if more else "{}",
                "told": pa.array(every[some]),
                **this.stamp,
            },
        )


def records(columns: Columns, rows: Numbers) -> Iterator[tuple[list[str], list[tuple[int, dict[str, Any]]]]]:
    """Some rows as records, a few thousand at a time: their skus, and each record with its row."""
    for start in range(0, len(rows), _RECORDS):
        some = rows[start : start + _RECORDS]
        taken = _taken(columns, some)
        every = [dict(zip(taken, values, strict=True)) for values in zip(*taken.values(), strict=True)]
        columns.reading.rest()
        yield [record["sku"] for record in every], list(zip(some.tolist(), every, strict=True))


def _taken(columns: Columns, rows: Numbers) -> dict[str, WideColumn]:
    return {name: WideColumn(form, columns.of(name, rows)) for name, form in columns.forms.items()}
