"""Where a command works: the workspace that --home, HUB_HOME or the current folder names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.config.workspace import Workspace
    from hub.store.connection import Store

_KEY = "hub.home"
VARIABLE = "HUB_HOME"


def _remember(context: typer.Context, value: Path | None) -> Path | None:
    """Let a --home before the command hold for the command behind it."""
    if value is not None:
        context.meta[_KEY] = value
    found = context.meta.get(_KEY)
    return found if isinstance(found, Path) else None


Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", callback=_remember, help="The workspace; else $HUB_HOME, else the current folder."),
]
"""`--home DIR`, before or after the command."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
"""`--json` of every listing."""


def home_of(home: Path | None) -> Path:
    """The folder of the workspace, absolute."""
    return (home or Path(os.environ.get(VARIABLE) or ".")).absolute()


def home_in(context: typer.Context) -> Path:
    """The folder of the workspace that a command line names, for a command that failed."""
    found = context.meta.get(_KEY)
    return home_of(found if isinstance(found, Path) else None)


def workspace_at(home: Path | None) -> Workspace:
    """Read the workspace; its findings are the caller's to show. Raises Misconfigured when there is none."""
    from hub.config.workspace import open_workspace

    return open_workspace(workspace_folder(home))


def workspace_folder(home: Path | None) -> Path:
    """The folder of a workspace that is there. Raises Misconfigured when there is none."""
    from hub.domain.problems import Misconfigured

    folder = home_of(home)
    if not (folder / "config").is_dir():
        raise Misconfigured([f"{folder}: is no workspace (no folder config), make one with hub init DIR or name one with --home"])
    return folder


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace to look at, beside a running hub or without one."""

    home: Path
    workspace: Workspace
    store: Store

    @property
    def zone(self) -> str:
        """The zone in which people read times."""
        return self.workspace.settings.timezone


@contextmanager
def desk_at(home: Path | None) -> Iterator[Desk]:
    """Open a workspace to look at.

    Errors in partners' files are only mentioned, so that a broken one hides nobody's orders; without
    sound settings there is no telling which store is meant, and Misconfigured is raised.
    """
    from hub.cli.paper import many, say
    from hub.config.workspace import SETTINGS
    from hub.domain.problems import Level, Misconfigured
    from hub.store.connection import open_store

    workspace = workspace_at(home)
    errors = [each for each in workspace.findings if each.level is Level.ERROR]
    if any(each.file == SETTINGS for each in errors):
        raise Misconfigured([str(each) for each in errors if each.file == SETTINGS])
    if errors:
        say(f"hub: {many(len(errors), 'error')} in the configuration; hub check shows them")
    store = open_store(workspace.settings.store, workspace.home, upgrade=False)
    try:
        yield Desk(workspace.home, workspace, store)
    finally:
        store.close()
