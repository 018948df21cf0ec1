"""What a changed mapping would change: its text beside the old one, and the partner's last real files read by both."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.config.workspace import Workspace
from hub.domain.fields import LISTS
from hub.domain.problems import FileRefused
from hub.formats.grid import Limits
from hub.mapping.compile import Mapping
from hub.mapping.examples import canonical_record
from hub.mapping.read import read_file
from hub.mapping.reading import Context
from hub.mapping.yaml_out import dump
from hub.store.archive import Archive
from hub.store.schema import files

_KEYS = ("shipment", "number", "sku", "ean", "catalog")
_SHOWN = 3  # records that are named
_NOT_TEXT = ("note", "extends")


@dataclass(slots=True)
class FileDiff:
    """One file read by both mappings: records and problems before and after, values that differ by field, examples of them."""

    file: int
    name: str
    partner: str
    before: int = 0
    after: int = 0
    lost: int = 0
    gained: int = 0
    lost_keys: list[str] = field(default_factory=list)
    gained_keys: list[str] = field(default_factory=list)
    changed: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)
    problems_before: int = 0
    problems_after: int = 0
    refused: str | None = None

    @property
    def same(self) -> bool:
        """Whether the change makes no difference to this file."""
        return not (self.lost or self.gained or self.changed) and self.problems_before == self.problems_after

    def told(self) -> list[str]:
        """What differs, piece by piece: `2 lost (A-1, A-2)`, `stock: 40 values`, `A-3 stock 3 → 6`."""
        parts = [f"{self.lost} lost{_named(self.lost_keys, self.lost)}"] if self.lost else []
        parts += [f"{self.gained} new{_named(self.gained_keys, self.gained)}"] if self.gained else []
        parts += [f"{self.changed} changed"] if self.changed else []
        parts += [f"{name}: {number} value{'s' if number > 1 else ''}" for name, number in self.fields.items()]
        parts += [f"{one['record']} {one['field']} {_seen(one['was'])} → {_seen(one['becomes'])}" for one in self.examples]
        return parts + ([f"refused: {self.refused}"] if self.refused else [])


def _seen(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _named(keys: list[str], count: int) -> str:
    return f" ({', '.join(keys)}{', …' if count > len(keys) else ''})" if keys else ""


def text_diff(old: Mapping, new: Mapping) -> list[str]:
    """The two mappings line by line, base and word lists resolved."""
    before, after = dump(whole(old)).splitlines(), dump(whole(new)).splitlines()
    return list(difflib.unified_diff(before, after, f"{old.name} {old.version}", f"{new.name} {new.version}", lineterm="", n=2))


def whole(mapping: Mapping) -> dict[str, Any]:
    """A mapping's data as it works: merged with its base, the shared word lists inside."""
    data = dict(mapping.data) if isinstance(mapping.data, dict) else {}
    data = {key: value for key, value in data.items() if key not in _NOT_TEXT}
    shared = {name: dict(table.pairs) for name, table in mapping.maps.items()}
    return data | ({"maps": shared} if shared else {})


def compare(db: Connection, archive: Archive, workspace: Workspace, old: Mapping, new: Mapping, last: int = 10) -> list[FileDiff]:
    """The last real files of the old mapping, read by both; nothing is stored. The newest comes first."""
    query = select(files).where(files.c.direction == "in", files.c.mapping.in_({old.name, new.name}))
    found = db.execute(query.order_by(files.c.id.desc()).limit(last)).all()
    return [compare_file(row, archive.read(db, row.id), workspace, old, new) for row in found]


def compare_file(row: Row[Any], data: bytes, workspace: Workspace, old: Mapping, new: Mapping) -> FileDiff:
    """One file of the ledger, read by both; nothing is stored."""
    diff = FileDiff(row.id, row.name, row.partner)
    context = _context(row, workspace)
    before, diff.problems_before, _ = _read(old, data, context)
    after, diff.problems_after, diff.refused = _read(new, data, context)
    diff.before, diff.after = len(before), len(after)
    lost, gained = [each for each in before if each not in after], [each for each in after if each not in before]
    diff.lost, diff.gained = len(lost), len(gained)
    diff.lost_keys, diff.gained_keys = [_key(each) for each in lost[:_SHOWN]], [_key(each) for each in gained[:_SHOWN]]
    counted: Counter[str] = Counter()
    for key in before:
        differing = list(_differing(before[key], after[key])) if key in after else []
        diff.changed += bool(differing)
        counted.update({name for name, _, _ in differing})
        for name, was, becomes in differing[:1] if len(diff.examples) < 3 else ():
            diff.examples.append({"record": _key(key), "field": name, "was": was, "becomes": becomes})
    diff.fields = dict(counted.most_common())
    return diff


def _key(key: tuple[Hashable, ...]) -> str:
    return " ".join(str(part) for part in key if part)


def _context(row: Row[Any], workspace: Workspace) -> Context:
    partner = workspace.partners.get(row.partner)
    settings = workspace.settings
    bounds = Limits(settings.limits.file_size, settings.limits.rows, settings.limits.unpacked_ratio)
    zone = partner.zone(settings) if partner else settings.timezone
    return Context(row.name, row.partner, partner.name if partner else row.partner, zone, row.at, row.at, bounds)


def _read(mapping: Mapping, data: bytes, context: Context) -> tuple[dict[tuple[Hashable, ...], dict[str, Any]], int, str | None]:
    """The records by key, how many problems there are, and why the file is refused if it is."""
    try:
        reading = read_file(mapping, data, context)
    except FileRefused as refused:
        return {}, len(refused.problems), str(refused.problems[0])
    found: dict[tuple[Hashable, ...], dict[str, Any]] = {}
    for batch in reading.batches:
        for at in range(len(batch)):
            if at not in batch.refused:
                record = canonical_record(batch.record(at))
                key = tuple(record.get(name) for name in _KEYS)
                named = key if any(key) else (batch.rows[at][0],)
                found[named if named not in found else (*named, len(found))] = record
    return found, len(reading.problems), None


def _differing(before: dict[str, Any], after: dict[str, Any], inside: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each value that differs: (field, was, becomes)."""
    for name in dict.fromkeys([*before, *after]):
        was, becomes = before.get(name), after.get(name)
        if name in LISTS and isinstance(was, list) and isinstance(becomes, list) and len(was) == len(becomes):
            for one, other in zip(was, becomes, strict=True):
                yield from _differing(one, other, f"{name}.")
        elif was != becomes:
            yield f"{inside}{name}", was, becomes
