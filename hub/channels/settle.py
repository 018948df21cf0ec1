"""Has a file stopped growing? It must stand unchanged for a while before it is taken (contract §5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.channels.channel import Listed


@dataclass(slots=True)
class Settle:
    """Remembers when each file was first seen as it is now, by our own clock: a file's own time may be old already."""

    seconds: float
    _seen: dict[tuple[str, str], tuple[Listed, float]] = field(default_factory=dict)

    def stands(self, partner: str, listed: Listed, now: float) -> bool:
        """Whether the file has stood unchanged long enough; `now` is a monotonic time in seconds."""
        if self.seconds <= 0:
            return True
        key = (partner, listed.name)
        before = self._seen.get(key)
        if before is None or before[0] != listed:
            self._seen[key] = (listed, now)
            return False
        return now - before[1] >= self.seconds

    def forget(self, partner: str, name: str) -> None:
        """Let go of a file that was taken."""
        self._seen.pop((partner, name), None)
