"""Commands that keep what the hub knows, as long as it may: prove it, copy it, let go of it, bring it to a new schema."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.place import Home, Json


def verify(home: Home = None, as_json: Json = False) -> None:
    """Prove that ledger, journal and archive agree.

    Recomputes the chain of the journal and the hash of every archived file, and says in plain words what does not fit;
    exit 1 then. The head that it prints seals all that came before: whoever notes it elsewhere can prove the past later.

    Example: hub verify
    """
    from hub.cli.paper import many, print_json, say
    from hub.cli.place import desk_at
    from hub.desk.verify import verify as look
    from hub.service.wiring import open_archive

    with desk_at(home) as desk:
        found = look(desk.store, open_archive(desk.workspace))
    if as_json:
        print_json(asdict(found))
    else:
        for each in found.wrong:
            typer.echo(each)
        purged = f" ({found.purged} of them purged)" if found.purged else ""
        verdict = many(len(found.wrong), "thing") + " that do not agree" if found.wrong else "all agree"
        say(f"{many(found.files, 'file')}{purged}, {many(found.entries, 'entry', 'entries')} in the journal: {verdict}")
        say(f"head {found.entries} {found.head}")
    if found.wrong:
        raise typer.Exit(1)


def backup(
    to: Annotated[Path | None, typer.Argument(metavar="[TO]", help="A new folder; else one under var/backup/.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Copy the workspace as it is at this moment.

    Store, archive, configuration and mappings, also beside a running hub. The copy is itself a workspace: look into it
    with --home, or put it in the place of the lost one.

    Example: hub backup /mnt/backup/hub-monday
    """
    from datetime import UTC, datetime

    from hub.cli.paper import many, print_json, say
    from hub.cli.place import desk_at
    from hub.desk.backup import backup as copy
    from hub.desk.backup import default_folder

    with desk_at(home) as desk:
        done = copy(desk.workspace, to.absolute() if to else default_folder(desk.home, datetime.now(UTC)))
    if as_json:
        print_json({"folder": str(done.folder), "files": done.files, "size": done.size, "left": done.left})
        return
    say(f"{many(done.files, 'file')}, {done.size} bytes in {done.folder}")
    for each in done.left:
        say(f"not in it: {each}")


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let go of what retention says: persons' data, old contents, old records.

    Names and addresses leave orders, archive and free pages; the ledger with its counts and hashes stays. The daemon
    does it by itself once a day.

    Example: hub purge --dry-run
    """
    from contextlib import nullcontext

    from hub.cli.paper import many, print_json, say
    from hub.cli.work import hub_at
    from hub.flow.purge import purge as let_go
    from hub.service import lock

    hub = hub_at(home)
    try:
        with nullcontext() if dry_run else lock.hold(hub.workspace, lock.WRITER) as hub.store.fence:
            done = let_go(hub, dry_run=dry_run)
    finally:
        hub.close()
    if as_json:
        print_json(asdict(done))
        return
    take, delete = ("would take", "delete") if dry_run else ("took", "deleted")
    say(
        f"{take} persons' data out of {many(done.orders, 'order')}, let go of the content of {many(done.files, 'file')}"
        f" and {delete} {many(done.records, 'order')} for good"
    )


def migrate(home: Home = None) -> None:
    """Bring the store to the schema of this version.

    hub once and hub run do it by themselves when they start; an upgrade that is interrupted leaves the old schema whole.
    Make a backup before.

    Example: hub migrate
    """
    from hub.cli.paper import say
    from hub.cli.place import workspace_at
    from hub.service import lock
    from hub.store.connection import HEAD, open_store, schema_of

    workspace = workspace_at(home)
    with lock.hold(workspace, lock.WRITER):
        before = schema_of(workspace.settings.store, workspace.home)
        open_store(workspace.settings.store, workspace.home).close()
    say(f"the store has schema {HEAD}: " + ("nothing to do" if before == HEAD else f"upgraded from {before or 'nothing'}"))
