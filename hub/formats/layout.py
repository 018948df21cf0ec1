"""The `file:` block of a mapping: how a partner's file is laid out, reading and writing."""

from __future__ import annotations

import codecs
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from hub.config.scalars import YesNo, as_list
from hub.config.wording import Saw, see


class Format(StrEnum):
    """The formats of the mapping language."""

    CSV = "csv"
    EXCEL = "excel"
    FIXED = "fixed"
    XML = "xml"
    JSON = "json"
    EDIFACT = "edifact"
    X12 = "x12"


AVAILABLE = frozenset({Format.CSV, Format.EXCEL})


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


_DELIMITER_WORDS = {each.name.casefold(): each for each in Delimiter}
_ENCODINGS = "an encoding is written auto, utf-8, utf-16, cp1252, iso-8859-1 or as Python names it"
_UNSOUND_CODECS = frozenset({"utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"})


def _lists_by_name(value: object) -> object:
    return {name: as_list(each) for name, each in value.items()} if isinstance(value, dict) else value


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
        return int(value) if value.isascii() and value.isdigit() else [value]
    return value


def _columns(value: object) -> object:
    return value if isinstance(value, dict) or value is None else as_list(value)


Texts = Annotated[list[str], BeforeValidator(as_list)]
Rules = Annotated[dict[str, list[str]], BeforeValidator(_lists_by_name)]


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
    columns: Annotated[list[str] | dict[str, str] | None, BeforeValidator(_columns)] = None
    types: dict[str, Any] | None = None
    type_in: str | None = None
    group: Texts = []
    record: str | None = None
    skip: Rules = {}
    only: Rules = {}
    until: Rules = {}
    fill: Rules = {}
    line_end: LineEnd = LineEnd.CRLF  # RFC 4180; programs on every system read it
    escape_formulas: YesNo = False

    @field_validator("header")
    @classmethod
    def _header_is_a_row(cls, value: int | list[str] | None) -> int | list[str] | None:
        if value in (0, []):
            raise Saw("saw no row", "rows count from 1; a file without headings has header: none")
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
