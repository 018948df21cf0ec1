"""A round is a row with its phase: a restart resumes the open one where it stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from hub.store.schema import rounds


class Phase(StrEnum):
    """The four phases of a round, in order."""

    TAKE = "take"
    KEEP = "keep"
    RENDER = "render"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True)
class Open:
    """A round under way; `send_all` sends every scheduled file, due or not."""

    id: int
    phase: Phase
    send_all: bool


def current(db: Connection) -> Open | None:
    """The round that a crash left open, or None."""
    row = db.execute(select(rounds).where(rounds.c.ended_at.is_(None)).order_by(rounds.c.id)).first()
    return Open(row.id, Phase(row.phase), row.send_all) if row else None


def begin(db: Connection, now: datetime, *, send_all: bool) -> Open:
    """Open a round."""
    made = insert(rounds).values(phase=Phase.TAKE.value, started_at=now, send_all=send_all).returning(rounds.c.id)
    return Open(int(db.execute(made).scalar_one()), Phase.TAKE, send_all)


def enter(db: Connection, round_id: int, phase: Phase) -> None:
    """Note that a round has reached a phase."""
    db.execute(update(rounds).where(rounds.c.id == round_id).values(phase=phase.value))


def end(db: Connection, round_id: int, now: datetime) -> None:
    """Close a round."""
    db.execute(update(rounds).where(rounds.c.id == round_id).values(ended_at=now))
