"""A supplier's stored catalogue while a file of his is kept: its records, and how a balance is set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from hub.domain.checks import Found
from hub.domain.kinds import Role
from hub.domain.problems import Code, Fault, FileRefused, Level, Problem
from hub.domain.routing import serves
from hub.domain.terms import CatalogTerms, Publish, SupplierTerms
from hub.domain.values import CLEAR
from hub.flow.hub import Hub, InHand
from hub.flow.tally import About, Tally
from hub.mapping.reading import Reading
from hub.mapping.template import Mode
from hub.store import catalogue, ledger
from hub.store.catalogue import Receipt

if TYPE_CHECKING:
    from hub.flow.keep_wide import Pass
    from hub.flow.wide_columns import Columns

BALANCE = ("stock", "incoming", "wholesale_price")

Record = dict[str, Any]
Key = tuple[str, str]
"""A supplier's balance: sku and catalogue."""


def serving(hub: Hub, supplier: str) -> dict[str, CatalogTerms]:
    """The catalogues of all retailers that a supplier sells through, by id."""
    retailers = hub.workspace.of_role(Role.RETAILER)
    every = [each for retailer in retailers for each in hub.workspace.retailer_terms(retailer).catalogs]
    return {each.id: each for each in every if serves(each, supplier)}


@dataclass(slots=True)
class Shop:
    """A supplier's stored catalogue while a file of his is kept."""

    supplier: str
    terms: SupplierTerms
    catalogs: dict[str, CatalogTerms]
    file: InHand
    now: datetime
    tally: Tally
    balances: dict[Key, dict[str, Any]] = field(default_factory=dict)
    changed: dict[Key, dict[str, Any]] = field(default_factory=dict)
    future: set[date] = field(default_factory=set)  # times yet to come that the sender was told of
    receipts: dict[str, list[Receipt]] = field(default_factory=dict)

    def remember(self, db: Connection, skus: Collection[str]) -> None:
        """Take in the stored balances of products as they stand; of a warehouse also what came in."""
        self.balances = {key: dict(row._mapping) for key, row in catalogue.known_balances(db, self.supplier, skus).items()}
        if self.terms.role is Role.WAREHOUSE:
            self.receipts = catalogue.receipts(db, self.supplier, skus)

    def came_after(self, key: Key, as_of: datetime, *, pool: bool) -> Decimal:
        """What came in after a figure was true: the figure does not count it yet."""
        later = [each for each in self.receipts.get(key[0], ()) if each.at > as_of and (pool or each.catalog == key[1])]
        return sum((each.quantity for each in later), Decimal(0))

    def open_ids(self, named: str | None) -> Iterable[str]:
        """The catalogues that a row without (or with) a catalogue means."""
        if named is not None:
            return [named]
        return self.catalogs if self.terms.publish is Publish.ALL else []


def open_shop(hub: Hub, file: InHand, reading: Reading, now: datetime) -> Shop:
    """The catalogue of a file's sender, ready to keep the file."""
    terms = file.partner.supplier_terms(hub.workspace.settings)
    return Shop(file.partner.id, terms, serving(hub, file.partner.id), file, now, Tally(reading))


def records_of(tally: Tally, columns: Columns | None = None) -> Iterator[tuple[About, Record]]:
    """The records that may be kept, `None` and `CLEAR` included: in an update a blank keeps and a clear word empties.

    With `columns` only those that are put aside there.
    """
    if columns is not None:
        for b, r in columns.left():
            yield (b, r), {name: values[r] for name, values in tally.reading.batches[b].fields.items()}
        return
    for b, batch in enumerate(tally.reading.batches):
        names = list(batch.fields)
        for r, values in enumerate(zip(*batch.fields.values(), strict=True)):
            if r not in batch.refused:
                yield (b, r), dict(zip(names, values, strict=True))


def columns_of(reading: Reading) -> Columns | None:
    """The columns of a large file; what they hold is decided there, but for the records that they put aside."""
    if not reading.is_wide:
        return None
    from hub.flow import wide_columns

    return wide_columns.columns_of(reading)


def pass_of(shop: Shop, db: Connection) -> Pass:
    """The file as the way of columns needs it."""
    from hub.flow.keep_wide import Pass

    every = shop.terms.publish is Publish.ALL
    return Pass(db, shop.supplier, shop.file.id, shop.file.at, shop.now, list(shop.catalogs), everywhere=every)


def require_enough(db: Connection, file: InHand, reading: Reading) -> None:
    """A full file that is much shorter than the last one is refused: what it lacks would go to 0."""
    if reading.mode is not Mode.FULL:
        return
    last = ledger.last_full(db, file.partner.id, reading.mapping)
    share = reading.limits.min_share
    if last and Decimal(reading.read) < Decimal(str(share)) * last:
        say = f"the file holds {reading.read} records, the last full one held {last}"
        hint = f"Send the whole list (at least {share:.0%} of the last one), or ask the hub's admin to lower min_share."
        raise FileRefused(Problem(Code.TOO_FEW, say, hint), read=reading.read)


def is_whole(shop: Shop) -> bool:
    """Whether what a file does not name is missing: not after one of which nothing at all was taken, somebody else's perhaps."""
    return shop.tally.reading.mode is Mode.FULL and bool(shop.tally.accepted or shop.tally.unchanged)


def known_catalog(shop: Shop, about: About, record: Record) -> bool:
    """Whether the row's catalogue is one that the supplier sells through."""
    named = record.get("catalog")
    if not named or named in shop.catalogs:
        return True
    own = ", ".join(shop.catalogs) or "none yet"
    fault = Fault(Code.NO_CATALOG, named, "you sell through no such catalogue", f"Yours are: {own}.")
    shop.tally.blame(about, Found("catalog", None, fault), record.get("sku"))
    shop.tally.refuse(about)
    return False


def takes(balance: Record, as_of: datetime) -> bool:
    """Whether a figure of that time is news: none is known yet, or only an older one."""
    return balance["stock"] is None or bool(balance["as_of"] <= as_of)


def too_old(shop: Shop, about: About, record: Record, known: datetime, level: Level) -> None:
    """Say that a figure is older than the one known."""
    say = f"a newer stock figure is known, of {known:%Y-%m-%d %H:%M:%S} UTC"
    fault = Fault(Code.SEQUENCE, _shown(record.get("stock")), say, "Nothing to mend: an older figure changes nothing.", level)
    shop.tally.blame(about, Found("stock", None, fault), record.get("sku") or record.get("ean"))


def _shown(value: object) -> str | None:
    """A value as problems show it."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else None


def set_balance(shop: Shop, key: Key, said: Record, *, pool: bool, as_of: datetime | None) -> bool:
    """Set what a row says of a balance; whether more than the age of its figure changed."""
    known = shop.balances.get(key)
    row = dict(known) if known else _new_balance(shop, key)
    before = dict(row) if known else None
    for name, value in said.items():
        row[name] = None if value is CLEAR else value
    if as_of is not None:
        row["pool"], row["as_of"] = pool, as_of
        if row["stock"] is not None:
            row["stock"] += shop.came_after(key, as_of, pool=pool)
    changed = before is None or any(row[name] != before[name] for name in row if name != "as_of")
    if changed:
        row["file"] = shop.file.id
    if changed or (before is not None and row["as_of"] != before["as_of"]):
        shop.balances[key] = shop.changed[key] = row | {"updated_at": shop.now}
    return changed


def _new_balance(shop: Shop, key: Key) -> dict[str, Any]:
    empty = dict.fromkeys((*BALANCE, "available_date"))
    return {
        "supplier": shop.supplier,
        "sku": key[0],
        "catalog": key[1],
        **empty,
        "published": True,
        "pool": True,
        "as_of": shop.file.at,
    }
