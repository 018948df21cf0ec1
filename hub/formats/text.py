"""Bytes to text: which encoding a partner used, which delimiter, and where the text is damaged."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.layout import Delimiter, Layout, Quote

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_SAMPLE_ROWS = 50
_SEPARATOR = re.compile(r'\ufeff?("?)sep=([!#-/:-@\[\]^`{-~\t])\1(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_SEPARATOR_BYTES = 24  # in any encoding its equals sign stands among these
_LINE_BREAK = re.compile(r"\r\n|\r|\n")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_WITHOUT_BOM = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """The bytes of a text file and the codec that reads all of them."""

    data: bytes
    codec: str
    above: str = ""  # the line `sep=;` that stood before `data`: part of the file, but no row of it

    def lines(self) -> io.TextIOWrapper:
        """The lines with their ends (LF, CRLF or CR) as they stand, decoded piece by piece."""
        return io.TextIOWrapper(io.BytesIO(self.data), encoding=self.codec, newline="")

    def encoded(self, changed: str) -> bytes:
        """Other text in the same encoding, BOM and `sep=` included; raises UnicodeEncodeError for what it lacks."""
        bom, codec = self.bare()
        return bom + f"{self.above}{changed}".encode(codec)

    def bare(self) -> tuple[bytes, str]:
        """The BOM, and the codec of what follows it."""
        return next(((bom, _WITHOUT_BOM[bom]) for bom, _ in _BOMS if self.data.startswith(bom)), (b"", self.codec))

    def sample(self) -> str:
        """The first part of the text, for a look at its form."""
        return self.lines().read(_SAMPLE)


def open_text(data: bytes, encoding: str) -> Text:
    """Find the codec of `data`: a BOM, else the one declared, else UTF-16 by its NULs, UTF-8, cp1252.

    In: bytes and `file.encoding` (a codec or `auto`). Raises FileRefused: 400.unreadable for what
    is no text, 400.encoding naming row, byte and setting, 400.empty when nothing but blanks stands in it.
    """
    for magic, what in _NO_TEXT:
        if data.startswith(magic):
            cure = "Send it as CSV, or set file.format in the mapping."
            raise FileRefused(Problem(Code.UNREADABLE, f"the file is {what}, not text", cure))
    text = Text(data, _codec(data, encoding))
    _refuse_blank(text)
    return text


def _refuse_blank(text: Text) -> None:
    if not any(line.strip("\ufeff \t\r\n") for line in text.lines()):
        raise FileRefused(Problem(Code.EMPTY, "the file holds nothing but blanks", "Send it again; the export may have failed."))


def _codec(data: bytes, encoding: str) -> str:
    marked = next((codec for bom, codec in _BOMS if data.startswith(bom)), None)
    if marked or encoding != "auto":
        codec = marked or encoding
        _refuse_damage(data, codec, _damage(data, codec))
        return codec
    wide = _utf16_by_nulls(data)
    if wide:
        _refuse_damage(data, wide, _damage(data, wide))
        return wide
    damage = _damage(data, "utf-8")
    if damage is None or data[damage : damage + 1] == b"\0" or _mostly_utf8(data):
        _refuse_damage(data, "utf-8", damage)
        return "utf-8"
    _refuse_damage(data, "cp1252", _damage(data, "cp1252"))
    return "cp1252"


def _utf16_by_nulls(data: bytes) -> str | None:
    """UTF-16 without BOM: every other byte of plain Latin text is NUL."""
    sample = data[: _SAMPLE & ~1]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    enough = max(2, len(sample) // 20)
    if odd >= enough and not even:
        return "utf-16-le"
    return "utf-16-be" if even >= enough and not odd else None


def _mostly_utf8(data: bytes) -> bool:
    """Whether text that is not UTF-8 was meant to be: more sound sequences of several bytes than broken ones."""
    text = data[: 4 * _CHUNK].decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(1 for each in text if each > "\x7f") > 2 * broken


def _damage(data: bytes, codec: str) -> int | None:
    """The place of the first byte that `codec` cannot read, or of the first NUL; None when all is sound."""
    if codec == "utf-8-sig":  # its decoder counts from behind the BOM
        bom = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        damage = _damage(data[bom:], "utf-8")
        return None if damage is None else bom + damage
    decoder = codecs.getincrementaldecoder(codec)()
    for start in range(0, len(data), _CHUNK):
        pending = len(decoder.getstate()[0])
        chunk = data[start : start + _CHUNK]
        try:
            text = decoder.decode(chunk, final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as broken:
            return max(0, start - pending + broken.start)
        if "\0" in text:
            return _null_at(data, codec, start)
    return None


def _null_at(data: bytes, codec: str, start: int) -> int:
    before = data[start:].decode(codec, errors="ignore").split("\0", 1)[0]
    unit = codec.removesuffix("-sig").replace("utf-16", "utf-16-le").replace("utf-32", "utf-32-le").removesuffix("-le-le")
    return start + len(before.encode(unit, errors="ignore"))


def _refuse_damage(data: bytes, codec: str, at: int | None) -> None:
    if at is None:
        return
    before = data[:at].decode(codec, errors="replace")
    told = _SEPARATOR.match(before)
    row = row_at(before[told.end() :] if told is not None else before)
    seen = data[at : at + 1]
    if seen == b"\0":
        say = "a NUL character: this is no text, or its transfer broke"
        problem = Problem(Code.UNREADABLE, say, "Export and send it again.", row=row)
    else:
        name = codec.removesuffix("-sig")
        problem = Problem(
            Code.ENCODING,
            f"byte 0x{seen.hex().upper()} (number {at + 1} of the file) is not {name}",
            "Save the file as UTF-8, or set file.encoding in the mapping to what the sender uses, such as cp1252 or iso-8859-1.",
            row=row,
        )
    raise FileRefused(problem)


def row_at(before: str) -> int:
    """The row, as a spreadsheet counts, that begins or goes on after the text `before`: quoted line breaks are none."""
    outside = before.split('"')[0::2]
    return 1 + sum(len(_LINE_BREAK.findall(each)) for each in outside)


def find_delimiter(text: Text, layout: Layout) -> tuple[Text, str]:
    """The rows of a CSV file and their delimiter: what its own first line says, else the layout, else what fits best.

    A first line `sep=;` is Excel's own: Excel obeys it whatever the country's delimiter is, and does not count it as a
    row. Like a BOM it goes before what the mapping declares. Raises FileRefused (400.empty) where nothing stands below it.
    """
    told = _SEPARATOR.match(next(iter(text.lines()), "")) if b"=" in text.data[:_SEPARATOR_BYTES] else None
    if told is None:
        return text, _fitting(text, layout)
    bom, codec = text.bare()
    below = Text(bom + text.data[len(bom) + len(told[0].encode(codec)) :], text.codec, told[0])
    _refuse_blank(below)
    return below, told[2]


def _fitting(text: Text, layout: Layout) -> str:
    """The delimiter: the one declared, else the one that cuts most of the first rows into the same number of cells."""
    if layout.delimiter is not Delimiter.AUTO:
        return str(layout.delimiter)
    sample = text.sample()
    if len(sample) == _SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    candidates = [each for each in (Delimiter.SEMICOLON, Delimiter.TAB, Delimiter.PIPE, Delimiter.COMMA) if each in sample]
    best = max(candidates, key=lambda each: _agreement(sample, each, layout.quote), default=Delimiter.COMMA)
    return str(best)


def _agreement(sample: str, delimiter: str, quote: Quote) -> tuple[float, int]:
    """Which part of the first rows has the commonest width above one, and that width.

    A part, since a wrong delimiter opens no quotes, and the line breaks inside them become rows of its own. Programs
    write empty cells at the end of a row or leave them out as they like: the better of both counts.
    """
    rows = [row for row in _first_rows(sample, delimiter, quote) if row]
    written = _commonest(map(len, rows))
    return written if written[0] == 1 else max(written, _commonest(map(_filled_width, rows)))


def _filled_width(row: list[str]) -> int:
    """The cells up to the last that is not empty."""
    return next((width for width in range(len(row), 1, -1) if row[width - 1]), 1)


def _commonest(widths: Iterable[int]) -> tuple[float, int]:
    counts = Counter(widths)
    width, rows = max(counts.items(), key=lambda each: (each[0] > 1, each[1], each[0]), default=(1, 0))
    return (rows / counts.total(), width) if width > 1 else (0.0, 0)


def _first_rows(sample: str, delimiter: str, quote: Quote) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), **dialect(delimiter, quote, strict=False))
    try:
        for _, row in zip(range(_SAMPLE_ROWS), reader, strict=False):
            yield row
    except csv.Error:
        return


def dialect(delimiter: str, quote: Quote, *, strict: bool = True) -> dict[str, Any]:
    """The settings of the csv module for a delimiter and a way of quoting."""
    form: dict[str, Any] = {"delimiter": delimiter, "strict": strict}
    match quote:
        case Quote.NONE:
            form |= {"quoting": csv.QUOTE_NONE, "quotechar": None}
        case Quote.BACKSLASH:
            form |= {"escapechar": "\\", "doublequote": False}
        case Quote.DOUBLE | Quote.ALL:
            pass
    return form
