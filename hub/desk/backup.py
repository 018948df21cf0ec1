"""A consistent copy of a workspace, taken beside a running hub: the copy is itself a workspace (`hub backup`)."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hub.config.private import private_folder, sync_folder
from hub.config.workspace import Workspace
from hub.domain.problems import HubError

_WRITTEN = ("config", "mappings")  # what admins write


class BackupRefused(HubError):
    """The backup cannot be made there; name another folder."""


@dataclass(slots=True)
class BackedUp:
    """Where the copy lies and what is in it; `left` says what must be saved by other means."""

    folder: Path
    files: int = 0
    size: int = 0
    left: list[str] = field(default_factory=list)


def default_folder(home: Path, now: datetime) -> Path:
    """Where a backup goes when nobody says: `var/backup/20261124T101500Z`, or the next free name."""
    folder = home / "var" / "backup"
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    taken = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
    return folder / next(each for each in (name, *(f"{name}.{n}" for n in range(2, len(taken) + 3))) if each not in taken)


def backup(workspace: Workspace, to: Path) -> BackedUp:
    """Copy configuration, mappings, store and archive into a new folder.

    The store first, then the archive: contents are never changed and only grow, so the copy of the store finds all it
    names. The folder takes its name when it is whole. Raises BackupRefused.
    """
    if to.exists():
        raise BackupRefused(f"{to} is there already; name a folder that is not")
    home, settings = workspace.home, workspace.settings
    done = BackedUp(to)
    aside = to.with_name(f".{to.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    private_folder(aside)
    for name in _WRITTEN:
        if (home / name).is_dir():
            shutil.copytree(home / name, aside / name)
    store = settings.sqlite_file(home)
    if store is None:
        done.left.append("the store, on its PostgreSQL server: run pg_dump first, so that the archive holds all that it names")
    else:
        _copy_store(store, aside / _inside(home, store, "var/hub.db"))
    archive = settings.archive_folder(home)
    if archive is None:
        done.left.append(f"the archive is at {settings.archive}: copy it by the means of that place")
    elif archive.is_dir():
        place = aside / _inside(home, archive, "var/archive")
        private_folder(place.parent)
        shutil.copytree(archive, place, ignore=shutil.ignore_patterns("aside"))
    _make_durable(aside, done)
    aside.rename(to)
    sync_folder(to.parent)
    return done


def _inside(home: Path, path: Path, otherwise: str) -> Path:
    """The same place in the copy as in the workspace; what lies outside the workspace goes where it lies by default."""
    return path.relative_to(home) if path.is_relative_to(home) else Path(otherwise)


def _copy_store(store: Path, to: Path) -> None:
    """SQLite's own online backup: a state between two transactions, whoever writes meanwhile."""
    private_folder(to.parent)
    to.touch(mode=0o600)
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, pages=4096, sleep=0.01)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        found = [row[0] for row in target.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise BackupRefused(f"the store is damaged ({'; '.join(map(str, found))[:200]}); the copy is not kept as a backup")


def _make_durable(folder: Path, done: BackedUp) -> None:
    for here, folders, names in os.walk(folder):
        for name in names:
            path = Path(here) / name
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            done.files += 1
            done.size += path.stat().st_size
        sync_folder(Path(here))
        folders.sort()
