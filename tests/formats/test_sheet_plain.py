"""A large plain sheet is read out of its bytes: whatever stands in it, its rows are those that calamine reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.problems import FileRefused
from hub.formats import excel, excel_wide, unpack
from hub.formats.excel import excel_grids
from hub.formats.frame import Typed, column_letters
from hub.formats.grid import USUAL_LIMITS
from hub.formats.layout import Format, Layout
from hub.formats.unpack import look_inside

LAYOUT = Layout(format=Format.EXCEL)
NEVER = 1 << 60
PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TEXTS = [
    "teräs",
    "a b",
    " a",
    "a ",
    "",
    "1",
    "007",
    "a&amp;b",
    "&lt;b&gt;",
    "&amp;lt;",
    "&quot;x&apos;",
    "&#65;",
    "&odd;",
    "a&b",
    "_x0041_",
]
TEXTS += ["a_b", "a\nb", "a\r\nb", "\t", "]]&gt;", "]]>", "<![CDATA[a]]>", "<!-- a -->a", "x" * 300, "\x01", "日本", "a<b/>c"]
NUMBERS = [
    "0",
    "-0",
    "1",
    "12.5",
    "0.1",
    "1E-3",
    "1.0000000000000001E-5",
    "1e5",
    "+1",
    "1.",
    ".5",
    "-",
    "1.5.2",
    "",
    " 1",
    "1e",
    "inf",
]
NUMBERS += ["9007199254740993", "123456789012345678", "1e999", "1e-400", "0.30000000000000004", "007", "x", "1 "]
PLACES = ["0", "1", "2", "3", "9", "01", "+1", "-1", "x", "", "1.0"]
SHARED = [
    "<t>teräs</t>",
    "<t>a &amp; b</t>",
    '<t xml:space="preserve"> a </t>',
    "<t></t>",
    "<t> a</t>",
    "<t/>",
    "<r><t>a</t></r><r><t>b</t></r>",
]
SHARED += ["<t>a</t><phoneticPr/>", "<t>_x0041_</t>", "<t>&#65;</t>", "<t>a</t><rPh><t>b</t></rPh>"]


def _cell(place: str, held: tuple[str, str], style: str) -> str:
    kind, text = held
    match kind:
        case "inline":
            return f'<c r="{place}"{style} t="inlineStr"><is><t>{text}</t></is></c>'
        case "kept":
            return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        case "number":
            return f'<c r="{place}"{style}><v>{text}</v></c>'
        case "told number":
            return f'<c r="{place}"{style} t="n"><v>{text}</v></c>'
        case "shared":
            return f'<c r="{place}"{style} t="s"><v>{text}</v></c>'
        case "nothing":
            return f'<c r="{place}"{style}/>'
        case "nothing, spaced":
            return f'<c r="{place}"{style} />'
        case other:
            return other.replace("PLACE", place)


PLAIN_CELLS = st.one_of(
    st.tuples(
        st.sampled_from(["inline", "kept"]),
        st.sampled_from(["teräs", "a b", "1", "a&amp;b", "&amp;lt; &gt;", "", "a\nb", "日本"]),
    ),
    st.tuples(
        st.sampled_from(["number", "told number"]), st.sampled_from(["0", "-0", "1", "12.5", "1E-3", "123456789012345678"])
    ),
    st.tuples(st.just("shared"), st.sampled_from(["0", "1", "2"])),
    st.tuples(st.sampled_from(["nothing", "nothing, spaced", ""]), st.just("")),
)
ANY_CELLS = st.one_of(
    PLAIN_CELLS,
    st.tuples(st.sampled_from(["inline", "kept"]), st.sampled_from(TEXTS)),
    st.tuples(st.sampled_from(["number", "told number"]), st.sampled_from(NUMBERS)),
    st.tuples(st.just("shared"), st.sampled_from(PLACES)),
    st.tuples(
        st.sampled_from(
            [
                '<c r="PLACE" t="b"><v>1</v></c>',
                '<c r="PLACE" t="e"><v>#DIV/0!</v></c>',
                '<c r="PLACE" t="str"><f>A1</f><v>x</v></c>',
                '<c r="PLACE"><f>1+1</f><v>2</v></c>',
                '<c r="PLACE" t="d"><v>2026-11-26</v></c>',
                '<c r="PLACE" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
                '<c r="PLACE" t="inlineStr"><is><t/></is></c>',
                '<c r="PLACE" t="inlineStr"><v>3</v></c>',
                '<c r="PLACE" t="s"><is><t>a</t></is></c>',
                '<c r="PLACE"></c>',
                '<c r="PLACE"><v/></c>',
                '<c t="n" r="PLACE"><v>1</v></c>',
                '<c r="PLACE" t="n" s="1"><v>1</v></c>',
                "<c><v>1</v></c>",
                '<c r="PLACE"> <v>1</v>\n</c>',
                '<c r="PLACE"><v>1</v><v>2</v></c>',
                '<c r="PLACE"><v xml:space="preserve">1</v></c>',
                '<c r="A1"><v>5</v></c>',
                '<c r="B9"><v>5</v></c>',
                '<c r="A01"><v>5</v></c>',
                '<c>r="PLACE"><v>5</v></c>',
                '<x:c r="PLACE"><x:v>5</x:v></x:c>',
                "<extra/>",
                "text",
                "</row><row>",
            ]
        ),
        st.just(""),
    ),
)
STYLES = st.sampled_from(["", "", "", ' s="0"', ' s="1"', ' s="2"', ' s="3"', ' s="4"', ' s="77"', ' s=""'])


@st.composite
def _rows(draw: st.DrawFn, cells: st.SearchStrategy[Any], styles: st.SearchStrategy[str]) -> str:
    """The rows of a sheet as XML."""
    rows, number, line = [], 0, draw(st.sampled_from(["", "", "\n"]))
    for _ in range(draw(st.integers(1, 6))):
        number += draw(st.sampled_from([1, 1, 1, 1, 2, 5]))
        inside = "".join(
            _cell(f"{column_letters(at)}{number}", draw(cells), draw(styles)) for at in range(draw(st.integers(0, 4)))
        )
        opens = f'<row r="{number}"{draw(st.sampled_from(["", " spans="]))}'.replace("spans=", 'spans="1:4"')
        rows.append(f"{opens}>{line}{inside}</row>" if inside or draw(st.booleans()) else f"{opens}/>")
    return line.join(rows)


def book(rows: str, *, shared: str = "<si><t>a</t></si>" * 3, head: str = "", tail: str = "") -> bytes:
    """A workbook whose one sheet has these rows, as XML."""
    base, out = BytesIO(), BytesIO()
    with xlsxwriter.Workbook(base) as made:
        sheet = made.add_worksheet("Goods")
        sheet.write_string(0, 0, "a")
        for at, each in enumerate(("0.00", "yyyy-mm-dd", "[h]:mm", '0.0 "kg"')):
            sheet.write_number(1, at, 1, made.add_format({"num_format": each}))
    with ZipFile(base) as source, ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for each in source.namelist():
            text = source.read(each).decode()
            if each == "xl/worksheets/sheet1.xml":
                text = f"{PROLOG}<worksheet {MAIN}>{head}<sheetData>{rows}</sheetData>{tail}</worksheet>"
            elif each == "xl/sharedStrings.xml":
                text = f"{PROLOG}<sst {MAIN}>{shared}</sst>"
            archive.writestr(each, text)
    return out.getvalue()


@contextmanager
def plainly(*, large: int = 0, chunk: int = 1 << 20, first: int = 2, together: int = 3) -> Iterator[None]:
    """Sheets of so many bytes are large ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpack, "_LARGE", large)
        patch.setattr(unpack, "_CHUNK", chunk)
        patch.setattr(excel_wide, "FIRST", first)
        patch.setattr(excel_wide, "TOGETHER", together)
        yield


def said(data: bytes) -> Any:
    """The rows of the first sheet, each cell with its type, without what is empty at the end; or why it is refused."""
    try:
        (grid,) = excel_grids(LAYOUT, data, USUAL_LIMITS)
        every = [list(grid.rows())]
        if grid.pieces is not None:
            every.append([row for piece in grid.pieces() for row in (piece if isinstance(piece, list) else piece.rows())])
    except FileRefused as refused:
        return [(each.code, each.message) for each in refused.problems]
    first, *others = [_trimmed(rows) for rows in every]
    assert all(each == first for each in others)
    return first


def _trimmed(rows: list[Any]) -> list[list[tuple[str, bool] | None]]:
    found = []
    for row in rows:
        cells = [None if each is None else (str(each), isinstance(each, Typed)) for each in row]
        while cells and cells[-1] is None:
            cells.pop()
        found.append(cells)
    while found and not found[-1]:
        found.pop()
    return found


def alike(data: bytes, **cut: int) -> bool:
    """Whether the sheet was read plainly; what it says must be what calamine says."""
    with plainly(large=NEVER):
        expected = said(data)
    with plainly(**cut):
        assert said(data) == expected
        try:
            return bool(look_inside(data, USUAL_LIMITS).pieces)
        except FileRefused:
            return False


@settings(max_examples=60)
@given(rows=_rows(PLAIN_CELLS, st.sampled_from(["", ' s="0"', ' s="1"'])), chunk=st.sampled_from([1 << 20, 150]))
def test_plain_cells_are_read_out_of_the_bytes_and_say_what_calamine_says(rows: str, chunk: int) -> None:
    shared = '<si><t>teräs</t></si><si><t>a &amp; b</t></si><si><t xml:space="preserve"> a </t></si>'
    assert alike(book(rows, shared=shared), chunk=chunk) or chunk == 150


@settings(max_examples=100)
@given(
    rows=_rows(ANY_CELLS, STYLES),
    shared=st.lists(st.sampled_from(SHARED), min_size=1, max_size=4),
    head=st.sampled_from(["", "", '<dimension ref="A1:D9"/>', "<dimension/>", '<cols><col min="1" max="2"/></cols>', "<a></b>"]),
    tail=st.sampled_from(["", "", '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>', "<sheetData/>", "<a></b>", "<row/>"]),
    chunk=st.sampled_from([1 << 20, 150]),
)
def test_whatever_stands_in_a_sheet_it_says_what_calamine_says(
    rows: str, shared: list[str], head: str, tail: str, chunk: int
) -> None:
    alike(book(rows, shared="".join(f"<si>{each}</si>" for each in shared), head=head, tail=tail), chunk=chunk)


@settings(max_examples=100)
@given(
    rows=_rows(PLAIN_CELLS, st.sampled_from(["", ' s="0"'])),
    at=st.integers(0, 1 << 16),
    length=st.integers(0, 12),
    instead=st.sampled_from(
        ["", "", "<", ">", "/", '"', " ", "<c>", "</c>", "</row>", "<row>", "<v>", "&", "0", "</sheetData>", "<?x?>"]
    ),
)
def test_a_damaged_sheet_says_what_calamine_says(rows: str, at: int, length: int, instead: str) -> None:
    at %= len(rows)
    alike(book(rows[:at] + instead + rows[at + length :]))


def test_tables_of_texts_and_numbers_are_read_out_of_the_bytes_whoever_wrote_them() -> None:
    for options in ({"constant_memory": True}, {"in_memory": True}):
        out = BytesIO()
        with xlsxwriter.Workbook(out, options) as made:
            sheet, money = made.add_worksheet("Goods"), made.add_format({"num_format": "#,##0.00"})
            for row in range(200):
                sheet.write_row(row, 0, ["sku", "price"] if row == 0 else [f"A & {row}", row / 4])
                sheet.write_number(row, 3, row, money)
                sheet.write_blank(row, 4, None, money)
        assert alike(out.getvalue())


@pytest.mark.parametrize(
    "cell", ['<c r="A3" s="2"><v>45000</v></c>', '<c r="A3" t="b"><v>1</v></c>', '<c r="A3"><f>1+1</f><v>2</v></c>']
)
def test_one_cell_that_is_not_plain_leaves_the_sheet_to_calamine(cell: str) -> None:
    plain = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
    assert alike(book(plain))
    assert not alike(book(f'{plain}<row r="3">{cell}</row>'))


@pytest.mark.parametrize("hides", ["<!-- {} -->", "<?x {} ?>"])
def test_rows_that_no_reader_sees_are_not_read(hides: str) -> None:
    hidden = hides.format('<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>')
    assert not alike(book("", head=hidden))


def test_a_plain_sheet_is_not_parsed_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_grid", lambda *_: pytest.fail("calamine was asked for the sheet"))
    data = book('<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>2.5</v></c></row>')
    with plainly():
        (grid,) = excel_grids(LAYOUT, data, USUAL_LIMITS)
        assert [list(row) for row in grid.rows()] == [["a"], ["2.5"]]


def test_a_sheet_that_spans_far_more_than_it_holds_is_refused_before_its_cells_are_laid_out() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with plainly(), pytest.raises(FileRefused, match="spans 1,048,576 rows"):
        excel_grids(LAYOUT, book(rows), USUAL_LIMITS)


def test_a_sheet_named_twice_is_left_to_calamine() -> None:
    data, out = book('<row r="1"><c r="A1"><v>1</v></c></row>'), BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w") as archive:
        for each in source.namelist():
            archive.writestr(each, source.read(each))
        archive.writestr("xl/worksheets/Sheet1.xml", "<worksheet/>")
    assert not alike(out.getvalue())


def test_a_time_beyond_all_times_is_a_problem_of_the_file() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2" s="3"><v>123456789012345678</v></c></row>'
    (problem,) = said(book(rows))
    assert problem == ("400.unreadable", "a number is shown as a date or time that no calendar has")
