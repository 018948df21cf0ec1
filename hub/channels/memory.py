"""A partner who lives in memory: the fake for tests and trials, held to the same promises as the real channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.channels.channel import Claim, Letter, Listed, is_unfinished
from hub.domain.problems import Unreachable


@dataclass(slots=True)
class MemoryChannel:
    """Dictionaries as folders; `away` makes it unreachable."""

    inbox: dict[str, bytes] = field(default_factory=dict)
    outbox: dict[str, bytes] = field(default_factory=dict)
    claimed: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    modified: dict[str, datetime] = field(default_factory=dict)
    away: bool = False

    def _reach(self) -> None:
        if self.away:
            raise Unreachable("the partner is away")

    def _time(self, name: str) -> datetime:
        return self.modified.get(name, datetime(2026, 1, 1, tzinfo=UTC))

    def listing(self) -> Iterator[Listed]:
        """What lies in the inbox."""
        self._reach()
        yield from [Listed(name, len(data), self._time(name)) for name, data in self.inbox.items() if not is_unfinished(name)]

    def claim(self, listed: Listed, mark: int) -> Claim | None:
        """Take a file out of the inbox."""
        self._reach()
        data = self.inbox.pop(listed.name, None)
        if data is None:
            return None
        source = f"memory/{mark:020d}/{listed.name}"
        self.claimed[source] = (listed.name, data)
        return Claim(listed.name, source, self._time(listed.name))

    def leftovers(self) -> list[Claim]:
        """What was claimed and not released."""
        return [Claim(name, source, self._time(name)) for source, (name, _) in sorted(self.claimed.items())]

    def read(self, claim: Claim) -> bytes:
        """The bytes of a claim."""
        return self.claimed[claim.source][1]

    def release(self, claim: Claim) -> None:
        """Forget a claim."""
        self.claimed.pop(claim.source, None)

    def deliver(self, letters: Sequence[Letter]) -> None:
        """Put files into the outbox."""
        self._reach()
        self.outbox.update({letter.name: letter.data for letter in letters})

    def sweep(self) -> int:
        """Nothing is ever half-delivered here."""
        return 0
