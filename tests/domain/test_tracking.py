"""Tracking numbers as carriers define them, and links to where their parcels are followed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.tracking import CheckDigit, TrackingRange, s10_check, tracking_numbers, tracking_url

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


# Published: the UPU's worked example in its standard S10, and the example that posts and validators of such numbers use.
@pytest.mark.parametrize("number", ["RR473124829FI", "RA123456785GB", "RA123456785US"])
def test_s10_has_the_upus_check_digit(number: str) -> None:
    digits = number[2:10]
    assert s10_check(digits) == int(number[10])
    assert TrackingRange(number[:2], 9, 1, 99999999, CheckDigit.S10, number[-2:]).number(int(digits)) == number


@pytest.mark.parametrize(("digits", "check"), [("00000000", 5), ("00000008", 0), ("12345678", 5)])
def test_s10_has_0_where_ten_is_left_and_5_where_eleven_is(digits: str, check: int) -> None:
    assert s10_check(digits) == check


# Published: the examples of GS1's guides to the logistic label (France, US), and of the barcode writer BWIPP.
@pytest.mark.parametrize("sscc", ["376104250021234569", "106141411234567897", "095287654321012346"])
def test_an_sscc_has_the_check_digit_of_gs1(sscc: str) -> None:
    assert TrackingRange(sscc[:10], 18, 1, 9999999, CheckDigit.SSCC).number(int(sscc[10:17])) == sscc


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


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("JJFI 6543 2100 0000 00224", ["JJFI65432100000000224"]),  # one number, printed in groups
        ("RR 473 124 829 FI", ["RR473124829FI"]),
        ("1Z 999 AA1 01 2345 6784", ["1Z999AA10123456784"]),
        ("3 7610425 002123456 9", ["376104250021234569"]),
        ("JJFI65432100000000224 RR473124829FI", ["JJFI65432100000000224", "RR473124829FI"]),
        ("12345678 87654321", ["12345678", "87654321"]),
        ("JJFI 6543 21, JJFI 6543 22", ["JJFI654321", "JJFI654322"]),
        ("T1; T2|T3\nT1", ["T1", "T2", "T3"]),
        (" , ;", []),
        (None, []),
    ],
)
def test_spaces_group_the_digits_of_one_number_and_part_whole_ones(cell: str | None, numbers: list[str]) -> None:
    assert tracking_numbers(cell) == numbers
