"""What every reader of tables gives: rows as they stand, counted from 1, before anyone looks for a header."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.frame import Cell

Source = bytes | Path
Row = Sequence[Cell]
MEGABYTE = 1_000_000

Piece = Any
"""Rows that follow each other: an Arrow table of text columns, or a list of rows as they stand."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold: bytes, rows, and how many times its own size when unpacked."""

    file_size: int
    rows: int
    unpacked_ratio: int


USUAL_LIMITS = Limits(file_size=512 * MEGABYTE, rows=5_000_000, unpacked_ratio=100)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet of cells; a CSV file is one sheet without a name.

    `rows()` starts anew each time and gives every row, empty ones too, so that position is row
    number; it raises FileRefused where the file cannot be read on. `strict_width` says that a row
    with fewer or more cells than headings is damaged (text files), not just partly empty (Excel).
    `pieces()`, where there is such a way, gives the same rows for large files.
    """

    sheet: str | None
    rows: Callable[[], Iterator[Row]]
    strict_width: bool
    pieces: Callable[[], Iterator[Piece]] | None = None


def too_large(size: int, most: int) -> Problem:
    """What is said of a file of so many bytes where `most` are allowed."""
    message = f"{size:,} bytes, and the hub takes {most:,} at most"
    return Problem(Code.TOO_LARGE, message, "Send it in parts, or ask the hub's admin to raise limits.file_size.")


def source_bytes(source: Source, limits: Limits) -> bytes:
    """The file's bytes; raises FileRefused when there are none (400.empty) or too many (400.too-large)."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size == 0:
        raise FileRefused(Problem(Code.EMPTY, "the file is empty", "Send it again; the transfer may have broken off."))
    if size > limits.file_size:
        raise FileRefused(too_large(size, limits.file_size))
    return source if isinstance(source, bytes) else source.read_bytes()
