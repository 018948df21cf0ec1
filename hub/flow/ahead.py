"""Read files ahead of their turn: while one is kept the parser has the next, and the order of effects stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Row

from hub.domain.problems import HubError
from hub.flow import sets
from hub.flow.hub import Hub, InHand
from hub.flow.read import incoming
from hub.mapping.intake import Outcome

Result = Callable[[], Outcome]

_FILES = 512
_BYTES = 4_000_000

_TOGETHER = 250
"""How many files share a transaction: a commit costs a sync of the disk, and others wait while it is open."""

_BYTES_TOGETHER = 1_000_000


class Ahead:
    """The files of a round, and those that may be begun before their turn: they stand alone and were in hand at no crash.

    The first are read while others are taken, the rest while those before them are kept.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._to_come: deque[Row[Any]] = deque()
        self._begun: dict[int, tuple[int, Result]] = {}
        self._bytes = 0
        self._over: set[int] = set()

    def arrived(self, file: InHand, data: bytes) -> None:
        """A file that has just been taken."""
        fits = len(self._begun) < _FILES and self._bytes + len(data) <= _BYTES
        with suppress(Exception):  # whatever it is, it costs this file when its turn comes, and not the taking of others
            if fits and sets.stands_alone(self._hub, file.partner, file.name):
                self._begin(file, data)

    def turns(self, waiting: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
        """The files in the order of their turns; small ones that may be begun before theirs are kept together."""
        every = [(each, each.id in self._begun or _may_go_ahead(self._hub, each)) for each in waiting]
        self._to_come.extend(each for each, ahead in every if ahead)
        return list(_turns(every))

    def in_hand(self, row: Row[Any]) -> InHand:
        """A file of the ledger whose turn it is."""
        return InHand(row.id, self._hub.partner(row.partner), row.name, row.at)

    def begin(self, file: InHand) -> Result:
        """Begin the file whose turn it is, unless it was begun before, and those behind it as far as they are small."""
        self._over.add(file.id)
        size, result = self._begun.pop(file.id, (0, None))
        self._bytes -= size
        if result is None:
            result = self._hub.parser.read(incoming(self._hub, file))
        if len(self._begun) <= _FILES // 2:
            self._go_ahead()
        return result

    def _go_ahead(self) -> None:
        some: list[Row[Any]] = []
        size = self._bytes
        while self._to_come and len(self._begun) + len(some) < _FILES and size + self._to_come[0].size <= _BYTES:
            row = self._to_come.popleft()
            if row.id not in self._over and row.id not in self._begun:
                some.append(row)
                size += row.size
        if not some:
            return
        with self._hub.store.look() as db:
            bodies = self._hub.archive.bodies(db, [row.id for row in some])
        for row in some:
            with suppress(HubError, OSError):  # it will tell when its turn comes
                self._begin(self.in_hand(row), self._hub.archive.bytes_of(bodies[row.id]()))

    def _begin(self, file: InHand, data: bytes) -> None:
        self._begun[file.id] = len(data), self._hub.parser.read(incoming(self._hub, file, source=data))
        self._bytes += len(data)


def _turns(every: Iterable[tuple[Row[Any], bool]]) -> Iterator[list[Row[Any]]]:
    """The files in order, small ones that may share a transaction together."""
    some: list[Row[Any]] = []
    size = 0
    for row, ahead in every:
        fits = ahead and len(some) < _TOGETHER and size + row.size <= _BYTES_TOGETHER
        if some and not fits:
            yield some
            some, size = [], 0
        if ahead and row.size <= _BYTES_TOGETHER:
            some.append(row)
            size += row.size
        else:
            yield [row]
    if some:
        yield some


def _may_go_ahead(hub: Hub, row: Row[Any]) -> bool:
    partner = hub.workspace.partners.get(row.partner)
    return partner is not None and not row.crashes and sets.stands_alone(hub, partner, row.name)
