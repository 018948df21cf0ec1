"""The ledger for people: which files came and went, and everything about one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select

from hub.domain.problems import NotFound
from hub.store.ledger import get, problems_of
from hub.store.orders import numbers_made
from hub.store.schema import carried, files, orders, problems, shipments

LISTED = (
    *("id", "direction", "partner", "name", "kind", "mapping", "state", "answer", "read", "accepted", "unchanged", "refused"),
    *("skipped", "size", "sha256", "at", "error"),
)
"""What a listing tells of a file; the first of them are the columns of `hub export files`."""

_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files a listing is about; what is None does not matter. `name` may hold * and ?."""

    partner: str | None = None
    direction: str | None = None
    state: str | None = None
    answer: int | None = None
    kind: str | None = None
    name: str | None = None
    problems: bool = False


def list_files(db: Connection, wanted: Wanted, most: int | None = None) -> tuple[list[dict[str, Any]], int]:
    """The newest files of the ledger that are wanted, in order of their ids, and how many there are in all."""
    total = int(db.execute(_narrowed(select(func.count()).select_from(files), wanted)).scalar_one())
    query = _narrowed(select(*(files.c[name] for name in LISTED)), wanted).order_by(files.c.id.desc()).limit(most)
    return [dict(row._mapping) for row in reversed(db.execute(query).all())], total


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    for name in ("partner", "direction", "state", "answer", "kind"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(files.c[name] == value)
    if wanted.name is not None:
        query = query.where(files.c.name.like(_like(wanted.name), escape="\\"))
    if wanted.problems:
        query = query.where(exists().where(problems.c.file == files.c.id))
    return query


def _like(pattern: str) -> str:
    """A pattern with * and ? as LIKE has it."""
    for each in ("\\", "%", "_"):
        pattern = pattern.replace(each, f"\\{each}")
    return pattern.replace("*", "%").replace("?", "_")


def show_file(db: Connection, file: int) -> dict[str, Any]:
    """Everything about one file.

    Out: its row, its problems, the files that it was answered with (or the one that it answers), the
    orders that it brought and the orders and shipments that it carried. Raises NotFound.
    """
    row = get(db, file)
    if row is None:
        raise NotFound(f"there is no file {file}; hub files lists them")
    told = {
        name: getattr(row, name) for name in (*LISTED, "mapping_version", "ended_at", "attempts", "next_try", "arrival", "about")
    }
    return {
        "file": told,
        "problems": [_problem(each) for each in problems_of(db, file)],
        "answers": _answers(db, file),
        "orders": _brought(db, file),
        "made": [{"row": made_row, "number": number} for made_row, number in numbers_made(db, [file]).get(file, [])],
        "carried": _carried(db, file),
    }


def _problem(problem: Any) -> dict[str, Any]:
    names = ("code", "level", "sheet", "row", "cell", "column", "field", "record", "value", "message", "hint")
    told = {name: getattr(problem, name) for name in names}
    return told | {"code": problem.code.value, "level": problem.level.value}


def _answers(db: Connection, file: int) -> list[dict[str, Any]]:
    names = ("id", "partner", "name", "state", "size", "at")
    query = (
        select(*(files.c[name] for name in names)).where(files.c.about == file, files.c.direction == "out").order_by(files.c.id)
    )
    return [dict(row._mapping) for row in db.execute(query)]


def _brought(db: Connection, file: int) -> list[dict[str, Any]]:
    split = select(func.count()).where(shipments.c.order == orders.c.id).scalar_subquery()
    query = select(orders.c.retailer, orders.c.number.label("order"), orders.c.row, split.label("shipments"))
    return [dict(row._mapping) for row in db.execute(query.where(orders.c.file == file).order_by(orders.c.id).limit(_MOST))]


def _carried(db: Connection, file: int) -> list[dict[str, Any]]:
    of_shipment = shipments.c.id == carried.c.shipment
    query = (
        select(orders.c.retailer, orders.c.number.label("order"), shipments.c.number.label("shipment"))
        .select_from(carried)
        .outerjoin(shipments, of_shipment)
        .outerjoin(orders, orders.c.id == func.coalesce(carried.c.order, shipments.c.order))
        .where(carried.c.file == file)
        .order_by(carried.c.id)
    )
    return [dict(row._mapping) for row in db.execute(query.limit(_MOST))]
