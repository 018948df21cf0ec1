"""Commands that look at a mapping from another side: whole, as a workbook, turned round, beside its older self."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.place import Home, Json

if TYPE_CHECKING:
    from hub.desk.compare import FileDiff
    from hub.mapping.compile import Mapping
    from hub.mapping.library import Library

Named = Annotated[str, typer.Argument(metavar="NAME", help="The mapping.")]


def show(
    name: Named,
    flat: Annotated[bool, typer.Option("--flat", help="With its base and word lists put in, without comments.")] = False,
    home: Home = None,
) -> None:
    """Print a mapping.

    Example: hub mapping show nordshop-orders --flat
    """
    from hub.cli.place import workspace_at
    from hub.desk.compare import whole
    from hub.mapping.library import FOLDER, Library
    from hub.mapping.yaml_out import dump

    folder = workspace_at(home).home
    mapping = Library(folder).get(name)
    _print(dump(whole(mapping)) if flat else (folder / FOLDER / f"{name}.yaml").read_text(encoding="utf-8-sig"))


def _print(text: str) -> None:
    from hub.cli.paper import binary_stdout

    with binary_stdout() as out:
        out.write(text.encode())


def schema(_home: Home = None) -> None:
    """Print the JSON Schema of mappings.

    For editors: begin a mapping with `# yaml-language-server: $schema=mapping.schema.json`. A new workspace has it.

    Example: hub mapping schema > mappings/mapping.schema.json
    """
    from hub.cli.paper import print_json
    from hub.mapping.schema import json_schema

    print_json(json_schema())


def export_mapping(
    name: Named,
    target: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The workbook to write.", dir_okay=False)],
    home: Home = None,
) -> None:
    """Write a mapping as a workbook.

    A row a field; cells hold what the mapping file says. Comments stay behind.

    Example: hub mapping export nordshop-orders orders.xlsx
    """
    from hub.cli.paper import say
    from hub.cli.place import workspace_at
    from hub.mapping.library import Library
    from hub.mapping.sheet import to_workbook

    library = Library(workspace_at(home).home)
    library.get(name)
    target.write_bytes(to_workbook(library.as_written(name)))
    say(f"wrote {target}")


def import_mapping(
    source: Annotated[
        Path, typer.Argument(metavar="FILE.xlsx", help="A workbook of hub mapping export.", exists=True, dir_okay=False)
    ],
    _home: Home = None,
) -> None:
    """Print the mapping of a workbook.

    Save it under mappings/, then run hub mapping check.

    Example: hub mapping import orders.xlsx > mappings/nordshop-orders.yaml
    """
    from hub.domain.problems import FileRefused, HubError
    from hub.mapping.sheet import from_workbook
    from hub.mapping.yaml_out import dump

    try:
        data = from_workbook(source.read_bytes())
    except FileRefused as refused:
        raise HubError("\n".join(f"{source.name}: {problem}" for problem in refused.problems)) from refused
    _print(dump(data))


def invert(name: Named, home: Home = None) -> None:
    """Draft the other direction of a mapping.

    What reads a partner's layout becomes what writes it, and the reverse.

    Example: hub mapping invert nordshop-orders > mappings/nordshop-shipments.yaml
    """
    from hub.cli.place import workspace_at
    from hub.mapping.invert import invert as turned
    from hub.mapping.library import Library

    _print(turned(Library(workspace_at(home).home).get(name)))


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The mapping in use.")],
    new: Annotated[
        str | None, typer.Argument(metavar="[NEW]", help="The other; else OLD's file beside what is in force.")
    ] = None,
    last: Annotated[int, typer.Option("--last", metavar="N", min=0, help="So many of the partner's last files.")] = 10,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what a changed mapping would change.

    Both texts, and the partner's last real files read by both. Nothing is stored.

    Example: hub mapping diff nordshop-orders nordshop-orders-new
    """
    from dataclasses import asdict

    from hub.cli.paper import print_json
    from hub.cli.place import desk_at
    from hub.desk.compare import compare, text_diff
    from hub.mapping.library import Library
    from hub.store.archive import Archive

    with desk_at(home) as desk, desk.store.look() as db:
        library = Library(desk.home)
        before = library.get(old) if new else _in_force(desk.home, library, old)
        after = library.get(new or old)
        text = text_diff(before, after)
        archive = Archive(desk.workspace.settings.archive_folder(desk.home) or desk.home / "var" / "archive")
        found = compare(db, archive, desk.workspace, before, after, last) if before.reading and after.reading else []
    if as_json:
        print_json({"text": text, "files": [asdict(each) | {"same": each.same} for each in found]})
    else:
        _print_diff(text, found)


def _in_force(home: Path, library: Library, name: str) -> Mapping:
    """The version of a mapping that the hub works with; its file when it has not been taken up."""
    from hub.mapping.living import in_force

    return in_force(home, name) or library.get(name)


def _print_diff(text: list[str], found: list[FileDiff]) -> None:
    from hub.cli.paper import console, many, print_table, say, styled

    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in text:
        console().print(styled(line, colours.get(line[:1], "")))
    if found:
        console().print()
        print_table(("file", "+name", "records", "problems", "+what differs"), [_row(each) for each in found])
    told = f"{many(len(found), 'file')} read by both, {sum(not each.same for each in found)} would differ"
    say(told if text else f"the mappings say the same; {told}")


def _row(each: FileDiff) -> list[object]:
    numbers = f"{each.before} → {each.after}" if each.before != each.after else str(each.before)
    problems = (
        f"{each.problems_before} → {each.problems_after}"
        if each.problems_before != each.problems_after
        else str(each.problems_before)
    )
    return [each.file, each.name, numbers, problems, "; ".join(each.told()) or "nothing"]


COMMANDS: dict[str, Callable[..., None]] = {
    "show": show,
    "diff": diff,
    "schema": schema,
    "export": export_mapping,
    "import": import_mapping,
    "invert": invert,
}
