"""Dates as partners write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.dates import compile_date, month_of, parse_iso

DAY = date(2026, 11, 2)
MOMENT = datetime(2026, 11, 2, 9, 5, 7)  # noqa: DTZ001 - a time as a file has it


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("YYYY-MM-DD", "2026-11-02"),
        ("D.M.YYYY", "2.11.2026"),
        ("D.M.YYYY", "02.11.2026"),
        ("DD/MM/YY", "02/11/26"),
        ("MMDDYY", "110226"),
        ("YYYYMMDD", "20261102"),
        ("MMM-DD-YY", "Nov-02-26"),
        ("DD-MMM-YY", "02-nov-26"),
        ("D. MMM YYYY", "2. marraskuuta 2026"),
        ("D MMM YYYY", "2 Nov. 2026"),
    ],
)
def test_each_date_token_reads_a_day(pattern: str, text: str) -> None:
    assert compile_date(pattern).parse(text) == DAY


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("YYYYMMDDHHmmss", "20261102090507"),
        ("YYYY-MM-DDTHH:mm:ss", "2026-11-02T09:05:07"),
        ("D.M.YYYY HH:mm:ss", "2.11.2026 9:05:07"),
        ("D.M.YYYY klo HH.mm.ss", "2.11.2026 klo 9.05.07"),
        ("D.M.YYYY HH:mm:ss", "2.11.2026\u00a009:05:07"),
    ],
)
def test_a_pattern_with_a_time_reads_a_time_without_zone(pattern: str, text: str) -> None:
    assert compile_date(pattern).parse(text) == MOMENT


@pytest.mark.parametrize("zone", ["-0300", "-03:00", "-03"])
def test_a_zone_makes_the_time_aware(zone: str) -> None:
    found = compile_date("YYYY-MM-DD HH:mm:ss ZZ").parse(f"2026-11-02 09:05:07 {zone}")
    assert found == MOMENT.replace(tzinfo=timezone(timedelta(hours=-3)))


def test_unix_seconds_and_milliseconds_are_utc() -> None:
    unix = compile_date("unix")
    assert unix.parse("1795341600") == unix.parse("1795341600000") == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert unix.parse("1795341600.5") == datetime(2026, 11, 22, 10, 0, 0, 500000, tzinfo=UTC)
    assert unix.parse("-5") is None
    assert unix.parse("99999999999") == datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("D.M.YYYY", "31.2.2026"),
        ("D.M.YYYY", "0.1.2026"),
        ("YYYY-MM-DD", "0000-00-00"),
        ("YYYY-M-D", "2026-13-1"),
        ("D.M.YYYY HH:mm", "1.1.2026 24:00"),
        ("D MMM YYYY", "1 xyz 2026"),
        ("D.M.YYYY", "1.1.2026 12:00"),
        ("D.M.YYYY", "١.١.٢٠٢٦"),
        ("YYYY-MM-DD HH:mm ZZ", "2026-01-01 10:00 +99:00"),
        ("HH:mm", "10:00"),
    ],
)
def test_what_is_no_day_of_the_calendar_is_none(pattern: str, text: str) -> None:
    assert compile_date(pattern).parse(text) is None


@pytest.mark.parametrize(("text", "year"), [("70", 1970), ("99", 1999), ("00", 2000), ("69", 2069)])
def test_two_digit_years_turn_at_70(text: str, year: int) -> None:
    assert compile_date("D.M.YY").parse(f"1.1.{text}") == date(year, 1, 1)


@pytest.mark.parametrize(
    ("word", "month"),
    [
        ("Jan", 1),
        ("SEPT.", 9),
        ("september", 9),
        ("mar", 3),
        ("marraskuu", 11),
        ("touko", 5),
        ("kesä", 6),
        ("maj", 5),
        ("Okt", 10),
        ("Dez", 12),
        ("März", 3),
        ("juil.", 7),
        ("févr.", 2),
        ("aout", 8),
        ("veebr", 2),
        ("dets", 12),
        ("jui", None),
        ("xy", None),
        ("", None),
    ],
)
def test_months_are_known_by_their_first_letters_in_six_languages(word: str, month: int | None) -> None:
    assert month_of(word) == month


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-02", DAY),
        ("2026-11-02T09:05", MOMENT.replace(second=0)),
        ("2026-11-02 09:05:07", MOMENT),
        ("2026-11-02T09:05:07.123Z", MOMENT.replace(microsecond=123000, tzinfo=UTC)),
        ("2026-11-02T09:05:07+02:00", MOMENT.replace(tzinfo=timezone(timedelta(hours=2)))),
        ("2026-11-02 09:05:07 +0200", MOMENT.replace(tzinfo=timezone(timedelta(hours=2)))),
        ("2026-02-30", None),
        ("2026-11-02T25:00", None),
        ("2026-11-02T09:05:07+99:00", None),
        ("20261102", None),
        ("2.11.2026", None),
    ],
)
def test_iso_is_read_with_and_without_time_and_zone(text: str, value: date | None) -> None:
    assert parse_iso(text) == value


@pytest.mark.parametrize(
    ("pattern", "cure"),
    [
        ("yyyy-MM-dd", "no date token"),
        ("YYYY-MM-DD hh:mm", "no date token"),
        ("YYYY-mm-DD", "MM for the month"),
        ("YYYY-MM-DD HH:MM", "mm the minutes"),
        ("YYYY-MM-DDTHH:mm:ssZ", "no date token"),
        ("plain", "no date token"),
        ("", "no date token"),
    ],
)
def test_a_pattern_of_another_program_is_refused_with_its_cure(pattern: str, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        compile_date(pattern)


def test_a_pattern_knows_whether_a_date_can_be_read_with_it() -> None:
    assert compile_date("D.M.YYYY").complete
    assert compile_date("unix").complete
    assert not compile_date("HHmm").complete
    assert not compile_date("MMYYYY").complete


def test_writing_pads_and_speaks_english() -> None:
    assert compile_date("DD-MMM-YY HH:mm").write(MOMENT) == "02-Nov-26 09:05"
    assert compile_date("D.M.YYYY").write(DAY) == "2.11.2026"
    assert compile_date("YYYYMMDDHHmm").write(DAY) == "202611020000"
    assert (
        compile_date("YYYY-MM-DD HH:mm:ss ZZ").write(MOMENT.replace(tzinfo=timezone(timedelta(hours=2))))
        == "2026-11-02 09:05:07 +0200"
    )
    assert compile_date("unix").write(datetime(2026, 11, 22, 10, tzinfo=UTC)) == "1795341600"


def test_the_regex_of_a_pattern_fits_into_a_larger_one() -> None:
    inner = compile_date("YYMMDDHHmmss").regex
    assert re.fullmatch(rf"ord_(?P<order>.+)_(?P<stamp>{inner})\.csv", "ord_7_261102090507.csv")
    assert re.compile(compile_date("D.MMM.YYYY ZZ").regex).groups == 0


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2069, 12, 31)),  # noqa: DTZ001
    st.sampled_from(["YYYYMMDDHHmmss", "D.M.YY HH:mm:ss", "DD-MMM-YYYY HH:mm:ss", "MM/DD/YYYY HH.mm.ss"]),
)
def test_what_is_written_reads_back(moment: datetime, pattern: str) -> None:
    whole = moment.replace(microsecond=0)
    compiled = compile_date(pattern)
    assert compiled.parse(compiled.write(whole)) == whole
