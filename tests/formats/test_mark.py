"""A partner gets his own file back: marked where it is wrong, and cut down to what was refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from hub.domain.problems import Code, Counts, FileRefused, Level, Problem
from hub.formats.frame import Cell
from hub.formats.grid import Limits
from hub.formats.layout import Layout
from hub.formats.mark import Answered, Where, answer_names, marked, refused
from hub.formats.table import open_tables

LIMITS = Limits(file_size=100_000_000, rows=1_000_000, unpacked_ratio=100)
AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def told(*problems: Problem, rows: dict[Where, int] | None = None, name: str = "hinnasto.csv") -> Answered:
    return Answered(name, "ahti", AT, 207, Counts(read=3, accepted=2, refused=1), list(problems), rows or {})


def number(row: int, **place: Any) -> Problem:
    return Problem(Code.NUMBER, "'12.50.1' is no number", "Write 12,50.", row=row, column="Hinta", value="12.50.1", **place)


def cells(layout: Layout, data: bytes) -> list[list[Cell]]:
    return [
        [column[at] for column in frame.columns]
        for table in open_tables(layout, data, LIMITS)
        for frame in table.blocks()
        for at in range(len(frame))
    ]


def test_the_names_of_answers_never_meet() -> None:
    assert answer_names("a.csv", 1) == {"json": "a.csv.answer.json", "marked": "a.marked.csv", "refused": "a.refused.csv"}
    assert answer_names("a.csv", 2) == {"json": "a.csv.2.answer.json", "marked": "a.2.marked.csv", "refused": "a.2.refused.csv"}
    assert answer_names("orders.v2.xlsx", 1)["marked"] == "orders.v2.marked.xlsx"
    assert answer_names("noend", 3)["refused"] == "noend.3.refused"


# ------------------------------------------------------------------ CSV

LETTER = 'Hinnasto;\r\n\r\nKoodi;Nimi;Hinta\r\nA1;"Tuoli ""iso""\nmusta";1,5\r\nA2;Pöytä;12.50.1\r\n'


def test_a_marked_csv_is_the_same_file_with_two_columns_more() -> None:
    layout = Layout(header=3)
    data = marked(layout, LETTER.encode("cp1252"), told(number(5), rows={(None, 4): 200, (None, 5): 400}))
    assert data.decode("cp1252") == (
        "Hinnasto;\r\n\r\nKoodi;Nimi;Hinta;hub_answer;hub_problem\r\n"
        'A1;"Tuoli ""iso""\nmusta";1,5;200;\r\n'
        "A2;Pöytä;12.50.1;400;400.number [Hinta]: '12.50.1' is no number. Write 12,50.\r\n"
    )


def test_several_problems_of_a_row_stand_side_by_side() -> None:
    warning = Problem(Code.POSTCODE, "odd postcode", level=Level.WARNING, row=2)
    data = marked(Layout(), b"a,b\n1,2\n", told(warning, number(2)))
    (row,) = cells(Layout(), data)
    assert row[-1] == "400.postcode (warning): odd postcode. | 400.number [Hinta]: '12.50.1' is no number. Write 12,50."


def test_what_refuses_the_whole_file_stands_in_the_first_row() -> None:
    data = marked(Layout(), b"a,b\n1,2\n3,4\n", told(Problem(Code.COLUMN, "the heading Hinta is missing", "Add it.")))
    assert [row[-1] for row in cells(Layout(), data)] == ["400.column: the heading Hinta is missing. Add it.", ""]


def test_ragged_rows_survive_and_the_columns_line_up() -> None:
    data = marked(Layout(), b"a,b,c\n1,2\n1,2,3,4\n\n5,6,7", told(rows={(None, 2): 400, (None, 5): 200}))
    assert data == b"a,b,c,,hub_answer,hub_problem\n1,2,,,400,\n1,2,3,4,,\n\n5,6,7,,200,\n"


def test_a_message_that_the_encoding_lacks_makes_it_utf8_with_bom() -> None:
    problem = Problem(Code.CHARACTERS, "saw Ж", row=2)
    data = marked(Layout(), "a,b\nä,2\n".encode("cp1252"), told(problem))
    assert data.startswith(b"\xef\xbb\xbf")
    assert cells(Layout(encoding="cp1252"), data)[0][0] == "ä"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_marked_csv_keeps_its_encoding(codec: str) -> None:
    original = "a;b\nä;2\n".encode(codec)
    data = marked(Layout(), original, told(number(2)))
    assert data[:2] == original[:2]
    assert "hub_problem" in data.decode(codec)


def test_a_marked_file_that_comes_back_is_marked_anew() -> None:
    once = marked(Layout(), b"a,b\n1,2\n", told(number(2), rows={(None, 2): 400}))
    again = marked(Layout(), once, told(rows={(None, 2): 200}))
    assert again == b"a,b,hub_answer,hub_problem\n1,2,200,\n"


def test_without_quotes_a_message_keeps_to_its_cell() -> None:
    layout = Layout.model_validate({"quote": "none", "delimiter": ","})
    (row,) = cells(layout, marked(layout, b'a,b\n1,5"\n', told(number(2))))
    assert row[:2] == ["1", '5"']
    assert row[-1] == "400.number [Hinta]: '12.50.1' is no number. Write 12 50."


def test_the_refused_csv_holds_the_refused_rows_exactly_as_they_stood() -> None:
    layout = Layout(header=3)
    data = refused(layout, LETTER.encode("cp1252"), {(None, 4)})
    assert data.decode("cp1252") == 'Hinnasto;\r\n\r\nKoodi;Nimi;Hinta\r\nA1;"Tuoli ""iso""\nmusta";1,5\r\n'


def test_a_refused_row_says_itself_what_fill_took_from_above() -> None:
    layout = Layout.model_validate({"fill": {"Handle": ["Title", "Vendor"]}})
    data = b"Handle,Title,Vendor,SKU\nh1,Tuoli,Ahti,1\nh1,,,2\nh2,,,3\n,,Kivi,4\n"
    assert refused(layout, data, {(None, 3), (None, 5)}) == b"Handle,Title,Vendor,SKU\nh1,Tuoli,Ahti,2\r\nh2,,Kivi,4\r\n".replace(
        b"\r\n", b"\n"
    )


def test_a_last_row_without_line_end_gets_one_when_another_follows() -> None:
    assert refused(Layout(), b"a,b\n1,2", {(None, 2)}) == b"a,b\n1,2\n"


def test_what_cannot_be_read_cannot_be_marked() -> None:
    with pytest.raises(FileRefused):
        marked(Layout(), b'a,b\n1,"2\n', told())


# ------------------------------------------------------------------ Excel

EXCEL = Layout.model_validate({"format": "excel", "sheet": "Hinnasto", "header": "3", "fill": {"Ryhmä": "Toimittaja"}})


def price_list() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Ohje"
    sheet["A1"] = "Lue tämä"
    sheet = book.create_sheet("Hinnasto")
    for row in (
        ["HINNASTO"],
        [],
        ["Koodi", "Hinta", "Ryhmä", "Toimittaja", "Päivä"],
        ["00123", 1.5, "G1", "Ahti", date(2026, 11, 22)],
        ["00124", "12.50.1", "G1", None, None],
        ["00125", 3, "G2", "Kivi", None],
        ["Yhteensä", "=SUM(B4:B6)"],
    ):
        sheet.append(row)
    sheet["A5"].font = Font(italic=True)
    sheet.merge_cells("D7:E7")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def loaded(data: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(data))


BAD = number(5, sheet="Hinnasto", cell="B5")
ODD = Problem(Code.POSTCODE, "odd", "Look.", level=Level.WARNING, sheet="Hinnasto", row=6, column="Ryhmä")
ROW = Problem(Code.MISSING, "the sku is missing", "Add it.", sheet="Hinnasto", row=4)
WHOLE = Problem(Code.COLUMN, "the heading Alv is missing", "Add it.")


def test_bad_cells_are_coloured_and_commented() -> None:
    sheet = loaded(marked(EXCEL, price_list(), told(BAD, ODD, ROW, WHOLE)))["Hinnasto"]
    assert (sheet["B5"].fill.fgColor.rgb, sheet["C6"].fill.fgColor.rgb) == ("FFFF9C9C", "FFFFD966")
    assert sheet["B5"].comment.text == "400.number (error)\n'12.50.1' is no number. Write 12,50."
    assert sheet["A4"].comment.text.startswith("400.missing")
    assert sheet["B6"].comment is None
    assert sheet["B4"].fill.fill_type is None


def test_the_rest_of_the_workbook_stays_as_it_was() -> None:
    book = loaded(marked(EXCEL, price_list(), told(BAD)))
    sheet = book["Hinnasto"]
    assert book.sheetnames == ["Hub answer", "Ohje", "Hinnasto"]
    assert sheet["B7"].value == "=SUM(B4:B6)"
    assert (sheet["A4"].value, sheet["A5"].font.italic) == ("00123", True)


def test_a_sheet_in_front_sums_up() -> None:
    book = loaded(marked(EXCEL, price_list(), told(BAD, WHOLE, name="=cmd()")))
    sheet = book.active
    text = {str(cell.value) for row in sheet for cell in row if cell.value is not None}
    assert sheet.title == "Hub answer"
    assert {"The hub's answer: 207 accepted with problems", "ahti", "2026-11-22 10:30 UTC", "=cmd()", "400.column"} <= text
    assert "the heading Alv is missing" in text
    (link,) = [cell for row in sheet for cell in row if cell.hyperlink]
    assert (link.value, link.hyperlink.location or link.hyperlink.target) == ("B5", "#'Hinnasto'!B5")
    assert {cell.data_type for row in sheet for cell in row if cell.value == "=cmd()"} == {"s"}


def test_a_partners_own_comment_is_kept_above_ours() -> None:
    book = loaded(price_list())
    book["Hinnasto"]["B5"].comment = openpyxl.comments.Comment("tarkista", "Liisa")
    out = BytesIO()
    book.save(out)
    text = loaded(marked(EXCEL, out.getvalue(), told(BAD)))["Hinnasto"]["B5"].comment.text
    assert text.startswith("tarkista\n\n400.number")


def test_a_problem_in_a_merged_cell_shows_where_it_is_seen() -> None:
    problem = Problem(Code.MISSING, "x", sheet="Hinnasto", row=7, cell="E7")
    assert loaded(marked(EXCEL, price_list(), told(problem)))["Hinnasto"]["D7"].comment is not None


def test_marking_twice_gives_the_same_bytes_and_one_summary() -> None:
    original = price_list()
    once = marked(EXCEL, original, told(BAD))
    assert marked(EXCEL, original, told(BAD)) == once
    again = loaded(marked(EXCEL, once, told(BAD)))
    assert again.sheetnames == ["Hub answer", "Ohje", "Hinnasto"]
    assert again["Hinnasto"]["B5"].comment.text.count("400.number") == 1


def test_characters_that_excel_cannot_hold_do_not_stop_an_answer() -> None:
    problem = Problem(Code.CHARACTERS, "saw \x01", sheet="Hinnasto", row=5, cell="B5", value="a\x01\ud800")
    assert loaded(marked(EXCEL, price_list(), told(problem))).sheetnames[0] == "Hub answer"


def test_the_refused_workbook_holds_the_refused_rows_with_their_types() -> None:
    data = refused(EXCEL, price_list(), {("Hinnasto", 5), ("Hinnasto", 6)})
    assert cells(EXCEL, data) == [["00124", "12.50.1", "G1", "Ahti", None], ["00125", "3", "G2", "Kivi", None]]
    sheet = loaded(data)["Hinnasto"]
    assert (sheet["A1"].value, sheet["A4"].font.italic, sheet["B5"].data_type) == ("HINNASTO", True, "n")
    assert sheet.max_row == 5


def test_the_refused_file_comes_back_as_it_went() -> None:
    data = refused(EXCEL, price_list(), {("Hinnasto", 5)})
    assert cells(EXCEL, refused(EXCEL, data, {("Hinnasto", 4)})) == cells(EXCEL, data) != []


def test_a_bomb_is_not_marked_either() -> None:
    with pytest.raises(FileRefused):
        marked(EXCEL, price_list(), told(), Limits(10, 10, 10))


def test_the_answer_to_a_file_with_a_very_long_name_can_be_delivered() -> None:
    for name in ("ä" * 125 + ".csv", "x" * 255, "a." + "y" * 253):
        answers = answer_names(name, 12)
        assert all(len(each.encode()) <= 255 for each in answers.values())
        assert len(set(answers.values())) == 3
        assert answers["json"].endswith(".12.answer.json")
    assert answer_names("ä" * 125 + ".csv", 1)["marked"].endswith("ä.marked.csv")


# ------------------------------------------------------------------ documents

XML = b"""<?xml version='1.0' encoding='ISO-8859-1'?>
<s:batch xmlns:s="urn:s" day="1">
  <sender>\xe4 &amp; co</sender>
  <s:row no="1">
    <q>1</q>
  </s:row>
  <s:row no="2"><q>x</q></s:row>
</s:batch>"""


def test_the_refused_xml_is_the_same_document_with_none_but_the_refused_records() -> None:
    layout = Layout.model_validate({"format": "xml", "record": "/batch/row"})
    assert refused(layout, XML, {(None, 7)}) == XML.replace(b'<s:row no="1">\n    <q>1</q>\n  </s:row>\n  ', b"")


def test_records_of_one_line_of_xml_are_not_told_apart() -> None:
    layout = Layout.model_validate({"format": "xml", "record": "/a/b"})
    with pytest.raises(FileRefused):
        refused(layout, b"<a><b>1</b><b>2</b></a>", {(None, 1)})


@pytest.mark.parametrize(
    ("record", "data", "kept"),
    [
        (None, '[{"id": 1.50}, {"id": 2, "name": "ä"}]', '[\n  {\n    "id": 2,\n    "name": "ä"\n  }\n]\n'),
        (
            None,
            '[[{"id": 1}], [{"id": 12345678901234567890.10}]]',
            '[\n  [\n    {\n      "id": 12345678901234567890.10\n    }\n  ]\n]\n',
        ),
        (None, '{"id": 1}\n{"id": 2}\r\n{"id": 3}', '{"id": 2}\r\n'),
        ("/d/rows", '{"n": null, "d": {"rows": [{"id": 1}, {"id": 2}]}}', None),
    ],
)
def test_the_refused_json_holds_none_but_the_refused_records_with_their_digits(
    record: str | None, data: str, kept: str | None
) -> None:
    layout = Layout.model_validate({"format": "json", "record": record})
    found = refused(layout, data.encode(), {(None, 2)}).decode()
    assert found == (kept or '{\n  "n": null,\n  "d": {\n    "rows": [\n      {\n        "id": 2\n      }\n    ]\n  }\n}\n')


def test_json_records_that_are_told_by_their_keys_are_not_taken_apart() -> None:
    with pytest.raises(FileRefused):
        refused(Layout.model_validate({"format": "json"}), b'{"A": {"q": 1}, "B": {"q": 2}}', {(None, 2)})
