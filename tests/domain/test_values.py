"""Values of the hub's fields, from text and back."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.countries import CODES
from hub.domain.fields import Charset, Field, Type
from hub.domain.gtin import EXCEL_HINT
from hub.domain.problems import Code, Fault, Level
from hub.domain.values import (
    CLEAR,
    Clear,
    Doubt,
    Value,
    canonical,
    check_postcode,
    fit_value,
    gtin_check_digit,
    needs_postcode,
    parse_value,
    plain,
    same_gtin,
)

PRICE = Field("price", Type.DECIMAL, least=0)
QUANTITY = Field("quantity", Type.DECIMAL, above=0)
COUNT = Field("count", Type.INTEGER)
NAME = Field("name", limit=10)
MANY = Field("images", limit=10, many=True)
EAN = Field("ean", Type.GTIN)
COUNTRY = Field("country", Type.COUNTRY)


def fault(found: Value | Fault | Doubt) -> Fault:
    assert isinstance(found, Fault), found
    return found


def test_decimals_are_exact() -> None:
    assert parse_value(PRICE, "0.1") == Decimal("0.1")
    assert parse_value(PRICE, " +12.50 ") == Decimal("12.5")
    assert parse_value(PRICE, "999999999999.999999") == Decimal("999999999999.999999")


@pytest.mark.parametrize("text", ["1000000000000", "1.1234567", "9" * 40])
def test_a_decimal_beyond_twelve_digits_or_six_places_is_out_of_range(text: str) -> None:
    assert fault(parse_value(PRICE, text)).code is Code.RANGE


@pytest.mark.parametrize("text", ["1e5", "Infinity", "NaN", "1,5", "1 000", "١٢", "", "0x1", "1_000", "9" * 5000])
def test_what_is_no_plain_number_is_none(text: str) -> None:
    found = parse_value(PRICE, text)
    assert found is None if not text else fault(found).code is Code.NUMBER


def test_zeros_at_the_end_do_not_count_as_places() -> None:
    assert parse_value(PRICE, "1.50000000") == Decimal("1.5")


def test_the_limits_of_a_field_hold() -> None:
    assert fault(parse_value(PRICE, "-1")).hint == "Write 0 or more."
    assert parse_value(PRICE, "0") == 0
    assert fault(parse_value(QUANTITY, "0")).code is Code.RANGE


def test_an_integer_may_be_written_with_idle_decimals() -> None:
    assert parse_value(COUNT, "2.0") == 2
    assert fault(parse_value(COUNT, "2.5")).code is Code.NUMBER


def test_text_is_trimmed_and_composed() -> None:
    assert parse_value(NAME, " \ufeffA\u0308iti\u200b \n") == "Äiti"
    assert parse_value(NAME, "a\r\nb\rc") == "a\nb\nc"
    assert parse_value(NAME, " \t\n ") is None


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x85x", "\ud800", "\uffff"])
def test_control_characters_are_refused(bad: str) -> None:
    assert fault(parse_value(NAME, f"a{bad}b")).code is Code.CHARACTERS


def test_a_text_that_is_too_long_is_refused_never_cut() -> None:
    assert fault(parse_value(NAME, "12345678901")).code is Code.LENGTH
    assert parse_value(NAME, "1234567890") == "1234567890"


def test_a_problem_does_not_quote_a_novel() -> None:
    assert len(fault(parse_value(NAME, "x" * 50_000)).seen or "") < 300


@pytest.mark.parametrize(
    ("charset", "good", "bad"), [(Charset.CODE128, "A-1 ~/x", "Ä1"), (Charset.SKU, "ÄB-1.2", "A 1"), (Charset.SKU, "12E3", "A_1")]
)
def test_a_charset_holds(charset: Charset, good: str, bad: str) -> None:
    field = Field("sku", charset=charset)
    assert parse_value(field, good) == good
    assert fault(parse_value(field, bad)).code is Code.CHARACTERS


@pytest.mark.parametrize(
    "good", ["6410405082657", "012345678905", "96385074", "00012345678905", "978-0-306-40615-7", " 6410405082657 "]
)
def test_a_gtin_of_four_lengths_is_read(good: str) -> None:
    assert parse_value(EAN, good) == good.replace("-", "").strip()


@pytest.mark.parametrize("text", ["6,41E+12", "6.41E+12", "6.41e12", "6410405000000"])
def test_an_ean_that_excel_rounded_is_refused_with_that_hint(text: str) -> None:
    found = fault(parse_value(EAN, text))
    assert (found.code, found.hint) == (Code.EAN, EXCEL_HINT)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("6410405082650", "6410405082657"),
        ("641040508265", "write 6410405082657"),
        ("12345678905", "012345678905"),
        ("6410405082657.0", "Write 6410405082657"),
        ("12345", "8, 12, 13 or 14 digits"),
        ("ABC", "8, 12, 13 or 14 digits"),
        ("٦٤١٠٤٠٥٠٨٢٦٥٧", "digits and nothing else"),
        ("1" * 5000, "8, 12, 13 or 14 digits"),
    ],
)
def test_a_wrong_ean_says_its_cure(text: str, hint: str) -> None:
    found = fault(parse_value(EAN, text))
    assert found.code is Code.EAN
    assert hint in found.hint


def test_a_upc_is_the_ean_with_a_zero_before_it() -> None:
    assert same_gtin("012345678905", "0012345678905")
    assert not same_gtin("012345678905", "6410405082657")


@given(st.text("0123456789", min_size=7, max_size=7) | st.text("0123456789", min_size=12, max_size=12), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, off: int) -> None:
    right = gtin_check_digit(body)
    assert parse_value(EAN, body + right) == body + right
    assert isinstance(parse_value(EAN, body + str((int(right) + off) % 10)), Fault)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("fi", "FI"),
        ("FIN", "FI"),
        ("246", "FI"),
        ("Suomi", "FI"),
        ("finland", "FI"),
        ("Soome", "FI"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("USA", "US"),
        ("United States of America", "US"),
        ("England", "GB"),
        ("Great Britain", "GB"),
        ("Holland", "NL"),
        ("Saksa", "DE"),
        ("Deutschland", "DE"),
        ("Sverige", "SE"),
        ("Norge", "NO"),
        ("Danmark", "DK"),
        ("Eesti", "EE"),
        ("France", "FR"),
        ("Nederland", "NL"),
        ("España", "ES"),
        ("Espana", "ES"),
        ("Italia", "IT"),
        ("Polska", "PL"),
        ("Latvija", "LV"),
        ("Lietuva", "LT"),
        ("NA", "NA"),
        ("NO", "NO"),
        ("Åland", "AX"),
        ("Czech Republic", "CZ"),
        ("EL", "GR"),
    ],
)
def test_countries_are_known_by_codes_and_names(text: str, code: str) -> None:
    assert parse_value(COUNTRY, text) == code


def test_the_codes_of_countries_are_those_of_babel_without_what_iso_does_not_name() -> None:
    others = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
    told = {str(each) for each in Locale("en").territories}
    assert {each for each in told if len(each) == 2 and each.isalpha()} - others == CODES


@pytest.mark.parametrize("text", ["EU", "ZZ", "XX", "Atlantis", "0", "SUN"])
def test_what_is_no_country_is_refused(text: str) -> None:
    assert fault(parse_value(COUNTRY, text)).code is Code.COUNTRY


def test_an_unknown_country_names_the_nearest() -> None:
    assert "FI" in fault(parse_value(COUNTRY, "Finlnd")).hint
    assert "FI" in fault(parse_value(COUNTRY, "Qwertyuiop")).hint


@pytest.mark.parametrize(("text", "code"), [("EUR", "EUR"), ("eur", "EUR"), ("€", "EUR"), ("$", "USD"), ("£", "GBP")])
def test_currencies_are_known_by_code_and_sign(text: str, code: str) -> None:
    assert parse_value(Field("currency", Type.CURRENCY), text) == code


def test_an_unknown_currency_names_the_nearest() -> None:
    found = fault(parse_value(Field("currency", Type.CURRENCY), "EURO"))
    assert (found.code, found.hint) == (Code.CURRENCY, "Did you mean EUR?")


@pytest.mark.parametrize("text", ["a@b.fi", "first.last+tag@sub.example.com", "ä@ö.fi", "o'neil@example.ie"])
def test_an_email_address_is_kept(text: str) -> None:
    assert parse_value(Field("email", Type.EMAIL, limit=254), text) == text


@pytest.mark.parametrize(
    "text", ["a", "a@b", "@b.fi", "a b@c.fi", "a@b.fi, c@d.fi", "A <a@b.fi>", "a@@b.fi", "a@b..fi", "a@" + "b." * 5000]
)
def test_what_is_no_email_address_is_refused(text: str) -> None:
    assert fault(parse_value(Field("email", Type.EMAIL), text)).code is Code.EMAIL


@pytest.mark.parametrize("text", ["+358 40 123 4567", "(09) 123-4567", "040/1234567", "+1 207-835-4259 ext. 16467"])
def test_a_telephone_number_is_kept_as_it_is(text: str) -> None:
    assert parse_value(Field("phone", Type.PHONE), text) == text


@pytest.mark.parametrize("text", ["call me", "12", "040-123456 Matti"])
def test_an_odd_telephone_number_is_kept_with_a_warning(text: str) -> None:
    found = parse_value(Field("phone", Type.PHONE), text)
    assert isinstance(found, Doubt)
    assert (found.value, found.fault.code, found.fault.level) == (text, Code.PHONE, Level.WARNING)


def test_web_addresses_are_whole() -> None:
    url = Field("url", Type.URL)
    assert parse_value(url, "https://example.com/a.jpg?x=1#y") == "https://example.com/a.jpg?x=1#y"
    for bad in (
        "example.com/a.jpg",
        "ftp://example.com",
        "https://",
        "https://example.com/a b.jpg",
        "javascript:alert(1)",
        "http:// " * 9999,
    ):
        assert fault(parse_value(url, bad)).code is Code.CHARACTERS


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("False", False), ("0", False)]
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert parse_value(Field("active", Type.YESNO), text) is value
    assert fault(parse_value(Field("active", Type.YESNO), "maybe")).code is Code.YESNO


def test_a_code_in_wrong_case_names_the_right_one() -> None:
    field = Field("document_type", Type.CODE, choices=("SalesOrder", "PurchaseOrder"))
    assert parse_value(field, "SalesOrder") == "SalesOrder"
    found = fault(parse_value(field, "salesorder"))
    assert (found.code, found.hint) == (Code.LIST, "Did you mean SalesOrder?")


def test_a_time_is_stored_in_utc_and_a_day_stays_a_day() -> None:
    field = Field("date", Type.TIME)
    assert parse_value(field, "2026-11-22T10:30", "Europe/Helsinki") == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert parse_value(field, "2026-11-22", "Europe/Helsinki") == date(2026, 11, 22)
    assert parse_value(field, "2026-11-22T10:30Z", "Europe/Helsinki") == datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def test_a_date_field_takes_the_day_in_its_zone() -> None:
    field = Field("available_date", Type.DATE)
    assert parse_value(field, "2026-11-21T23:30Z", "Europe/Helsinki") == date(2026, 11, 22)
    assert parse_value(field, "2026-11-22T01:00", "Europe/Helsinki") == date(2026, 11, 22)


def test_dates_that_cannot_be_are_faults() -> None:
    assert fault(parse_value(Field("d", Type.DATE), "2026-02-30")).code is Code.DATE
    assert fault(parse_value(Field("d", Type.DATE), "0001-01-01")).code is Code.RANGE
    assert fault(parse_value(Field("d", Type.TIME), "9999-12-31T23:00-05:00")).code is Code.RANGE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12.50"), "12.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1000"), "1000"),
        (Decimal("-0"), "0"),
        (Decimal("0.000001"), "0.000001"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 12, 30, tzinfo=timezone(timedelta(hours=2))), "2026-11-22T10:30:00Z"),
        (datetime(2026, 11, 22, 10, 30, 0, 5, tzinfo=UTC), "2026-11-22T10:30:00.000005Z"),
        ("x", "x"),
        (["a", "b"], ["a", "b"]),
        (None, None),
        (CLEAR, ""),
    ],
)
def test_every_value_has_one_plain_text(value: Value, text: object) -> None:
    assert canonical(value) == text


def test_clear_is_one_even_after_a_journey() -> None:
    assert pickle.loads(pickle.dumps(CLEAR)) is CLEAR
    assert Clear() is CLEAR
    assert not CLEAR


def test_a_computed_value_is_fitted_to_its_field() -> None:
    assert fit_value(PRICE, Decimal(10) / Decimal(3)) == Decimal("3.333333")
    assert fit_value(NAME, Decimal("12.50")) == "12.5"
    assert fit_value(COUNT, Decimal("3.00")) == 3
    assert fit_value(Field("a", Type.YESNO), True) is True
    assert fit_value(Field("d", Type.TIME), date(2026, 11, 22), "Europe/Helsinki") == date(2026, 11, 22)
    assert fit_value(PRICE, "12.5") == Decimal("12.5")
    assert fit_value(PRICE, None) is None
    assert fit_value(PRICE, CLEAR) is CLEAR
    assert fit_value(MANY, ["a", " ", "b"]) == ["a", "b"]
    assert fault(fit_value(MANY, ["a", "x" * 11])).code is Code.LENGTH
    assert fault(fit_value(PRICE, Decimal(10) ** 37)).code is Code.RANGE
    assert fault(fit_value(PRICE, Decimal("1E+60"))).code is Code.RANGE


def test_postcodes_are_looked_at_with_kindness() -> None:
    assert check_postcode("FI", "00100") is None
    assert check_postcode("FI", "FI-00100") is None
    assert check_postcode("GB", "ec1y 8sy") is None
    assert check_postcode("SE", "123 45") is None
    assert check_postcode("LV", "LV-1010") is None
    assert check_postcode("HK", "anything") is None
    assert check_postcode("XK", "10000") is None
    found = check_postcode("FI", "123")
    assert found is not None
    assert (found.code, found.level) == (Code.POSTCODE, Level.WARNING)


def test_a_country_says_whether_it_has_postcodes() -> None:
    assert needs_postcode("FI")
    assert not needs_postcode("HK")
    assert not needs_postcode("XK")


@given(st.decimals(min_value=0, max_value=Decimal("999999999999"), places=6))
def test_a_decimal_survives_its_plain_text(number: Decimal) -> None:
    assert parse_value(PRICE, plain(number)) == number


@given(st.text(max_size=60), st.sampled_from(list(Type)))
def test_any_text_at_all_gives_a_value_or_a_fault(text: str, kind: Type) -> None:
    found = parse_value(Field("f", kind, choices=("A",)), text)
    assert found is None or isinstance(found, str | Decimal | int | date | Fault | Doubt)
