"""What commands write: data alone to stdout, all else to stderr, and nothing of a partner's that steers a terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from hub.cli.terminal import Screen
    from hub.config.yaml import Finding

_SCALES = ((86400 * 2, 86400, "d"), (3600 * 2, 3600, "h"), (60 * 2, 60, "min"))
_NARROWEST = 16  # of a column that may break
_COLOURS = {2: "green", 4: "red", 5: "red"}
_STATE_COLOURS = {"quarantined": "red", "refused": "red", "taken": "yellow", "ready": "yellow"}


def console() -> Screen:
    """Where data for people goes: stdout."""
    from hub.cli.terminal import screen

    return screen()


def clean(value: object) -> str:
    """A value as one line of text that cannot steer a terminal."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(" " if each in "\n\t" else "\ufffd" if unicodedata.category(each)[0] == "C" else each for each in text)


def say(text: str) -> None:
    """One line for the person at the terminal: to stderr."""
    print("\n".join(map(clean, text.split("\n"))), file=sys.stderr)  # noqa: T201 - this is the one door to stderr


def print_json(value: object) -> None:
    """A listing as JSON on stdout: decimals as texts, times UTC."""
    from hub.desk.export import plain_value

    text = json.dumps(value, ensure_ascii=False, indent=2, default=plain_value)
    with binary_stdout() as out:
        out.write(text.encode() + b"\n")


@contextmanager
def binary_stdout() -> Iterator[IO[bytes]]:
    """Stdout for bytes: data is UTF-8 whatever the terminal is set to."""
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def styled(value: object, style: str = "") -> Text:
    """A value as a cell of a table."""
    from rich.text import Text

    return Text(clean(value), style=style)


def answer_text(answer: int | None) -> Text:
    """An answer in its colour: green when all is well, yellow with problems, red when refused."""
    style = "yellow" if answer == 207 else _COLOURS.get((answer or 0) // 100, "")
    return styled(answer if answer is not None else "", style)


def state_text(state: str) -> Text:
    """A state of the ledger; what needs a look is coloured."""
    return styled(state, _STATE_COLOURS.get(state, ""))


def local(moment: date | datetime | None, zone: str) -> str:
    """A time as people of a zone read it; a day is the same day everywhere."""
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago something was: `3 h ago`."""
    return "" if moment is None else f"{span(now - moment)} ago"


def span(length: timedelta) -> str:
    """A length of time in its greatest unit: `40 s`, `3 h`, `12 d`."""
    seconds = max(int(length.total_seconds()), 0)
    for least, unit, word in _SCALES:
        if seconds >= least:
            return f"{seconds // unit} {word}"
    return f"{seconds} s"


def now() -> datetime:
    """The time of this moment."""
    return datetime.now(UTC)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None, right: Sequence[str] = ()
) -> Table:
    """A compact table.

    In: headings, of which one that begins with `+` may break over lines; cells, as text or already
    styled; the headings whose numbers stand right. Out: what a console prints.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0)
    )
    for each in columns:
        may_break = each.startswith("+")
        name = each.removeprefix("+")
        made.add_column(name, justify="right" if name in right else "left", no_wrap=not may_break, overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else styled(cell) for cell in row))
    return made


def many(number: int, one: str, more: str | None = None) -> str:
    """A number with its noun: `1 file`, `3 files`."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], **how: Any) -> None:
    """Print a table on stdout; where the terminal is too narrow its lines run over, since a number that is cut is another one."""
    out, made = console(), table(columns, rows, **how)
    out.width = max(out.width, _least_width(made))
    out.print(made)


def _least_width(made: Table) -> int:
    """How wide a table must be to show whole what may not break."""
    from rich.cells import cell_len

    widest = [max(cell_len(str(each)) for each in (column.header, *column.cells)) + 1 for column in made.columns]
    return sum(width if column.no_wrap else min(width, _NARROWEST) for width, column in zip(widest, made.columns, strict=True))


def print_findings(found: Iterable[Finding]) -> None:
    """Findings on stdout, one a line, as editors and people read them; a warning says that it is one."""
    from hub.domain.problems import Level

    for each in found:
        mark = replace(each, path="", what=f"warning: {_said(each)}") if each.level is Level.WARNING else each
        print(clean(mark))  # noqa: T201 - data for people goes to stdout


def _said(finding: Finding) -> str:
    return f"{finding.path}: {finding.what}" if finding.path else finding.what
