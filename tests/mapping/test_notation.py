"""Partners' notations: numbers, dates, yes and no, read and written."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.domain.fields import Field, Type
from hub.domain.problems import Code, Fault
from hub.domain.values import CLEAR, Doubt, Value
from hub.formats.frame import Typed
from hub.mapping.notation import Notation, NotationReader, NotationWriter

PRICE = Field("price", Type.DECIMAL)
WEIGHT = Field("weight", Type.DECIMAL, unit="kg", least=0)
VAT = Field("vat_rate", Type.DECIMAL, unit="percent")
QUANTITY = Field("lines.quantity", Type.DECIMAL, above=0)
ACTIVE = Field("active", Type.YESNO)
NAME = Field("name", limit=20)
TIME = Field("date", Type.TIME)
DAY = Field("available_date", Type.DATE)

POINT = Notation()
COMMA = Notation(decimal=",")
FINNISH = Notation(decimal=",", thousands=" ")
GERMAN = Notation(decimal=",", thousands=".")
SWISS = Notation(thousands="'")
ENGLISH = Notation(thousands=",")


def read(notation: Notation, field: Field, text: str, **more: str) -> Value | Fault | Doubt:
    return NotationReader(notation, "Europe/Helsinki").reader(field, **more)(text)  # type: ignore[arg-type]


def fault(found: Value | Fault | Doubt) -> Fault:
    assert isinstance(found, Fault), found
    return found


@pytest.mark.parametrize(
    ("notation", "text", "number"),
    [
        (POINT, "12.50", "12.5"),
        (POINT, ".5", "0.5"),
        (POINT, "-12", "-12"),
        (POINT, "12-", "-12"),
        (POINT, "+12", "12"),
        (POINT, "(12.50)", "-12.5"),
        (POINT, "\u221212", "-12"),
        (POINT, "12.-", "12"),
        (POINT, "12.", "12"),
        (POINT, "007", "7"),
        (COMMA, "12,50", "12.5"),
        (COMMA, "12,-", "12"),
        (COMMA, "12,50 €", "12.5"),
        (COMMA, "€12,50", "12.5"),
        (COMMA, "EUR 12,50", "12.5"),
        (COMMA, "-€ 12,50", "-12.5"),
        (COMMA, "€ -12,50", "-12.5"),
        (COMMA, "12,50-€", "-12.5"),
        (COMMA, "(€12,50)", "-12.5"),
        (COMMA, "12,50 kr.", "12.5"),
        (COMMA, "5 kpl", "5"),
        (COMMA, "5 pcs.", "5"),
        (COMMA, "5,5 m", "5.5"),
        (FINNISH, "1 234,50", "1234.5"),
        (FINNISH, "1\u00a0234\u202f567,5", "1234567.5"),
        (FINNISH, "1234,50", "1234.5"),
        (GERMAN, "1.234,50", "1234.5"),
        (GERMAN, "1.234", "1234"),
        (GERMAN, "-1.234.567", "-1234567"),
        (SWISS, "1'234.50", "1234.5"),
        (SWISS, "1’234.50", "1234.5"),
        (ENGLISH, "1,234.50", "1234.5"),
    ],
)
def test_numbers_are_read_in_their_notation(notation: Notation, text: str, number: str) -> None:
    assert read(notation, PRICE, text) == Decimal(number)


@pytest.mark.parametrize(
    ("notation", "text", "hint"),
    [
        (COMMA, "12.50.1", "Write 12,50."),
        (POINT, "12.50.1", "Write 12.50."),
        (POINT, "1,234", "Write 1.234 or 1234: the decimal sign here is a point"),
        (COMMA, "12.50", "Write 12,50: the decimal sign here is a comma"),
        (COMMA, "1 234,50", "thousands are not grouped"),
        (GERMAN, "12.50", "Write 12,50"),
        (GERMAN, "1.23.456", "Write "),
        (ENGLISH, "1,23,456", "Write "),
        (FINNISH, "12 34", "Write a number such as 1234,5"),
        (COMMA, "1.2E+05", "Excel shortened the number"),
        (POINT, "1.2E+05", "Excel shortened the number"),
        (POINT, "1E5", "Excel shortened the number"),
        (POINT, "abc", "Write a number such as 1234.5"),
        (POINT, "12 EUR 13", "Write"),
        (POINT, "A12", "Write the number alone"),
        (POINT, "--5", "Write a number"),
        (POINT, "(5", "Write a number"),
        (POINT, "-(5)", "Write a number"),
        (POINT, "١٢", "Write a number"),
        (POINT, "9" * 5000, ""),
        (POINT, "NaN", "Write a number"),
        (POINT, "Infinity", "Write a number"),
    ],
)
def test_a_number_in_another_notation_is_refused_with_its_cure(notation: Notation, text: str, hint: str) -> None:
    found = fault(read(notation, PRICE, text))
    assert found.code is Code.NUMBER
    assert hint in found.hint


@pytest.mark.parametrize(
    ("text", "say", "hint"),
    [
        ("29.2.2026", "is no date: there is no such day or time", "read as D.M.YYYY"),
        ("11/22/2026", "is no date", "Write it as D.M.YYYY, such as 22.11.2026"),
        (Typed("46082"), "is no date", "format the column as a date"),
    ],
)
def test_what_is_no_date_is_refused_with_its_cure(text: str, say: str, hint: str) -> None:
    found = fault(read(Notation(date=["D.M.YYYY"]), DAY, text))
    assert (found.code, found.say) == (Code.DATE, say)
    assert hint in found.hint


def test_a_typed_cell_skips_the_notation_but_not_its_unit() -> None:
    assert read(GERMAN, PRICE, Typed("1.234")) == Decimal("1.234")
    assert read(GERMAN, WEIGHT, Typed("500"), unit="g") == Decimal("0.5")
    assert read(Notation(date=["D.M.YYYY"]), DAY, Typed("2026-11-22")) == date(2026, 11, 22)
    assert read(Notation(date=["YYYYMMDD"]), DAY, Typed("20261122")) == date(2026, 11, 22)
    assert read(POINT, ACTIVE, Typed("true")) is True


@pytest.mark.parametrize(
    ("text", "unit", "kilos"), [("500", "g", "0.5"), ("1,2 kg", "g", "1.2"), ("2 lbs", "g", "0.907185"), ("500 g", None, "0.5")]
)
def test_the_unit_in_the_cell_wins_over_the_declared_one(text: str, unit: str | None, kilos: str) -> None:
    assert NotationReader(COMMA).reader(WEIGHT, unit=unit)(text) == Decimal(kilos)


def test_a_unit_that_does_not_measure_the_field_is_a_fault() -> None:
    found = fault(read(COMMA, WEIGHT, "5 m"))
    assert (found.code, found.seen, found.hint) == (Code.UNIT, "5 m", "Write it in g, kg, lb, oz.")
    assert fault(read(COMMA, PRICE, "5 %")).code is Code.UNIT
    assert fault(read(COMMA, WEIGHT, "5 €")).code is Code.NUMBER


def test_a_share_and_percent_live_side_by_side() -> None:
    assert read(POINT, VAT, "0.255", unit="share") == Decimal("25.5")
    assert read(POINT, VAT, "25.5 %", unit="share") == Decimal("25.5")
    assert read(POINT, VAT, "25.5%") == Decimal("25.5")


@pytest.mark.parametrize(
    ("cell", "unit", "percent"),
    [
        ("0.24", None, "24"),
        ("0.255", "share", "25.5"),
        ("24", None, "24"),
        ("0", None, "0"),
        ("1", None, "1"),
        ("0.24", "percent", "0.24"),
    ],
)
def test_a_typed_rate_that_nobody_has_is_the_share_that_excel_shows_as_percent(cell: str, unit: str | None, percent: str) -> None:
    assert NotationReader(POINT).reader(VAT, unit=unit)(Typed(cell)) == Decimal(percent)
    assert read(POINT, WEIGHT, Typed("0.24")) == Decimal("0.24")


def test_a_number_that_excel_took_for_a_date_is_told_as_such() -> None:
    found = fault(read(GERMAN, PRICE, Typed("2026-05-01")))
    assert (found.code, found.say) == (Code.NUMBER, "is a date, not a number")
    assert "Excel takes such an entry for a date" in found.hint
    assert fault(read(GERMAN, PRICE, "2026-05-01")).say == "is no number"


def test_a_written_rate_is_as_it_is_written() -> None:
    assert read(POINT, VAT, "0.24") == Decimal("0.24")


def test_cents_become_money() -> None:
    assert read(POINT, PRICE, "1250", unit="cent") == Decimal("12.5")


def test_a_unit_that_the_admin_misspells_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="Did you mean"):
        NotationReader(POINT).reader(WEIGHT, unit="kgg")
    with pytest.raises(ValueError, match="does not measure"):
        NotationReader(POINT).reader(WEIGHT, unit="cm")
    with pytest.raises(ValueError, match="no unit at all"):
        NotationReader(POINT).reader(Field("count", Type.INTEGER), unit="g")


@pytest.mark.parametrize("text", ["USD 12.50", "12.50 usd", "$12.50", "US $12.50", "AU $12.50", "£5", "5 kr", "5 zł"])
def test_another_currency_than_the_mapped_one_is_refused(text: str) -> None:
    assert fault(read(POINT, PRICE, text, currency="EUR")).code is Code.CURRENCY


@pytest.mark.parametrize(
    ("text", "currency"), [("$5", "CAD"), ("AU $5", "AUD"), ("5 kr", "SEK"), ("5 kr", "NOK"), ("5", "EUR"), ("€5", "EUR")]
)
def test_a_sign_that_may_mean_the_mapped_currency_is_fine(text: str, currency: str) -> None:
    assert read(POINT, PRICE, text, currency=currency) == 5


def test_without_a_mapped_currency_any_is_fine() -> None:
    assert read(POINT, PRICE, "USD 5") == 5


def test_the_limits_of_the_store_hold_after_the_notation() -> None:
    assert fault(read(COMMA, PRICE, "1" * 13)).code is Code.RANGE
    assert fault(read(COMMA, PRICE, "1,1234567")).code is Code.RANGE
    assert fault(read(COMMA, QUANTITY, "0")).code is Code.RANGE
    assert read(COMMA, Field("count", Type.INTEGER), "2,0") == 2
    assert fault(read(COMMA, Field("count", Type.INTEGER), "2,5")).code is Code.NUMBER


def test_one_field_may_have_its_own_decimal_sign() -> None:
    assert read(GERMAN, PRICE, "12.50", decimal=".") == Decimal("12.5")
    assert read(POINT, PRICE, "12,50", decimal=",") == Decimal("12.5")


def test_blanks_words_for_empty_and_words_for_clear() -> None:
    notation = Notation(empty=["-", "N/A"], clear=["NULL"])
    reader = NotationReader(notation)
    for field in (PRICE, NAME, TIME, ACTIVE):
        assert [reader.reader(field)(text) for text in ("", "  ", "-", "n/a")] == [None] * 4
        assert reader.reader(field)("NULL") is CLEAR
    assert reader.is_blank(None)
    assert reader.is_blank(" - ")
    assert not reader.is_blank("NULL")
    assert reader.is_clear("null ")
    assert not reader.is_clear(None)


def test_yes_and_no_in_the_partners_words() -> None:
    notation = Notation(yes=["kyllä", "x"], no=["ei", ""])
    words = {"Kyllä": True, "X": True, "yes": True, "1": True, "EI": False, "": False, " ": False, "false": False}
    assert {text: read(notation, ACTIVE, text) for text in words} == words
    found = fault(read(notation, ACTIVE, "ehkä"))
    assert (found.code, found.hint) == (Code.YESNO, "Write kyllä or ei.")
    assert read(notation, PRICE, "") is None


def test_dates_in_any_of_the_partners_patterns_and_always_in_iso() -> None:
    notation = Notation(date=["D.M.YYYY", "YYMMDD"])
    for text in ("22.11.2026", "261122", "2026-11-22"):
        assert read(notation, DAY, text) == date(2026, 11, 22)
    found = fault(read(notation, DAY, "11/22/2026"))
    assert (found.code, found.hint) == (Code.DATE, "Write it as D.M.YYYY, such as 22.11.2026.")
    assert read(notation, DAY, "11/22/26", date=["MM/DD/YY"]) == date(2026, 11, 22)  # type: ignore[arg-type]


def test_the_partners_pattern_comes_before_iso() -> None:
    assert read(Notation(date=["YYYY-DD-MM"]), DAY, "2026-01-02") == date(2026, 2, 1)


def test_a_time_without_zone_is_in_the_partners_zone() -> None:
    notation = Notation(date=["D.M.YYYY HH:mm", "unix"])
    assert read(notation, TIME, "22.11.2026 12:00") == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert read(notation, TIME, "1795341600") == datetime(2026, 11, 22, 10, tzinfo=UTC)
    stockholm = Notation(date=["D.M.YYYY HH:mm"], timezone="Europe/Stockholm")
    assert read(stockholm, TIME, "22.11.2026 12:00") == datetime(2026, 11, 22, 11, tzinfo=UTC)


def test_text_fields_keep_what_looks_like_a_number() -> None:
    for text in ("00123", "1E5", "NA", "12E3", "1.0"):
        assert read(GERMAN, NAME, text) == text


@pytest.mark.parametrize(
    ("keys", "cure"),
    [
        ({"decimal": ";"}, "decimal"),
        ({"decimal": ",", "thousands": ","}, "one sign cannot be both"),
        ({"date": ["dd.mm.yyyy"]}, "no date token"),
        ({"date": ["HH:mm"]}, "lacks the year"),
        ({"timezone": "Europe/Helsingi"}, "Did you mean Europe/Helsinki"),
        ({"timezone": "../etc/passwd"}, "no time zone"),
        ({"yes": "x", "no": "X"}, "under yes and under no"),
        ({"empty": "NULL", "clear": "null"}, "one of them only"),
        ({"decimals": ","}, "Extra inputs"),
    ],
)
def test_a_notation_that_cannot_be_is_refused(keys: dict[str, object], cure: str) -> None:
    with pytest.raises(ValidationError, match=cure):
        Notation.model_validate(keys)


def test_one_value_may_stand_for_a_list_and_nothing_for_none() -> None:
    notation = Notation.model_validate({"date": "D.M.YYYY", "yes": "kyllä", "no": None, "thousands": "\u00a0", "decimal": ","})
    assert (notation.date, notation.yes, notation.no, notation.thousands) == (["D.M.YYYY"], ["kyllä"], [], " ")


@pytest.mark.parametrize(
    ("notation", "field", "value", "text"),
    [
        (COMMA, PRICE, Decimal("12.50"), "12,5"),
        (FINNISH, PRICE, Decimal("1234.5"), "1234,5"),
        (POINT, PRICE, 7, "7"),
        (COMMA, NAME, "x;y", "x;y"),
        (POINT, ACTIVE, True, "yes"),
        (Notation(yes=["kyllä"], no=["ei"]), ACTIVE, False, "ei"),
        (POINT, PRICE, None, ""),
        (Notation(empty=["-"]), PRICE, None, "-"),
        (POINT, NAME, CLEAR, ""),
        (POINT, NAME, ["a", "b"], "a,b"),
        (POINT, DAY, date(2026, 11, 22), "2026-11-22"),
        (Notation(date=["D.M.YYYY"]), DAY, date(2026, 11, 2), "2.11.2026"),
        (POINT, TIME, datetime(2026, 11, 22, 10, 30, tzinfo=UTC), "2026-11-22T12:30:00+02:00"),
        (Notation(timezone="UTC"), TIME, datetime(2026, 11, 22, 10, 30, tzinfo=UTC), "2026-11-22T10:30:00Z"),
        (Notation(date=["D.M.YYYY"]), TIME, datetime(2026, 11, 21, 22, tzinfo=UTC), "22.11.2026"),
        (Notation(date=["YYYY-MM-DD HH:mm:ss ZZ"]), TIME, datetime(2026, 6, 1, 10, tzinfo=UTC), "2026-06-01 13:00:00 +0300"),
    ],
)
def test_values_are_written_in_the_partners_notation(notation: Notation, field: Field, value: Value, text: str) -> None:
    assert NotationWriter(notation, "Europe/Helsinki").writer(field)(value) == text


def test_places_units_and_signs_of_one_field_when_writing() -> None:
    writer = NotationWriter(POINT)
    assert writer.writer(PRICE, places=2)(Decimal("12.345")) == "12.35"
    assert writer.writer(PRICE, places=2, decimal=",")(Decimal(12)) == "12,00"
    assert writer.writer(PRICE, places=0)(Decimal("2.5")) == "3"
    assert writer.writer(PRICE, places=2)(Decimal("-0.001")) == "0.00"
    assert writer.writer(PRICE, unit="cent")(Decimal("12.50")) == "1250"
    assert writer.writer(WEIGHT, unit="g", places=0)(Decimal("0.5")) == "500"
    assert writer.writer(WEIGHT, unit="lb")(Decimal(1)) == "2.204623"
    assert writer.writer(TIME, date=["unix"])(datetime(2026, 11, 22, 10, tzinfo=UTC)) == "1795341600"


def test_a_million_blanks_around_nothing_cost_no_time() -> None:
    start = time.process_time()
    for text in (" " * 10**6, "1" + " " * 10**6 + "x", "-" * 10**6, "1 " * 10**6, "(" * 10**6, "1," * 10**6):
        read(FINNISH, PRICE, text)
    assert time.process_time() - start < 2


@given(
    st.decimals(min_value=Decimal("-999999999999"), max_value=Decimal("999999999999"), places=6),
    st.sampled_from([POINT, COMMA, FINNISH, GERMAN, SWISS, ENGLISH]),
)
def test_a_written_number_reads_back(number: Decimal, notation: Notation) -> None:
    assert read(notation, PRICE, NotationWriter(notation).writer(PRICE)(number)) == number


@given(st.text(max_size=30), st.sampled_from([POINT, COMMA, FINNISH, GERMAN]), st.sampled_from(list(Type)))
def test_any_cell_at_all_gives_a_value_or_a_fault(text: str, notation: Notation, kind: Type) -> None:
    found = read(notation, Field("f", kind, choices=("A",)), text)
    assert found is None or isinstance(found, str | Decimal | int | date | Fault | Doubt)
