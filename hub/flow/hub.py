"""What every step works with: the store, the archive, the partners and their channels, the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hub.channels.channel import Channel, Claim, Listed
from hub.channels.settle import Settle
from hub.config.partners import Partner
from hub.config.workspace import Workspace
from hub.flow.errands import Errands
from hub.flow.parser import Parser
from hub.formats.grid import Limits
from hub.mapping.living import LivingLibrary
from hub.store.archive import Archive
from hub.store.connection import Store


@dataclass(slots=True)
class Hub:
    """A workspace at work. `channels` is keyed by partner; a partner whose channel is not available has none.

    `parser` reads what partners wrote, and gives it back marked.
    """

    home: Path
    workspace: Workspace
    library: LivingLibrary
    store: Store
    archive: Archive
    channels: Mapping[str, Channel]
    settle: Settle
    clock: Callable[[], datetime]
    parser: Parser
    errands: Errands = field(default_factory=Errands)
    backlog: dict[str, list[Listed]] = field(default_factory=dict)
    """Per partner, settled files that were listed and not come to yet."""
    taken: dict[str, list[Claim]] = field(default_factory=dict)
    """Per partner on this machine, claims that are in the ledger and not removed yet; a crash leaves them to the next look."""
    swept: set[str] = field(default_factory=set)
    """The partners in whose outboxes nothing half-written of an earlier run is left."""

    @property
    def limits(self) -> Limits:
        """How large a file may be."""
        limits = self.workspace.settings.limits
        return Limits(limits.file_size, limits.rows, limits.unpacked_ratio)

    def close(self) -> None:
        """End what was started for it; let go of the partners' ends and of the store."""
        self.parser.close()
        for channel in self.channels.values():
            channel.close()
        self.store.close()

    def partner(self, partner: str) -> Partner:
        """A partner by id; KeyError for a stranger."""
        return self.workspace.partners[partner]


@dataclass(frozen=True, slots=True)
class InHand:
    """A file from the ledger that is being worked on."""

    id: int
    partner: Partner
    name: str
    at: datetime
