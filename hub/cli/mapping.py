"""Commands about mappings: lint them, prove them, see a file cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import drafts, rework
from hub.cli.guard import HubGroup
from hub.cli.place import Home, Json

if TYPE_CHECKING:
    from hub.config.workspace import Workspace
    from hub.mapping.examples import ExampleResult
    from hub.mapping.explain import Explained
    from hub.mapping.library import Library
    from hub.mapping.reading import Context

app = typer.Typer(cls=HubGroup, no_args_is_help=True, rich_markup_mode=None, help="Draft, check, prove and try mappings.")
for each in drafts.COMMANDS:
    app.command()(each)
for word, work in rework.COMMANDS.items():
    app.command(word)(work)

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One mapping; else all of them.")]


@app.callback()
def mapping(home: Home = None) -> None:
    """Draft, check, prove and try mappings."""


@app.command()
def check(name: Name = None, home: Home = None, as_json: Json = False) -> None:
    """Say what is wrong with one mapping or all.

    Each line is `file:line: what, cure`; warnings are no failure.

    Example: hub mapping check nordshop-orders
    """
    from hub.cli.paper import many, print_findings, print_json, say
    from hub.cli.place import workspace_at
    from hub.desk.overview import finding_json
    from hub.domain.problems import Level
    from hub.mapping.library import Library

    library = Library(workspace_at(home).home)
    names = _named(library, name)
    found = [finding for each in names for finding in library.findings(each)]
    errors = sum(each.level is Level.ERROR for each in found)
    if as_json:
        print_json([finding_json(each) for each in found])
    else:
        print_findings(found)
        say(f"{many(len(names), 'mapping')}: {many(errors, 'error')}, {many(len(found) - errors, 'warning')}")
    if errors:
        raise typer.Exit(1)


def _named(library: Library, name: str | None) -> list[str]:
    """The mappings that a command is about: the one named, else the workspace's own. Raises NotFound with the nearest name."""
    from hub.domain.nearest import did_you_mean
    from hub.domain.problems import NotFound

    if name is None:
        return library.own()
    if name not in library.names():
        raise NotFound(f"there is no mapping {name!r} under mappings/. {did_you_mean(name, library.names())}")
    return [name]


@app.command("test")
def prove(
    name: Name = None,
    write: Annotated[bool, typer.Option("--write", help="Write down what comes out as what is expected from now on.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Prove mappings by their examples.

    The examples of a mapping lie in mappings/NAME.examples/.

    Example: hub mapping test nordshop-orders
    """
    from hub.cli.paper import many, print_json, say
    from hub.cli.place import workspace_at
    from hub.domain.problems import HubError
    from hub.mapping.examples import run_examples
    from hub.mapping.library import Library

    library = Library(workspace_at(home).home)
    names = _named(library, name)
    if write and not set(names) <= set(library.own()):
        raise HubError(f"{name} comes with the hub, its examples stay as they are; extend it and prove your own mapping")
    results = [
        result
        for each in names
        if library.examples_folder(each).is_dir()
        for result in run_examples(library.get(each), library.examples_folder(each), write=write)
    ]
    failed = [each for each in results if not each.passed]
    if as_json:
        print_json([_result(each) for each in results])
    else:
        _print_results(results)
        say(f"{many(len(results), 'example')}, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


def _result(each: ExampleResult) -> dict[str, Any]:
    return {"mapping": each.mapping, "case": each.case, "passed": each.passed, "wrote": each.wrote, "diff": each.diff}


def _print_results(results: list[ExampleResult]) -> None:
    from hub.cli.paper import console, styled

    out = console()
    colours = {"+": "green", "-": "red"}
    for each in results:
        verdict = f"wrote {each.wrote}" if each.wrote else "ok" if each.passed else "FAILED"
        out.print(styled(f"{each.mapping}/{each.case}: {verdict}", "" if each.passed else "bold red"))
        for line in each.diff:
            out.print(styled(f"    {line}", colours.get(line[:1], "")))


@app.command("try")
def attempt(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The mapping.")],
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file such as the partner sends.", exists=True, dir_okay=False)],
    row: Annotated[
        int | None, typer.Option("--row", metavar="N", min=1, help="The row, as your program counts; else the first record.")
    ] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="FIELD", help="Only this field, such as lines.price.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show how a mapping reads a file, cell by cell.

    Each field of one record, from its cell, step by step, to its value.

    Nothing is stored.

    Example: hub mapping try nordshop-orders orders.csv --row 7
    """
    from hub.cli.paper import print_json
    from hub.cli.place import workspace_at
    from hub.domain.problems import FileRefused, HubError
    from hub.mapping.explain import explain
    from hub.mapping.library import Library

    workspace = workspace_at(home)
    chosen = Library(workspace.home).get(name)
    if not chosen.reading:
        raise HubError(f"{name} writes {chosen.kind}, try shows how files are read; hub mapping test {name} proves it")
    try:
        found = explain(chosen, path.read_bytes(), _context(workspace, name, path), row, field)
    except FileRefused as refused:
        raise HubError("\n".join(f"{path.name}: {problem}" for problem in refused.problems)) from refused
    if as_json:
        print_json([_explained(each) for each in found])
    else:
        _print_explained(found)


def _context(workspace: Workspace, name: str, path: Path) -> Context:
    """What the file of the partner who uses the mapping would know; without one, the hub's own settings."""
    from hub.cli.paper import now
    from hub.formats.grid import Limits
    from hub.mapping.reading import Context

    users = [each for each in workspace.partners.values() if any(name in receive.mapping for receive in each.receive)]
    settings = workspace.settings
    zone = users[0].zone(settings) if users else settings.timezone
    limits = Limits(settings.limits.file_size, settings.limits.rows, settings.limits.unpacked_ratio)
    moment = now()
    partner_id, partner_name = (users[0].id, users[0].name) if users else ("partner", "Partner")
    return Context(path.name, partner_id, partner_name, zone, moment, moment, limits)


def _explained(each: Explained) -> dict[str, Any]:
    names = ("field", "sheet", "row", "cell", "source", "text", "value", "problem")
    told = {name: getattr(each, name) for name in names}
    return told | {"steps": [{"step": step, "text": text} for step, text in each.steps]}


def _print_explained(found: list[Explained]) -> None:
    from hub.cli.paper import print_table

    print_table(("+field", "cell", "+source", "+text", "+steps", "+value"), [_row(each) for each in found])


def _row(each: Explained) -> list[object]:
    from hub.cli.paper import styled

    place = each.cell or ("" if each.row is None else f"row {each.row}")
    steps = " → ".join(f"{step}: {text}" for step, text in each.steps)
    value = ", ".join(each.value) if isinstance(each.value, list) else each.value
    if each.problem:
        outcome = styled(" ".join(part for part in (value, each.problem) if part), "red")
    else:
        outcome = styled(value if value is not None else "–", "green" if value is not None else "dim")
    return [each.field, place, each.source, each.text or "", steps, outcome]
