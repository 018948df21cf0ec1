"""What the hub asks of a child, as frames tell it: both directions of each side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.domain.kinds import Role
from hub.domain.problems import Counts
from hub.formats.answered import Answered, Where
from hub.formats.grid import Limits
from hub.mapping.compile import Mapping
from hub.mapping.giveback import Marking
from hub.mapping.handover import pack_problems, unpack_problems
from hub.mapping.intake import Incoming
from hub.mapping.reading import Context
from hub.mapping.stow import InMessage
from hub.mapping.whole import content_of, mapping_of
from hub.service.frames import Head

Named = tuple[str, str]  # a mapping's name and version
Known = Table[Named, Mapping]


class Wanting(Exception):
    """The candidates are wanted, and were not sent along."""


def named(mapping: Mapping) -> Named:
    """By what a mapping goes between the two processes."""
    return mapping.name, mapping.version


def tell_mapping(mapping: Mapping) -> Head:
    """A mapping that the child is to know."""
    return {"learn": mapping.name, "content": content_of(mapping)}


def told_mapping(head: Head) -> Mapping | None:
    """The mapping again; None when it is none of this language."""
    return mapping_of(head["learn"], head["content"])


def tell_incoming(file: Incoming, candidates: Sequence[Mapping] | None) -> tuple[Head, tuple[bytes, ...]]:
    """A file to be read; `candidates` are None until somebody asks for them."""
    context = file.context
    beside = sorted(context.beside)
    lies_at = file.lies_at
    body = (b"" if lies_at else file.data, *(context.beside[name] for name in beside))
    head = {
        "do": "read",
        "lies_at": lies_at and str(lies_at.absolute()),
        "context": {
            "file_name": context.file_name,
            "partner_id": context.partner_id,
            "partner_name": context.partner_name,
            "timezone": context.timezone,
            "received": context.received.isoformat(),
            "now": context.now.isoformat(),
        },
        "limits": _limits(context.limits),
        "role": file.role.value,
        "named": [named(each) for each in file.named],
        "candidates": None if candidates is None else [named(each) for each in candidates],
        "beside": beside,
        "sizes": [len(each) for each in body],
    }
    return head, body


def told_incoming(head: Head, body: bytes, known: Known) -> Incoming:
    """The file again."""
    pieces = _cut(body, head["sizes"])
    context = head["context"] | {each: datetime.fromisoformat(head["context"][each]) for each in ("received", "now")}
    beside = dict(zip(head["beside"], pieces[1:], strict=True))
    return Incoming(
        Path(head["lies_at"]) if head["lies_at"] else pieces[0],
        Context(**context, limits=Limits(*head["limits"]), beside=beside),
        Role(head["role"]),
        _mappings(head["named"], known),
        _candidates(head["candidates"], known),
    )


def _limits(limits: Limits) -> list[int]:
    return [limits.file_size, limits.rows, limits.unpacked_ratio]


def _cut(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    pieces: list[bytes] = []
    at = 0
    for size in sizes:
        pieces.append(body[at : at + size])
        at += size
    return pieces


def _mappings(names: Sequence[Sequence[str]], known: Known) -> tuple[Mapping, ...]:
    return tuple(known[name, version] for name, version in names)


def _candidates(names: Sequence[Sequence[str]] | None, known: Known) -> Callable[[], Sequence[Mapping]]:
    def sent_along() -> Sequence[Mapping]:
        if names is None:
            raise Wanting
        return _mappings(names, known)

    return sent_along


def tell_marking(marking: Marking) -> tuple[Head, tuple[bytes, ...]]:
    """A file to be given back."""
    told = marking.told
    head = {
        "do": "mark",
        "mapping": named(marking.mapping),
        "limits": _limits(marking.limits),
        "told": _tell_answer(told) if isinstance(told, Answered) else sorted(told, key=str),
    }
    return head, (marking.data,)


def told_marking(head: Head, body: bytes, known: Known) -> Marking:
    """The file to be given back, again."""
    (mapping,) = _mappings([head["mapping"]], known)
    told = head["told"]
    wanted: Answered | set[Where] = _told_answer(told) if isinstance(told, dict) else {(sheet, row) for sheet, row in told}
    return Marking(mapping, body, wanted, Limits(*head["limits"]))


def _tell_answer(told: Answered) -> dict[str, Any]:
    counts = told.counts
    return {
        "name": told.name,
        "partner": told.partner,
        "received_at": told.received_at.isoformat(),
        "answer": told.answer,
        "counts": [counts.read, counts.accepted, counts.unchanged, counts.refused, counts.skipped],
        "problems": pack_problems(told.problems, InMessage()),
        "rows": [[sheet, row, answer] for (sheet, row), answer in told.rows.items()],
    }


def _told_answer(told: dict[str, Any]) -> Answered:
    return Answered(
        told["name"],
        told["partner"],
        datetime.fromisoformat(told["received_at"]),
        told["answer"],
        Counts(*told["counts"]),
        unpack_problems(told["problems"], InMessage()),
        {(sheet, row): answer for sheet, row, answer in told["rows"]},
    )
