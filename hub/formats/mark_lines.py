"""Only the refused records of a file of plain lines: fixed width, or rows of several kinds."""

from __future__ import annotations

from collections.abc import Iterator

from hub.formats.answered import Where
from hub.formats.csv import records
from hub.formats.grid import Limits, Source, source_bytes
from hub.formats.layout import Format, Layout
from hub.formats.rowtypes import forest_of
from hub.formats.text import Text, find_delimiter, open_text


def refused_lines(layout: Layout, source: Source, rows: set[Where], limits: Limits) -> bytes:
    """The lines of these rows, each as it stands, with those that belong to the same record and those once per file.

    Raises FileRefused when the file cannot be read.
    """
    data = source_bytes(source, limits)
    text, delimiter = open_text(data, layout.encoding), ""
    if layout.format is not Format.FIXED:
        text, delimiter = find_delimiter(text, layout)
    wanted = {row for _, row in rows}
    if layout.types:
        wanted = forest_of(layout, data, limits).family(wanted)
    wanted |= set(range(1, (layout.first_row or 0) + 1))
    kept = [raw for row, raw in _raw(layout, text, delimiter) if row in wanted]
    end = next((each[len(each.rstrip("\r\n")) :] for each in kept), "") or layout.line_end.text
    return text.encoded("".join(each if each.endswith(("\r", "\n")) else each + end for each in kept))


def _raw(layout: Layout, text: Text, delimiter: str) -> Iterator[tuple[int, str]]:
    """Every row's number and its very text."""
    if layout.format is Format.FIXED:
        yield from enumerate(text.lines(), start=1)
        return
    tape: list[str] = []

    def taped() -> Iterator[str]:
        for line in text.lines():
            tape.append(line)
            yield line

    for row, _ in enumerate(records(taped(), delimiter, layout.quote), start=1):
        yield row, "".join(tape)
        tape.clear()
