"""Where a job runs: a workspace with partners, made anew, and data files that are made once and kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import Cost, run

CACHE = Path(__file__).parent / ".cache"
HERE = Path(__file__).parents[1]
VERSION = 3  # of the made data: raise it when a generator changes

RETAILER = """name: Shop {id}
role: retailer
address: {{name: Shop {id}, address1: Testikatu 1, postcode: "00100", city: Helsinki, country: FI, phone: "+358401234567"}}
channel: {{type: local}}
catalogs: [{{id: {id}-main, suppliers: [{suppliers}]}}]
"""
SUPPLIER = """name: Supplier {id}
role: supplier
channel: {{type: local}}
"""


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """A data file (or folder) by name; made when it is not there yet."""
    path = CACHE / f"v{VERSION}" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}")
        _remove(aside)
        make(aside)
        aside.rename(path)
    return path


class Place:
    """A workspace for measurements."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.write("config/hub.yaml", "settle: 0s\n")

    def write(self, path: str, text: str) -> None:
        """Write a file of the workspace."""
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def retailer(self, partner: str, suppliers: str, more: str = "") -> None:
        """A retailer with one catalogue."""
        self.write(f"config/partners/{partner}.yaml", RETAILER.format(id=partner, suppliers=suppliers) + more)

    def supplier(self, partner: str, more: str = "") -> None:
        """A supplier on a local channel."""
        self.write(f"config/partners/{partner}.yaml", SUPPLIER.format(id=partner) + more)

    def drop(self, partner: str, source: Path, name: str) -> None:
        """Put a copy of a file into a partner's inbox."""
        folder = self.home / "inbox" / partner
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)

    def once(self, *more: str) -> Cost:
        """What `hub once` costs as it stands."""
        return run([sys.executable, "-m", "hub", "once", "--home", str(self.home), *more], cwd=HERE)

    def collected(self, partner: str, pattern: str) -> list[Path]:
        """What lies in a partner's outbox."""
        return sorted((self.home / "outbox" / partner).glob(pattern))


@contextmanager
def place() -> Iterator[Place]:
    """A new workspace, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-", dir=_scratch()) as folder:
        yield Place(Path(folder))


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-", dir=_scratch()) as made:
        yield Path(made)


def _scratch() -> Path:
    """Where places are made. ext4 then spreads them, so that making files in one is not slowed by what was removed in another."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if shutil.which("chattr"):
        subprocess.run(["chattr", "+T", str(CACHE)], check=False, capture_output=True)  # noqa: S603, S607 - other systems refuse
    return CACHE


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
