"""A partner's own file back: with its problems marked, and with its refused rows alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.answered import Answered, Where
from hub.formats.grid import USUAL_LIMITS, Limits, Source
from hub.formats.layout import DOCUMENTS, Format, Layout
from hub.formats.mark_csv import marked_csv, refused_csv
from hub.formats.mark_lines import refused_lines

__all__ = ["Answered", "Where", "answer_names", "marked", "refused"]

_LONGEST_NAME = 240  # bytes; file systems take 255, and a second file of that name gets a number
_LONGEST_TAIL = 50


def _marked_excel(layout: Layout, source: Source, told: Answered, limits: Limits) -> bytes:
    from hub.formats.mark_excel import marked_excel

    return marked_excel(layout, source, told, limits)


def _refused_excel(layout: Layout, source: Source, rows: set[Where], limits: Limits) -> bytes:
    from hub.formats.refused_excel import refused_excel

    return refused_excel(layout, source, rows, limits)


_MARKED: dict[Format, Callable[[Layout, Source, Answered, Limits], bytes]] = {
    Format.CSV: marked_csv,
    Format.EXCEL: _marked_excel,
}
_REFUSED: dict[Format, Callable[[Layout, Source, set[Where], Limits], bytes]] = {
    Format.CSV: refused_csv,
    Format.EXCEL: _refused_excel,
}


def marked(layout: Layout, data: Source, told: Answered, limits: Limits = USUAL_LIMITS) -> bytes:
    """The partner's own file with its problems marked in it.

    Raises FileRefused when the file cannot be read at all, or is no table: then there is nothing to mark.
    """
    if layout.types or layout.format not in _MARKED:
        raise FileRefused(_no_form(layout, "marked"))
    return _MARKED[layout.format](layout, data, told, limits)


def refused(layout: Layout, data: Source, rows: set[Where], limits: Limits = USUAL_LIMITS) -> bytes:
    """The partner's own file with only `rows` below its header: correct it and drop it back.

    What `fill` took from a row above stands in the rows that need it. Raises FileRefused as `marked` does.
    """
    lines = layout.format is Format.FIXED or (layout.types and layout.format is Format.CSV)
    if lines and not layout.is_set:
        return refused_lines(layout, data, rows, limits)
    if layout.format in DOCUMENTS:
        from hub.formats.mark_tree import refused_records

        return refused_records(layout, data, rows, limits)
    if layout.types or layout.format not in _REFUSED:
        raise FileRefused(_no_form(layout, "refused"))
    return _REFUSED[layout.format](layout, data, rows, limits)


def _no_form(layout: Layout, form: str) -> Problem:
    return Problem(Code.UNREADABLE, f"a {layout.format} file of this layout has no form {form}", "Its json answer says all.")


def answer_names(name: str, arrival: int) -> dict[str, str]:
    """The names of what goes back for the `arrival`-th file of that name, by the words of `answers`.

    `a.csv`, 1 gives `a.csv.answer.json`, `a.marked.csv` and `a.refused.csv`; 2 gives `a.csv.2.answer.json` and so on.
    A name too long for that is cut short.
    """
    again = "" if arrival == 1 else f".{arrival}"
    suffix = PurePosixPath(name).suffix
    stem = name.removesuffix(suffix)
    return {
        "json": _short_enough(name, f"{again}.answer.json"),
        "marked": _short_enough(stem, f"{again}.marked{suffix}"),
        "refused": _short_enough(stem, f"{again}.refused{suffix}"),
    }


def _short_enough(stem: str, tail: str) -> str:
    """A name that a file system takes: an answer must not be undeliverable because the file's own name was very long."""
    if len(f"{stem}{tail}".encode()) <= _LONGEST_NAME:
        return stem + tail
    tail = tail[:_LONGEST_TAIL]
    return stem.encode()[: _LONGEST_NAME - len(tail.encode())].decode(errors="ignore") + tail
