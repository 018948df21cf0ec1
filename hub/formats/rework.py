"""Open a partner's workbook to change it, and save it so that the same change makes the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from hub.domain.problems import Code, FileRefused, Problem
from hub.formats.carried import printable
from hub.formats.inside_parts import main_part

if TYPE_CHECKING:
    from openpyxl import Workbook

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_PROPERTIES = "docProps/core.xml"
_MACROS = "xl/vbaProject.bin"
_TEXTS = "xl/sharedStrings.xml"
_ESCAPE, _KEPT = b"_x005F_", b"_x005f_"  # openpyxl drops the first of these marks and leaves the second, which says the same
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def open_workbook(data: bytes, *, values_only: bool = False) -> Workbook:
    """The workbook to be changed, macros kept; `values_only` has what formulas last showed in their place.

    Raises FileRefused (400.unreadable) for a workbook that can be read but not changed, .xls, .ods and .xlsb among them.
    """
    from openpyxl import load_workbook

    if not data.startswith(b"PK") or main_part(data) is not None:
        raise FileRefused(
            Problem(Code.UNREADABLE, "only .xlsx workbooks can be written again", "Save it as .xlsx and send that.")
        )
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            escapes = _TEXTS in names and _ESCAPE in archive.read(_TEXTS)
        kept = _with_escapes(data) if escapes else data
        return load_workbook(BytesIO(kept), data_only=values_only, keep_vba=_MACROS in names)
    except MemoryError:
        raise
    except Exception as odd:  # noqa: BLE001 - of a damaged part it raises whatever the reader of that part happens to raise
        say = f"the workbook can be read but not written again ({type(odd).__name__})"
        raise FileRefused(Problem(Code.UNREADABLE, say, "Open it in Excel, save it again and send that.")) from None


def _with_escapes(data: bytes) -> bytes:
    """The workbook with the mark before what only looks like an escape (a text `_x000D_`) spelt so that it stays."""
    return _copied(data, lambda name, content: content.replace(_ESCAPE, _KEPT) if name == _TEXTS else content)


def put_text(cell: Any, text: str) -> None:
    """Write text into a cell of openpyxl as text, whatever it looks like: `=1+1` is no formula, `#N/A` no error."""
    cell.value = _LOOKS_ESCAPED.sub("_x005F_", printable(text))
    cell.data_type = "s"


def settled(data: bytes, when: datetime) -> bytes:
    """The same workbook without the clock in it: its parts dated alike, its change dated `when`."""
    stamp = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()

    def dated(name: str, content: bytes) -> bytes:
        return _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content) if name == _PROPERTIES else content

    return _copied(data, dated)


def _copied(data: bytes, changed: Callable[[str, bytes], bytes]) -> bytes:
    """The archive with each part as `changed` leaves it, given its name and content."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as archive, ZipFile(out, "w", ZIP_DEFLATED) as copy:
        for each in archive.infolist():
            entry = ZipInfo(each.filename)
            entry.compress_type = ZIP_DEFLATED
            copy.writestr(entry, changed(each.filename, archive.read(each)))
    return out.getvalue()
