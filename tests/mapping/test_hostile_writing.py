"""Whatever text stands in a record, every writer gives a file that says just that, or refuses it with the place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused
from hub.formats.carried import NOT_CARRIED
from hub.formats.excel_out import LONGEST_TEXT
from hub.formats.json import open_json
from hub.formats.layout import Format, Layout
from hub.formats.nested import Wanted
from hub.formats.table import open_tables
from hub.formats.xml import open_xml
from tests.mapping.conftest import LIMITS, Bench

TABLE = "fields: {a: name, b: description, c: sku}"  # c: a row of nothing but blanks is none to any reader
LAYOUTS = {
    "csv": f"file: {{format: csv, name: f.csv}}\n{TABLE}",
    "csv, every cell quoted": f"file: {{format: csv, quote: all, delimiter: semicolon, name: f.csv}}\n{TABLE}",
    "csv, backslashes": f"file: {{format: csv, quote: '\\\"', name: f.csv}}\n{TABLE}",
    "csv, no quotes": f"file: {{format: csv, quote: none, delimiter: tab, name: f.csv}}\n{TABLE}",
    "csv, UTF-16": f"file: {{format: csv, encoding: utf-16, name: f.csv}}\n{TABLE}",
    "csv, Latin": f"file: {{format: csv, encoding: cp1252, name: f.csv}}\n{TABLE}",
    "excel": f"file: {{format: excel, name: f.xlsx}}\n{TABLE}",
    "fixed": f"file: {{format: fixed, columns: {{a: 1-300, b: 301-700, c: 701-710}}, name: f.txt}}\n{TABLE}",
    "xml": f"file: {{format: xml, record: /all/one, name: f.xml}}\n{TABLE}",
    "xml, Latin": f"file: {{format: xml, encoding: iso-8859-1, record: /all/one, name: f.xml}}\n{TABLE}",
    "xml, attributes": "file: {format: xml, record: /all/one, name: f.xml}\nfields: {./@a: name, ./@b: description, ./@c: sku}",
    "json": f"file: {{format: json, name: f.json}}\n{TABLE}",
    "json, Latin": f"file: {{format: json, encoding: cp1252, name: f.json}}\n{TABLE}",
}
PIECES = (
    *"\0\x01\x07\x08\t\n\v\f\r\x1a\x1b\x1c\x1f\x7f\x80\x85\x9f\xa0\xad\u200b\u200e\u200f\u2028\u2029\u202e\u2066\ufeff",
    *"\ud800\udfff\ufffe\uffff\ufffd\U0001ffff😀äö€中Ж",
    *"=+-@'\"\\;,|&<>^~_%#{}[]()/ 0",
    *(
        "\r\n",
        "=1+1",
        "@SUM(A1)",
        "+358",
        "-2",
        "]]>",
        "<!--",
        "&amp;",
        "&#0;",
        "_x0041_",
        "_x000D_",
        "^XZ",
        "~DG",
        "'+",
        "?",
        "UNZ+1'",
    ),
    *("00123", "1E5", "1234567890123456789012345678901234567890", "NA", "null", "true", "#N/A", "1/2", "12:30", "https://x"),
)
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
@example(texts=[("\x01", "b")])
@example(texts=[("a", "\ud800")])
@example(texts=[("a", "\uffff")])
@example(texts=[("=1+1", "\ufeffa")])
@example(texts=[("a\r\nb\rc\nd", "\u202ea")])
def test_a_text_reads_back_as_it_was_or_is_refused_with_its_place(
    bench: Bench, layout: str, texts: list[tuple[str, str]]
) -> None:
    records = [{"sku": f"A{at}", "name": name, "description": more} for at, (name, more) in enumerate(texts)]
    try:
        written = bench.write(f"writes: catalog\n{LAYOUTS[layout]}\n", *records)
    except FileRefused as refused:
        (problem,) = refused.problems
        assert problem.code is Code.CHARACTERS
        assert problem.row is not None
        assert problem.hint
        return
    assert not any(NOT_CARRIED.search(text) for pair in texts for text in pair)
    blanks = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029" if layout == "fixed" else ""
    found = read_back(bench, written.data)
    assert [[text.strip() if blanks else text for text in row] for row in found] == [
        [text.strip() if blanks else text for text in pair] for pair in texts
    ]


def read_back(bench: Bench, data: bytes) -> list[list[str]]:
    """The two cells of each record, by the readers of the formats alone."""
    layout = bench.library().get("m").layout
    if layout.format in (Format.XML, Format.JSON):
        return _nested(layout, data)
    (table,) = open_tables(layout, data, LIMITS)
    assert table.headings == ["a", "b", "c"]
    return [[frame.columns[at][row] or "" for at in (0, 1)] for frame in table.blocks() for row in range(len(frame))]


def _nested(layout: Layout, data: bytes) -> list[list[str]]:
    wanted = Wanted({}, (("", "a"), ("", "b")))
    found = (open_xml if layout.format is Format.XML else open_json)(layout, data, LIMITS, wanted)
    columns = [found.frame.columns[found.keys["", path]] for path in ("a", "b")]
    return [[str(cell or "") for cell in row] for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("size", [32_767, 32_768, 200_000])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_very_long_text_is_whole_or_refused_with_its_place(bench: Bench, layout: str, size: int) -> None:
    record: dict[str, Any] = {"sku": "A", "name": "ä" * size, "description": "x"}
    mapping = f"writes: catalog\n{LAYOUTS[layout]}\n"
    if layout == "fixed" or (layout == "excel" and size > LONGEST_TEXT):
        with pytest.raises(FileRefused) as refused:
            bench.write(mapping, record)
        (problem,) = refused.value.problems
        assert (problem.code, problem.column, problem.row is not None) == (Code.LENGTH, "a", True)
    else:
        assert read_back(bench, bench.write(mapping, record).data) == [["ä" * size, "x"]]
