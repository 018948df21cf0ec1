"""Write a new workspace with commented samples, so that an admin begins by changing and not by inventing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from hub.domain.problems import Misconfigured

_FOLDERS = ("inbox/webshop", "inbox/supplier", "outbox/webshop", "outbox/supplier")


def init_workspace(home: Path) -> list[str]:
    """Make a workspace and fill it with samples.

    In: its folder, made when missing. Out: the names of the files written. Raises Misconfigured when the
    folder holds a workspace already; nothing is ever overwritten.
    """
    wanted = dict(_samples(files("hub.config") / "sample", ""))
    there = [name for name in ("config", *wanted) if (home / name).exists()]
    if home.exists() and not home.is_dir():
        raise Misconfigured([f"{home}: is a file, name a folder"])
    if there:
        raise Misconfigured([f"{home}: holds {there[0]} already, name a new folder"])
    for folder in _FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True)
    for name, content in wanted.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return list(wanted)


def _samples(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{above}{each.name}"
        if each.is_dir():
            yield from _samples(each, f"{name}/")
        else:
            yield name, each.read_bytes()
