"""What a sweep has found so far, on disk: it goes on where it was interrupted, as long as neither hub nor tools changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.under import Point

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".crash"
_COUNTS = ("hub", "mappings/base", "tests/crash", "tests/ends/conftest.py", "tests/ends/place.py", "requirements.lock")


def mark(points: Sequence[object]) -> str:
    """What findings hold for: the hub's code, the tools' own, what both stand on, and the points of the scenario."""
    digest = hashlib.sha256(" ".join(map(str, points)).encode())
    for each in _COUNTS:
        top = ROOT / each
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@dataclass(slots=True)
class Found:
    """What differs after one point was disturbed; `reached` unless the run never came there. CPU seconds."""

    fault: str
    point: Point
    reached: bool
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0

    def line(self) -> str:
        """As the record holds it."""
        told: dict[str, Any] = {"fault": self.fault, "point": str(self.point), "reached": self.reached}
        return json.dumps(told | {"wrong": self.wrong, "seconds": round(self.seconds, 3)}, ensure_ascii=False)


class Record:
    """The findings of one scenario; those of another state of the code are begun anew."""

    def __init__(self, path: Path, mark: str, *, fresh: bool = False) -> None:
        self._path = path
        self._head = json.dumps({"mark": mark})
        self.held: list[dict[str, Any]] = []
        if path.exists() and not fresh:
            head, *lines = path.read_text("utf-8").splitlines() or [""]
            if head == self._head:
                self.held = list(_whole(lines))
                return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._head + "\n", "utf-8")

    def well(self) -> dict[tuple[str, str], float]:
        """The faults and points at which nothing differed, with the seconds that they took."""
        return {(each["fault"], each["point"]): each["seconds"] for each in self.held if each["reached"] and not each["wrong"]}

    def add(self, found: Found) -> None:
        """Keep a finding."""
        with self._path.open("a", encoding="utf-8") as out:
            out.write(found.line() + "\n")


def _whole(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every line but one that an interruption cut off."""
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue
