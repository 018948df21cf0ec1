"""A partner's SFTP server, of which the hub is a client: files are claimed by renaming, and written aside before they show."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import paramiko

from hub.channels import wire
from hub.channels.channel import CLAIMS, Chunks, Claim, Delivered, Left, Letter, Listed, Untaken, is_aside, is_unfinished
from hub.channels.names import is_no_name, safe_name
from hub.channels.ssh import Login, connect
from hub.channels.upload import put, try_folder
from hub.channels.watchdog import WATCHDOG
from hub.channels.wire import Answer, Facts, Refusal, Wire, joined
from hub.config.channels import After
from hub.config.channels import SftpChannel as Settings
from hub.domain.problems import Unreachable

_AT_ONCE = 32  # so many files are open at a time: some servers allow few
_SMALL = 64 << 10
_CLAIMED = re.compile(r"(\d{20})__(.+)", re.ASCII | re.DOTALL)
_LONGEST_CLAIMED = 255 - 22  # a longer name would not fit behind its mark


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the hub waits: for one answer, and on the wall for a whole transfer of so many bytes."""

    answer: float = 30.0
    transfer: float = 120.0
    slowest: int = 32 * 1024  # bytes a second; slower than that is no transfer

    def whole(self, size: int = 0) -> float:
        """Seconds for a transfer of `size` bytes."""
        return self.transfer + size / self.slowest


class SftpChannel:
    """Folders on a server. The connection is kept between polls and opened anew when it is dead."""

    far = True

    def __init__(
        self,
        login: Login,
        inbox: str | None,
        outbox: str | None,
        after: tuple[After, str] = (After.REMOVE, ""),
        patience: Patience | None = None,
    ) -> None:
        """`inbox` is where the partner drops files, `outbox` where he collects them; relative ones begin at the login's home."""
        self.login = login
        self.inbox = inbox
        self.outbox = outbox
        self.after, self.goal = after
        self.patience = patience or Patience()
        self._transport: paramiko.Transport | None = None
        self._wire: Wire | None = None
        self._claims_in_place = self.after is After.KEEP
        self._own_folder = False

    # the conversation

    @property
    def keeps(self) -> bool:
        """Whether it was agreed that taken files stay where they lie."""
        return self.after is After.KEEP

    @contextmanager
    def _talk(self, seconds: float | None = None) -> Iterator[Wire]:
        """The conversation, begun when there is none; whatever breaks it, or outlasts `seconds`, ends as Unreachable."""
        limit = self.patience.whole() if seconds is None else seconds
        started = time.monotonic()
        try:
            talk = self._wire if self._alive() else self._open()
            assert talk is not None  # noqa: S101 - alive means that there is one
            with WATCHDOG.within(limit, self.close):
                yield talk
        except (paramiko.SSHException, OSError, EOFError, ValueError, IndexError) as error:
            self.close()
            slow = time.monotonic() - started >= limit or isinstance(error, TimeoutError)
            why = "took too long" if slow else f"broke off: {error or type(error).__name__}"
            raise Unreachable(f"{self.login.where} {why}") from error
        except Unreachable:
            self.close()
            raise

    def _alive(self) -> bool:
        return self._wire is not None and self._transport is not None and self._transport.is_active()

    def _open(self) -> Wire:
        self.close()
        self._transport = connect(self.login, self.patience.answer)
        self._wire = Wire.over(self._transport, self.patience.answer)
        self._claims_in_place = self.after is After.KEEP
        self._own_folder = False
        return self._wire

    def close(self) -> None:
        """End the connection; whoever waits for an answer gets none."""
        transport, self._transport, self._wire = self._transport, None, None
        if transport is not None:
            transport.close()

    # what comes

    def listing(self) -> Iterator[Listed]:
        """The files of the inbox; names that lead elsewhere, links and pipes are left."""
        if self.inbox is None:
            return
        with self._talk() as talk:
            found = talk.names(self.inbox)
            if isinstance(found, Refusal):
                raise Unreachable(f"{self.login.where} does not list {self.inbox}: {found}")
            for name, facts in found:
                if not facts.is_folder and (is_no_name(name) or not is_unfinished(name)):
                    yield Listed(name, facts.size, facts.modified_at, _why_left(name, facts))

    def claim(self, listed: Sequence[Listed], mark: int) -> Iterator[Claim | Left]:
        """Rename files into `.hub/`; where the server does not let the hub, read them where they lie."""
        if self.inbox is None:
            return
        with self._talk() as talk:
            marked = [(each, f"{mark + nth:020d}") for nth, each in enumerate(listed)]
            short = [pair for pair in marked if len(wire.raw(pair[0].name)) <= _LONGEST_CLAIMED]
            moved = dict(self._move_away(talk, short)) if short and self._can_move(talk) else {}
            for each, _ in marked:
                taken = moved.get(each.name, self.in_place(each))
                if taken is not None:
                    yield taken

    def _can_move(self, talk: Wire) -> bool:
        """Whether the server lets the hub keep a folder of its own beside the dropped files."""
        if not self._claims_in_place and not self._own_folder:
            folder = joined(self.inbox or "", CLAIMS)
            talk.ask(wire.make_folder(folder))
            found = talk.ask(wire.look_at(folder))
            self._own_folder = isinstance(found, Facts) and found.is_folder
            self._claims_in_place = not self._own_folder
        return not self._claims_in_place

    def _move_away(self, talk: Wire, marked: Sequence[tuple[Listed, str]]) -> Iterator[tuple[str, Claim | None]]:
        """Each file's claim by its name, None for one that is gone; one whose renaming is refused is left out."""
        inbox = self.inbox or ""
        goals = [joined(inbox, f"{CLAIMS}/{mark}__{each.name}") for each, mark in marked]
        asked = [wire.rename(joined(inbox, each.name), goal) for (each, _), goal in zip(marked, goals, strict=True)]
        for (each, _), goal, answer in zip(marked, goals, talk.ask_all(asked), strict=True):
            if answer is None:
                yield each.name, Claim(safe_name(each.name), goal, each.size, each.modified_at)
            elif isinstance(answer, Refusal) and answer.gone:
                yield each.name, None
            else:
                self._claims_in_place = True

    def in_place(self, listed: Listed) -> Claim:
        """A file of the inbox as it lies there."""
        path = joined(self.inbox or "", listed.name)
        return Claim(safe_name(listed.name), path, listed.size, listed.modified_at, lies_as=listed.name)

    def leftovers(self) -> list[Claim]:
        """What lies in `.hub/` as a claim does."""
        if self.inbox is None or self.after is After.KEEP:
            return []
        with self._talk() as talk:
            return [claim for _, claim in sorted(self._lying(talk).items())]

    def _lying(self, talk: Wire) -> dict[str, Claim]:
        """The claims in `.hub/`, by mark and name."""
        folder = joined(self.inbox or "", CLAIMS)
        found = talk.names(folder)
        if isinstance(found, Refusal):
            return {}
        claims: dict[str, Claim] = {}
        for name, facts in found:
            parts = _CLAIMED.fullmatch(name)
            if parts is not None and not _why_left(parts[2], facts) and not facts.is_folder:
                claims[name] = Claim(safe_name(parts[2]), joined(folder, name), facts.size, facts.modified_at)
        return claims

    def fetch(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Chunks]]:
        """Read while the size is compared, and the facts again behind: what is still being written is not taken."""
        some: list[Claim] = []
        for claim in claims:
            if claim.size > _SMALL:
                yield from self._fetch_small(some)
                some = []
                yield claim, self._fetch_large(claim)
            elif len(some) + 1 == _AT_ONCE:
                yield from self._fetch_small([*some, claim])
                some = []
            else:
                some.append(claim)
        yield from self._fetch_small(some)

    def _fetch_small(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Chunks]]:
        """Several small files with four round trips in all."""
        if not claims:
            return
        with self._talk() as talk:
            handles = talk.ask_all([wire.open_to_read(claim.path) for claim in claims])
            opened = {place: handle for place, handle in enumerate(handles) if isinstance(handle, bytes)}
            # one byte more than there should be, so that a file that grew shows it
            pieces = talk.ask_all([wire.read_piece(handle, 0, claims[at].size + 1) for at, handle in opened.items()])
            facts = talk.ask_all([wire.facts_of(handle) for handle in opened.values()])
            bodies = {
                at: self._body(talk, handle, claims[at], piece)
                for (at, handle), piece in zip(opened.items(), pieces, strict=True)
            }
            talk.ask_all([wire.close_file(handle) for handle in opened.values()])
        known = dict(zip(opened, facts, strict=True))
        for at, claim in enumerate(claims):
            yield claim, _small(claim, handles[at], bodies.get(at, b""), known.get(at))

    def _body(self, talk: Wire, handle: bytes, claim: Claim, piece: Answer) -> bytes:
        """A small file's bytes; a server that gives less at once than was asked for is asked for the rest."""
        body = piece if isinstance(piece, bytes) else b""
        if len(body) < claim.size and body:
            body = b"".join([body, *talk.bytes_of(handle, claim.size + 1, len(body))])
        return body

    def _fetch_large(self, claim: Claim) -> Chunks:
        with self._talk(self.patience.whole(claim.size)) as talk:
            handle = talk.ask(wire.open_to_read(claim.path))
            if not isinstance(handle, bytes):
                raise Untaken(f"it cannot be read: {handle}")
            got = 0
            for chunk in talk.bytes_of(handle, claim.size + 1):
                got += len(chunk)
                yield chunk
            facts = talk.ask(wire.facts_of(handle))
            talk.ask(wire.close_file(handle))
            _require_unchanged(claim, got, facts)

    def release(self, claims: Sequence[Claim]) -> list[Left]:
        """Remove or move what the ledger has; what was written to since, or is gone, is left alone."""
        if self.after is After.KEEP:
            return []
        with self._talk() as talk:
            lying = self._lying(talk) if any(not claim.lies_as for claim in claims) else {}
            there = {claim.path: claim for claim in lying.values()}
            unchanged = [claim for claim in claims if not claim.lies_as and there.get(claim.path) == claim]
            unchanged += self._still_in_place(talk, [claim for claim in claims if claim.lies_as])
            put_away = self._move_all if self.after is After.MOVE else self._remove_all
            return list(put_away(talk, unchanged))

    def _still_in_place(self, talk: Wire, claims: Sequence[Claim]) -> list[Claim]:
        facts = talk.ask_all([wire.look_at(claim.path) for claim in claims])
        return [claim for claim, found in zip(claims, facts, strict=True) if _same(claim, found)]

    def _remove_all(self, talk: Wire, claims: Sequence[Claim]) -> Iterator[Left]:
        for claim, answer in zip(claims, talk.ask_all([wire.remove(claim.path) for claim in claims]), strict=True):
            if isinstance(answer, Refusal) and not answer.gone:
                yield Left(claim.key, f"the server does not let the hub remove it: {answer}")

    def _move_all(self, talk: Wire, claims: Sequence[Claim]) -> Iterator[Left]:
        """Into the folder that was agreed on; a name that is there already gets the time of the claim into it."""
        asked = [wire.rename(claim.path, joined(self.goal, _own_name(claim))) for claim in claims]
        for claim, first in zip(claims, talk.ask_all(asked), strict=True):
            answer = first
            if isinstance(answer, Refusal) and not answer.gone:
                answer = talk.ask(wire.rename(claim.path, joined(self.goal, _dated(_own_name(claim)))))
            if isinstance(answer, Refusal):
                yield Left(claim.key, f"the server does not let the hub move it to {self.goal}: {answer}")

    # what goes

    def deliver(self, letters: Sequence[Letter]) -> Iterator[Delivered]:
        """Write aside, compare the size, rename over; small ones share their round trips."""
        if self.outbox is None:
            raise Unreachable(f"{self.login.where} has no outbox in its configuration")
        for some in _together(letters):
            with self._talk(self.patience.whole(sum(each.size for each in some))) as talk:
                done = list(put(talk, self.outbox, some))
            yield from done

    def trial(self) -> Iterator[tuple[str, str]]:
        """Try all that the hub does with this end, with a file of its own: each step, with why it fails (else empty).

        It reaches and logs in first, and raises what is wrong with that. Nothing of a partner's is touched.
        """
        with self._talk() as talk:
            for folder in (self.inbox, self.outbox):
                if folder is not None:
                    found = talk.names(folder)
                    yield f"list {folder}", str(found) if isinstance(found, Refusal) else ""
            if self.inbox is not None and self.after is not After.KEEP:
                yield f"take from {self.inbox}", try_folder(talk, self.inbox)
            if self.outbox is not None:
                yield f"write to {self.outbox}", try_folder(talk, self.outbox)

    def sweep(self) -> int:
        """Half-written deliveries are written anew under the same name, unless their file waits in quarantine."""
        if self.outbox is None:
            return 0
        with self._talk() as talk:
            found = talk.names(self.outbox)
            if isinstance(found, Refusal):
                return 0
            stale = [name for name, facts in found if is_aside(name) and not facts.is_folder]
            answers = talk.ask_all([wire.remove(joined(self.outbox, name)) for name in stale])
        return sum(answer is None for answer in answers)


def channel_of(settings: Settings, home: Path) -> SftpChannel:
    """The channel that a partner's file describes; secrets are read when they are needed, relative files begin at `home`."""
    secret = settings.key or settings.password
    assert secret is not None  # noqa: S101 - the settings are refused without one
    login = Login(
        host=settings.host,
        port=settings.port,
        username=settings.username,
        secret=partial(secret.read, home),
        by_key=settings.key is not None,
        pinned=settings.host_key,
        known_hosts=home / settings.known_hosts if settings.known_hosts else None,
    )
    return SftpChannel(login, settings.inbox, settings.outbox, settings.afterwards)


def _together(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """In their order: small letters some at a time, each large one for itself, and never two of one name."""
    some: list[Letter] = []
    for each in letters:
        alone = each.size > _SMALL
        if some and (alone or len(some) == _AT_ONCE or some[-1].size > _SMALL or any(each.name == one.name for one in some)):
            yield some
            some = []
        some.append(each)
    if some:
        yield some


def _why_left(name: str, facts: Facts) -> str:
    """Why a listed file is not touched; empty when it is."""
    if is_no_name(name):
        return "its name leads to another folder, or is none"
    if facts.mode and stat.S_ISLNK(facts.mode):
        return "it is a link; put the file itself here"
    if facts.mode and stat.S_IFMT(facts.mode) and not stat.S_ISREG(facts.mode):
        return "it is no file"
    return ""


def _same(claim: Claim, found: Answer) -> bool:
    return isinstance(found, Facts) and (found.size, found.modified_at) == (claim.size, claim.modified_at)


def _require_unchanged(claim: Claim, got: int, facts: Answer) -> None:
    if got != claim.size or not _same(claim, facts):
        raise Untaken("it is still being written")


def _small(claim: Claim, handle: Answer, body: bytes, facts: Answer) -> Chunks:
    if not isinstance(handle, bytes):
        raise Untaken(f"it cannot be read: {handle}")
    _require_unchanged(claim, len(body), facts)
    yield body


def _own_name(claim: Claim) -> str:
    """The name that the partner gave a claimed file, as its server spells it."""
    name = claim.path.rsplit("/", 1)[-1]
    parts = None if claim.lies_as else _CLAIMED.fullmatch(name)
    return parts[2] if parts else name


def _dated(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{stem}.{now}{dot}{ending}" if stem else f"{name}.{now}"
