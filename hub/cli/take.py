"""The command that takes tables away: `hub export`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from hub.cli.place import Home
from hub.desk.choices import ExportFormat, ExportKind


def export(
    kind: Annotated[ExportKind, typer.Argument(metavar="KIND", help=f"One of {', '.join(ExportKind)}.", show_choices=False)],
    form: Annotated[
        ExportFormat | None, typer.Option("--format", metavar="json|csv|xlsx", help="Else by the name of FILE, else json.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write into this file instead of stdout.")] = None,
    home: Home = None,
) -> None:
    """Write a table as JSON, CSV or Excel.

    Works beside a running hub.

    Example: hub export orders --out orders.xlsx
    """
    from hub.cli.place import desk_at
    from hub.cli.progress import Bars
    from hub.desk.export import export as write
    from hub.desk.tables import count

    with desk_at(home) as desk, _output(out) as stream, desk.store.look() as db, Bars() as bars:
        total = count(db, kind)
        done = 0

        def step(rows: int) -> None:
            nonlocal done
            done += rows
            bars.step(kind.value, done, total)

        write(db, kind, desk.workspace, form or _by_name(out), stream, step)


def _by_name(out: Path | None) -> ExportFormat:
    """The format that a file's name asks for; JSON when it asks for none."""
    ending = out.suffix.lower().removeprefix(".") if out else ""
    return ExportFormat(ending) if ending in set(ExportFormat) else ExportFormat.JSON


@contextmanager
def _output(path: Path | None) -> Iterator[IO[bytes]]:
    """Stdout, or a file that takes its name only when it is whole; a pipe or device (/dev/stdout) is written to as it is."""
    from hub.cli.paper import binary_stdout
    from hub.domain.problems import HubError

    if path is None:
        with binary_stdout() as stream:
            yield stream
        return
    if path.is_dir():
        raise HubError(f"{path}: is a folder; name a file in it behind --out")
    if not path.parent.is_dir():
        raise HubError(f"{path}: there is no folder {path.parent}; make it, or name a file elsewhere behind --out")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as stream:
            yield stream
        aside.replace(path)
    except OSError as error:  # who asked for the file knows nothing of the one aside
        error.filename = str(path)
        raise
    finally:
        aside.unlink(missing_ok=True)
