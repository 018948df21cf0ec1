"""Prints read back: rendered by pdfium at 203 dpi, barcodes decoded by zxing, text with its places; ZPL by a small parser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL.Image import Image

DPI = 203
MILLIMETRE = 72 / 25.4
_CODE_128 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128])
_UNSEEN = re.compile(r"[\s\u200b\u2060]+")
_AT_LINE_END = str.maketrans("\x02\ufffe", "--")  # how pdfium tells a hyphen that ends a line


def pages(pdf: bytes, *, grey: bool = False) -> Iterator[Image]:
    """The pages of a PDF as a printer of 203 dpi sees them."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            yield page.render(scale=DPI / 72, grayscale=grey).to_pil()


def barcodes(pdf: bytes) -> list[str]:
    """What every Code 128 says, page by page."""
    found = (zxingcpp.read_barcodes(page, formats=_CODE_128, try_rotate=False) for page in pages(pdf, grey=True))
    return [each.text for page in found for each in page]


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def words(pdf: bytes) -> set[str]:
    """Every word of a PDF."""
    return {word for text in texts(pdf) for word in text.replace("\u200b", "").split()}


def bare(text: str) -> str:
    """A text without what breaks its lines, so that it can be found however it was wrapped."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text.translate(_AT_LINE_END)))


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a page, in millimetres from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


def texts_in(pdf: bytes, boxes: dict[str, Box]) -> Iterator[tuple[str, dict[str, str]]]:
    """For each page its whole text and what stands in each box, bare; letters partly outside of a box do not count."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            text, high = page.get_textpage(), page.get_height()
            parts: dict[str, list[str]] = {name: [] for name in boxes}
            whole = []
            for at in range(text.count_chars()):
                letter = text.get_text_range(at, 1)
                whole.append(letter)
                left, bottom, right, top = text.get_charbox(at)
                seen = (left / MILLIMETRE, (high - top) / MILLIMETRE, right / MILLIMETRE, (high - bottom) / MILLIMETRE)
                for name, box in boxes.items():
                    if box.left <= seen[0] and box.top <= seen[1] and seen[2] <= box.right and seen[3] <= box.bottom:
                        parts[name].append(letter)
            yield bare("".join(whole)), {name: bare("".join(part)) for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class ZplField:
    """One field of a ZPL label: where it stands, the commands that format it, and its text as it would be printed."""

    x: int
    y: int
    commands: str
    text: str


def zpl_labels(data: bytes) -> list[list[ZplField]]:
    """The labels of a ZPL file, read as a printer does: every `^` and `~` outside of `_` and two digits is a command.

    Raises ValueError for a command that an address label has no use for.
    """
    labels: list[list[ZplField]] = []
    for whole in re.findall(r"\^XA(.*?)\^XZ", data.decode(), re.DOTALL):
        fields: list[ZplField] = []
        x = y = 0
        commands: list[str] = []
        for command, argument in re.findall(r"([\^~][A-Z0-9@]{2})([^\^~]*)", whole):
            match command:
                case "^FO":
                    x, y = map(int, argument.split(","))
                    commands = []
                case "^FD":
                    fields.append(ZplField(x, y, "".join(commands), _printed(argument)))
                case "^FS":
                    pass
                case "^CI" | "^PW" | "^LL" | "^LH" | "^A0" | "^FH" | "^GB" | "^BY" | "^BC":
                    commands.append(command + argument)
                case _:
                    raise ValueError(f"{command}{argument}")
        labels.append(fields)
    return labels


def _printed(data: str) -> str:
    """Field data after `^FH`: `_` and two digits are a byte."""
    return re.sub(rb"_([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), data.encode()).decode()
