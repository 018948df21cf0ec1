"""Files that admins write are read as text, and everything wrong with them is told with its line and its cure."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from hub.config.scalars import Duration, ListOf, Section, Text
from hub.config.yaml import Loaded, check, load, load_text


def read(text: str) -> Loaded:
    loaded, findings = load_text(text.encode(), "x.yaml")
    assert not findings
    assert loaded is not None
    return loaded


def wrong(text: str | bytes) -> list[str]:
    loaded, findings = load_text(text.encode() if isinstance(text, str) else text, "x.yaml")
    assert loaded is None
    return [str(each) for each in findings]


@pytest.mark.parametrize("text", ["NO", "0123", "12:30", "1e5", "0x1F", "~", "null", "2026-11-22", "1_000", ".inf", "=", "yes"])
def test_every_scalar_stays_the_text_that_was_written(text: str) -> None:
    assert read(f"key: {text}").data == {"key": text}


def test_a_blank_is_nothing_and_a_quoted_blank_is_empty_text() -> None:
    assert read("a:\nb: ''\nc: {d: , e: \"\"}").data == {"a": None, "b": "", "c": {"d": None, "e": ""}}


def test_an_empty_file_and_one_of_comments_hold_nothing() -> None:
    assert read("").data is None
    assert read("# nothing\n").data is None


def test_every_key_and_list_item_knows_its_line() -> None:
    loaded = read("a: 1\nb:\n  c: [x,\n    y]\n  d:\n    - {e: 2}\n")
    assert loaded.lines[("a",)] == 1
    assert loaded.lines[("b",)] == 2
    assert loaded.lines[("b", "c")] == 3
    assert loaded.lines[("b", "c", 1)] == 4
    assert loaded.lines[("b", "d", 0, "e")] == 6


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    loaded = read("a: 1\nb:\n  c: 2\n")
    assert loaded.line(("b", "missing", 3)) == 2
    assert loaded.line(("missing",)) == 1


def test_plain_quoted_and_block_values_can_be_told_apart_and_the_line_shown() -> None:
    loaded = read("a: x # why\nb: 'x'\nc: |\n  x\n")
    assert ("a",) in loaded.plain
    assert ("b",) not in loaded.plain | loaded.blocks
    assert loaded.blocks == {("c",)}
    assert loaded.source_line(("a",)) == "a: x # why"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\tb: 1", "x.yaml:2: a tab stands where spaces belong, indent with spaces"),
        ("a: 1\nb: 2\na: 3", "x.yaml:3: a: stands twice, first on line 1, delete one of the two"),
        ("a: &x 1", "x.yaml:1: a: begins with &, a mark in YAML, write it in quotes"),
        ("a: 1\nb: *x", "x.yaml:2: b: begins with *, a reference in YAML, write it in quotes"),
        ("a: !!int 1", "x.yaml:1: a: begins with !, a type in YAML, write it in quotes"),
        ("<<: {a: 1}", "x.yaml:1: <<: tables cannot be merged with <<, write the keys out"),
        ("a: 1\n---\nb: 2", "x.yaml:2: a second document begins here, delete the line ---"),
        ("a: 1\nb: 'x", "x.yaml:2: a quote opens here and never closes, close it"),
        ("a: \x07", "x.yaml:1: holds the control character U+0007, delete it"),
        ("? [a]\n: b", "x.yaml:1: a list or a table stands where a key belongs, write the key in quotes"),
        ("a: ,", 'x.yaml:1: a comma stands where a value belongs, write it in quotes: ","'),
        ("settle: 0s\npoll:5s\n", "x.yaml:2: a line without a colon, or without a space after it, write it as key: value"),
        (
            " settle: 0s\npoll: 5s\n",
            "x.yaml:2: something stands after the end of the table, begin each key below the one above it,"
            " or look for a bracket too many",
        ),
    ],
)
def test_a_fault_of_syntax_has_its_line_and_its_cure(text: str, told: str) -> None:
    assert wrong(text) == [told]


def test_all_doubled_keys_and_tricks_are_told_at_once() -> None:
    assert len(wrong("a: 1\na: 2\nb: *x\nc: !t 1\n")) == 3


def test_a_file_in_another_encoding_is_refused_with_its_line() -> None:
    assert wrong("a: 1\nb: ä".encode("cp1252")) == ["x.yaml:2: is not written in UTF-8, save it with the encoding UTF-8"]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert load_text("a: 1".encode("utf-8-sig"), "x")[0].data == {"a": "1"}  # type: ignore[union-attr]


def test_a_bomb_of_references_or_brackets_is_refused_at_once() -> None:
    bomb = "a: &a [x]\n" + "\n".join(f"k{n}: &k{n} [*a, *a, *a]" for n in range(9))
    assert wrong(bomb)
    assert "nested deeper" in wrong("a: " + "[" * 5000)[0]
    assert "larger than" in wrong(b"a: " + b"x" * 1_000_001)[0]
    many = "".join(f"k{n}: x\n" for n in range(60_000))
    assert wrong(many)[0].endswith("holds more than 50,000 values, split it; long lists of words belong into mappings/maps")


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    loaded, findings = load(tmp_path / "none.yaml", "config/none.yaml")
    assert loaded is None
    assert str(findings[0]).startswith("config/none.yaml:1: cannot be read (No such file or directory), ")


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,? \n\t.~<", max_size=60).map(str.encode)))
def test_any_bytes_give_data_or_findings_and_never_a_traceback(raw: bytes) -> None:
    loaded, findings = load_text(raw, "x.yaml")
    assert (loaded is None) == bool(findings)


class Inner(Section):
    host: Text = Field(examples=["sftp.partner.test"])
    pause: Duration | None = None


class Outer(Section):
    name: Text
    inner: Inner | None = None
    words: ListOf[Literal["red", "green"]] = ()
    others: ListOf[Inner] = ()
    source: Text | None = Field(None, alias="from")


def told(text: str) -> list[str]:
    model, findings = check(Outer, read(text))
    assert model is None
    return [str(each) for each in findings]


def test_a_file_without_faults_becomes_its_model() -> None:
    model, findings = check(Outer, read("name: x\nwords: red\ninner: {host: h, pause: 5m}\nothers:\nfrom: y"))
    assert not findings
    assert model is not None
    assert (model.words, model.others, model.source) == (("red",), (), "y")


def test_every_fault_of_a_schema_is_told_at_once_in_order_of_lines() -> None:
    assert told("nam: x\ninner:\n  hots: h\n  pause: soon\nwords: [red, gren]\nothers: 7\n") == [
        "x.yaml:1: name: is missing",
        "x.yaml:1: nam: is not a known key, did you mean name?",
        "x.yaml:2: inner.host: is missing, write host: sftp.partner.test",
        "x.yaml:3: inner.hots: is not a known key, did you mean host?",
        "x.yaml:4: inner.pause: saw 'soon', a time span is written 60s, 5m, 2h or 1d",
        "x.yaml:5: words: saw 'gren', did you mean green?",
        "x.yaml:6: others: saw '7', a table is written {key: value}",
    ]


def test_a_key_inside_a_list_of_tables_is_suggested_from_that_table() -> None:
    assert told("name: x\nothers:\n  - {host: h}\n  - {host: h, pauze: 1s}\n") == [
        "x.yaml:4: others.pauze: is not a known key, did you mean pause?"
    ]


def test_a_key_is_suggested_by_the_name_that_is_written() -> None:
    assert told("name: x\nfro: y") == ["x.yaml:2: fro: is not a known key, did you mean from?"]


def test_a_list_or_text_where_a_table_belongs_is_told() -> None:
    assert told("[a, b]") == ["x.yaml:1: saw a list, a table is written {key: value}"]
    assert told("name: [a]") == ["x.yaml:1: name: saw a list, one value is wanted"]
