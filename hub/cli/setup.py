"""Commands before the work: a new workspace, the demonstration, the check of what admins wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.place import Home, Json

if TYPE_CHECKING:
    from hub.config.workspace import Workspace
    from hub.config.yaml import Finding


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")], _home: Home = None) -> None:
    """Make a new workspace with samples.

    Example: hub init my-hub
    """
    from hub.cli.paper import say
    from hub.config.init import init_workspace
    from hub.mapping.schema import SCHEMA, schema_text

    written = init_workspace(folder)
    (folder / "mappings" / SCHEMA).write_text(schema_text(), encoding="utf-8")
    say(f"made {folder} with {len(written) + 1} files; begin with {folder / 'README.txt'}")


def demo(_home: Home = None) -> None:
    """Show the main job on sample partners.

    In a throw-away workspace: what came in, how orders were split, what went out, and a file with bad rows that is answered.
    """
    from hub.cli.demo import demo as tell

    tell()


def check(
    connect: Annotated[bool, typer.Option("--connect", help="Also try every channel: reach, log in, list, write.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with the configuration.

    Everything at once, about settings, partners and mappings.

    Each line is `file:line: what, cure`. Warnings are no failure.

    Example: hub check
    """
    from hub.cli.paper import many, print_findings, print_json, say
    from hub.cli.place import workspace_at
    from hub.desk.checks import all_findings, missing_secrets, unreachable
    from hub.desk.overview import finding_json
    from hub.domain.problems import Level
    from hub.mapping.library import Library

    workspace = workspace_at(home)
    library = Library(workspace.home)
    found = [*all_findings(workspace, library), *missing_secrets(workspace), *_in_the_store(workspace)]
    if connect:
        found += [*unreachable(workspace), *_tried(workspace)]
    errors = sum(each.level is Level.ERROR for each in found)
    if as_json:
        print_json([finding_json(each) for each in found])
    else:
        print_findings(found)
        partners, mappings = many(len(workspace.partners), "partner"), many(len(library.own()), "mapping")
        say(f"{partners}, {mappings}: {many(errors, 'error')}, {many(len(found) - errors, 'warning')}")
    if errors:
        raise typer.Exit(1)


def _tried(workspace: Workspace) -> list[Finding]:
    """Every partner's server is tried, and what works is told; one that works again is no longer left alone."""
    from hub.cli.paper import say
    from hub.desk.connect import try_servers
    from hub.store.connection import open_store
    from hub.store.remote import forget_troubles

    tried = try_servers(workspace)
    for each in tried:
        say(f"{each.partner}: {each.works or 'nothing works'}")
    right = [each.partner for each in tried if not each.findings]
    if right:
        store = open_store(workspace.settings.store, workspace.home)
        with store.change() as db:
            forget_troubles(db, right)
        store.close()
    return [finding for each in tried for finding in each.findings]


def _in_the_store(workspace: Workspace) -> list[Finding]:
    """What only the store knows: partners switched off too early, tracking numbers that run out.

    The store is opened for them only, and a workspace that never ran has none: a check of files alone leaves no trace.
    """
    from hub.desk.prints import running_out
    from hub.domain.problems import Level
    from hub.flow.drain import undrained
    from hub.store.connection import open_store

    sound = not any(each.file == "config/hub.yaml" and each.level is Level.ERROR for each in workspace.findings)
    numbered = any(each.tracking for each in workspace.partners.values()) and (workspace.home / "var").is_dir()
    if not sound or not (numbered or any(not each.active for each in workspace.partners.values())):
        return []
    store = open_store(workspace.settings.store, workspace.home, upgrade=False)
    try:
        with store.look() as db:
            return [*undrained(workspace, store), *(running_out(db, workspace) if numbered else ())]
    finally:
        store.close()
