"""Tracking numbers as carriers define them, and links to where their parcels are followed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.tracking import CheckDigit, TrackingRange, s10_check, tracking_url

POSTI = TrackingRange("JJFI654321", 17, 1, 999999)
S10 = TrackingRange("RR", 9, 1, 99999999, CheckDigit.S10, "FI")
SSCC = TrackingRange("3643001234", 18, 1, 9999999, CheckDigit.SSCC)


@pytest.mark.parametrize(
    ("numbers", "serial", "wanted"),
    [
        (POSTI, 224, "JJFI65432100000000224"),  # Posti's own example
        (TrackingRange("JJFI12345", 17, 1, 999999), 1, "JJFI12345000000000001"),
        (S10, 47312482, "RR473124829FI"),  # the UPU's worked example, 47312482 and check digit 9
        (TrackingRange("", 6, 1, 9), 7, "000007"),
    ],
)
def test_a_number_is_prefix_serial_number_check_digit_and_suffix(numbers: TrackingRange, serial: int, wanted: str) -> None:
    assert numbers.number(serial) == wanted


@pytest.mark.parametrize(("digits", "check"), [("47312482", 9), ("00000000", 5), ("00000008", 0), ("12345678", 5)])
def test_s10_has_the_upus_check_digit_where_ten_is_0_and_eleven_is_5(digits: str, check: int) -> None:
    assert s10_check(digits) == check


def test_an_sscc_has_the_check_digit_of_gs1() -> None:
    assert (
        TrackingRange("3761042500", 18, 1, 9999999, CheckDigit.SSCC).number(2123456) == "376104250021234569"
    )  # GS1's own example


@pytest.mark.parametrize("numbers", [POSTI, S10, SSCC])
@given(data=st.data())
def test_every_number_of_a_range_is_another_of_the_same_length(numbers: TrackingRange, data: st.DataObject) -> None:
    one, other = data.draw(st.tuples(*[st.integers(numbers.first, numbers.last)] * 2))
    mine, theirs = numbers.number(one), numbers.number(other)
    assert (mine == theirs) == (one == other)
    assert len(mine) == len(theirs) == len(numbers.number(numbers.last))


@pytest.mark.parametrize(
    ("number", "carrier", "link"),
    [
        ("JJFI654321", "Posti", "https://www.posti.fi/fi/seuranta#/lahetys/JJFI654321"),
        ("JJFI654321", None, "https://www.posti.fi/fi/seuranta#/lahetys/JJFI654321"),
        ("JJFI654321", "Somebody else", None),
        ("MH 1/2", "Matkahuolto Oy Ab", "https://www.matkahuolto.fi/tracking?parcelNumber=MH%201%2F2"),
        ("1Z1", "Groups of cyclists", None),
        ("123", None, None),
        (None, "Posti", None),
    ],
)
def test_a_link_follows_the_carriers_word_else_the_numbers_prefix(
    number: str | None, carrier: str | None, link: str | None
) -> None:
    assert tracking_url(number, carrier) == link
