"""Read files ahead of their turn: while one is kept the parser has the next, and the order of effects stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import Row

from hub.domain.problems import HubError
from hub.flow import sets
from hub.flow.hub import Hub, InHand
from hub.flow.read import incoming
from hub.mapping.intake import Outcome

Result = Callable[[], Outcome]

_FILES = 64
_BYTES = 4_000_000


class Ahead:
    """The files of a round that may be begun before their turn: those that stand alone and were in hand at no crash."""

    def __init__(self, hub: Hub, waiting: Iterable[Row[Any]]) -> None:
        """`waiting` are the files in the order of their turns."""
        self._hub = hub
        self._to_come = deque(each for each in waiting if _may_go_ahead(hub, each))
        self._begun: dict[int, tuple[int, Result]] = {}
        self._over: set[int] = set()

    def begin(self, file: InHand) -> Result:
        """Begin the file whose turn it is, unless it was begun before, and those behind it as far as they are small."""
        self._over.add(file.id)
        begun = self._begun.pop(file.id, None)
        result = begun[1] if begun is not None else self._hub.parser.read(incoming(self._hub, file))
        self._go_ahead()
        return result

    def _go_ahead(self) -> None:
        while self._to_come and len(self._begun) < _FILES:
            row = self._to_come[0]
            if sum(size for size, _ in self._begun.values()) + row.size > _BYTES:
                return
            self._to_come.popleft()
            if row.id in self._over:
                continue
            file = InHand(row.id, self._hub.partner(row.partner), row.name, row.at)
            with suppress(HubError, OSError):  # it will tell when its turn comes
                self._begun[row.id] = row.size, self._hub.parser.read(incoming(self._hub, file))


def _may_go_ahead(hub: Hub, row: Row[Any]) -> bool:
    partner = hub.workspace.partners.get(row.partner)
    return partner is not None and not row.crashes and sets.stands_alone(hub, partner, row.name)
