"""Take what partners dropped: claim it, archive it, enter it in the ledger, and only then remove it at the source."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from hub.channels.channel import Channel, Claim, Left, Listed, Untaken
from hub.channels.names import safe_name
from hub.config.partners import Partner
from hub.domain.kinds import Role
from hub.domain.problems import Code, Counts, Verdict
from hub.flow.errands import Decide
from hub.flow.hub import Hub, InHand
from hub.flow.reach import serve
from hub.formats.grid import too_large
from hub.store import ledger, remote
from hub.store.archive import NEVER_FETCHED, Stored
from hub.store.remote import Lying

log = structlog.get_logger()

MOST = 1000  # files of one partner in one round, so that nobody's heap holds up the others
_MOST_LISTED = 200_000  # names of one look: a server that lists without an end is not followed
_TOGETHER = 250  # files that are claimed, and entered in the ledger, in one go


def partners_in_order(hub: Hub) -> list[Partner]:
    """Suppliers, warehouses and carriers before retailers, so that an order meets the newest stock (contract §5)."""
    active = [each for each in hub.workspace.partners.values() if each.active]
    return sorted(active, key=lambda each: (each.role is Role.RETAILER, each.id))


def _channels(hub: Hub) -> dict[str, Channel]:
    """The channels of active partners, in order."""
    return {each.id: hub.channels[each.id] for each in partners_in_order(hub) if each.id in hub.channels}


def resting(hub: Hub) -> dict[str, list[Listed]]:
    """Per partner, the files in his inbox that are not taken yet; partners out of reach are left out."""
    found: dict[str, list[Listed]] = {}

    def look(partner: str, channel: Channel, decide: Decide) -> None:
        listed = list(islice(channel.listing(), _MOST_LISTED))
        memory = decide(partial(_memory, hub, partner))
        found[partner] = [each for each in listed if not each.left and not _known(memory, each)]

    serve(hub, {partner: partial(look, partner, channel) for partner, channel in _channels(hub).items()})
    return found


T = TypeVar("T")


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _TOGETHER] for start in range(0, len(items), _TOGETHER))


Begin = Callable[[InHand, bytes], None]


def _later(_file: InHand, _data: bytes) -> None:
    """Its turn comes."""


@dataclass(slots=True)
class Arrivals:
    """What a round takes: it counts as the ledger is written, whoever brought the files in."""

    hub: Hub
    round_id: int
    begin: Begin = _later
    taken: int = 0


def take_all(hub: Hub, round_id: int, begin: Begin = _later) -> tuple[int, list[str]]:
    """Take every settled file of every partner. Out: how many, and the partners out of reach.

    `begin` is told of each small file that is in the ledger: it may be read while others are taken.
    """
    arrivals = Arrivals(hub, round_id, begin)
    away = serve(hub, {each: partial(_take, arrivals, each, channel) for each, channel in _channels(hub).items()})
    return arrivals.taken, away


def _take(arrivals: Arrivals, partner: str, channel: Channel, decide: Decide) -> None:
    """One partner's files, oldest first: what an earlier run left claimed, then what has stood still long enough."""
    hub = arrivals.hub
    memory = decide(partial(_memory, hub, partner))
    visit = Visit(arrivals, partner, channel, decide, memory)
    waiting = hub.backlog.pop(partner, None)
    if waiting is None:
        left_over = channel.leftovers()
        visit.claimed = bool(left_over)
        visit.bring_in(left_over)
        listed = list(islice(channel.listing(), _MOST_LISTED))
        visit.look_over(listed, left_over)
        waiting = settled(hub, partner, [each for each in listed if not each.left and not _known(memory, each)])
    if len(waiting) > MOST:
        hub.backlog[partner] = waiting[MOST:]  # the next round need not list a huge folder again
    for some in _batches(waiting[:MOST]):
        if not visit.halted:
            visit.claim(some)
    if visit.halted:
        hub.backlog.pop(partner, None)
    visit.let_go_of_place()


def let_go(hub: Hub, round_id: int) -> None:
    """Remove what was taken from partners on this machine and lies in the hub's own folder, when nobody waits any more.

    A file system may look at each file that was just removed before it makes a new one.
    """
    taken, hub.taken = hub.taken, {}
    arrivals, channels = Arrivals(hub, round_id), _channels(hub)
    serve(
        hub,
        {each: partial(_let_go, arrivals, each, channels[each], claims) for each, claims in taken.items() if each in channels},
    )


def _let_go(arrivals: Arrivals, partner: str, channel: Channel, claims: Sequence[Claim], decide: Decide) -> None:
    Visit(arrivals, partner, channel, decide, decide(partial(_memory, arrivals.hub, partner))).release(claims)


def settled(hub: Hub, partner: str, listed: Iterable[Listed]) -> list[Listed]:
    """The files that have stood still long enough, oldest first, then by name."""
    now = time.monotonic()
    return sorted(
        (each for each in listed if hub.settle.stands(partner, each, now)), key=lambda each: (each.modified_at, each.name)
    )


def _memory(hub: Hub, partner: str) -> dict[str, Lying]:
    with hub.store.look() as db:
        return remote.lying_at(db, partner)


def _known(memory: Mapping[str, Lying], listed: Listed) -> bool:
    """Whether a file that lies there was taken already, as it is now."""
    known = memory.get(safe_name(listed.name))
    return known is not None and known.file is not None and (known.size, known.modified_at) == (listed.size, listed.modified_at)


@dataclass(slots=True)
class Visit:
    """One look at one partner's end: what touches it is done here, what touches the store is decided elsewhere."""

    arrivals: Arrivals
    partner: str
    channel: Channel
    decide: Decide
    memory: dict[str, Lying]
    halted: bool = False
    """A file could not be had that could be had before: those behind it wait for the next look, to keep their order."""
    claimed: bool = False
    """Whether something was claimed, or found claimed."""
    placed: bool = False
    """Whether the place where claims lie is noted."""

    @property
    def place(self) -> str:
        """Where claimed files lie when that is outside the workspace, else empty."""
        return self.arrivals.hub.workspace.claims_beside(self.arrivals.hub.partner(self.partner))

    def claim(self, listed: Sequence[Listed]) -> None:
        """Claim some files and bring them in."""
        claims, refused = list[Claim](), False
        self.decide(partial(_about_to_claim, self.arrivals.hub, self.partner, "" if self.placed else self.place))
        self.placed = self.claimed = True
        for each in self.channel.claim(listed, time.time_ns()):
            if isinstance(each, Claim):
                claims.append(each)
            elif self.note([each]):
                refused = True
                break
        for one in listed:
            self.arrivals.hub.settle.forget(self.partner, one.name)
        self.bring_in(claims)
        self.halted |= refused

    def bring_in(self, claims: Sequence[Claim]) -> None:
        """From here nothing is lost: archive, ledger, then the source."""
        hub = self.arrivals.hub
        for some in _batches(claims):
            if self.halted:
                return
            known = self.decide(partial(_known_arrivals, hub, some))
            fresh = [claim for claim in some if claim not in known] if known else some
            brought = list(self._fetch(fresh))
            stays = self.decide(partial(_enter, self.arrivals, self.partner, brought))
            self.memory.update({each.key: each for each in stays})
            kept = {claim.key for claim, _ in brought} | {claim.key for claim in known}
            done = [claim for claim in some if claim.key in kept]
            is_near = not (self.channel.far or self.place)
            hub.taken.setdefault(self.partner, []).extend(claim for claim in done if is_near and not claim.lies_as)
            self.release([claim for claim in done if claim.lies_as or not is_near])

    def _fetch(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Stored | None]]:
        """Each claim with what was archived of it; None for one too large to be fetched from afar."""
        limit = self.arrivals.hub.limits.file_size
        large = [claim for claim in claims if self.channel.far and claim.size > limit]
        yield from ((claim, None) for claim in large)
        for claim, chunks in self.channel.fetch([claim for claim in claims if claim not in large] if large else claims):
            try:
                yield claim, self.arrivals.hub.archive.receive(chunks)
            except Untaken as error:
                if self.note([Left(claim.key, str(error))]):
                    self.halted = True
                    return

    def let_go_of_place(self) -> None:
        """Where nothing claimed lies outside the workspace any more, no admin need know the place."""
        place = self.place
        if place and self.claimed and not self.channel.leftovers():
            self.decide(partial(_nothing_claimed, self.arrivals.hub, self.partner, place))

    def release(self, claims: Sequence[Claim]) -> None:
        """Let go of what the ledger has; what stays where it was is remembered until it is gone."""
        refused = self.channel.release(claims)
        stays = {each.key for each in refused}
        self.note(refused, {claim.key: claim for claim in claims})
        if not self.channel.keeps:
            self._forget([claim.key for claim in claims if claim.key not in stays])

    def look_over(self, listed: Sequence[Listed], left_over: Sequence[Claim]) -> None:
        """Compare a whole listing with what is remembered: what is gone is forgotten, what should go is removed."""
        self.note([Left(each.name, each.left) for each in listed if each.left])
        there = {safe_name(each.name) for each in listed} | {safe_name(claim.key) for claim in left_over}
        if len(listed) < _MOST_LISTED:
            self._forget([key for key in self.memory if key not in there])
        if not self.channel.keeps:
            self.release([self.channel.in_place(each) for each in listed if _known(self.memory, each)])

    def note(self, left: Sequence[Left], taken: Mapping[str, Claim] | None = None) -> bool:
        """Remember why files lie there. It is told once, when it is new; whether it was."""
        hub, found = self.arrivals.hub, []
        for each in left:
            key = safe_name(each.key)
            known = self.memory.get(key)
            if known is not None and known.why == each.why:
                continue
            claim = (taken or {}).get(each.key)
            now = hub.clock()
            lying = known or Lying(key, claim.size if claim else 0, claim.modified_at if claim else now, "", None, "", now)
            found.append(replace(lying, why=each.why))
            log.warning("file_left_lying", partner=self.partner, why=each.why)
        if found:
            self.decide(partial(_note, hub, self.partner, found))
            self.memory.update({each.key: each for each in found})
        return bool(found)

    def _forget(self, keys: Iterable[str]) -> None:
        gone = [safe_name(key) for key in keys if safe_name(key) in self.memory]
        if gone:
            self.decide(partial(_forget, self.arrivals.hub, self.partner, gone))
            for key in gone:
                del self.memory[key]


def _known_arrivals(hub: Hub, claims: Sequence[Claim]) -> set[Claim]:
    """The claims that are in the ledger already: a crash came between ledger and removal."""
    sources = {_source(hub, claim): claim for claim in claims if not claim.lies_as}
    with hub.store.look() as db:
        return {sources[each] for each in ledger.known_sources(db, list(sources))}


def _enter(arrivals: Arrivals, partner: str, brought: Sequence[tuple[Claim, Stored | None]]) -> list[Lying]:
    """Enter arrivals in the ledger, all or none. Out: those that must be remembered, since they lie there still."""
    hub = arrivals.hub
    if not brought:
        return []
    now = hub.clock()
    with hub.store.change() as db:
        files = ledger.take(db, [_arrival(hub, partner, *each) for each in brought], now, arrivals.round_id)
        entered = [(file, claim, stored) for file, (claim, stored) in zip(files, brought, strict=True)]
        hub.archive.file_in(db, {file: stored.body for file, _, stored in entered if stored and stored.body is not None})
        _refuse_large(hub, db, [(file, claim.size) for file, claim, _ in entered], now)
        stays = [
            Lying(safe_name(claim.key), claim.size, claim.modified_at, stored.sha256 if stored else NEVER_FETCHED, file, "", now)
            for file, claim, stored in entered
            if claim.lies_as
        ]
        remote.note_lying(db, partner, stays)
    arrivals.taken += len(brought)
    sender = hub.partner(partner)
    for file, claim, stored in entered:
        log.info("file_taken", partner=partner, file=file, bytes=claim.size)
        if stored and stored.body is not None:
            arrivals.begin(InHand(file, sender, claim.name, now), stored.body)
    return stays


def _arrival(hub: Hub, partner: str, claim: Claim, stored: Stored | None) -> ledger.Arrival:
    sha = stored.sha256 if stored else NEVER_FETCHED
    return ledger.Arrival(partner, claim.name, claim.size, sha, _source(hub, claim), claim.modified_at)


def _refuse_large(hub: Hub, db: Connection, entered: Sequence[tuple[int, int]], now: datetime) -> None:
    """Files above the limit are not read: their answer is known."""
    limit = hub.limits.file_size
    large = [
        ledger.Ended(file, Verdict(Code.TOO_LARGE.answer, Counts(), [too_large(size, limit)]))
        for file, size in entered
        if size > limit
    ]
    ledger.finish(db, large, now)


def _source(hub: Hub, claim: Claim) -> str:
    """What the ledger keeps an arrival apart by: never an absolute path of the workspace.

    A file that lies in the partner's reach may come again just as it was; what is remembered of it keeps it apart.
    """
    source = claim.source.removeprefix(f"{hub.home}/")
    return safe_name(f"{source}|{time.time_ns()}" if claim.lies_as else source)


def _about_to_claim(hub: Hub, partner: str, place: str) -> None:
    """Before files are taken out of a partner's reach: the hub holds its store, and knows where they will lie."""
    hub.store.require_held()
    if place:
        with hub.store.change() as db:
            remote.note_claims(db, partner, place, hub.clock())


def _nothing_claimed(hub: Hub, partner: str, place: str) -> None:
    with hub.store.change() as db:
        remote.forget_claims(db, partner, place)


def _note(hub: Hub, partner: str, found: Sequence[Lying]) -> None:
    with hub.store.change() as db:
        remote.note_lying(db, partner, found)


def _forget(hub: Hub, partner: str, keys: Sequence[str]) -> None:
    with hub.store.change() as db:
        remote.forget_lying(db, partner, keys)
