"""A small workspace of mappings in a temporary folder, and the short way to read a text through one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.formats.grid import Limits
from hub.mapping.compile import Mapping
from hub.mapping.library import Library
from hub.mapping.read import read_file
from hub.mapping.reading import Context, Reading
from hub.mapping.write import WriteContext, Written, write_file

ARRIVED = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
LIMITS = Limits(file_size=50_000_000, rows=2_000_000, unpacked_ratio=100)


@dataclass
class Bench:
    """Mappings by name under one home."""

    home: Path

    def put(self, name: str, text: str) -> None:
        """Write a file below mappings/; a name without a suffix is a mapping."""
        path = self.home / "mappings" / (name if "." in name else f"{name}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def library(self) -> Library:
        """What lies under the home alone: no test depends on the mappings that the hub ships."""
        return Library(self.home, shipped=self.home / "none")

    def mappings(self, texts: dict[str, str]) -> dict[str, Mapping]:
        """Mappings that are given whole, by name."""
        for name, text in texts.items():
            self.put(name, text)
        library = self.library()
        return {name: library.get(name) for name in texts}

    def told(self, text: str, name: str = "m") -> list[str]:
        """Every finding of a mapping but the one about examples."""
        self.put(name, text)
        return [str(each) for each in self.library().findings(name) if "no examples" not in each.what]

    def read(self, mapping: str, data: str | bytes, **context: Any) -> Reading:
        """Read a text through a mapping that is given whole."""
        self.put("m", mapping)
        raw = data.encode() if isinstance(data, str) else data
        return read_file(self.library().get("m"), raw, a_context(**context))

    def records(self, mapping: str, data: str | bytes, **context: Any) -> list[dict[str, Any]]:
        """The records of a text that has no problem."""
        reading = self.read(mapping, data, **context)
        assert not reading.problems, list(map(str, reading.problems))
        return [record for batch in reading.batches for record in batch.records()]

    def write(self, mapping: str, *records: dict[str, Any], **context: Any) -> Written:
        self.put("m", mapping)
        return write_file(self.library().get("m"), list(records), a_write_context(**context))


def a_context(**changed: Any) -> Context:
    known: dict[str, Any] = {
        "file_name": "file.csv",
        "partner_id": "ahti",
        "partner_name": "Ahti Oy",
        "timezone": "Europe/Helsinki",
        "received": ARRIVED,
        "now": ARRIVED,
        "limits": LIMITS,
    }
    return Context(**(known | changed))


def a_write_context(**changed: Any) -> WriteContext:
    known: dict[str, Any] = {
        "now": ARRIVED,
        "seq": 7,
        "partner_id": "ahti",
        "partner_name": "Ahti Oy",
        "timezone": "Europe/Helsinki",
    }
    return WriteContext(**(known | changed))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
