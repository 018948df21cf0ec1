"""Documents are read by path within bounds, and nothing in their bytes can be more than a refusal."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.problems import Code, FileRefused
from hub.formats.frame import Several, Typed
from hub.formats.grid import Limits
from hub.formats.json import open_json
from hub.formats.layout import Format, Layout
from hub.formats.nested import Document, Wanted
from hub.formats.packed import plain_name, unpacked
from hub.formats.paths import parse_path
from hub.formats.rowtypes import open_types
from hub.formats.xml import open_xml

LIMITS = Limits(file_size=1_000_000, rows=1000, unpacked_ratio=100)
XML = Layout(format=Format.XML, record="/o/r")
JSON = Layout(format=Format.JSON)


def wanted(*paths: str, lists: dict[str, str] | None = None, **inside: list[str]) -> Wanted:
    own = [("", each) for each in paths]
    return Wanted(lists or {}, (*own, *((name, each) for name, named in inside.items() for each in named)))


def cells(document: Document, path: str, inside: str = "") -> list[Any]:
    return list(document.frame.columns[document.keys[inside, path]]) if (inside, path) in document.keys else []


def code(refused: pytest.ExceptionInfo[FileRefused]) -> Code:
    return refused.value.problems[0].code


def test_paths_pick_go_up_and_reach_the_top() -> None:
    data = b"""<o id="7"><head><no>H1</no></head>
<r><p role="bill"><z>1</z></p><p role="ship"><z>2</z></p><i><q>3</q></i>
<i q="4"/></r></o>"""
    names = wanted("p(role=ship)/z", "/o/head/no", "/o/@id", lists={"lines": "i"}, lines=["q", "../p(role=bill)/z"])
    found = open_xml(XML, data, LIMITS, names)
    assert cells(found, "p(role=ship)/z") == ["2", None, None]
    assert (cells(found, "/o/head/no")[0], cells(found, "/o/@id")[0]) == ("H1", "7")
    assert cells(found, "q", "lines") == [None, "3", "4"]
    assert cells(found, "../p(role=bill)/z", "lines") == [None, "1", "1"]
    assert (found.frame.rows, found.frame.kinds, found.frame.parents) == ([2, 2, 3], ["", "lines", "lines"], [0, 0, 0])


def test_namespaces_do_not_matter_and_mixed_text_is_whole() -> None:
    data = b'<a:o xmlns:a="u" xmlns:b="v"><b:r b:k="1"><b:t>x <i>y</i> z<!-- no --></b:t><b:c><![CDATA[<&>]]></b:c></b:r></a:o>'
    found = open_xml(XML, data, LIMITS, wanted("k", "t", "c"))
    assert [cells(found, each) for each in ("k", "t", "c")] == [["1"], ["x y z"], ["<&>"]]


def test_repeated_elements_are_several_values() -> None:
    [cell] = cells(open_xml(XML, b"<o><r><t>a,b</t><t>c</t></r></o>", LIMITS, wanted("t")), "t")
    assert isinstance(cell, Several)
    assert cell.texts == ("a,b", "c")


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE o [<!ENTITY e "x">]><o><r>&e;</r></o>',
        b'<!DOCTYPE o SYSTEM "x.dtd" [ ]><o><r/></o>',
        b'<!DOCTYPE o SYSTEM "x.dtd"><o><r>&e;</r></o>',
        b'<!DOCTYPE o SYSTEM "x.dtd"><o><r a="&e;"/></o>',
        b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><o><r>&x;</r></o>',
        '<!DOCTYPE o [<!ENTITY e "x">]><o><r>&e;</r></o>'.encode("utf-16"),
        b"<!--" + b" " * 200_000 + b'--><!DOCTYPE o [<!ENTITY e "x">]><o><r>&e;</r></o>',
        b"<?x " + b" " * 500_000 + b"?>" + b"<!-- -->" * 30_000 + b'<!DOCTYPE o SYSTEM "x.dtd" [ ]><o><r/></o>',
        ("<!--" + " " * 300_000 + '--><!DOCTYPE o [<!ATTLIST r a CDATA "1">]><o><r/></o>').encode("utf-16"),
        b'<!DOCTYPE o PUBLIC "' + b"-" * 200_000 + b'" "x.dtd" [ ]><o><r/></o>',
        b"<o><r></o>",
        b"<o>" * 300 + b"</o>" * 300,
        b"\x00\x01",
        b"PK\x03\x04nonsense",
        b"sku;stock\nA;1\n",
    ],
)
def test_xml_that_is_unsound_or_declares_entities_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        open_xml(XML, data, LIMITS, wanted("r"))
    assert code(refused) is Code.UNREADABLE


def test_a_doctype_that_declares_nothing_is_passed_over_wherever_it_stands() -> None:
    for before in (b"", b"\xef\xbb\xbf", b"<!--" + b" [" * 100_000 + b"-->\n"):
        data = before + b'<!DOCTYPE o SYSTEM "x[.dtd"><o><r a="1"/><!-- <!DOCTYPE o [ --></o>'
        assert cells(open_xml(XML, data, LIMITS, wanted("a")), "a") == ["1"]


def test_a_thousand_million_laughs_cost_nothing() -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(FileRefused):
        open_xml(XML, f'<!DOCTYPE o [<!ENTITY a0 "ha">{levels}]><o><r>&a11;</r></o>'.encode(), LIMITS, wanted("r"))


def test_another_document_is_no_header_and_an_empty_batch_is_none() -> None:
    with pytest.raises(FileRefused) as refused:
        open_xml(XML, b"<html><body/></html>", LIMITS, wanted("k"))
    assert code(refused) is Code.HEADER
    assert len(open_xml(XML, b"<o/>", LIMITS, wanted("k")).frame) == 0


def test_too_many_rows_are_too_large() -> None:
    with pytest.raises(FileRefused) as refused:
        open_xml(XML, b"<o>" + b"<r/>" * 1001 + b"</o>", LIMITS, wanted("k"))
    assert code(refused) is Code.TOO_LARGE


def test_json_numbers_keep_their_digits_and_their_type() -> None:
    data = b'[{"a": 1.50, "b": 12345678901234567890, "c": true, "d": "007", "e": 1E3, "f": null, "g": {"h": [1, "2"]}}]'
    found = open_json(JSON, data, LIMITS, wanted("a", "b", "c", "d", "e", "f", "g/h"))
    assert [cells(found, each) for each in "abcde"] == [["1.50"], ["12345678901234567890"], ["true"], ["007"], ["1000"]]
    assert [type(cells(found, each)[0]) for each in "abcd"] == [Typed, Typed, Typed, str]
    assert (cells(found, "f"), cells(found, "g/h")[0].texts) == ([], ("1", "2"))


@pytest.mark.parametrize(
    ("data", "record", "numbers"),
    [
        (b'[{"n": 1}, {"n": 2}]', None, ["1", "2"]),
        (b'{"n": 1}\n\n{"n": 2}\r\n', None, ["1", "2"]),
        (b'{"n": 1}', None, ["1"]),
        (b'{"data": {"orders": [{"n": 1}, {"n": 2}]}}', "/data/orders", ["1", "2"]),
        (b'{"x": {"n": 1}, "y": {"n": 2}}', None, ["1", "2"]),
        (b'{"orders": {"x": {"n": 1}, "y": {"n": 2}}}', "orders", ["1", "2"]),
        (b'{"orders": []}', "/orders", []),
        (b'\xef\xbb\xbf{"n": "\xc3\xa4"}', None, ["ä"]),
    ],
)
def test_records_of_json_lie_in_many_ways(data: bytes, record: str | None, numbers: list[str]) -> None:
    found = open_json(Layout(format=Format.JSON, record=record), data, LIMITS, wanted("n"))
    assert cells(found, "n") == numbers


def test_an_object_of_objects_may_be_a_list_and_tells_its_keys() -> None:
    data = b'{"o1": {"n": {"v": 1}, "items": {"A": {"q": 1}, "B": {"q": 2}}}}'
    found = open_json(JSON, data, LIMITS, wanted("n/v", "@key", lists={"lines": "items"}, lines=["q", "@key", "../../@key"]))
    assert (cells(found, "@key")[0], cells(found, "q", "lines")) == ("o1", [None, "1", "2"])
    assert cells(found, "@key", "lines") == [None, "A", "B"]
    assert cells(found, "../../@key", "lines")[1:] == ["o1", "o1"]


@pytest.mark.parametrize(
    ("data", "wants"),
    [
        (b'[{"a": 1, "a": 2}]', Code.UNREADABLE),
        (b'[{"a": NaN}]', Code.UNREADABLE),
        (b'[{"a": -Infinity}]', Code.UNREADABLE),
        (b'[{"a": 1},]', Code.UNREADABLE),
        (b'[{"a": "\\ud800"}]', Code.UNREADABLE),
        (b'[{"a": "x"}', Code.UNREADABLE),
        (b"[" * 100_000, Code.UNREADABLE),
        (b'{"a": 1}\nnonsense', Code.UNREADABLE),
        (b"  \n ", Code.EMPTY),
        (b"", Code.EMPTY),
    ],
)
def test_json_that_python_would_swallow_is_refused(data: bytes, wants: Code) -> None:
    with pytest.raises(FileRefused) as refused:
        open_json(JSON, data, LIMITS, wanted("a"))
    assert code(refused) is wants


def test_json_of_another_place_is_no_header() -> None:
    with pytest.raises(FileRefused) as refused:
        open_json(Layout(format=Format.JSON, record="/orders"), b'{"products": []}', LIMITS, wanted("a"))
    assert code(refused) is Code.HEADER
    assert "products" in refused.value.problems[0].hint


def test_what_is_no_object_is_a_damaged_record() -> None:
    found = open_json(JSON, b'[{"a": 1}, 5, "x"]', LIMITS, wanted("a"))
    assert {row: fault.code for row, fault in found.frame.ragged.items()} == {1: Code.ROW_TYPE, 2: Code.ROW_TYPE}


def test_emoji_in_escapes_are_whole_characters() -> None:
    assert cells(open_json(JSON, b'[{"a": "\\ud83d\\ude00 \\\\ud800"}]', LIMITS, wanted("a")), "a") == ["\U0001f600 \\ud800"]


@pytest.mark.parametrize("text", ["", "a//b", "a/", "@", "(x=1)", "a/@b(x=1)", "x" * 501])
def test_what_is_no_path_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse_path(text)


def test_a_heading_with_parentheses_is_a_name() -> None:
    assert [each.name for each in parse_path("Weight (kg)/net").steps] == ["Weight (kg)", "net"]


TYPES: dict[str, Any] = {
    "H": {"once": "start", "columns": ["type", "day"]},
    "O": {"columns": ["type", "no"]},
    "L": {"under": "O", "columns": ["type", "sku"]},
    "T": {"once": "end", "columns": ["type", "count"]},
}


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("O,1\nL,A\nT,1\n", Code.HEADER),
        ("H,x\nO,1\nL,A\n", Code.TRAILER),
        ("H,x\nO,1\nT,1\nO,2\n", Code.TRAILER),
        ("H,x\nT,0\nT,0\n", Code.TRAILER),
        ("H,x\nO,1\nH,x\nT,1\n", Code.TRAILER),
    ],
)
def test_the_rows_that_open_and_close_are_asked_for(text: str, wants: Code) -> None:
    layout = Layout(header=None, types=TYPES)
    with pytest.raises(FileRefused) as refused:
        open_types(layout, text.encode(), LIMITS, wanted("no", lists={"lines": "L"}, lines=["sku"]))
    assert code(refused) is wants


def test_rows_of_several_kinds_are_found_from_everywhere() -> None:
    layout = Layout(header=None, types=TYPES)
    names = wanted("no", "H/day", "L/sku", lists={"lines": "L"}, lines=["sku", "O/no", "T/count"])
    found = open_types(layout, b"H,today\nO,1\nL,A\nL,B\n\nO,2\nT,2\n", LIMITS, names)
    assert cells(found, "no") == ["1", None, None, "2"]
    assert cells(found, "H/day") == ["today", None, None, "today"]
    assert cells(found, "L/sku")[0].texts == ("A", "B")
    assert cells(found, "sku", "lines") == [None, "A", "B", None]
    assert cells(found, "O/no", "lines") == [None, "1", "1", None]
    assert (found.once["T.count"], found.frame.rows) == ("2", [2, 3, 4, 6])
    assert [found.cells[found.keys[key]] for key in (("", "no"), ("", "H/day"), ("lines", "sku"), ("lines", "O/no"))] == [
        1,
        None,
        1,
        None,
    ]


def a_zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_packed_file_is_opened() -> None:
    assert unpacked(gzip.compress(b"a;b\n") + gzip.compress(b"1;2\n"), LIMITS) == b"a;b\n1;2\n"
    assert unpacked(a_zip(a=b"x"), LIMITS) == b"x"
    assert unpacked(b"plain", LIMITS) == b"plain"
    assert (plain_name("orders.csv.gz"), plain_name("a.zip"), plain_name("a.csv"), plain_name(".gz")) == (
        "orders.csv",
        "a",
        "a.csv",
        ".gz",
    )


@pytest.mark.parametrize(
    ("data", "wants"),
    [
        (gzip.compress(b"0" * 50_000_000), Code.TOO_LARGE),
        (a_zip(a=b"0" * 50_000_000), Code.TOO_LARGE),
        (gzip.compress(b"abc" * 1000)[:-20], Code.UNREADABLE),
        (b"\x1f\x8b" + b"x" * 50, Code.UNREADABLE),
        (a_zip(a=b"x", b=b"y"), Code.UNREADABLE),
        (a_zip(a=b"x")[:-5], Code.UNREADABLE),
        (gzip.compress(b""), Code.EMPTY),
        (a_zip(), Code.UNREADABLE),
    ],
    ids=["gzip bomb", "zip bomb", "cut", "no gzip", "two files", "cut zip", "empty", "zip of nothing"],
)
def test_a_bad_pack_is_refused(data: bytes, wants: Code) -> None:
    with pytest.raises(FileRefused) as refused:
        unpacked(data, Limits(file_size=40_000_000, rows=10, unpacked_ratio=100))
    assert code(refused) is wants
    assert "NUL" not in refused.value.problems[0].message


def test_what_a_mac_adds_to_a_zip_is_no_second_file() -> None:
    packed = a_zip(**{"a.csv": b"x", "__MACOSX/._a.csv": b"y", ".DS_Store": b"z"})
    assert unpacked(packed, Limits(file_size=1000, rows=10, unpacked_ratio=100)) == b"x"


PIECES = st.one_of(
    st.sampled_from(["<o>", "</o>", "<r>", "</r>", "<r a='1'/>", "<!DOCTYPE o [", "]>", "&e;", "<![CDATA[", "]]>", "<?x?>"]),
    st.sampled_from(["1e999999999", "null", "\\u", '{"a":', "[[[[", "H,1", "O,1", "L,", "T,2", "PK\x03\x04", "\x1f\x8b"]),
    st.sampled_from('"{}[]:,\né\0\ud7ff'),
)
HOSTILE = st.one_of(
    st.binary(max_size=200), st.lists(PIECES, max_size=30).map(lambda each: "".join(each).encode("utf-8", "surrogatepass"))
)


@settings(max_examples=300, deadline=2000)
@given(HOSTILE)
def test_any_bytes_give_records_or_a_refusal(data: bytes) -> None:
    names = wanted("a", "../a", "/o/r/a", lists={"lines": "r"}, lines=["a", "@key"])
    typed = Layout(header=None, types=TYPES)
    places: dict[str, Any] = {"O": {"columns": {"t": "1-1", "no": "2-3"}}, "L": {"under": "O", "columns": {"t": "1-1"}}}
    fixed = Layout(format=Format.FIXED, types=places)
    for work in (
        lambda: open_xml(XML, data, LIMITS, names),
        lambda: open_json(JSON, data, LIMITS, names),
        lambda: open_types(typed, data, LIMITS, wanted("no", lists={"lines": "L"}, lines=["sku"])),
        lambda: open_types(fixed, data, LIMITS, wanted("no", lists={"lines": "L"}, lines=["t"])),
        lambda: unpacked(data, LIMITS),
    ):
        try:
            work()
        except FileRefused as refused:
            assert refused.problems  # noqa: PT017 - what is refused says why


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "r", "items", "x"]), inner, max_size=3),
    max_leaves=15,
)


@settings(max_examples=200, deadline=2000)
@given(TREES)
def test_any_json_gives_records_or_a_refusal(tree: object) -> None:
    names = wanted("a", "a/x", "../a", lists={"lines": "items"}, lines=["a", "../x"])
    try:
        open_json(JSON, json.dumps(tree).encode(), LIMITS, names)
    except FileRefused as refused:
        assert refused.problems  # noqa: PT017 - what is refused says why
