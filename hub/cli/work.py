"""Commands that do the work: one pass over everything, or the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.place import Home, Json

if TYPE_CHECKING:
    from hub.flow.hub import Hub
    from hub.service.once import Summary


def hub_at(home: Path | None, *, on_screen: bool = False, upgrade: bool = False) -> Hub:
    """A hub at work on the workspace, its log opened; `upgrade` is for whoever holds the workspace.

    Raises Misconfigured with every error of the configuration.
    """
    from hub.cli.place import workspace_folder
    from hub.service.log import start_log
    from hub.service.wiring import open_hub

    folder = workspace_folder(home)
    start_log(folder, on_screen=on_screen)
    return open_hub(folder, upgrade=upgrade)


@contextmanager
def working(home: Path | None, *, on_screen: bool = False) -> Iterator[Hub]:
    """The one hub that works on the workspace; a second one waits a little, then Busy is raised."""
    from hub.cli.place import workspace_at
    from hub.service import lock

    with lock.hold(workspace_at(home), lock.SECOND_HUB) as fence:
        hub = hub_at(home, on_screen=on_screen, upgrade=True)
        hub.store.fence = fence
        try:
            yield hub
        finally:
            hub.close()


def once(
    everything: Annotated[bool, typer.Option("--now", help="Send all scheduled files too, due or not.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Do the work once: take, process, send, stop.

    Looks at every channel, processes what lies there, and sends what is due.

    Refused rows and unreachable partners are business, not failure. SIGTERM or Ctrl-C let it finish the file in hand.

    Example: hub once --now
    """
    from hub.cli.paper import print_json, say
    from hub.cli.progress import Bars
    from hub.service.once import once as work
    from hub.service.stopping import told_to_stop

    stopping = told_to_stop()
    with working(home) as hub, Bars() as bars:
        summary = work(hub, send_all=everything, watch=bars, stop=stopping.is_set)
    if stopping.is_set():
        say("hub: told to stop; the next start goes on with what waits")
    if as_json:
        print_json(told(summary))
    else:
        say_summary(summary)


def told(summary: Summary) -> dict[str, Any]:
    """What one pass did, as JSON can tell it."""
    return {
        "taken": summary.taken,
        "answers": {str(answer): number for answer, number in sorted(summary.answers.items())},
        "sent": summary.sent,
        "quarantined": summary.quarantined,
        "unreachable": summary.unreachable,
    }


def say_summary(summary: Summary) -> None:
    """What one pass did, in a line for people."""
    from hub.cli.paper import many, say

    answers = ", ".join(f"{number} answered {answer}" for answer, number in sorted(summary.answers.items()))
    parts = [f"{many(summary.taken, 'file')} taken" + (f" ({answers})" if answers else ""), f"{many(summary.sent, 'file')} sent"]
    if summary.quarantined:
        parts.append(f"{summary.quarantined} in quarantine (hub status)")
    if summary.unreachable:
        parts.append(f"out of reach: {', '.join(summary.unreachable)}")
    say("; ".join(parts))


def run(home: Home = None) -> None:
    """Run the hub until it is told to stop.

    SIGTERM or Ctrl-C let it finish the file in hand.

    Example: hub run --home /srv/hub
    """
    from hub.cli.paper import many, say, span
    from hub.service.schedule import run as serve

    with working(home, on_screen=True) as hub:
        poll = span(hub.workspace.settings.poll)
        say(f"hub: {many(len(hub.workspace.partners), 'partner')}, polling every {poll}; Ctrl-C stops it")
        serve(hub)
