"""The command `hub`: which commands there are, and nothing else; each imports what it needs when it runs."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from hub import __version__
from hub.cli import keep_safe, look, mapping, mend, setup, take, work
from hub.cli.guard import HubGroup
from hub.cli.place import Home

app = typer.Typer(
    name="hub",
    cls=HubGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hub {__version__}")
        raise typer.Exit


@app.callback()
def hub(
    home: Home = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """A hub for drop shipping by files: orders in, split per supplier, statuses out."""


COMMANDS = (
    *(setup.init, setup.demo, setup.check),
    *(work.once, work.run),
    *(look.status, look.files, look.file, look.trace),
    *(mend.retry, mend.replay, mend.release, mend.reopen),
    take.export,
    *(keep_safe.verify, keep_safe.backup, keep_safe.purge, keep_safe.migrate),
)
for each in COMMANDS:
    app.command()(each)
app.add_typer(mapping.app, name="mapping")


def main() -> None:
    """Run the command line; what the terminal has no letter for is shown as `?`, since nothing is worth failing for it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    app(prog_name="hub")
