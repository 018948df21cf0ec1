"""How things stand: partners, what waits, what is in quarantine, what is late, whose files nobody knows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, case, exists, func, select

from hub.channels.channel import is_unfinished
from hub.config.channels import LocalChannel
from hub.config.workspace import Workspace, is_partner_id
from hub.config.yaml import Finding
from hub.desk.standing import cancelled_words, standings
from hub.desk.strays import strays
from hub.domain.nearest import nearest
from hub.domain.problems import Code
from hub.domain.status import FINAL, Status, roll_up
from hub.mapping.living import Held
from hub.store import bookings, prints
from hub.store.ledger import State
from hub.store.many import chunks
from hub.store.remote import lying_at, troubles
from hub.store.schema import events, files, order_lines, orders, sends, shipments

_INBOX = "inbox"


@dataclass(slots=True)
class PartnerView:
    """One partner: his last file, what waits in his inbox and on its way in and out, how much is in quarantine.

    `outbox` counts the files that he has not collected, `outbox_since` is the time of the oldest; both only where his
    channel is a folder of this machine.
    """

    partner: str
    name: str
    role: str
    active: bool
    last_file: dict[str, Any] | None
    inbox: int
    taken: int
    ready: int
    quarantined: int
    outbox: int
    outbox_since: datetime | None


@dataclass(slots=True)
class Overview:
    """Everything `hub status` shows."""

    at: datetime
    partners: list[PartnerView]
    orders: dict[str, dict[str, int]]
    stuck: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    late: list[dict[str, Any]]
    away: list[dict[str, Any]]
    left: list[dict[str, Any]]
    strangers: list[dict[str, Any]]
    strays: list[dict[str, Any]]
    findings: list[Finding]
    held: list[Held]
    prints: list[dict[str, Any]]
    bookings: list[dict[str, Any]]


def overview(db: Connection, workspace: Workspace, findings: list[Finding], now: datetime, held: Sequence[Held] = ()) -> Overview:
    """How things stand at `now`.

    In: `findings` are those about configuration and mappings, `held` the changed mappings that are not taken up.
    Out: one view of everything; nothing is changed.
    """
    return Overview(
        at=now,
        partners=_partners(db, workspace, now),
        orders=open_orders(db, workspace),
        stuck=list(stuck(db)),
        quarantine=_quarantine(db),
        late=[*_overdue_sends(db, workspace, now), *_failing_files(db)],
        away=_away(db, workspace),
        left=_left(db, workspace),
        strangers=list(strangers(workspace)),
        strays=list(strays(db, workspace)),
        findings=findings,
        held=list(held),
        prints=[dict(row._mapping) for row in prints.failures(db)],
        bookings=[dict(row._mapping) for row in bookings.failures(db)],
    )


def _partners(db: Connection, workspace: Workspace, now: datetime) -> list[PartnerView]:
    last, states = _last_files(db), _states(db)
    found = []
    for partner in workspace.partners.values():
        known = last.get(partner.id)
        if known is not None:
            known["age_seconds"] = max(int((now - known["at"]).total_seconds()), 0)
        here = isinstance(partner.channel, LocalChannel)
        waiting = lying(workspace.inbox_of(partner)) if here else []
        outbox, since = _uncollected(workspace.outbox_of(partner)) if here else (0, None)
        found.append(
            PartnerView(
                partner=partner.id,
                name=partner.name,
                role=partner.role.value,
                active=partner.active,
                last_file=known,
                inbox=len(waiting),
                taken=states[partner.id, State.TAKEN],
                ready=states[partner.id, State.READY],
                quarantined=states[partner.id, State.QUARANTINED],
                outbox=outbox,
                outbox_since=since,
            )
        )
    return found


def lying(folder: Path) -> list[str]:
    """The names of the finished files that lie in a folder; none when it is not there."""
    try:
        return sorted(each.name for each in folder.iterdir() if not is_unfinished(each.name) and each.is_file())
    except OSError:
        return []


def _uncollected(folder: Path) -> tuple[int, datetime | None]:
    """How many files lie in an outbox, and since when the oldest does."""
    try:
        with os.scandir(folder) as entries:
            times = [each.stat().st_mtime for each in entries if each.is_file() and not each.name.startswith(".")]
    except OSError:
        return 0, None
    return len(times), datetime.fromtimestamp(min(times), UTC) if times else None


def _last_files(db: Connection) -> dict[str, dict[str, Any]]:
    newest = select(func.max(files.c.id)).where(files.c.direction == "in").group_by(files.c.partner)
    query = select(files.c.partner, files.c.id, files.c.name, files.c.state, files.c.answer, files.c.at)
    rows = db.execute(query.where(files.c.id.in_(newest)))
    return {row.partner: {name: getattr(row, name) for name in ("id", "name", "state", "answer", "at")} for row in rows}


def _states(db: Connection) -> Counter[tuple[str, str]]:
    under_way = (State.TAKEN, State.READY, State.QUARANTINED)
    query = select(files.c.partner, files.c.state, func.count()).where(files.c.state.in_(under_way))
    return Counter(
        {(partner, state): many for partner, state, many in db.execute(query.group_by(files.c.partner, files.c.state))}
    )


def _quarantine(db: Connection) -> list[dict[str, Any]]:
    names = ("id", "direction", "partner", "name", "error", "attempts", "at")
    query = select(*(files.c[name] for name in names)).where(files.c.state == State.QUARANTINED).order_by(files.c.id)
    return [dict(row._mapping) for row in db.execute(query)]


def stuck(db: Connection) -> Iterator[dict[str, Any]]:
    """Orders that found no supplier and shipments in Error: somebody must mend what is wrong, then `hub retry`."""
    wholly = order_lines.c.cancelled_quantity >= order_lines.c.quantity
    unrouted = select(order_lines.c.order).where(order_lines.c.shipment.is_(None), order_lines.c.supplier.is_(None), ~wholly)
    waiting: Select[Any] = select(orders.c.retailer, orders.c.number, orders.c.id, orders.c.accepted_at.label("since"))
    waiting = waiting.where(orders.c.draft.is_(False), orders.c.id.in_(unrouted)).order_by(orders.c.id)
    yield from [_stuck(db, row, None) for row in db.execute(waiting).all()]
    beside = (orders.c.number, shipments.c.number.label("shipment"), shipments.c.status_at.label("since"))
    failed: Select[Any] = select(shipments.c.retailer, shipments.c.id, *beside).join(orders, orders.c.id == shipments.c.order)
    failed = failed.where(shipments.c.status == Status.ERROR.value).order_by(shipments.c.id)
    yield from [_stuck(db, row, row.shipment) for row in db.execute(failed).all()]


def _stuck(db: Connection, row: Row[Any], shipment: str | None) -> dict[str, Any]:
    of = events.c.shipment == row.id if shipment else (events.c.order == row.id) & events.c.shipment.is_(None)
    reasons = select(events.c.reason).where(of, events.c.to == Status.ERROR.value).order_by(events.c.id.desc())
    why = db.execute(reasons.limit(1)).scalar()
    return {"retailer": row.retailer, "order": row.number, "shipment": shipment, "since": row.since, "why": why}


def _overdue_sends(db: Connection, workspace: Workspace, now: datetime) -> Iterator[dict[str, Any]]:
    """Schedules whose time has passed by more than two polls; one more poll would be nobody's fault."""
    patience: timedelta = 2 * workspace.settings.poll
    due = {(row.partner, row.name): row.next_due for row in db.execute(select(sends))}
    for partner in workspace.partners.values():
        for schedule, send in partner.schedules() if partner.active else ():
            at = None if send.on_change else due.get((partner.id, schedule))
            if at is not None and at + patience < now:
                yield {"partner": partner.id, "what": "schedule", "mapping": send.mapping, "due": at}


def _failing_files(db: Connection) -> Iterator[dict[str, Any]]:
    """Files that were tried in vain and will be tried again."""
    names = ("partner", "id", "name", "attempts", "next_try", "error")
    query = select(*(files.c[name] for name in names)).where(files.c.state.in_((State.READY, State.TAKEN)), files.c.attempts > 0)
    for row in db.execute(query.order_by(files.c.id)):
        yield {"partner": row.partner, "what": "file", **{name: getattr(row, name) for name in names[1:]}}


def _away(db: Connection, workspace: Workspace) -> list[dict[str, Any]]:
    """Partners who could not be reached at the last try."""
    return [asdict(each) for each in troubles(db).values() if each.partner in workspace.partners]


def _left(db: Connection, workspace: Workspace) -> list[dict[str, Any]]:
    """Files that lie at a partner's end and cannot be taken, or not be removed after they were."""
    return [
        {"partner": partner, "name": each.key, "file": each.file, "why": each.why, "since": each.since}
        for partner in workspace.partners
        for each in lying_at(db, partner).values()
        if each.why
    ]


def strangers(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Files under the inbox that lie in the folder of no partner; they stay where they are (401.partner)."""
    root = workspace.home / _INBOX
    known = {workspace.inbox_of(each).resolve() for each in workspace.partners.values() if isinstance(each.channel, LocalChannel)}
    folders = sorted(each for each in root.iterdir() if each.is_dir()) if root.is_dir() else []
    for folder in [root, *folders]:
        if folder.resolve() in known or (folder != root and is_unfinished(folder.name)):
            continue
        shown = folder.relative_to(workspace.home).as_posix()
        for name in lying(folder):
            yield {"code": Code.PARTNER.value, "folder": shown, "name": name, "hint": _cure(workspace, folder, root)}


def _cure(workspace: Workspace, folder: Path, root: Path) -> str:
    if folder == root:
        return "Move it into the folder of its partner."
    own = f"config/partners/{folder.name}.yaml"
    if (workspace.home / own).exists():
        return f"Mend {own}."
    near = nearest(folder.name, (each.id for each in workspace.partners.values()))
    other = f"move the file into the folder of {near}" if near else "move the file"
    return f"Write {own}, or {other}." if is_partner_id(folder.name) else f"{other[0].upper()}{other[1:]}."


def open_orders(db: Connection, workspace: Workspace) -> dict[str, dict[str, int]]:
    """How many orders of each retailer are not final, by status."""
    words = cancelled_words(workspace)
    found: dict[str, Counter[Status]] = {}
    for retailer, status, many in [*_with_shipments(db), *_without_shipments(db, words)]:
        if status not in FINAL:
            found.setdefault(retailer, Counter())[status] += many
    return {
        retailer: {each.value: found[retailer][each] for each in Status if found[retailer][each]} for retailer in sorted(found)
    }


def _with_shipments(db: Connection) -> Iterator[tuple[str, Status, int]]:
    """The database folds each order's statuses into bits, so that only the distinct sets come out."""
    bits = list(Status)
    mask = reduce(add, (func.max(case((shipments.c.status == each.value, 1 << at), else_=0)) for at, each in enumerate(bits)))
    open_ones = select(shipments.c.order).where(shipments.c.status.not_in([each.value for each in FINAL]))
    folded = (
        select(shipments.c.retailer, mask.label("mask"))
        .where(shipments.c.order.in_(open_ones))
        .group_by(shipments.c.order, shipments.c.retailer)
        .subquery()
    )
    query = select(folded.c.retailer, folded.c.mask, func.count()).group_by(folded.c.retailer, folded.c.mask)
    for retailer, found, many in db.execute(query):
        yield retailer, roll_up([each for at, each in enumerate(bits) if int(found) & (1 << at)]), many


def _without_shipments(db: Connection, words: Any) -> Iterator[tuple[str, Status, int]]:
    query = select(orders.c.id, orders.c.retailer, orders.c.draft).where(~exists().where(shipments.c.order == orders.c.id))
    for some in chunks(db.execute(query).all()):
        known = standings(db, [row.id for row in some])
        for row in some:
            all_cancelled = words.get(row.retailer, Status.CANCELLED)
            yield row.retailer, known[row.id].status(draft=row.draft, all_cancelled=all_cancelled), 1


def as_json(view: Overview) -> dict[str, Any]:
    """The overview as JSON can tell it, but for times."""
    return {
        "at": view.at,
        "partners": [{name: getattr(each, name) for name in PartnerView.__slots__} for each in view.partners],
        "orders": view.orders,
        "stuck": view.stuck,
        "quarantine": view.quarantine,
        "late": view.late,
        "away": view.away,
        "left": view.left,
        "strangers": view.strangers,
        "strays": view.strays,
        "findings": [finding_json(each) for each in view.findings],
        "prints": view.prints,
        "bookings": view.bookings,
        "held": [{"mapping": each.name, "in_force": each.version, "reasons": list(each.reasons)} for each in view.held],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as JSON can tell it."""
    return {
        "file": finding.file,
        "line": finding.line,
        "path": finding.path,
        "what": finding.what,
        "cure": finding.cure,
        "level": finding.level.value,
    }
