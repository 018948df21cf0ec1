"""A frame is what a reader gives and a mapping takes: rows of text, held as columns, that know their place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from string import ascii_uppercase
from typing import Any, overload

from hub.domain.problems import Fault


class Typed(str):
    """A cell that came typed (Excel, JSON): its text is in the hub's notation and skips the partner's."""

    __slots__ = ()


class Several(str):
    """A cell where a path finds several values; as a text it is all of them, joined by a comma."""

    __slots__ = ("texts",)
    texts: tuple[str, ...]

    def __new__(cls, texts: Iterable[str]) -> Several:
        """Hold the values in their order."""
        kept = tuple(texts)
        cell = super().__new__(cls, ",".join(kept))
        cell.texts = kept
        return cell

    def __eq__(self, other: object) -> bool:
        """Equal are the same values, typed ones apart from plain ones."""
        return isinstance(other, Several) and self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.texts)

    def _key(self) -> tuple[tuple[type, str], ...]:
        return tuple((type(each), str(each)) for each in self.texts)


class Overlong(str):
    """What was put together to more text than a cell may hold: its beginning, and no value."""

    __slots__ = ()


Cell = str | None  # None: the file has nothing there; "": it has an empty text


class Recurring(list[Cell]):
    """A column of a long table, part by part: equal plain texts are one object, and each is once in `distinct`.

    Of cells that are more than plain texts (Typed, Several, Overlong) it says nothing: `distinct` is None.
    """

    __slots__ = ("distinct",)

    def __init__(self) -> None:
        super().__init__()
        self.distinct: dict[Cell, Cell] | None = {}

    def add(self, part: Sequence[Cell]) -> None:
        """Add the cells of the next rows."""
        if self.distinct is not None and {Typed, Several, Overlong}.isdisjoint(map(type, part)):
            part = list(map(self.distinct.setdefault, part, part))
        else:
            self.distinct = None
        self.extend(part)


_LOOSE = re.compile(r"[\s\-\u2010-\u2013\u2212]+")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class TextColumn(Sequence[Cell]):
    """A column of a large block, its texts held by Arrow; they become a list only where something asks for single cells."""

    __slots__ = ("_texts", "array")

    def __init__(self, array: Any) -> None:
        """`array` is an Arrow array of strings without nulls."""
        self.array = array
        self._texts: list[Cell] | None = None

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | Sequence[Cell]:
        return self.texts[at]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.texts)

    @property
    def texts(self) -> list[Cell]:
        """All cells as a list."""
        if self._texts is None:
            self._texts = self.array.to_pylist()
        return self._texts

    def forget(self) -> None:
        """Let go of the list; whoever asks again gets another."""
        self._texts = None

    def picked(self, rows: list[int]) -> TextColumn:
        """The cells of some rows."""
        from hub.formats.arrow import pa

        return TextColumn(self.array.take(pa.array(rows, pa.int64())))


class SheetColumn(TextColumn):
    """A column of a large sheet: an empty text stands for no cell. All its cells came `typed`, or none of them did."""

    __slots__ = ("typed",)

    def __init__(self, array: Any, *, typed: bool = False) -> None:
        super().__init__(array)
        self.typed = typed

    @property
    def texts(self) -> list[Cell]:
        """All cells as a list."""
        if self._texts is None:
            kind = Typed if self.typed else str
            self._texts = [kind(each) if each else None for each in self.array.to_pylist()]
        return self._texts

    def picked(self, rows: list[int]) -> SheetColumn:
        """The cells of some rows."""
        return SheetColumn(super().picked(rows).array, typed=self.typed)


class NumberColumn(SheetColumn):
    """A column of numbers of a large sheet, which become texts only where something asks for them."""

    __slots__ = ("_array", "blank", "numbers")

    def __init__(self, numbers: Any, blank: Any) -> None:
        """`numbers` are floats as an array, `blank` tells which cells are none."""
        self._texts = None
        self._array: Any = None
        self.typed = True
        self.numbers = numbers
        self.blank = blank

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.numbers)

    @property
    def array(self) -> Any:
        """The texts as an array."""
        if self._array is None:
            import numpy as np

            from hub.formats.arrow import pa

            distinct, places = np.unique(self.numbers, return_inverse=True)
            texts = np.array([*map(number_text, distinct.tolist()), ""], object)
            self._array = pa.array(texts[np.where(self.blank, len(distinct), places)], pa.string())
        return self._array

    def forget(self) -> None:
        """Let go of the list and the texts."""
        self._texts = self._array = None

    def picked(self, rows: list[int]) -> NumberColumn:
        """The cells of some rows."""
        return NumberColumn(self.numbers[rows], self.blank[rows])


_WHOLE = 2**53  # up to here a float holds every whole number


def number_text(value: float) -> str:
    """A number as plain digits, whole ones without fraction, others to the 15 digits that Excel shows.

    What is beyond every number (1e999999 in the file) is the word for it, and no number to anybody.
    """
    if not isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < _WHOLE:
        return str(int(value))
    return f"{Decimal(f'{value:.15g}'):f}"


@dataclass(slots=True)
class Frame:
    """A block of rows of one table.

    `columns` stand parallel to `headings` and all have one length; `rows` holds the row number of
    each as the partner's program shows it, header included. `ragged` marks the rows (by their
    index here) that are too short (padded with None) or too long (cut): they are refused unless a
    rule of the mapping passes them over. `top` are the cells above the header, by label and by place.

    A nested document has rows of several kinds in one frame: `kinds` names for each row the list that it is an
    item of ("" for a record itself), `parents` the row of its record; both are empty for a plain table. `sheets`
    tells by kind where rows stand that come from several sheets or files, `strays` the same of damaged rows.
    `wide` marks the blocks of a large file, whose values become wide columns.
    """

    headings: list[str]
    columns: Sequence[Sequence[Cell]]
    rows: Sequence[int]
    sheet: str | None = None
    top: dict[str, Cell] = field(default_factory=dict)
    ragged: dict[int, Fault] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    sheets: dict[str, str] = field(default_factory=dict)
    strays: dict[int, str] = field(default_factory=dict)
    wide: bool = False

    def sheet_at(self, row: int) -> str | None:
        """Where one row stands."""
        return self.strays.get(row) or self.sheet_of(self.kinds[row] if self.kinds else "")

    def sheet_of(self, kind: str) -> str | None:
        """Where the rows of a kind stand."""
        return self.sheets.get(kind, self.sheet)

    def __len__(self) -> int:
        """How many rows the block has."""
        return len(self.rows)


def column_letters(column_index: int) -> str:
    """The spreadsheet name of a column: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    number = column_index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = ascii_uppercase[rest] + letters
    return letters


def cell_name(column_index: int, row: int) -> str:
    """The spreadsheet address of a cell: column 3 of row 7 is `D7`."""
    return f"{column_letters(column_index)}{row}"


def cell_place(name: str) -> tuple[int, int] | None:
    """The (column index, row) of a spreadsheet address: `D7` is (3, 7); None when it is no address."""
    match = _PLACE.fullmatch(name)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ascii_uppercase.index(letter) + 1
    return column - 1, int(match[2])


def heading_key(heading: str) -> str:
    """What two headings share when they differ only in case, spaces, hyphens and how their accents are encoded."""
    return _LOOSE.sub("", unicodedata.normalize("NFC", heading)).casefold()


def find_heading(headings: list[str], wanted: str) -> list[int]:
    """Every index of the heading `wanted`: exact ones first, else those equal but for case, spaces and hyphens."""
    exact = [at for at, each in enumerate(headings) if each == wanted]
    if exact:
        return exact
    key = heading_key(wanted)
    return [at for at, each in enumerate(headings) if heading_key(each) == key] if key else []
