"""What one `send` entry of a partner owes: its records, each with what it is about and the hash of what it says."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.config.partners import Partner, Send
from hub.domain.orders import Record
from hub.flow.hub import Hub
from hub.mapping.compile import Mapping


@dataclass(frozen=True, slots=True)
class Item:
    """One record to send: what it is about, and the hash of what it says."""

    subject: str
    record: Record
    hash: str
    order: int | None = None
    shipment: int | None = None
    parcels: tuple[int, ...] = ()
    fault: str | None = None
    """Why the record must not leave as it is."""
    doubt: str | None = None
    """What an operator should know about it although it leaves."""
    file: int | None = None
    """The partner's file that it answers."""


@dataclass(slots=True)
class Owed:
    """What one `send` entry owes now; `gone` are subjects that a whole file tells of by leaving them out, with their hashes."""

    items: list[Item] = field(default_factory=list)
    last_event: int = 0
    gone: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sending:
    """One `send` entry of a partner, at work."""

    hub: Hub
    partner: Partner
    send: Send
    mapping: Mapping
    round_id: int
    schedule: str
