"""Mappings change while the hub runs: a change is taken up when it is sound and proved, else the last good one stays in force.

What is in force is kept in `var/mappings/<name>.json`, with its base and word lists resolved, so that a restart forgets
nothing; the folder may be thrown away, then the files under `mappings/` count as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.config.private import FILE, private_folder
from hub.domain.problems import HubError, Level
from hub.mapping.compile import Mapping
from hub.mapping.examples import run_examples
from hub.mapping.library import FOLDER, Entry, Library
from hub.mapping.whole import content_of, mapping_of

KEPT = Path("var") / "mappings"

Sign = tuple[tuple[str, int, int], ...]
"""What changes when a file changes: its path, time and size."""


@dataclass(frozen=True, slots=True)
class Held:
    """A changed mapping that is not taken up, and why; `version` is the one that stays in force."""

    name: str
    version: str
    reasons: tuple[str, ...]


class LivingLibrary(Library):
    """The mappings in force. `refresh` looks for changes; between two of them nothing changes."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._signs: dict[str, Sign] = {}
        self.held: dict[str, Held] = {}

    def refresh(self) -> list[str]:
        """Take up what changed since the last look, if it is sound and its examples pass; returns the names looked at anew."""
        changed = [name for name in self._entries if self._signs.get(name) != self._sign(name)]
        for name in changed:
            self._take_up(name)
        return changed

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            self._take_up(name)
        return self._entries[name]

    def _take_up(self, name: str) -> None:
        self._signs[name] = self._sign(name)
        fresh = self._read(name)
        last = in_force(self.home, name)
        reasons = () if last is None or fresh.mapping == last else tuple(_reasons(self, name, fresh))
        if last is None or not reasons:
            self.held.pop(name, None)
            self._entries[name] = fresh
            if fresh.mapping is not None:
                _keep(self.home, fresh.mapping)
            return
        self.held[name] = Held(name, last.version, reasons)
        self._entries[name] = Entry(fresh.findings, last)

    def _sign(self, name: str) -> Sign:
        return tuple(_signs(self.home / FOLDER, name))


def held_back(home: Path, library: Library) -> list[Held]:
    """The changed mappings of a workspace that a hub does not take up, for those who look at it from outside."""
    found = []
    for path in sorted((home / KEPT).rglob("*.json")):
        name = path.relative_to(home / KEPT).with_suffix("").as_posix()
        last = in_force(home, name)
        if last is None or name not in library.names():
            continue
        entry = library.entry(name)
        if entry.mapping is None or entry.mapping.version != last.version:
            reasons = tuple(_reasons(library, name, entry))
            found += [Held(name, last.version, reasons)] if reasons else []
    return found


def _signs(folder: Path, name: str) -> Iterator[tuple[str, int, int]]:
    """The files on which a mapping depends: its own, any base, the shared word lists, its examples."""
    own = [folder / f"{name}.yaml", *sorted((folder / f"{name}.examples").glob("*"))]
    for path in [*own, *sorted((folder / "base").glob("*.yaml")), *sorted((folder / "maps").glob("*.csv"))]:
        with suppress(OSError):
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size


def _reasons(library: Library, name: str, entry: Entry) -> Iterator[str]:
    """Why a changed mapping may not be taken up; nothing when it may."""
    yield from (str(each) for each in entry.findings if each.level is Level.ERROR)
    if entry.mapping is not None:
        yield from _failing(entry.mapping, library.examples_folder(name))


def _failing(mapping: Mapping, folder: Path) -> Iterator[str]:
    try:
        results = run_examples(mapping, folder)
    except (HubError, ValueError, OSError) as error:
        yield f"its examples cannot be run: {error}"
        return
    for each in results:
        if not each.passed:
            yield f"its example {each.case} does not hold; hub mapping test {mapping.name} shows it"


def _keep(home: Path, mapping: Mapping) -> None:
    """Remember a mapping that is in force, whole: written aside, then renamed."""
    content = content_of(mapping)
    text = json.dumps(content | {"check": _checksum(content)}, ensure_ascii=False, indent=1)
    path = home / KEPT / f"{mapping.name}.json"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    private_folder(path.parent)
    aside = path.with_suffix(".part")
    aside.touch(FILE)
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)  # noqa: PTH105 - a rename over what is there


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def in_force(home: Path, name: str) -> Mapping | None:
    """The last good version of a mapping; None when there is none, or it is damaged or of another hub's language."""
    try:
        content = json.loads((home / KEPT / f"{name}.json").read_text(encoding="utf-8"))
        if content.pop("check") != _checksum(content):
            return None
        return mapping_of(name, content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
