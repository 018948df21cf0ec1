"""The `do` language, step by step, and the wildcards of rules."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.problems import Code, Fault
from hub.formats.frame import Typed
from hub.formats.wildcards import wildcard
from hub.mapping.steps import LONGEST, STEPS, compile_do

CASES: list[tuple[Any, str, str | list[str]]] = [
    ("upper", "äb1", "ÄB1"),
    ("lower", "ÄB1", "äb1"),
    ("title", "o'NEIL matti-pekka ÄITI", "O'neil Matti-Pekka Äiti"),
    ("squeeze", "  a \t b\u00a0\n c ", "a b c"),
    ("digits", "+358 (40) 1-2", "3584012"),
    ("text", "about 12,5 kg", "about kg"),
    ("number", "about -12,50 kg", "-12,50"),
    ("number", "1 234,50 €", "1 234,50"),
    ("number", "none", ""),
    ("no_html", "<p>Hi &amp; <b>bye</b><br/>next</p><script>x<y</script><!-- c --> 3 < 4 &lt;b&gt;", "Hi & bye\nnext\n3 < 4 <b>"),
    ("no_html", "plain  text", "plain  text"),
    ("no_html", "<style>p{}</style >x<p", "x"),
    ({"strip": "#'"}, " #'0012' ", "0012"),
    ({"left": "3"}, "abcdef", "abc"),
    ({"left": "0"}, "abc", ""),
    ({"right": "3"}, "abcdef", "def"),
    ({"right": "0"}, "abc", ""),
    ({"right": "9"}, "abc", "abc"),
    ({"before": ","}, "a,b,c", "a"),
    ({"before": ","}, "abc", "abc"),
    ({"after": ": "}, "DHL: 1: 2", "1: 2"),
    ({"after": ":"}, "abc", "abc"),
    ({"part": ["-", "2"]}, "a- b -c", "b"),
    ({"part": ["-", "-1"]}, "a-b-c", "c"),
    ({"part": ["-", "9"]}, "a-b-c", ""),
    ({"part": ["-", "-9"]}, "a-b-c", ""),
    ({"replace": ["/", "-"]}, "1/2/3", "1-2-3"),
    ({"replace": ["x", ""]}, "axb", "ab"),
    ({"remove": " "}, "1 2 3", "123"),
    ({"pad": ["6", "0"]}, "12", "000012"),
    ({"pad": "6"}, "12", "000012"),
    ({"pad": ["-4", "."]}, "12", "12.."),
    ({"pad": ["2", "0"]}, "1234", "1234"),
    ({"pad": ["6", "0"]}, "", ""),
    ({"prefix": "PO"}, "1", "PO1"),
    ({"prefix": "PO"}, "", ""),
    ({"suffix": "-A"}, "1", "1-A"),
    ({"find": "[A-Z]{3}|€"}, "12 EUR", "EUR"),
    ({"find": "no[. ]*([0-9]+)"}, "order no. 17 of 2", "17"),
    ({"find": "x(y)?"}, "ax", ""),
    ({"find": "z"}, "ax", ""),
    ({"find": "x"}, "\ud800x", "x"),
    ({"split": ","}, "a, b,,c", ["a", "b", "c"]),
    ({"split": ","}, "", []),
    ({"key": "ean"}, "manufacturer=Foo, Inc,ean=123", "123"),
    ({"key": "Manufacturer"}, "manufacturer=Foo, Inc,ean=123", "Foo, Inc"),
    ({"key": "desc"}, 'ean=123,desc="a, b",x=1', "a, b"),
    ({"key": "desc"}, 'ean=123,"desc=a, b",x=1', "a, b"),
    ({"key": "Phone number"}, "Phone number: +358 40\nOther: a, b", "+358 40"),
    ({"key": "link"}, "a=1;link=https://x.test/?q=1;b=2", "https://x.test/?q=1"),
    ({"key": "street"}, "name=A=B,street=Kuja 1; B 2,zip=00100", "Kuja 1; B 2"),
    ({"key": "name"}, "name=A=B,street=Kuja 1; B 2,zip=00100", "A=B"),
    ({"key": "a"}, "a=b", "b"),
    ({"key": "c"}, "a=b", ""),
    ({"key": "a"}, "", ""),
    ({"wrap": ["10", "1"]}, "hello wide world", "hello wide"),
    ({"wrap": ["10", "2"]}, "hello wide world", "world"),
    ({"wrap": ["10", "3"]}, "hello wide world", ""),
    ({"wrap": ["4", "2"]}, "abcdefgh", "efgh"),
    ([{"split": ","}, "upper", {"left": "2"}], "abc, def", ["AB", "DE"]),
    ([{"split": ";"}, {"split": ","}], "a,b;c", ["a", "b", "c"]),
    ([], "as it is", "as it is"),
]


@pytest.mark.parametrize(("spec", "text", "result"), CASES)
def test_each_step_does_its_one_thing(spec: Any, text: str, result: str | list[str]) -> None:
    assert compile_do(spec).apply(text) == result


def test_every_step_of_the_language_is_tried_above() -> None:
    tried = {
        name
        for spec, _, _ in CASES
        for each in (spec if isinstance(spec, list) else [spec])
        for name in ([each] if isinstance(each, str) else each)
    }
    assert tried == set(STEPS)


def test_nothing_stays_nothing() -> None:
    assert compile_do("upper").apply(None) is None


def test_what_is_cut_out_of_a_typed_cell_stays_typed() -> None:
    found = compile_do({"left": "4"}).apply(Typed("12.55"))
    assert (found, type(found)) == ("12.5", Typed)
    many = compile_do({"split": ","}).apply(Typed("1,2"))
    assert isinstance(many, list)
    assert {type(each) for each in many} == {Typed}
    assert type(compile_do("upper").apply("a")) is str


@pytest.mark.parametrize(
    ("spec", "cure"),
    [
        ("uper", "Did you mean upper"),
        ({"lft": "3"}, "Did you mean left"),
        ("left", "left takes 1 value, saw 0. Write do: {left: 3}."),
        ({"left": "x"}, "takes a whole number"),
        ({"left": "-1"}, "takes a whole number"),
        ({"left": "9999999"}, "takes a whole number"),
        ({"upper": "1"}, "upper takes nothing"),
        ({"part": "-"}, "takes 2 values, saw 1"),
        ({"part": ["-", "0"]}, "counts from 1"),
        ({"replace": ["a", "b", "c"]}, "takes 2 values, saw 3"),
        ({"replace": ["", "x"]}, "not empty"),
        ({"split": ""}, "not empty"),
        ({"pad": ["6", "ab"]}, "one character"),
        ({"pad": ["100000", "0"]}, "1000 characters at most"),
        ({"wrap": ["0", "1"]}, "from 1"),
        ({"find": "(a"}, "missing \\)"),
        ({"find": r"(a)\1"}, "no back references"),
        ({"find": "(?=a)"}, "no look-ahead"),
        ({"left": "1", "right": "2"}, "Write a list"),
        ({}, "Write a list"),
        (None, "Write one such as"),
        ([["upper"]], "Write one such as"),
    ],
)
def test_a_wrong_step_is_told_with_its_cure(spec: Any, cure: str) -> None:
    with pytest.raises(ValueError, match=cure.replace("(", r"\(").replace("{", r"\{").replace("}", r"\}").replace("\\\\", "\\")):
        compile_do(spec)


def test_the_trace_shows_the_text_after_each_step() -> None:
    assert compile_do([{"strip": "#"}, {"split": ","}, {"pad": ["3", "0"]}]).trace("#1,2") == [
        ("strip '#'", "1,2"),
        ("split ','", "1 | 2"),
        ("pad 3, '0'", "001 | 002"),
    ]


def test_the_trace_ends_where_a_step_gives_up() -> None:
    blow = {"replace": ["a", "b" * 50_000]}
    assert compile_do([blow, "upper"]).trace("aaa") == [(f"replace 'a', '{'b' * 50_000}'", "becomes too long")]


def test_replacing_cannot_fill_the_memory() -> None:
    found = compile_do([{"replace": ["a", "a" * 90_000]}] * 50).apply("a" * 90_000)
    assert isinstance(found, Fault)
    assert found.code is Code.RANGE


def test_prefixes_over_many_items_cannot_fill_the_memory() -> None:
    found = compile_do([{"split": ","}, {"prefix": "x" * 90_000}, {"prefix": "x" * 90_000}]).apply("a," * 9_000)
    assert isinstance(found, Fault)


def test_splitting_has_an_end() -> None:
    assert isinstance(compile_do({"split": ","}).apply("," * 1_000_000), Fault)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"find": "(a+)+$"}, "a" * 50_000 + "b"),
        ({"find": "(.*)*x"}, "a" * 50_000),
        ("no_html", "<" * 50_000),
        ("no_html", "<!--" * 20_000),
        ("no_html", "<script>" * 12_000),
        ("no_html", "<a " * 30_000),
        ("no_html", "&" * 90_000),
        ("number", "1" * 90_000 + "x"),
        ("number", "1 " * 45_000),
        ("text", "1 234" * 18_000),
        ("title", "a'" * 45_000),
        ({"key": "a"}, "a=" * 45_000),
        ({"key": "z"}, "a=1," * 20_000),
        ({"key": "a"}, "," * 90_000),
        ({"wrap": ["1", "2"]}, "a b" * 30_000),
    ],
)
def test_no_step_takes_long_over_hostile_text(spec: Any, text: str) -> None:
    start = time.process_time()
    compile_do(spec).apply(text)
    assert time.process_time() - start < 2


@given(st.text(max_size=200), st.sampled_from([spec for spec, _, _ in CASES]))
def test_any_text_comes_out_as_text_or_a_fault(text: str, spec: Any) -> None:
    found = compile_do(spec).apply(text)
    assert isinstance(found, str | list | Fault)
    assert not isinstance(found, str) or len(found) <= LONGEST


@pytest.mark.parametrize(
    ("patterns", "fits", "not_fits"),
    [
        (["Yhteensä*"], ["yhteensä", "YHTEENSÄ 5 kpl", " Yhteensä:"], ["", "ei yhteensä"]),
        (["*record(s) downloaded*"], ["2 record(s) downloaded"], ["records downloaded"]),
        ([""], ["", "  "], ["a"]),
        (["a?c"], ["abc", "A.C"], ["ac", "abbc"]),
        (["*"], ["", "anything\nat all"], []),
        (["a*b*c"], ["abc", "a1b2c", "aXbYbZc"], ["acb", "ab"]),
        (["ab*ba"], ["abba", "ab-ba"], ["aba"]),
        (["?*"], ["a", "ab"], [""]),
        (["a[bc]"], ["a[bc]"], ["ab"]),
        (["x", "y"], ["X", "y"], ["z"]),
        ([], [], ["", "a"]),
    ],
)
def test_wildcards(patterns: list[str], fits: list[str], not_fits: list[str]) -> None:
    match = wildcard(patterns)
    assert [text for text in fits if not match(text)] == []
    assert [text for text in not_fits if match(text)] == []


def test_a_wildcard_of_many_stars_takes_no_time() -> None:
    start = time.process_time()
    assert not wildcard(["*a" * 30 + "*b"])("a" * 100_000)
    assert time.process_time() - start < 2
