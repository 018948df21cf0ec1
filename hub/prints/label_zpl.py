"""Address labels for label printers: ZPL II at 203 dpi, text in UTF-8, every line placed by the hub."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hub.domain.paper import Label, LabelSize
from hub.prints import code128

_DOTS = 203 / 25.4
_MARGIN = 32
_WIDE = 0.62  # width of an average character of the printer's scalable font, by its height; generous
_CAPITAL = 0.72
_FULL = 1.05  # of a character of a whole square
_SMALLEST = 12


def label_zpl(label: Label, size: LabelSize = LabelSize.TALL) -> bytes:
    """One label as a ZPL format, `^XA` to `^XZ`, encoded in UTF-8."""
    width, height = (int(each * _DOTS) for each in size.millimetres)
    sheet = _Sheet(width, height)
    _head(sheet, label)
    _receiver(sheet, label)
    _foot(sheet, label)
    opening = f"^XA\n^CI28\n^PW{width}\n^LL{height}\n^LH0,0\n"
    return (opening + "".join(sheet.fields) + "^XZ\n").encode()


def escaped(text: str) -> str:
    """Field data after `^FH`: what ZPL would take as a command, and control characters, as `_` and two hex digits."""
    return _UNSAFE.sub(lambda found: _hex(found[0]), text)


_UNSAFE = re.compile(r"[\^~_\\\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff\ud800-\udfff]")


def _hex(character: str) -> str:
    return "".join(f"_{byte:02X}" for byte in character.encode("utf-8", "replace"))


@dataclass(slots=True)
class _Sheet:
    """A label in the making; positions in dots from its upper left corner."""

    width: int
    height: int
    fields: list[str] = field(default_factory=list)

    def text(self, at: tuple[int, int], room: tuple[int, int], largest: int, lines: Sequence[str]) -> None:
        """Lines of text in a box: wrapped, and made smaller until all of it fits."""
        x, y = at
        size, wrapped = fitted([each for each in lines if each], room, largest)
        for line in wrapped:
            self.fields.append(f"^FO{x},{y}^A0N,{size},{size}^FH^FD{escaped(line)}^FS\n")
            y += _leading(size)

    def box(self, at: tuple[int, int], room: tuple[int, int], thick: int = 3) -> None:
        self.fields.append(f"^FO{at[0]},{at[1]}^GB{room[0]},{room[1]},{thick}^FS\n")

    def barcode(self, y: int, high: int, text: str) -> None:
        """A Code 128 across the label with its text below, in whole dots a module."""
        modules = 11 * len(code128.symbols(text)) + 13
        room = self.width - 2 * _MARGIN
        module = max(1, min(4, room // (modules + 20)))
        x = (self.width - modules * module) // 2
        data = escaped(text).replace(">", ">0")
        self.fields.append(f"^FO{x},{y}^BY{module}^BCN,{high},N,N,N,A^FH^FD{data}^FS\n")


def _leading(size: int) -> int:
    return size + max(2, size // 6)


def fitted(lines: Sequence[str], room: tuple[int, int], largest: int) -> tuple[int, list[str]]:
    """The height in dots, at most `largest`, at which lines fit into a box of so many dots, and the lines wrapped so."""
    averages = [_average(line) for line in lines]
    size = largest
    while True:
        wrapped = [
            part for line, wide in zip(lines, averages, strict=True) for part in _wrapped(line, int(room[0] / (size * wide)))
        ]
        high = len(wrapped) * _leading(size)
        if high <= room[1] or size <= _SMALLEST:
            return size, wrapped
        size = max(_SMALLEST, min(size - 2, int(size * (room[1] / high) ** 0.5)))


def _average(line: str) -> float:
    """The width of a line's average character, by its height."""
    if line.isascii():
        return _CAPITAL if line.isupper() else _WIDE
    squares = sum(unicodedata.east_asian_width(each) in "WF" for each in line)
    return max(_CAPITAL if line.isupper() else _WIDE, _WIDE + (_FULL - _WIDE) * 2 * squares / len(line))


def _wrapped(line: str, characters: int) -> list[str]:
    return [line] if len(line) <= characters else textwrap.wrap(line, max(1, characters), break_on_hyphens=False) or [""]


def _head(sheet: _Sheet, label: Label) -> None:
    half = sheet.width * 3 // 5
    sender = label.sender
    sheet.text((_MARGIN, 32), (half - _MARGIN - 8, 24), 20, ["FROM"])
    lines = [sender.name, *sender.lines, sender.place, sender.country, sender.contact]
    sheet.text((_MARGIN, 60), (half - _MARGIN - 8, 150), 24, lines)
    sheet.text((half, 32), (sheet.width - half - _MARGIN, 70), 48, [label.service])
    sheet.text((half, 100), (sheet.width - half - _MARGIN, 60), 26, [label.service_name, label.operator])
    sheet.text((half, 165), (sheet.width - half - _MARGIN, 44), 36, [f"{label.place} / {label.of}"])


def _receiver(sheet: _Sheet, label: Label) -> None:
    top, high = 225, sheet.height * 3 // 10
    receiver = label.receiver
    sheet.box((_MARGIN - 8, top), (sheet.width - 2 * _MARGIN + 16, high))
    inside = sheet.width - 2 * _MARGIN - 16
    sheet.text((_MARGIN + 8, top + 12), (inside, 24), 20, ["TO"])
    lines = [receiver.name, *receiver.lines, receiver.place, receiver.country, receiver.contact]
    sheet.text((_MARGIN + 8, top + 42), (inside, high - 54), 52, lines)


def _foot(sheet: _Sheet, label: Label) -> None:
    y = 225 + sheet.height * 3 // 10 + 16
    room = sheet.width - 2 * _MARGIN
    sheet.text((_MARGIN, y), (room, 70), 44, [" · ".join(label.marks)])
    point = " · ".join(_facts(("Pick-up point", label.pickup_point), ("Routing", label.routing_code)))
    sheet.text((_MARGIN, y + 76), (room, 44), 32, [point])
    high = max(120, min(320, sheet.height - y - 306))
    sheet.barcode(y + 130, high, label.barcode)
    sheet.text((_MARGIN, y + 140 + high), (room, 44), 36, [label.barcode])
    facts = _facts(
        ("Order", label.order),
        ("Reference", label.reference),
        ("Shipment", f"{label.shipment}-{label.parcel}"),
        ("Weight", label.weight),
    )
    sheet.text((_MARGIN, sheet.height - 86), (room, 76), 24, [" · ".join(facts)])


def _facts(*facts: tuple[str, str]) -> Iterator[str]:
    return (f"{name} {value}" for name, value in facts if value)
