"""One cell on its way to a value: its steps, its word list, the partner's notation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hub.domain.problems import Code, Fault
from hub.domain.values import CLEAR, Clear, Doubt, Value, canonical, seen
from hub.formats.frame import Cell, Overlong, Several, Typed
from hub.mapping.notation import NotationReader
from hub.mapping.origins import Branch, Heading
from hub.mapping.steps import LONGEST
from hub.mapping.units import normal_unit

Result = Value | Fault | Doubt
Pieces = str | list[str] | Fault | None

_SHOWN = 100  # characters of a text that became too long


def treat(branch: Branch, text: str) -> Pieces:
    """What the steps and word lists of a branch make of a text: one text, several (split), none, or a Fault.

    What came typed, and what a word list gives, is in the hub's notation from there on.
    """
    pieces: Pieces = text
    for steps in branch.do:
        pieces = _stepped(pieces, steps.apply)
    for table in branch.maps:
        pieces = _mapped(pieces, table.look_up)
    return pieces


def _stepped(pieces: Pieces, apply: Callable[[str], Pieces]) -> Pieces:
    if not isinstance(pieces, list):
        return apply(pieces) if isinstance(pieces, str) else pieces
    found: list[str] = []
    for piece in pieces:
        after = apply(piece)
        if isinstance(after, Fault):
            return after
        found += after if isinstance(after, list) else [after] if after is not None else []
    return found


def _mapped(pieces: Pieces, look_up: Callable[[str], str | Fault | None]) -> Pieces:
    if isinstance(pieces, list):
        found = [_mapped(each, look_up) for each in pieces]
        bad = next((each for each in found if isinstance(each, Fault)), None)
        return bad or [each for each in found if isinstance(each, str)]
    if not isinstance(pieces, str) or not pieces.strip():
        return pieces
    word = look_up(pieces)
    if word is None or isinstance(word, Fault):
        return word or pieces
    return Typed(word)


def cell_reader(branch: Branch, read: Callable[[str], Result], notation: NotationReader) -> Callable[[str], Any]:
    """The function cell → value of one branch, given the field's reader for the partner's notation."""
    if not branch.do and not branch.maps:
        return read

    def run(text: str) -> Any:
        if notation.is_blank(text) or notation.is_clear(text):
            return read(text)
        pieces = treat(branch, text)
        if isinstance(pieces, list):
            return _several([read(each) for each in pieces])
        return pieces if pieces is None or isinstance(pieces, Fault) else read(pieces)

    return run


def several_reader(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same reader for cells where a path found several values: it gives a list, bad ones among it."""

    def run(text: str) -> Any:
        if isinstance(text, Overlong):
            return too_long(text)
        if not isinstance(text, Several):
            return read(text)
        found = [read(each) for each in text.texts]
        flat = [one for each in found for one in (each if isinstance(each, list) else [each])]
        return [each for each in flat if each is not None and not isinstance(each, Clear)]

    return run


def too_long(text: str) -> Fault:
    """The fault of a text that was joined to more than a cell may hold."""
    return Fault(
        Code.RANGE, seen(text), "becomes too long when it is joined", f"At most {LONGEST:,} characters are put together."
    )


def first_of(text: str) -> str:
    """One text where several were found: the first that is not blank."""
    if not isinstance(text, Several):
        return text
    return next((each for each in text.texts if each.strip()), "")


def _several(results: list[Result]) -> Any:
    bad = next((each for each in results if isinstance(each, Fault)), None)
    if bad is not None:
        return bad
    return [
        each.value if isinstance(each, Doubt) else each for each in results if each is not None and not isinstance(each, Clear)
    ]


def unit_or_fault(text: str | None) -> str | Fault:
    """The hub's name of a unit that a heading or cell spells, or the Fault that says it is none."""
    unit = normal_unit(text or "")
    if unit is not None:
        return unit
    return Fault(Code.UNIT, text, "is no unit that the hub knows", "Known units are g kg lb oz mm cm m in l cm3 m3.")


def without_unit(fault: Fault, text: str, unit: Any, branch: Branch) -> Fault:
    """What is wrong with a number, where the column beside it names no unit: the place that is told is the number's."""
    heading = branch.unit.text if isinstance(branch.unit, Heading) else ""
    if not str(unit or "").strip():
        return replace(fault, seen=text, say=f"has no unit: the column {heading!r} is blank", hint=f"Fill it in. {fault.hint}")
    return replace(fault, seen=text, say=f"is in {unit!r} (column {heading!r}), which is no unit that the hub knows")


def side_by_side(cells: tuple[Cell, ...], between: str) -> Cell:
    """Cells joined, blanks left out; too long a text is shown by its beginning."""
    said = [cell.strip() for cell in cells if cell is not None and cell.strip()]
    if not said:
        return None
    if sum(map(len, said)) + len(between) * (len(said) - 1) > LONGEST or any(isinstance(each, Overlong) for each in cells):
        return Overlong(said[0][:_SHOWN])
    return between.join(said) if len(said) > 1 else next(cell for cell in cells if cell is not None and cell.strip())


def as_cell(value: object) -> Cell:
    """A value that another source names, as the cell it would be: in the hub's notation unless it is text still."""
    if value is None or isinstance(value, Fault) or value is CLEAR:
        return None
    if isinstance(value, Doubt):
        return as_cell(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, list):  # a formula may give several
        return Typed(",".join(cell for each in value if (cell := as_cell(each))))
    text = canonical(value)  # type: ignore[arg-type] # what is left is a Value
    return Typed(text or "")
