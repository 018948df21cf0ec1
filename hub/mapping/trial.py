"""Try a draft at once: is it a sound mapping, and does it read the file that it was made from?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hub.domain.problems import FileRefused, Level, Problem
from hub.formats.grid import MEGABYTE, Limits
from hub.mapping.compile import Mapping
from hub.mapping.library import Library
from hub.mapping.read import read_file
from hub.mapping.reading import Context

_LARGEST = 20 * MEGABYTE  # a draft of a larger file is not tried: that would take longer than the draft
_SHOWN = 5
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # nothing of the trial is kept


def try_draft(text: str, data: bytes, file_name: str, limits: Limits) -> list[str]:
    """What a draft makes of its own file, in a few lines for its author."""
    entry = Library(Path("no-workspace")).of_text("NAME", text)
    wrong = [each for each in entry.findings if each.level is Level.ERROR]
    if entry.mapping is None:
        return ["It does not read the file yet; hub mapping check NAME says:", *(f"  {each}" for each in wrong)]
    if len(data) > _LARGEST:
        return [f"The file is larger than {_LARGEST / MEGABYTE:.0f} MB: run hub mapping try NAME {file_name}."]
    return _read(entry.mapping, data, Context(file_name, "partner", "Partner", "UTC", _SOME_TIME, _SOME_TIME, limits))


def _read(mapping: Mapping, data: bytes, context: Context) -> list[str]:
    try:
        reading = read_file(mapping, data, context)
    except FileRefused as refused:
        return [f"It would be refused: {_many(refused.read, 'record')} read.", *_listed(refused.problems)]
    counted = _many(reading.read - reading.skipped, "record")
    counted += f", {_many(reading.skipped, 'row')} passed over" if reading.skipped else ""
    if not reading.problems:
        return [f"{counted}, no problem."]
    return [f"{counted}, {reading.refused} of them with errors.", *_listed(reading.problems)]


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _listed(problems: list[Problem]) -> list[str]:
    """The first problem of each code, and how many there are."""
    first = {(each.code, each.column): each for each in reversed(problems)}
    shown = [f"  {each}".replace("\n", " ").replace("\r", " ") for each in reversed(first.values())]
    more = len(problems) - min(len(shown), _SHOWN)
    return shown[:_SHOWN] + ([f"  and {more} more"] if more > 0 else [])
