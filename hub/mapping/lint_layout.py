"""What can be wrong with the layout of a mapping: lists that lead nowhere, kinds of rows that do not fit the format."""

from __future__ import annotations

from collections.abc import Iterator

from hub.config.yaml import Finding, Loaded
from hub.domain.fields import fields_written
from hub.domain.kinds import Kind
from hub.domain.nearest import did_you_mean
from hub.domain.problems import Level
from hub.formats.layout import DOCUMENTS, TABLES, Format
from hub.formats.names import name_parts
from hub.formats.paths import parse_path
from hub.mapping.compile import below_record, list_paths
from hub.mapping.places import ROWS
from hub.mapping.template import BOUGHT, Rows, Template

_ROW_LISTS = ("lines", "parcels")
_WRITTEN_LISTS = ("lines", "parcels", "parcels.lines")


def lint_layout(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """Everything wrong with `file:` and `repeat:` beyond single keys."""
    layout = template.file
    if layout.record is not None:
        yield from _path(loaded, ("file", "record"), layout.record)
        if layout.format in TABLES:
            yield loaded.finding(("file", "record"), f"means nothing for {layout.format}", "take it away")
    if layout.format is Format.XML and template.writes is not None and layout.record is None:
        yield loaded.finding(("file",), "has no record", "name an element for each record: record: /Orders/Order")
    yield from _lint_root(template, loaded)
    if layout.types:
        yield from _lint_types(template, loaded)
    if template.reads is not None and (layout.types or layout.format in DOCUMENTS):
        for key in ("until", "fill"):
            if getattr(layout, key):
                what = "is about the rows of a plain table, and here it would do nothing"
                yield loaded.finding(("file", key), what, "take it away; skip and only work in every file")
    if layout.type_in is not None and not (layout.type_in.isascii() and layout.type_in.isdigit() and int(layout.type_in)):
        yield loaded.finding(("file", "type_in"), f"saw {layout.type_in!r}", "write the number of the column that tells the kind")
    if (
        template.reads is not None
        and layout.format in (Format.CSV, Format.EXCEL)
        and layout.columns
        and layout.header is not None
    ):
        what, cure = "names columns that have headings of their own", "write header: none if the file has none, or take it away"
        yield loaded.finding(("file", "columns"), what, cure, Level.WARNING)
    yield from _lint_repeat(template, loaded)
    yield from _lint_lines(template, loaded)


def _lint_lines(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """Lines of a document whose place nobody names: each record would have one, whatever it holds."""
    layout = template.file
    if (
        template.reads is None
        or layout.format not in DOCUMENTS
        or layout.group
        or "lines" in {*template.repeat, *list_paths(template)}
    ):
        return
    for name, spec in template.fields.items():
        inner = next(
            (each for each in spec.sources() if name in BOUGHT and not each.startswith((".", "/", "$")) and "/" in each), None
        )
        if inner is not None:
            place = inner.rpartition("/")[0]
            what = f"reads {inner!r}, and nothing says where the lines are: every record has one"
            yield loaded.finding(("fields", name), what, f"write repeat: {{lines: {place}}} and begin there", Level.WARNING)
            return


def _lint_root(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """An XML file has one outermost element: where that is the record, there is a file for each."""
    layout = template.file
    alone = layout.record is not None and layout.record.strip("/").count("/") == 0
    if template.writes is None or layout.format is not Format.XML or not alone:
        return
    if not {"number", "shipment"} & name_parts(layout.name or ""):
        what = f"the record {layout.record} is the whole document, and a file may hold several records"
        yield loaded.finding(("file", "record"), what, "write {shipment} or {number} in file.name, or record: /Orders/Order")


def _path(loaded: Loaded, route: tuple[str | int, ...], text: str) -> Iterator[Finding]:
    try:
        parse_path(text)
    except ValueError as error:
        yield loaded.finding(route, str(error))


def _lint_types(template: Template, loaded: Loaded) -> Iterator[Finding]:
    layout, route = template.file, ("file", "types")
    if layout.format in DOCUMENTS:
        yield loaded.finding(route, f"means nothing for {layout.format}", "take it away: paths say where everything is")
    if layout.is_book and layout.format is not Format.EXCEL:
        yield loaded.finding(route, f"saw sheets in {layout.format}", "only a workbook has sheets: format: excel")
    if template.writes is None:
        yield from _lint_read_types(template, loaded)
        return
    if layout.is_set or layout.is_book or layout.format not in (Format.CSV, Format.FIXED):
        yield loaded.finding(route, "cannot be written", "rows of several kinds are written into one csv or fixed file")
    elif layout.format is Format.CSV and layout.header is not None:
        yield loaded.finding(("file",), "rows of several kinds have no headings", "write header: none")
    for name, kind in layout.types.items():
        if not kind.column_names:
            yield loaded.finding((*route, name), "has no columns", "name them in their order")


def _lint_read_types(template: Template, loaded: Loaded) -> Iterator[Finding]:
    """Rows that would be passed over in silence: lines of a kind that nobody named."""
    below = template.file.kinds_below
    unsaid = len(below) > 1 and not template.repeat and any(name.startswith("lines.") for name in template.fields)
    if unsaid and template.line_kind is None and template.file.record_type not in template.kinds_of_products:
        what = f"the rows {' and '.join(below)} lie under a record, and nothing says which of them are its lines"
        yield loaded.finding(("file", "types"), what, f"write repeat: {{lines: {below[0]}}}")


def _lint_repeat(template: Template, loaded: Loaded) -> Iterator[Finding]:
    reading = template.reads is not None
    for left, right in template.repeat.items():
        said = right.from_ if isinstance(right, Rows) else right
        theirs, ours = (said, left) if reading else (left, said)
        route = ("repeat", left)
        lists = _ROW_LISTS if reading else _written_lists(template)
        if ours not in lists:
            yield loaded.finding(route, f"saw {left}: {said}", f"{_form(template)}; lists are {', '.join(lists)}")
        elif theirs != ROWS:
            yield from _lint_theirs(template, loaded, left, theirs)


def _written_lists(template: Template) -> tuple[str, ...]:
    """The lists that a document or kind of row may repeat: the hub's own, and fields that hold several values."""
    if template.kind is Kind.ANSWERS:
        return ("records",)
    if template.file.format not in DOCUMENTS and not template.file.types:
        return _WRITTEN_LISTS
    return (*_WRITTEN_LISTS, *(name for name, each in fields_written(template.kind).items() if each.many and "." not in name))


def _form(template: Template) -> str:
    if template.file.types:
        return "for rows of several kinds write {lines: PD}" if template.reads else "for rows of several kinds write {PD: lines}"
    if template.file.format in DOCUMENTS:
        return "for documents write {lines: Items/Item}" if template.reads else "for documents write {Items/Item: lines}"
    return f"for tables write {'{lines: rows}' if template.reads else '{rows: lines}'}"


def _lint_theirs(template: Template, loaded: Loaded, left: str, theirs: str) -> Iterator[Finding]:
    route = ("repeat", left)
    if template.file.types:
        kinds = template.file.types
        last = theirs.rpartition("/")[2]
        if last not in kinds or kinds[last].once is not None:
            yield loaded.finding(route, f"saw {theirs!r}, which is no kind of row", did_you_mean(last, kinds))
    elif template.file.format in DOCUMENTS:
        yield from _path(loaded, route, theirs)
        if template.reads is not None and below_record(theirs, template).startswith("/"):
            what = f"saw {theirs!r}, which would be the same items for every record"
            yield loaded.finding(route, what, "a list lies below its record: Items/Item")
        if template.writes is not None and (theirs.startswith("/") or "@" in theirs or ".." in theirs):
            yield loaded.finding(route, f"saw {theirs!r}", "a list is written below its record: Items/Item")
    else:
        yield loaded.finding(route, f"saw {left}: {theirs}", f"{_form(template)}; a table has one list of rows")


def lint_source(template: Template, source: str) -> None:
    """Raise ValueError for a source of a document or of typed rows that leads nowhere."""
    layout = template.file
    if layout.format in DOCUMENTS:
        parse_path(source)
        _refuse_every_record(template, source)
    if not layout.types or not all(kind.column_names for kind in layout.types.values()):
        return
    steps = [each for each in source.strip("/").split("/") if each != ".."]
    columns = {name for kind in layout.types.values() for name in kind.column_names}
    kinds = [each for each in steps[:-1] if each not in layout.types]
    last = steps[-1] if steps else ""
    if kinds:
        raise ValueError(f"{source!r}: {kinds[0]!r} is no kind of row. {did_you_mean(kinds[0], layout.types)}")
    own = layout.types[steps[-2]].column_names if len(steps) > 1 else columns
    if last not in own:
        raise ValueError(f"{source!r}: there is no column {last!r}. {did_you_mean(last, own)}")


def _refuse_every_record(template: Template, source: str) -> None:
    """A path from the top is once per file: one that leads into the records finds the same in all of them."""
    layout = template.file
    alone = layout.format is Format.XML and (layout.record or "").strip("/").count("/") == 0  # the document is the record
    own = below_record(source, template)
    if own != source and not alone:
        raise ValueError(f"{source!r} begins with / and is the same for every record; write {own}")
