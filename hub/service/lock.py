"""One hub on a store: a lock that dies with its process, never a stale file to clear away."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, func, select
from sqlalchemy.exc import OperationalError

from hub.config.private import private_folder
from hub.config.workspace import Workspace
from hub.domain.problems import Busy, StoreAway
from hub.store.connection import sqlite_file

SECOND_HUB = 5.0
"""Seconds for which a second hub waits for the first to end."""

WRITER = 120.0
"""Seconds for which a command that changes something waits for a hub at work."""

_LOOKS = 0.1
_KEY = 0x6875620000  # PostgreSQL's advisory lock of the hub that works on a database


@contextmanager
def hold(workspace: Workspace, wait: float) -> Iterator[None]:
    """Hold the workspace and its store for as long as the block lasts.

    The workspace, because what is claimed lies there; the store, because another workspace may name the same one. Waits
    up to `wait` seconds for another hub to end, then raises Busy.
    """
    until = time.monotonic() + wait
    home, store = workspace.home, workspace.settings.store
    with ExitStack() as held:
        for path in _files(home, store):
            held.enter_context(_file(path, until))
        if not store.startswith("sqlite"):
            held.enter_context(_database(store, until))
        yield


def _files(home: Path, store: str) -> list[Path]:
    """The files to lock: the workspace's own, and one beside an SQLite store that lies elsewhere."""
    own = home / "var" / "hub.lock"
    beside = sqlite_file(store, home)
    if beside is None or beside.parent.resolve() == own.parent.resolve():
        return [own]
    return [own, beside.with_name(f"{beside.name}.lock").resolve()]


@contextmanager
def _file(path: Path, until: float) -> Iterator[None]:
    private_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take() -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        _insist(take, until)
        yield
    finally:
        os.close(handle)


@contextmanager
def _database(store: str, until: float) -> Iterator[None]:
    """An advisory lock, held by a connection of its own: it goes with the process."""
    engine = create_engine(store, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as db:
            _insist(lambda: bool(db.execute(select(func.pg_try_advisory_lock(_KEY))).scalar()), until)
            yield
    except OperationalError as error:
        raise StoreAway(f"the store does not answer: {error.orig}") from error
    finally:
        engine.dispose()


def _insist(take: Callable[[], bool], until: float) -> None:
    while not take():
        if time.monotonic() >= until:
            raise Busy("another hub works on this store; wait for it or stop it")
        time.sleep(_LOOKS)
