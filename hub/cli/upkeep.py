"""Commands that look after what is kept: let go of what retention says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.place import Home, Json


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
    from hub.cli.work import WAIT, hub_at
    from hub.flow.purge import purge as let_go
    from hub.service.lock import hold

    hub = hub_at(home)
    try:
        with nullcontext() if dry_run else hold(hub.home, WAIT):
            done = let_go(hub, dry_run=dry_run)
    finally:
        hub.store.close()
    if as_json:
        print_json(asdict(done))
        return
    take, delete = ("would take", "delete") if dry_run else ("took", "deleted")
    say(
        f"{take} persons' data out of {many(done.orders, 'order')}, let go of the content of {many(done.files, 'file')}"
        f" and {delete} {many(done.records, 'order')} for good"
    )
