"""File names are hostile both ways: theirs are cut by patterns, ours are made of their values."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.formats.frame import Typed
from hub.formats.names import LONGEST_NAME, check_template, fill_name, match_name, name_parts

NOW = datetime(2026, 11, 22, 10, 30, 5)  # noqa: DTZ001 - the caller hands in the partner's clock


@pytest.mark.parametrize(
    ("pattern", "name", "parts"),
    [
        ("orders*.csv", "orders_7.csv", {}),
        ("orders*.csv", "Orders_7.csv", None),
        ("orders*.csv", "orders_7.csv.bak", None),
        ("a?c.csv", "abc.csv", {}),
        ("a?c.csv", "ac.csv", None),
        ("*", "anything at all", {}),
        ("ord_{order}_{stamp:YYMMDDHHmmss}.csv", "ord_A_7_261122103005.csv", {"order": "A_7", "stamp": "2026-11-22T10:30:05"}),
        ("tuotteet_{date:YYYYMMDD}.csv", "tuotteet_20261122.csv", {"date": "2026-11-22"}),
        ("tuotteet_{date:YYYYMMDD}.csv", "tuotteet_20261322.csv", None),
        ("{a}-{a}.csv", "x-x.csv", {"a": "x"}),
        ("{a}-{a}.csv", "x-y.csv", None),
        ("[x].csv", "[x].csv", {}),
        ("*_{date:YYYYMMDD}*.csv", "inv_1_20261122_DELTA.csv", {"date": "2026-11-22"}),
    ],
)
def test_a_pattern_cuts_a_name_into_parts(pattern: str, name: str, parts: dict[str, str] | None) -> None:
    assert match_name(pattern, name) == parts


def test_a_dated_part_is_in_the_notation_of_the_hub() -> None:
    parts = match_name("{date:DDMMYYYY}.csv", "22112026.csv")
    assert parts is not None
    assert isinstance(parts["date"], Typed)


def test_many_stars_against_a_long_name_do_not_stop_the_world() -> None:
    began = time.perf_counter()
    assert match_name("*a" * 12 + "b", "a" * 250) is None
    assert time.perf_counter() - began < 1


def test_the_parts_of_a_template_are_known_beforehand() -> None:
    assert name_parts("ORD_{now:YYYYMMDD}_{seq:6}_{number}.csv") == {"now", "seq", "number"}
    assert name_parts("orders*.csv") == set()


def test_a_template_is_filled() -> None:
    name = fill_name("ORD_{now:YYYYMMDD}_{seq:6}_{number}_{shipment}.csv", now=NOW, seq=7, number="1001", shipment="S1")
    assert name == "ORD_20261122_000007_1001_S1.csv"
    assert fill_name("{seq}.{now}.csv", now=NOW, seq=12) == "12.20261122103005.csv"


@pytest.mark.parametrize("template", ["{", "{seq:x}.csv", "{seq:0}.csv", "{foo}.csv", "{now:QQYY}.csv", "a/{seq}.csv"])
def test_a_template_that_cannot_be_filled_says_so_beforehand(template: str) -> None:
    with pytest.raises(ValueError, match=r"[{'\"]"):
        check_template(template)


def test_a_part_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="shipment"):
        fill_name("{shipment}.csv", now=NOW)


@settings(max_examples=200)
@given(st.text())
def test_no_value_makes_a_name_leave_its_folder(value: str) -> None:
    name = fill_name("{number}.csv", now=NOW, number=value)
    assert not set(name) & set("/\\\0\r\n:")
    assert not name.startswith(".") or value == ""
    assert 0 < len(name.encode()) <= LONGEST_NAME


@given(st.text(alphabet="ab/%2F\\.", max_size=6), st.text(alphabet="ab/%2F\\.", max_size=6))
def test_different_numbers_are_different_names(one: str, other: str) -> None:
    names = {fill_name("{number}.csv", now=NOW, number=each) for each in (one, other)}
    assert len(names) == len({one, other})


def test_long_numbers_that_begin_alike_are_different_names() -> None:
    names = {fill_name("{number}.csv", now=NOW, number="x" * 300 + end) for end in "ab"}
    assert len(names) == 2
    assert all(each.endswith(".csv") for each in names)
