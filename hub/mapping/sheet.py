"""A mapping as a workbook and back: it is a table, and some people think best in one."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from hub.config.yaml import Data, load_text
from hub.domain.problems import HubError
from hub.mapping.yaml_out import flow

FIELDS = "Fields"
REST = "Settings"
_KEYS = ("from", "join", "with", "value", "take", "do", "map", "else", "unit", "date", "decimal", "places", "default")
_COLUMNS = ("field", *_KEYS, "required", "when")
_BROKEN_UP = ("file", "notation", "limits", "maps")  # tables of which each key has a row of its own
_WIDTHS = (26, 34, *[14] * 14)


def to_workbook(data: dict[str, Data]) -> bytes:
    """The workbook of a mapping: a sheet with a row a field, and one with everything else; cells hold YAML."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, rows in ((FIELDS, [_COLUMNS, *_field_rows(data)]), (REST, [("key", "value"), *_rest_rows(data)])):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            for at, width in enumerate(_WIDTHS[: len(rows[0])]):
                sheet.set_column(at, at, width)
            for row, cells in enumerate(rows):
                for column, text in enumerate(cells):
                    if text is not None:
                        sheet.write_string(row, column, text, bold if row == 0 else None)
    return out.getvalue()


def _field_rows(data: dict[str, Data]) -> Iterator[Sequence[str | None]]:
    fields = data.get("fields")
    for name, spec in fields.items() if isinstance(fields, dict) else ():
        form: dict[str, Data] = spec if isinstance(spec, dict) else {"from": spec}
        strange = set(form) - set(_COLUMNS)
        if strange:
            raise HubError(f"fields.{name}: there is no column for {', '.join(sorted(strange))}; run hub mapping check first")
        yield name, *(None if key not in form else flow(form[key]) or "~" for key in _COLUMNS[1:])


def _rest_rows(data: dict[str, Data]) -> Iterator[Sequence[str | None]]:
    for key, value in data.items():
        if key == "fields":
            continue
        if key in _BROKEN_UP and isinstance(value, dict) and not any("." in each for each in value):
            yield from ((f"{key}.{inner}", flow(each) or "~") for inner, each in value.items())
        else:
            yield key, flow(value) or "~"


def from_workbook(data: bytes) -> dict[str, Data]:
    """The mapping that a workbook holds; raises HubError naming the cell that cannot be read."""
    sheets = _sheets(data)
    mapping: dict[str, Data] = {}
    for row, cells in enumerate(sheets[REST][1:], start=2):
        key, text = [*cells, "", ""][:2]
        if not key:
            continue
        outer, dot, inner = key.partition(".")
        value = _value(text, REST, f"B{row}")
        if dot and outer in _BROKEN_UP:
            table = mapping.setdefault(outer, {})
            assert isinstance(table, dict)  # noqa: S101 - this loop alone fills it
            table[inner] = value
        else:
            mapping[key] = value
    fields = _fields(sheets[FIELDS])
    return mapping | ({"fields": fields} if fields or "extends" not in mapping else {})


def _fields(rows: list[list[str]]) -> dict[str, Data]:
    found: dict[str, Data] = {}
    headings = rows[0] if rows else []
    for row, cells in enumerate(rows[1:], start=2):
        name = cells[0] if cells else ""
        form = {key: _value(text, FIELDS, f"{name} / {key}") for key, text in zip(headings[1:], cells[1:], strict=False) if text}
        if not name and form:
            raise HubError(f"sheet {FIELDS} row {row}: the row has no field; write its name in column A")
        if name in found:
            raise HubError(f"sheet {FIELDS} row {row}: {name} stands twice; leave one row of the two")
        if name:
            found[name] = form["from"] if set(form) == {"from"} and not isinstance(form["from"], dict) else form
    return found


def _value(text: str, sheet: str, place: str) -> Data:
    """What a cell says: YAML, as in the mapping file."""
    if text in ("", "~"):
        return None
    loaded, findings = load_text(f"x: {text}\n".encode(), sheet)
    if loaded is None or findings or not isinstance(loaded.data, dict) or list(loaded.data) != ["x"]:
        why = f"{findings[0].what}" if findings else "is no value"
        raise HubError(f"sheet {sheet}, {place}: {why}; put the text in quotes")
    return loaded.data["x"]


def _sheets(data: bytes) -> dict[str, list[list[str]]]:
    from hub.formats.excel import excel_grids
    from hub.formats.grid import USUAL_LIMITS
    from hub.formats.layout import Format, Layout

    grids = {grid.sheet: grid for grid in excel_grids(Layout(format=Format.EXCEL, sheet="*"), data, USUAL_LIMITS)}
    missing = [name for name in (FIELDS, REST) if name not in grids]
    if missing:
        raise HubError(f"the workbook has no sheet {' and no sheet '.join(missing)}; hub mapping export makes one that has")
    return {name: [[cell or "" for cell in row] for row in grids[name].rows()] for name in (FIELDS, REST)}
