"""Prints read back: rendered by pdfium at 203 dpi, barcodes decoded by zxing, text with its places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pypdfium2
import zxingcpp
from PIL.Image import Image

DPI = 203


def pages(pdf: bytes, dpi: int = DPI) -> list[Image]:
    """The pages of a PDF as pictures."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.render(scale=dpi / 72, grayscale=False).to_pil() for page in document]


def barcodes(pdf: bytes) -> list[str]:
    """What the Code 128 of each page says."""
    return [
        found.text
        for page in pages(pdf)
        for found in zxingcpp.read_barcodes(
            page, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128]), try_rotate=False
        )
    ]


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def words(pdf: bytes) -> set[str]:
    """Every word of a PDF."""
    return {word for text in texts(pdf) for word in text.replace("\u200b", "").split()}


def boxes(pdf: bytes) -> Iterator[tuple[int, str, tuple[float, float, float, float]]]:
    """Every character that is seen, with its page and its box in millimetres: left, top, right, bottom, from the upper left."""
    scale = 25.4 / 72
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for number, page in enumerate(document):
            high, text = page.get_height(), page.get_textpage()
            for at in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(at)
                if right > left and top > bottom:
                    box = (left * scale, (high - top) * scale, right * scale, (high - bottom) * scale)
                    yield number, text.get_text_range(at, 1), box
