"""Fixed width in and out: columns by their places in a line, counted in characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.carried import NOT_CARRIED
from hub.formats.frame import Cell
from hub.formats.grid import MEGABYTE, USUAL_LIMITS, Grid, Limits, Row, Source, source_bytes
from hub.formats.layout import Layout
from hub.formats.text import Text, open_text

Span = tuple[str, int, int]

LONGEST_LINE = 1_000_000


class Beyond(str):
    """What stands in a line behind its last column."""

    __slots__ = ()


def fixed_grids(layout: Layout, source: Source, limits: Limits) -> list[Grid]:
    """The one grid of a fixed-width file, its lines cut at the columns; raises FileRefused as CSV does."""
    text = open_text(source_bytes(source, limits), layout.encoding)
    return [Grid(None, partial(_rows, text, layout.spans()), strict_width=True)]


def _rows(text: Text, spans: Sequence[Span]) -> Iterator[Row]:
    for _, line in _lines(text):
        yield cut(line, spans)


def fixed_lines(layout: Layout, source: Source, limits: Limits) -> Iterator[tuple[int, str]]:
    """Every line without its end, with its number."""
    return _lines(open_text(source_bytes(source, limits), layout.encoding))


def _lines(text: Text) -> Iterator[tuple[int, str]]:
    for row, line in enumerate(text.lines(), start=1):
        if len(line) > LONGEST_LINE:
            say = f"the line has {len(line):,} characters"
            raise FileRefused(Problem(Code.TOO_LARGE, say, "Each record stands in a line of its own.", row=row))
        yield row, line.removesuffix("\n").removesuffix("\r").removeprefix("\ufeff" if row == 1 else "")


def cut(line: str, spans: Sequence[Span]) -> list[Cell]:
    """The cells of a line; what stands beyond its last column is one more cell, so that it is noticed."""
    cells: list[Cell] = [line[first - 1 : last].strip() for _, first, last in spans]
    beyond = line[max((last for _, _, last in spans), default=0) :].strip()
    return [*cells, Beyond(beyond)] if beyond else cells


def line_of(spans: Sequence[Span], texts: Sequence[str | None], row: int) -> str:
    """One line with each text at its place.

    Raises FileRefused: 400.length for a text that is longer than its column, 400.characters for a line break or a control
    character in it.
    """
    line = [" "] * max((last for _, _, last in spans), default=0)
    for (name, first, last), text in zip(spans, texts, strict=True):
        if not text:
            continue
        if len(text) > last - first + 1:
            say = f"has {len(text)} characters, its column {last - first + 1}"
            hint = "Shorten it in the mapping where that is right: do: {left: …}; the hub never cuts by itself."
            raise FileRefused(Problem(Code.LENGTH, say, hint, row=row, column=name, value=text))
        found = _BREAKS.search(text) or NOT_CARRIED.search(text)
        if found:
            say = f"the text holds U+{ord(found[0]):04X}, a line break or another character that a line cannot carry"
            raise FileRefused(Problem(Code.CHARACTERS, say, "Replace it in the mapping.", row=row, column=name, value=text))
        line[first - 1 : first - 1 + len(text)] = text
    return "".join(line)


_BREAKS = re.compile("[\r\n\x85\u2028\u2029\ufeff]")  # also what only some programs take for the end of a line


def write_lines(layout: Layout, lines: Iterable[str]) -> bytes:
    """The lines in the layout's encoding; raises FileRefused (400.characters) for what that lacks."""
    out: list[bytes] = []
    size = 0
    for row, line in enumerate(lines, start=1):
        size += len(line)
        if size > USUAL_LIMITS.file_size:
            say = f"the file would have more than {USUAL_LIMITS.file_size / MEGABYTE:,.0f} MB"
            raise FileRefused(Problem(Code.TOO_LARGE, say, "Make the columns narrower, or write a file for each record."))
        try:
            out.append((line + layout.line_end.text).encode(layout.codec))
        except UnicodeEncodeError as refused:
            culprit = refused.object[refused.start]
            say = f"the encoding {layout.codec} has no character {culprit!r}"
            hint = "Set file.encoding to utf-8, or replace the character in the mapping."
            raise FileRefused(Problem(Code.CHARACTERS, say, hint, row=row, value=culprit)) from None
    return b"".join(out)
