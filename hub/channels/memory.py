"""A partner who lives in memory: the fake for tests and trials, held to the same promises as the real channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.channels.channel import Chunks, Claim, Delivered, Left, Letter, Listed, is_unfinished
from hub.channels.names import safe_name
from hub.domain.problems import Unreachable


@dataclass(slots=True)
class MemoryChannel:
    """Dictionaries as folders; `away` makes it unreachable."""

    inbox: dict[str, bytes] = field(default_factory=dict)
    outbox: dict[str, bytes] = field(default_factory=dict)
    claimed: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    modified: dict[str, datetime] = field(default_factory=dict)
    away: bool = False
    far: bool = False
    keeps: bool = False

    def _reach(self) -> None:
        if self.away:
            raise Unreachable("the partner is away")

    def _time(self, name: str) -> datetime:
        return self.modified.get(name, datetime(2026, 1, 1, tzinfo=UTC))

    def listing(self) -> Iterator[Listed]:
        """What lies in the inbox."""
        self._reach()
        yield from [Listed(name, len(data), self._time(name)) for name, data in self.inbox.items() if not is_unfinished(name)]

    def claim(self, listed: Sequence[Listed], mark: int) -> Iterator[Claim | Left]:
        """Take files out of the inbox."""
        self._reach()
        for nth, each in enumerate(listed):
            data = self.inbox.pop(each.name, None)
            if data is not None:
                path = f"memory/{mark + nth:020d}/{each.name}"
                self.claimed[path] = (each.name, data)
                yield self._claim(path)

    def _claim(self, path: str) -> Claim:
        name, data = self.claimed[path]
        return Claim(safe_name(name), path, len(data), self._time(name))

    def leftovers(self) -> list[Claim]:
        """What was claimed and not released."""
        return [self._claim(path) for path in sorted(self.claimed)]

    def fetch(self, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Chunks]]:
        """The bytes of claims."""
        self._reach()
        for claim in claims:
            yield claim, iter([self.claimed[claim.path][1]])

    def in_place(self, listed: Listed) -> Claim:
        """A file of the inbox as it lies there."""
        return Claim(safe_name(listed.name), listed.name, listed.size, listed.modified_at, lies_as=listed.name)

    def release(self, claims: Sequence[Claim]) -> list[Left]:
        """Forget claims, but for one whose bytes were changed since."""
        self._reach()
        for claim in claims:
            if claim.path in self.claimed and self._claim(claim.path) == claim:
                del self.claimed[claim.path]
        return []

    def deliver(self, letters: Sequence[Letter]) -> Iterator[Delivered]:
        """Put files into the outbox."""
        self._reach()
        for letter in letters:
            with letter.open() as body:
                self.outbox[letter.name] = body.read()
            yield Delivered(letter.file)

    def sweep(self) -> int:
        """Nothing is ever half-delivered here."""
        return 0

    def close(self) -> None:
        """Nothing is held."""
