"""Commands before the work: a new workspace, the demonstration, the check of what admins wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.place import Home, Json


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")]) -> None:
    """Make a new workspace with samples.

    Example: hub init my-hub
    """
    from hub.cli.paper import say
    from hub.config.init import init_workspace

    written = init_workspace(folder)
    say(f"made {folder} with {len(written)} files; begin with {folder / 'README.txt'}")


def demo() -> None:
    """Show the main job on sample partners.

    In a throw-away workspace: what came in, how orders were split, what went out, and a file with bad rows that is answered.
    """
    from hub.cli.demo import demo as tell

    tell()


def check(
    connect: Annotated[bool, typer.Option("--connect", help="Also see whether every channel can be reached.")] = False,
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
    from hub.desk.checks import all_findings, unreachable
    from hub.desk.overview import finding_json
    from hub.domain.problems import Level
    from hub.mapping.library import Library

    workspace = workspace_at(home)
    library = Library(workspace.home)
    found = all_findings(workspace, library)
    if connect:
        found += unreachable(workspace)
    errors = sum(each.level is Level.ERROR for each in found)
    if as_json:
        print_json([finding_json(each) for each in found])
    else:
        print_findings(found)
        partners, mappings = many(len(workspace.partners), "partner"), many(len(library.own()), "mapping")
        say(f"{partners}, {mappings}: {many(errors, 'error')}, {many(len(found) - errors, 'warning')}")
    if errors:
        raise typer.Exit(1)
