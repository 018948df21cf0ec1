"""Commands that mend: try again, process once more, send on what was held back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.place import Home, Json

if TYPE_CHECKING:
    from hub.desk.mend import Mended
    from hub.flow.hub import Hub


def retry(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Files by number, shipments and orders by theirs.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Deliver or process again.

    A file in quarantine, a shipment in Error, an order whose product was unknown. Beside a running hub, that hub does
    the work at its next look.

    Example: hub retry 17 S00000042
    """
    from hub.cli.work import hub_at
    from hub.desk.mend import outcome
    from hub.desk.mend import retry as again

    with closing(hub_at(home)) as hub:
        began, mended = hub.clock(), again(hub, ids)
        if _work_off(hub, mended):
            with hub.store.look() as db:
                mended = outcome(db, mended, began)
    _tell(mended, as_json=as_json)


def release(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's number.")],
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="ID", help="Whose order it is, where several retailers use its number.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Send on an order that was held back.

    One that came with `submit: no`. Beside a running hub, that hub sends it at its next look.

    Example: hub release --partner nordshop 1001
    """
    from hub.desk.mend import release as send_on

    _mend(home, lambda hub: send_on(hub, order, partner), as_json=as_json)


def reopen(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's number.")],
    partner: Annotated[
        str | None, typer.Option("--partner", metavar="ID", help="Whose order it is, where several retailers use its number.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Open a final order again.

    What was not delivered of a Cancelled or Delivered order is routed anew and goes out on new shipments; the final
    ones stay as they are. A delivered quantity that nobody knows counts as not delivered.

    Example: hub reopen --partner nordshop 1001
    """
    from hub.desk.reopen import reopen as open_again

    _mend(home, lambda hub: open_again(hub, order, partner), as_json=as_json)


def _mend(home: Path | None, how: Callable[[Hub], list[Mended]], *, as_json: bool) -> None:
    """Use one of the operator's words on a workspace, do what it has made due, and say what became of it."""
    from hub.cli.work import hub_at

    with closing(hub_at(home)) as hub:
        mended = how(hub)
        _work_off(hub, mended)
    _tell(mended, as_json=as_json)


def _work_off(hub: Hub, mended: Sequence[Mended]) -> bool:
    """Do at once what has become due, unless another hub is there to do it; whether it was done here."""
    from hub.cli.paper import say
    from hub.desk.mend import work_off
    from hub.domain.problems import Busy
    from hub.service.lock import hold

    if not any(each.done for each in mended):
        return False
    try:
        with hold(hub.workspace, 0.0) as hub.store.fence:
            work_off(hub)
    except Busy:
        say("hub: a hub is running and does the rest at its next look")
        return False
    return True


def _tell(mended: Sequence[Mended], *, as_json: bool) -> None:
    """Say what became of each thing; one that could not be mended is exit 1."""
    from hub.cli.paper import print_json, say

    if as_json:
        print_json([asdict(each) for each in mended])
    else:
        for each in mended:
            say(each.what)
    if not all(each.done for each in mended):
        raise typer.Exit(1)


def replay(
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Files that came in, by number.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    mapping: Annotated[str | None, typer.Option("--mapping", metavar="NAME", help="Read them by this mapping instead.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Process files that came in once more.

    As after a mapping was mended: what is stored already stays as it is. With --dry-run nothing is changed.

    Example: hub replay --dry-run 17
    """
    from hub.cli.paper import print_json
    from hub.cli.show_replay import show_replay
    from hub.cli.work import hub_at
    from hub.desk.mend import replay as again
    from hub.desk.mend import work_off
    from hub.service import lock

    with closing(hub_at(home)) as hub, nullcontext() if dry_run else lock.hold(hub.workspace, lock.WRITER) as hub.store.fence:
        done = again(hub, ids, dry_run=dry_run, mapping=mapping)
        if not dry_run:
            work_off(hub)
    if as_json:
        print_json([asdict(each) for each in done])
    else:
        show_replay(done, dry_run=dry_run)
