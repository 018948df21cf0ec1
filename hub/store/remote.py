"""What is remembered of partners' ends: files that lie there although they were taken, claims, who could not be reached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from hub.store.dialect import put
from hub.store.schema_ends import claims, lying, reach


@dataclass(frozen=True, slots=True)
class Lying:
    """A file that lies at a partner's end and is not to be taken (again).

    `file` is the arrival that it was taken as, None for one that was never taken; `why` says what keeps it there,
    empty where that was agreed.
    """

    key: str
    size: int
    modified_at: datetime
    sha256: str
    file: int | None
    why: str
    since: datetime


def lying_at(db: Connection, partner: str) -> dict[str, Lying]:
    """The files known to lie at a partner's end, by key."""
    rows = db.execute(select(*(lying.c[name] for name in Lying.__slots__)).where(lying.c.partner == partner))
    return {row.key: Lying(*row) for row in rows}


def note_lying(db: Connection, partner: str, found: Sequence[Lying]) -> None:
    """Remember files that lie at a partner's end."""
    put(db, lying, ["partner", "key"], [{"partner": partner, **asdict(each)} for each in found])


def forget_lying(db: Connection, partner: str, keys: Collection[str]) -> None:
    """Files that lie there no longer: the next of such a name is another arrival."""
    some = list(keys)
    for start in range(0, len(some), 500):
        db.execute(delete(lying).where(lying.c.partner == partner, lying.c.key.in_(some[start : start + 500])))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A place outside the workspace where claimed files of a partner may lie."""

    partner: str
    place: str
    since: datetime


def claims_lie(db: Connection) -> list[Claimed]:
    """The places where claimed files may lie, also of partners who are no longer configured."""
    rows = db.execute(select(*(claims.c[name] for name in Claimed.__slots__)).order_by(claims.c.partner, claims.c.place))
    return [Claimed(*row) for row in rows]


def note_claims(db: Connection, partner: str, place: str, now: datetime) -> None:
    """Remember a place before the first file is claimed there."""
    put(db, claims, ["partner", "place"], [{"partner": partner, "place": place, "since": now}])


def forget_claims(db: Connection, partner: str, place: str) -> None:
    """Nothing claimed lies in a place any more."""
    db.execute(delete(claims).where(claims.c.partner == partner, claims.c.place == place))


@dataclass(frozen=True, slots=True)
class Trouble:
    """A partner who could not be reached: how often in a row, how many of these times he refused the login."""

    partner: str
    failures: int
    refusals: int
    since: datetime
    next_try: datetime | None
    code: str
    error: str


def troubles(db: Connection) -> dict[str, Trouble]:
    """The partners who could not be reached at the last try."""
    rows = db.execute(select(*(reach.c[name] for name in Trouble.__slots__)))
    return {row.partner: Trouble(*row) for row in rows}


def note_trouble(db: Connection, trouble: Trouble) -> None:
    """Remember that a partner could not be reached."""
    put(db, reach, ["partner"], [asdict(trouble)])


def forget_troubles(db: Connection, partners: Collection[str]) -> None:
    """Partners who can be reached again."""
    if partners:
        db.execute(delete(reach).where(reach.c.partner.in_(list(partners))))


def try_now(db: Connection, most_refusals: int) -> None:
    """Let the next look try everybody at once, but for those whose server refused the login so often already."""
    db.execute(update(reach).where(reach.c.refusals < most_refusals).values(next_try=None))
