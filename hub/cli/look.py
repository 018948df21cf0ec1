"""Commands that look and change nothing: how things stand, the ledger, one file, a whole life."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.guard import wrong_word
from hub.cli.place import Home, Json

if TYPE_CHECKING:
    from hub.config.workspace import Workspace

Partner = Annotated[str | None, typer.Option("--partner", metavar="ID", help="Only this partner.")]


def status(home: Home = None, as_json: Json = False) -> None:
    """Show how things stand.

    Partners, their last files, what waits, what is in quarantine, what is late.

    Example: hub status
    """
    from hub.cli.paper import now, print_json
    from hub.cli.place import desk_at
    from hub.cli.show_status import show_status
    from hub.desk.checks import all_findings
    from hub.desk.overview import as_json as told
    from hub.desk.overview import overview
    from hub.desk.prints import running_out
    from hub.flow.drain import undrained
    from hub.mapping.library import Library
    from hub.mapping.living import held_back

    with desk_at(home) as desk, desk.store.look() as db:
        library = Library(desk.home)
        findings = [
            *all_findings(desk.workspace, library),
            *undrained(desk.workspace, desk.store),
            *running_out(db, desk.workspace),
        ]
        view = overview(db, desk.workspace, findings, now(), held_back(desk.home, library))
    if as_json:
        print_json(told(view))
    else:
        show_status(view, desk.zone)


def files(  # noqa: PLR0913, PLR0917 - one option for each way to narrow the list
    partner: Partner = None,
    direction: Annotated[str | None, typer.Option("--direction", metavar="in|out", help="Files that came, or that went.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="taken, done, refused, quarantined, ready or sent.")
    ] = None,
    answer: Annotated[int | None, typer.Option("--answer", metavar="N", help="Only files with this answer, such as 207.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Only this kind of document, such as orders.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="PATTERN", help="Only these names; * and ? stand for anything.")
    ] = None,
    problems: Annotated[bool, typer.Option("--problems", help="Only files that have problems.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="So many of the newest; 0: all. JSON has all.")] = 50,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the files that came and went.

    The newest stands at the end.

    Example: hub files --partner nordshop --answer 207
    """
    from hub.cli.paper import print_json, say
    from hub.cli.place import desk_at
    from hub.cli.show_files import show_files
    from hub.desk.ledger import Wanted, list_files
    from hub.store.ledger import State

    _must_be("--direction", direction, ("in", "out"))
    _must_be("--state", state, tuple(State))
    wanted = Wanted(partner, direction, state, answer, kind, name, problems)
    with desk_at(home) as desk, desk.store.look() as db:
        found, total = list_files(db, wanted, None if as_json or not limit else limit)
        meant = "" if found else _meant(desk.workspace, partner, kind)
    if as_json:
        print_json(found)
        return
    if found:
        show_files(found, desk.zone)
    if len(found) < total or not found:
        say(f"{len(found)} of {total} files; --limit 0 shows all" if found else f"no such files{meant}")


def _must_be(option: str, word: str | None, known: Collection[str]) -> None:
    """Refuse a word that the ledger never uses: an empty list would say that all is well."""
    if word is not None and word not in known:
        raise wrong_word(option, word, known)


def _meant(workspace: Workspace, partner: str | None, kind: str | None) -> str:
    """What an empty list was perhaps meant to be of; a partner or kind that is not known may still have had files."""
    from hub.domain.kinds import Kind
    from hub.domain.nearest import nearest

    asked = ((partner, workspace.partners), (kind, [each.value for each in Kind]))
    near = [nearest(word, known) for word, known in asked if word is not None and word not in known]
    return "".join(f"; did you mean {each}?" for each in near if each)


def file(
    number: Annotated[int, typer.Argument(metavar="ID", help="The file's number, as hub files shows it.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show one file with its answer and problems.

    Example: hub file 17
    """
    from hub.cli.paper import print_json
    from hub.cli.place import desk_at
    from hub.cli.show_files import show_file as shown
    from hub.desk.ledger import show_file

    with desk_at(home) as desk, desk.store.look() as db:
        told = show_file(db, number)
    if as_json:
        print_json(told)
    else:
        shown(told, desk.zone)


def trace(
    number: Annotated[str, typer.Argument(metavar="ID", help="An order's or a shipment's number.")],
    partner: Partner = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the life of an order or shipment.

    Where it came from, its split, every status, every file that was sent. Several retailers may use one
    number: all of them are shown.

    Example: hub trace --partner nordshop 1001
    """
    from hub.cli.paper import print_json
    from hub.cli.place import desk_at
    from hub.cli.show_trace import show_trace
    from hub.desk.trace import trace as lives

    with desk_at(home) as desk, desk.store.look() as db:
        found = lives(db, desk.workspace, number, partner)
    if as_json:
        print_json(found)
    else:
        show_trace(found, desk.zone)
