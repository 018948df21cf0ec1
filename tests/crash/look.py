"""What is looked at from outside: what a partner sees, what lies where, and what the exports say."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.config.workspace import open_workspace
from hub.desk.export import ExportFormat, ExportKind, export
from hub.desk.verify import verify
from hub.service.wiring import open_archive
from hub.store.connection import open_store

_TIMES = frozenset({"at", "created_at", "updated_at", "occurred_at"})
_WHEN_ANSWERED = ("received_at", "answered_at")
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\d.\d\d:\d\d(:\d\d)?Z?")
_OF_ANSWERS = frozenset({"size", "sha256"})  # an answer holds the time at which it was written


def meaning(name: str, data: bytes) -> str:
    """What a file says, without the times at which it was said."""
    if name.endswith(".answer.json"):
        answer = json.loads(data)
        return json.dumps({key: value for key, value in answer.items() if key not in _WHEN_ANSWERED}, sort_keys=True)
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            inside = [(each, _MOMENT.sub(b"", parts.read(each))) for each in sorted(parts.namelist())]
        return hashlib.sha256(repr(inside).encode()).hexdigest()
    return hashlib.sha256(data).hexdigest()


@dataclass(slots=True)
class Robot:
    """The partners: they remember every file that they ever saw, by folder and name."""

    seen: dict[str, set[bytes]] = field(default_factory=dict)

    def look(self, home: Path, *, collect: bool) -> None:
        """See what lies in the outboxes; some partners take it away as soon as they see it."""
        for path in visible(home):
            self.seen.setdefault(path.relative_to(home).as_posix(), set()).add(path.read_bytes())
            if collect:
                path.unlink()

    def torn(self, whole: dict[str, str]) -> Iterator[str]:
        """Files that are not what the same file is after an undisturbed run."""
        for name, contents in sorted(self.seen.items()):
            if len(contents) > 1:
                yield f"{name} was seen with {len(contents)} contents"
            for data in contents:
                if name in whole and _meaning_or_torn(name, data) != whole[name]:
                    yield f"{name} was seen with a content that is not its own ({len(data)} bytes)"

    def meanings(self) -> dict[str, str]:
        """What each file said that was ever seen."""
        return {name: _meaning_or_torn(name, min(contents)) for name, contents in self.seen.items()}


def _meaning_or_torn(name: str, data: bytes) -> str:
    try:
        return meaning(name, data)
    except (ValueError, zipfile.BadZipFile):
        return "torn"


FAR = "far"  # in a scenario with servers: what partners see of them lies here, by partner
_FAR_INBOX, _FAR_OUTBOX = "to-hub", "from-hub"


def inboxes(home: Path) -> list[Path]:
    """Where partners drop files."""
    return [home / "inbox", *(home / FAR).glob(f"*/{_FAR_INBOX}")]


def outboxes(home: Path) -> list[Path]:
    """Where partners collect files."""
    return [home / "outbox", *(home / FAR).glob(f"*/{_FAR_OUTBOX}")]


def visible(home: Path) -> list[Path]:
    """What partners see in their outboxes."""
    found = [path for outbox in outboxes(home) for path in outbox.rglob("*")]
    return [path for path in sorted(found) if path.is_file() and not path.name.startswith(".")]


def lost(home: Path, dropped: frozenset[str]) -> list[str]:
    """The hashes of files that were dropped and lie nowhere any more: not in inbox, claim or archive."""
    held = {_sha(path) for root in (*inboxes(home), home / "var/claim") for path in root.rglob("*") if path.is_file()}
    with tempfile.TemporaryDirectory() as aside:
        for path in (home / "var").glob("hub.db*"):
            shutil.copy(path, aside)
        with closing(sqlite3.connect(Path(aside, "hub.db"))) as db:
            for sha, size, body in db.execute(
                "SELECT sha256, size, body FROM files LEFT JOIN contents ON contents.file = files.id WHERE direction = 'in'"
            ):
                large = home / "var/archive" / sha[:2] / sha
                if body is not None or (large.exists() and large.stat().st_size == size):
                    held.add(sha)
    return sorted(dropped - held)


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def litter(home: Path) -> list[str]:
    """What a crash left lying where nothing may lie."""
    roots = ("var/claim", "var/tmp", "var/archive/aside")
    left = [path for root in roots for path in (home / root).rglob("*") if path.is_file()]
    left += [path for outbox in outboxes(home) for path in outbox.rglob(".*") if path.is_file()]
    left += [path for inbox in inboxes(home) for path in inbox.rglob("*") if path.is_file()]
    return [path.relative_to(home).as_posix() for path in left]


def draws(home: Path) -> Iterator[str]:
    """Numbers that were drawn twice or never: of orders, shipments, outgoing files, tracking numbers, order numbers made."""
    workspace = open_workspace(home)
    ranges = {each.tracking.range().series: each.tracking.range() for each in workspace.partners.values() if each.tracking}
    with closing(sqlite3.connect(home / "var/hub.db")) as db:
        for name, value in db.execute("SELECT name, value FROM series ORDER BY name").fetchall():
            given = range(1, value + 1)
            kind, _, rest = name.partition("/")
            match kind:
                case "orders" | "shipments":
                    found = _column(db, f"SELECT id FROM {kind}")
                case "seq":
                    partner, _, mapping = rest.partition("/")
                    found = _column(db, _SEQUENCE, partner, mapping)
                case "order-number":
                    found = _column(db, "SELECT count(*) FROM orders WHERE made AND retailer = ?", rest)
                    given = range(value, value + 1)
                case "tracking":
                    mine = ranges[name]
                    drawn = {mine.number(serial): serial for serial in range(mine.first, value + 1)}
                    given = range(mine.first, value + 1)
                    told = _column(db, "SELECT \"to\" FROM events WHERE what = 'parcel' AND \"by\" = 'hub'")
                    found = [drawn.get(each, -1) for each in told if each in drawn or each.startswith(mine.prefix)]
                case _:
                    yield f"nobody knows what {name} numbers"
                    continue
            if sorted(found) != list(given):
                yield f"{name}: drawn to {value}, in use {sorted(found)}"


_SEQUENCE = """SELECT seq FROM files WHERE direction = 'out' AND seq IS NOT NULL AND partner = ?1
    AND coalesce(mapping, kind || substr(name, -4)) = ?2"""


def _column(db: sqlite3.Connection, query: str, *given: str) -> list[Any]:
    return [value for (value,) in db.execute(query, given)]


@dataclass(slots=True)
class Told:
    """Everything that the exports say and whether ledger, journal and archive agree."""

    exports: dict[str, list[dict[str, Any]]]
    wrong: list[str]


def told(home: Path) -> Told:
    """Ask the store."""
    workspace = open_workspace(home)
    store = open_store(workspace.settings.store, home)
    try:
        exports = {}
        for kind in ExportKind:
            out = io.BytesIO()
            with store.look() as db:
                export(db, kind, workspace, ExportFormat.JSON, out)
            exports[kind.value] = [_timeless(row) for row in json.loads(out.getvalue())]
        return Told(exports, verify(store, open_archive(workspace)).wrong)
    finally:
        store.close()


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    gone = _TIMES | (_OF_ANSWERS if str(row.get("kind", "")).startswith("answer-") else frozenset())
    return {key: value for key, value in row.items() if key not in gone}


def differences(what: str, expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> Iterator[str]:
    """Rows of an export that are not in the other."""
    ours, theirs = (sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows) for rows in (expected, found))
    for row in ours:
        if row not in theirs:
            yield f"{what}: missing {row[:300]}"
    for row in theirs:
        if row not in ours:
            yield f"{what}: unexpected {row[:300]}"
    if len(ours) != len(theirs):
        yield f"{what}: {len(theirs)} rows instead of {len(ours)}"


_NUMBERS = {  # what may differ when a file had to wait for another round: numbers drawn in another order
    "orders": ("retailer", "number", "status", "quantity", "delivered_quantity", "lines"),
    "shipments": ("retailer", "order", "supplier", "status", "quantity", "delivered_quantity"),
    "order-lines": ("retailer", "order", "line_no", "sku", "quantity", "supplier", "status"),
    "products": ("supplier", "sku", "name", "price", "active"),
}


def business(exports: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What must be the same in whatever order the files were worked on."""
    found = {kind: [{name: row[name] for name in names} for row in exports[kind]] for kind, names in _NUMBERS.items()}
    found["files in"] = [
        {name: row[name] for name in ("partner", "name", "sha256", "state", "answer", "accepted", "refused")}
        for row in exports["files"]
        if row["direction"] == "in"
    ]
    return found
