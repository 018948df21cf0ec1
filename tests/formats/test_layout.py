"""The `file:` block takes what MAPPINGS.md offers and refuses everything else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hub.formats.layout import Delimiter, Layout, LineEnd, Quote


@pytest.mark.parametrize(
    ("written", "meant"),
    [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("pipe", "|"), (";", ";"), ("\t", "\t"), ("auto", "auto")],
)
def test_a_delimiter_is_a_word_or_the_character_itself(written: str, meant: str) -> None:
    assert Layout.model_validate({"delimiter": written}).delimiter == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("3", 3), ("none", None), (["Tilaus", "Koodi"], ["Tilaus", "Koodi"]), ("Koodi", ["Koodi"])]
)
def test_a_header_is_a_row_or_none_or_its_headings(written: object, meant: object) -> None:
    assert Layout.model_validate({"header": written}).header == meant


def test_one_value_may_stand_for_a_list() -> None:
    layout = Layout.model_validate(
        {"group": "Name", "columns": "a", "skip": {"Koodi": "x"}, "only": {"Koodi": ["y", ""]}, "fill": {"Handle": "Title"}}
    )
    assert layout.group == ["Name"]
    assert layout.columns == ["a"]
    assert layout.skip == {"Koodi": ["x"]}
    assert layout.only == {"Koodi": ["y", ""]}
    assert layout.fill == {"Handle": ["Title"]}


def test_without_keys_a_file_is_comma_csv_in_utf8_with_crlf() -> None:
    layout = Layout()
    assert (layout.delimiter, layout.quote, layout.header, layout.line_end) == (Delimiter.AUTO, Quote.DOUBLE, 1, LineEnd.CRLF)
    assert (layout.separator, layout.codec) == (",", "utf-8")


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimitre": ";"},
        {"delimiter": "^"},
        {"quote": "'"},
        {"header": "0"},
        {"header": []},
        {"encoding": "latin-99"},
        {"encoding": "base64"},
        {"encoding": "utf-7"},
        {"escape_formulas": "maybe"},
        {"format": "ods"},
    ],
)
def test_what_is_unknown_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Layout.model_validate(wrong)
