"""The `file:` block of a mapping: how a partner's file is laid out, reading and writing."""

from __future__ import annotations

import codecs
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

from hub.config.scalars import YesNo, as_list
from hub.config.wording import Saw, see
from hub.formats.frame import find_heading
from hub.formats.wildcards import check_patterns


class Format(StrEnum):
    """The formats of the mapping language."""

    CSV = "csv"
    EXCEL = "excel"
    FIXED = "fixed"
    XML = "xml"
    JSON = "json"
    EDIFACT = "edifact"
    X12 = "x12"


AVAILABLE = frozenset({Format.CSV, Format.EXCEL, Format.FIXED, Format.XML, Format.JSON})
DOCUMENTS = frozenset({Format.XML, Format.JSON})
TABLES = frozenset({Format.CSV, Format.EXCEL, Format.FIXED})


class Delimiter(StrEnum):
    """What stands between two cells; `auto` is found by looking."""

    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    PIPE = "|"
    AUTO = "auto"


class Quote(StrEnum):
    """How a cell is quoted that holds a delimiter, a quote or a line break."""

    DOUBLE = '"'
    BACKSLASH = '\\"'
    NONE = "none"
    ALL = "all"


class LineEnd(StrEnum):
    """What ends a written line."""

    LF = "lf"
    CRLF = "crlf"

    @property
    def text(self) -> str:
        """The characters themselves."""
        return {LineEnd.LF: "\n", LineEnd.CRLF: "\r\n"}[self]


LAST_HEADER = 1_000
"""The last row in which headings may stand."""

WIDEST_LINE = 9_999
"""Characters of a line of fixed width."""

_DELIMITER_WORDS = {each.name.casefold(): each for each in Delimiter}
_ENCODINGS = "an encoding is written auto, utf-8, utf-16, cp1252, iso-8859-1 or as Python names it"
_UNSOUND_CODECS = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})


def _lists_by_name(value: object) -> object:
    return {name: as_list(each) for name, each in value.items()} if isinstance(value, dict) else value


def _bounded(value: dict[str, list[str]]) -> dict[str, list[str]]:
    for name, patterns in value.items():
        try:
            check_patterns(patterns)
        except ValueError as error:
            raise Saw(f"saw {see(name)}", str(error)) from None
    return value


def _delimiter(value: object) -> object:
    if isinstance(value, str) and value.casefold() in _DELIMITER_WORDS:
        return _DELIMITER_WORDS[value.casefold()]
    if value not in {str(each) for each in Delimiter}:
        raise Saw(f"saw {see(value)}", "a delimiter is written comma, semicolon, tab, pipe or auto")
    return value


def _header(value: object) -> object:
    """A row number, `none`, or the headings that the row has."""
    if isinstance(value, str):
        if value.casefold() == "none":
            return None
        return int(value[:10]) if value.isascii() and value.isdigit() else [value]
    return value


def _columns(value: object) -> object:
    return value if isinstance(value, dict) or value is None else as_list(value)


def _spans(columns: dict[str, str]) -> list[tuple[str, int, int]]:
    """Name, first and last place of each column of a fixed layout; raises Saw for what is no range."""
    return [(name, *_span(name, each)) for name, each in columns.items()]


def _span(name: str, text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    numbers = [each.strip() for each in (first, last or first)]
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in numbers):
        raise Saw(f"saw {name}: {see(text)}", "a column of a fixed layout is written first-last, in characters from 1: 1-10")
    start, end = map(int, numbers)
    if not 1 <= start <= end:
        raise Saw(f"saw {name}: {see(text)}", "the first character stands before the last, and the line begins with 1")
    if end > WIDEST_LINE:
        raise Saw(f"saw {name}: {see(text)}", f"a line has at most {WIDEST_LINE:,} characters")
    return start, end


Columns = Annotated[list[str] | dict[str, str] | None, BeforeValidator(_columns)]
Texts = Annotated[list[str], BeforeValidator(as_list)]
Rules = Annotated[dict[str, list[str]], BeforeValidator(_lists_by_name), AfterValidator(_bounded)]


class Once(StrEnum):
    """Where the one row of its kind stands."""

    START = "start"
    END = "end"


class RowType(BaseModel):
    """One kind of rows (or sheets, or files of a set) and where it belongs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    once: Once | None = None
    under: str | None = None
    key: str | None = None
    columns: Columns = None
    name: str | None = None
    sheet: str | None = None

    @property
    def column_names(self) -> list[str]:
        """The names given under `columns`, in order."""
        return list(self.columns or [])


class Layout(BaseModel):
    """Every key of `file:`; unknown ones are refused. Texts come as the YAML has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format = Format.CSV
    name: str | None = None
    encoding: str = "auto"
    delimiter: Annotated[Delimiter, BeforeValidator(_delimiter)] = Delimiter.AUTO
    quote: Quote = Quote.DOUBLE
    header: Annotated[int | list[str] | None, BeforeValidator(_header)] = 1
    sheet: str | None = None
    columns: Columns = None
    types: dict[str, RowType] = {}
    type_in: str | None = None
    group: Texts = []
    record: str | None = None
    skip: Rules = {}
    only: Rules = {}
    until: Rules = {}
    fill: Rules = {}
    line_end: LineEnd = LineEnd.CRLF  # RFC 4180; programs on every system read it
    escape_formulas: YesNo = False

    @model_validator(mode="before")
    @classmethod
    def _named_rows_have_no_headings(cls, said: object) -> object:
        """Rows of several kinds, named one by one, follow no row of headings; they may all the same if `header` says so."""
        kinds = said.get("types") if isinstance(said, dict) else None
        rows = [each for each in kinds.values() if isinstance(each, dict)] if isinstance(kinds, dict) else []
        if any("columns" in each for each in rows) and not any("name" in each or "sheet" in each for each in rows):
            return {"header": "none", **said}  # type: ignore[dict-item]
        return said

    @field_validator("header")
    @classmethod
    def _header_is_a_row(cls, value: int | list[str] | None) -> int | list[str] | None:
        if value in (0, []):
            raise Saw("saw no row", "rows count from 1; a file without headings has header: none")
        if isinstance(value, int) and value > LAST_HEADER:
            raise Saw(f"saw row {value:,}", f"the headings stand in one of the first {LAST_HEADER:,} rows")
        return value

    @field_validator("sheet")
    @classmethod
    def _sheet_is_short(cls, value: str | None) -> str | None:
        if value is not None:
            _bounded({value: [value]})
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str) -> str:
        if value.casefold() == "auto":
            return "auto"
        try:
            name = codecs.lookup(value).name
            " ".encode(name if name != "undefined" else "ascii")
        except LookupError:
            raise Saw(f"saw {see(value)}", _ENCODINGS) from None
        if name in _UNSOUND_CODECS:
            raise Saw(f"saw {see(value)}", _ENCODINGS)
        return name

    @model_validator(mode="after")
    def _columns_fit(self) -> Layout:
        if self.format is not Format.FIXED:
            return self
        if not self.types and not self.columns:
            raise Saw("a fixed layout without columns", "say where each stands: columns: {code: 1-10, name: 11-40}")
        for each in [self.columns, *(kind.columns for kind in self.types.values())]:
            if isinstance(each, list) or (each is None and self.types and each is not self.columns):
                raise Saw("columns without places", "a fixed layout says where each stands: columns: {code: 1-10, name: 11-40}")
            _spans(each or {})
        return self

    @model_validator(mode="after")
    def _types_fit(self) -> Layout:
        for name, kind in self.types.items():
            _check_type(self, name, kind)
        if self.types and self.record_type is None:
            raise Saw("types without a record", "one kind of rows has neither `under` nor `once`: it is the record")
        return self

    @property
    def record_type(self) -> str | None:
        """The kind of rows that is the record: the first without `under` and `once`."""
        return next((name for name, kind in self.types.items() if kind.under is None and kind.once is None), None)

    @property
    def kinds_below(self) -> list[str]:
        """The kinds of rows that lie under another."""
        return [name for name, kind in self.types.items() if kind.under is not None]

    def kind_named(self, source: str) -> str | None:
        """The kind of rows that a source means: `PD/sku`, or `sku` where one kind alone has that column; else None."""
        above = [each for each in source.split("/")[:-1] if each in self.types]
        having = above[-1:] or [name for name, each in self.types.items() if find_heading(each.column_names, source)]
        return having[0] if len(having) == 1 else None

    @property
    def is_set(self) -> bool:
        """Whether several files are read as one."""
        return any(kind.name is not None for kind in self.types.values())

    @property
    def is_book(self) -> bool:
        """Whether each kind of rows has a sheet of its own."""
        return not self.is_set and any(kind.sheet is not None for kind in self.types.values())

    @property
    def first_row(self) -> int | None:
        """The row of the headings; a fixed layout has none unless it says so."""
        named = self.format is not Format.FIXED or "header" in self.model_fields_set
        return self.header if isinstance(self.header, int) and named else None

    def spans(self, kind: str | None = None) -> list[tuple[str, int, int]]:
        """Name, first and last character of each column of a fixed layout, or of one kind of its rows."""
        columns = self.columns if kind is None else self.types[kind].columns
        return _spans(columns if isinstance(columns, dict) else {})

    @property
    def codec(self) -> str:
        """The codec to write with: UTF-8 unless told otherwise."""
        return "utf-8" if self.encoding == "auto" else self.encoding

    @property
    def separator(self) -> str:
        """The delimiter to write with: a comma unless told otherwise."""
        return "," if self.delimiter is Delimiter.AUTO else str(self.delimiter)

    @property
    def column_names(self) -> list[str]:
        """The names given under `columns`, in order; empty when there are none."""
        return list(self.columns or [])


def _check_type(layout: Layout, name: str, kind: RowType) -> None:
    """Raise Saw for a kind of rows that cannot be placed."""
    apart = kind.name is not None or kind.sheet is not None
    if kind.under is not None and (kind.under == name or kind.under not in layout.types or layout.types[kind.under].once):
        raise Saw(f"saw {name} under {see(kind.under)}", f"the kinds of rows are {', '.join(layout.types)}")
    if kind.under is not None and kind.once is not None:
        raise Saw(f"saw {name} under {see(kind.under)} and once", "a row that stands once per file lies under none")
    if kind.under is None and kind.once is None and name != layout.record_type:
        raise Saw(
            f"saw {name} beside {layout.record_type}", "only one kind is the record; say `under:` for the others, or `once:`"
        )
    if apart and kind.under is not None and kind.key is None:
        raise Saw(f"saw {name} without a key", f"name the column that says to which {kind.under} a row belongs: key: OrderNumber")
    if (layout.is_set and kind.name is None) or (layout.is_book and kind.sheet is None):
        raise Saw(f"saw {name} without a {'name' if layout.is_set else 'sheet'}", "every kind needs its own")
    if kind.key is not None and kind.columns is not None and kind.key not in kind.column_names:
        raise Saw(f"saw the key {see(kind.key)}", f"{name} has the columns {', '.join(kind.column_names)}")
    _check_circle(layout, name)


def _check_circle(layout: Layout, name: str) -> None:
    above, seen = layout.types[name].under, {name}
    while above is not None and above in layout.types:
        if above in seen:
            raise Saw(f"saw {name} under itself", "the first kind lies under none")
        seen.add(above)
        above = layout.types[above].under
