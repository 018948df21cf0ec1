"""Units and their exact conversion."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.fields import Field, Type
from hub.mapping.units import UNITS, fits, normal_unit, to_hub, to_partner, units_of

FIELDS = {unit: Field("f", Type.DECIMAL, unit=unit) for unit in ("kg", "m", "m3", "percent", None)}


@pytest.mark.parametrize(
    ("unit", "number", "stored", "hub"),
    [
        ("g", "500", "0.5", "kg"),
        ("kg", "1.5", "1.5", "kg"),
        ("lb", "1", "0.45359237", "kg"),
        ("oz", "1", "0.028349523125", "kg"),
        ("mm", "1234", "1.234", "m"),
        ("cm", "12.5", "0.125", "m"),
        ("m", "2", "2", "m"),
        ("in", "1", "0.0254", "m"),
        ("l", "1", "0.001", "m3"),
        ("cm3", "1", "0.000001", "m3"),
        ("m3", "0.5", "0.5", "m3"),
        ("cent", "1250", "12.5", None),
        ("share", "0.255", "25.5", "percent"),
        ("percent", "25.5", "25.5", "percent"),
    ],
)
def test_each_unit_converts_exactly_both_ways(unit: str, number: str, stored: str, hub: str | None) -> None:
    assert fits(unit, FIELDS[hub])
    assert to_hub(Decimal(number), unit) == Decimal(stored)
    assert to_partner(Decimal(stored), unit) == Decimal(number)


def test_every_unit_of_the_language_is_in_the_table_of_the_test() -> None:
    assert " ".join(UNITS) == "g kg lb oz mm cm m in l cm3 m3 cent share percent"


def test_a_unit_fits_only_fields_of_its_kind() -> None:
    assert units_of(FIELDS["kg"]) == ("g", "kg", "lb", "oz")
    assert units_of(FIELDS[None]) == ("cent",)
    assert units_of(Field("name")) == ()
    assert not fits("g", FIELDS["m"])
    assert not fits("cent", FIELDS["kg"])


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("LBS", "lb"),
        (" Inch ", "in"),
        ('"', "in"),
        ("m³", "m3"),
        ("Kg.", "kg"),
        ("grams", "g"),
        ("ml", "cm3"),
        ("%", "percent"),
        ("KGM", "kg"),
        ("furlong", None),
        ("", None),
    ],
)
def test_units_are_known_by_their_names_in_headings(text: str, unit: str | None) -> None:
    assert normal_unit(text) == unit


@given(st.decimals(min_value=0, max_value=Decimal(10) ** 9, places=6), st.sampled_from(UNITS))
def test_there_and_back_is_the_same_number(number: Decimal, unit: str) -> None:
    assert to_partner(to_hub(number, unit), unit) == number
