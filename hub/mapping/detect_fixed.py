"""Look at lines of fixed width nobody has described: where one column ends and the next begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from hub.domain.dates import compile_date
from hub.domain.kinds import Kind
from hub.formats.fixed import cut
from hub.formats.frame import Cell
from hub.formats.text import Text
from hub.mapping.detect_types import Rows, are_kinds, described, place_kinds
from hub.mapping.draft import Part
from hub.mapping.match import Corrections
from hub.mapping.roles import Column, roles_of
from hub.mapping.sighted import Sighted, Source, matched

_SAMPLE = 300
_FEW = 5  # lines below which a boundary is said to be doubtful
_LONGEST_KIND = 3
_DATE = len("YYYYMMDD")
_DELIMITERS = ";\t|,"


@dataclass(frozen=True, slots=True)
class Span:
    """A column: its first and last character, counted from 1, and how sure its end is."""

    first: int
    last: int
    sure: float


def lines_of(text: Text) -> list[str]:
    """The first lines of a text that are not blank, without their ends."""
    found = (line.rstrip("\r\n").removeprefix("\ufeff") for line in islice(text.lines(), _SAMPLE))
    return [each for each in found if each.strip()]


def is_fixed(lines: Sequence[str]) -> bool:
    """Whether most lines have no delimiter, and there are columns that all of them keep to."""
    if len(lines) < 2 or any(sum(sign in each for each in lines) * 2 >= len(lines) for sign in _DELIMITERS):
        return False
    return _kinds(lines) is not None or len(spans_of(lines)) > 1


def sight_fixed(kind: Kind, lines: Sequence[str], file: dict[str, Part], corrections: Corrections) -> Sighted:
    """The columns of fixed lines, or of each kind of them."""
    file = {**file, "format": "fixed"}
    kinds = _kinds(lines)
    return _types(kind, kinds, lines, file) if kinds is not None else _columns(kind, lines, file, corrections)


def _columns(kind: Kind, lines: Sequence[str], file: dict[str, Part], corrections: Corrections) -> Sighted:
    named = _heads(lines)
    body = lines[1:] if named else lines
    spans = spans_of(lines if named else body)
    places = [("", each.first, each.last) for each in spans]
    columns = _cells(body, places)
    heads = [str(each or "") for each in cut(lines[0], places)[: len(spans)]] if named else [""] * len(spans)
    roles = roles_of(kind, [Column(each) for each in columns])
    sources = [
        Source(head or f"c{at}", column, roles=None if head else tuple(guesses))
        for at, (head, column, guesses) in enumerate(zip(heads, columns, roles, strict=True), start=1)
    ]
    for each in matched(kind, sources, corrections):
        if each.field and not heads[each.at]:
            sources[each.at].path = each.field.replace(".", "_")
    if named:
        file["header"] = "1"
    file["columns"] = {each.path: f"{span.first}-{span.last}" for each, span in zip(sources, spans, strict=True)}
    return Sighted(
        file, sources, 1 if named else None, first_cells=list(map(list, zip(*columns, strict=True))), notes=_told(spans, body)
    )


def _cells(lines: Sequence[str], places: Sequence[tuple[str, int, int]]) -> list[list[Cell]]:
    rows = [cut(each, places)[: len(places)] for each in lines]
    return [list(column) for column in zip(*rows, strict=True)]


def _heads(lines: Sequence[str]) -> bool:
    """Whether the first line holds headings: words alone, where others have digits."""
    return not any(each.isdigit() for each in lines[0]) and any(each.isdigit() for line in lines[1:] for each in line)


def _told(spans: Sequence[Span], lines: Sequence[str]) -> list[str]:
    doubtful = [f"{each.first}-{each.last}" for each in spans[:-1] if each.sure < 0.7]
    notes = [f"Look: where columns end is guessed from {len(lines)} lines; ask the partner for the description of the layout."]
    return notes + ([f"Most doubtful are the ends of {', '.join(doubtful)}."] if doubtful else [])


def spans_of(lines: Sequence[str]) -> list[Span]:
    """The columns that all lines keep to: parted by blanks, or by letters that follow digits at one place everywhere."""
    width = max(map(len, lines))
    padded = [each.ljust(width) for each in lines]
    blank = [all(each[at] == " " for each in padded) for at in range(width)]
    blocks = _together(padded, list(_blocks(blank)))
    cuts = [(piece, end) for first, end in blocks for piece, end in _pieces(padded, first, end)]
    spans = []
    for at, (first, last) in enumerate(cuts):
        until = cuts[at + 1][0] - 1 if at + 1 < len(cuts) else max(map(len, lines)) - 1
        gap = until - last
        sure = (0.9 if gap else 0.6) * (1.0 if len(lines) >= _FEW else 0.7)
        spans.append(Span(1 if at == 0 else first + 1, until + 1, sure))
    return spans


def _blocks(blank: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where something stands in at least one line: first and last place of each block."""
    start = None
    for at, empty in enumerate([*blank, True]):
        if start is None and not empty:
            start = at
        elif start is not None and empty:
            yield start, at - 1
            start = None


def _together(lines: Sequence[str], blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of few lines one blank between letters parts words, not columns."""
    found: list[tuple[int, int]] = []
    for first, last in blocks:
        alone = len(lines) < _FEW and found and first - found[-1][1] == 2
        if alone and all(each[first].isalpha() and each[first - 2].isalpha() for each in lines):
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _pieces(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, int]]:
    """A block cut where all lines change between digits and letters, and behind a date."""
    starts = [first]
    for at in range(first + 1, last + 1):
        if _changes(lines, at) and at - starts[-1] >= 1:
            starts.append(at)
    for begin, end in zip(list(starts), [*starts[1:], last + 1], strict=True):
        dates = (at for at in range(begin, end - _DATE + 1) if all(_is_date(each[at : at + _DATE]) for each in lines))
        date = next(dates, None)
        if date is not None:
            starts += [each for each in (date, date + _DATE) if each <= last]
    starts = sorted(set(starts))
    yield from zip(starts, [*(each - 1 for each in starts[1:]), last], strict=True)


def _changes(lines: Sequence[str], at: int) -> bool:
    """Whether every line goes from digits to letters at a place, or from letters or blanks to a number filled with zeros."""
    before, here = {each[at - 1] for each in lines}, {each[at] for each in lines}
    from_digits = all(each.isdigit() for each in before) and all(each.isalpha() for each in here)
    to_zeros = here == {"0"} and not any(each.isdigit() for each in before)
    return len(lines) > 1 and (from_digits or to_zeros)


def _is_date(text: str) -> bool:
    return text[:2] in ("19", "20") and text.isdigit() and compile_date("YYYYMMDD").parse(text) is not None


def _kinds(lines: Sequence[str]) -> dict[str, list[int]] | None:
    """The lines of each kind by their place, where the first characters tell kinds of another form."""
    for length in range(_LONGEST_KIND, 0, -1):
        groups: dict[str, list[int]] = {}
        for at, line in enumerate(lines):
            groups.setdefault(line[:length].strip(), []).append(at)
        if are_kinds(list(groups), len(lines)) and _differ([[lines[at] for at in found] for found in groups.values()], length):
            return groups
    return None


def _differ(groups: Sequence[Sequence[str]], start: int) -> bool:
    """Whether lines of one kind look unlike those of the next: other characters at the same places."""
    forms = [_form(each)[start:] for each in groups]
    return all(_unlike(one, other) for one, other in pairwise(forms))


def _form(lines: Sequence[str]) -> str:
    """What stands at each place of a kind of lines: a digit, a letter, a blank, or this and that."""
    width = max(map(len, lines))
    found = [{_sign(each[at : at + 1]) for each in lines} for at in range(width)]
    return "".join(each.pop() if len(each) == 1 else "*" for each in found)


def _sign(character: str) -> str:
    return "9" if character.isdigit() else "a" if character.isalpha() else " "


def _unlike(one: str, other: str) -> bool:
    longer = max(len(one), len(other))
    both = [(a, b) for a, b in zip(one, other, strict=False) if "*" not in (a, b)]
    return sum(a != b for a, b in both) + abs(len(one) - len(other)) > 0.3 * longer


def _types(kind: Kind, kinds: dict[str, list[int]], lines: Sequence[str], file: dict[str, Part]) -> Sighted:
    """Each kind of lines with its own columns; the first characters are the word that tells the kind."""
    width = len(next(iter(kinds)))
    spans: dict[str, list[Span]] = {}
    cells: dict[str, list[list[Cell]]] = {}
    for name, places in kinds.items():
        mine = [" " * width + lines[at][width:] for at in places]
        found = spans_of(mine) if any(each.strip() for each in mine) else []
        spans[name] = [Span(1, width, 1.0), *([Span(width + 1, found[0].last, found[0].sure), *found[1:]] if found else [])]
        cells[name] = [cut(lines[at], [("", each.first, each.last) for each in spans[name]])[: len(spans[name])] for at in places]
    seen = described(kind, Rows(place_kinds(kinds, len(lines)), cells, kinds), file)
    types = seen.file["types"]
    assert isinstance(types, dict)  # noqa: S101 - as described made it
    for name, said in types.items():
        said["columns"] = {each: f"{span.first}-{span.last}" for each, span in zip(said["columns"], spans[name], strict=True)}
    seen.notes += _told([each for found in spans.values() for each in found], lines)[0:1]
    return seen
