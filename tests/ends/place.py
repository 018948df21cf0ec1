"""A workspace in a test's own folder, used as people use it: files in, `hub once`, files out."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from hub.desk.export import ExportFormat, ExportKind, export
from hub.desk.mend import outcome, retry, work_off
from hub.desk.overview import as_json, overview
from hub.desk.prints import running_out
from hub.flow.hub import Hub
from hub.flow.parser import InProcess
from hub.flow.round import Summary
from hub.service.once import once
from hub.service.wiring import open_hub, utc_now

SETTINGS = "settle: 0s\n"
POSTGRESQL = os.environ.get("HUB_TEST_POSTGRESQL")  # a server where the tests may make databases; the stories run on it too

RETAILER = """
name: {name}
role: retailer
address: {{name: {name}, address1: Testikatu 1, postcode: "00100", city: Helsinki, country: FI, phone: "+358401234567"}}
channel: {{type: local}}
"""

SUPPLIER = """
name: {name}
role: supplier
channel: {{type: local}}
"""


class Place:
    """A workspace with short-cuts: write configuration, drop files, run the hub, look at what came out."""

    def __init__(self, home: Path, settings: str = SETTINGS) -> None:
        self.home = home
        self.clock: Callable[[], datetime] = utc_now
        self.write("config/hub.yaml", settings + (f"store: {new_database(POSTGRESQL)}\n" if POSTGRESQL else ""))

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def retailer(self, partner: str, more: str = "") -> None:
        self.write(f"config/partners/{partner}.yaml", RETAILER.format(name=partner.title()) + more)

    def supplier(self, partner: str, more: str = "") -> None:
        self.write(f"config/partners/{partner}.yaml", SUPPLIER.format(name=partner.title()) + more)

    def mapping(self, name: str, text: str) -> None:
        self.write(f"mappings/{name}.yaml", text)

    def drop(self, partner: str, name: str, data: str | bytes) -> None:
        self.write(f"inbox/{partner}/{name}", data)

    def open(self) -> Hub:
        return open_hub(self.home, clock=self.clock, parser=InProcess())

    def once(self, *, now: bool = False) -> Summary:
        hub = self.open()
        try:
            return once(hub, send_all=now)
        finally:
            hub.close()

    def retry(self, *ids: str) -> str:
        """Mend what is named and do what falls due then; what was said of it."""
        hub = self.open()
        try:
            began, mended = self.clock(), retry(hub, ids)
            work_off(hub)
            with hub.store.look() as db:
                return "; ".join(each.what for each in outcome(db, mended, began))
        finally:
            hub.close()

    def status_page(self) -> dict[str, Any]:
        """What `hub status --json` tells, but for mappings."""
        hub = self.open()
        try:
            with hub.store.look() as db:
                return as_json(overview(db, hub.workspace, running_out(db, hub.workspace), self.clock()))
        finally:
            hub.store.close()

    def export(self, kind: str) -> list[dict[str, Any]]:
        hub = self.open()
        try:
            return exported(hub, kind)
        finally:
            hub.close()

    def outbox(self, partner: str, pattern: str = "*") -> list[Path]:
        return sorted((self.home / "outbox" / partner).glob(pattern))

    def answer(self, partner: str, name: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads((self.home / "outbox" / partner / f"{name}.answer.json").read_text())
        return answer

    def rows(self, partner: str, pattern: str, delimiter: str = ",") -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for path in self.outbox(partner, pattern):
            found += list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""), delimiter=delimiter))
        return found


def exported(hub: Hub, kind: str) -> list[dict[str, Any]]:
    """What `hub export KIND --format json` says."""
    out = io.BytesIO()
    with hub.store.look() as db:
        export(db, ExportKind(kind), hub.workspace, ExportFormat.JSON, out)
    rows: list[dict[str, Any]] = json.loads(out.getvalue())
    return rows


def new_database(server: str) -> str:
    """A fresh database on a PostgreSQL server, by the URL of the server.

    From the template that nobody may open: the usual one cannot be copied while a cleaner of the server looks at it.
    """
    name = f"hub_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def table(headings: Sequence[str], rows: Iterable[Mapping[str, object] | Sequence[object]], delimiter: str = ",") -> str:
    """Rows as a CSV text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([row[heading] for heading in headings] if isinstance(row, Mapping) else row)
    return out.getvalue()


def fixed_clock(text: str) -> Callable[[], datetime]:
    """A clock that stands still."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return lambda: moment
