"""Product numbers of GS1 (EAN, UPC, GTIN): check digits, and what spreadsheets do to them."""

from __future__ import annotations

import re

from hub.domain.problems import Code, Fault

LENGTHS = (8, 12, 13, 14)
EXCEL_HINT = (
    "Excel turned the EAN into a rounded number; format the column as text or as a number without decimals and save again."
)

_SHORTENED = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
_WITH_DECIMALS = re.compile(r"([0-9]{8,14})[.,]0+")
_ROUNDED = re.compile(r"[0-9]+0{6}")


def gtin_check_digit(digits: str) -> str:
    """The check digit that belongs after `digits` (a GTIN without its last digit)."""
    total = sum(int(each) * (3 if place % 2 == 0 else 1) for place, each in enumerate(reversed(digits)))
    return str(-total % 10)


def same_gtin(one: str, other: str) -> bool:
    """Whether two GTINs name one product: a UPC of 12 digits is the EAN with a zero before it."""
    return one.zfill(14) == other.zfill(14)


def parse_gtin(text: str) -> str | Fault:
    """Read a GTIN of 8, 12, 13 or 14 digits; spaces and hyphens between them are left out.

    Out: its digits, or a Fault that says what happened to them.
    """
    digits = text.replace(" ", "").replace("-", "").replace("\u00a0", "")
    if digits.isascii() and digits.isdigit() and len(digits) in LENGTHS and gtin_check_digit(digits[:-1]) == digits[-1]:
        return digits
    say, hint = _why(digits)
    return Fault(Code.EAN, text, say, hint)


def _why(digits: str) -> tuple[str, str]:
    if _SHORTENED.fullmatch(digits):
        return "is no EAN any more", EXCEL_HINT
    with_decimals = _WITH_DECIMALS.fullmatch(digits)
    if with_decimals:
        return "has decimals", f"Write {with_decimals[1]}, as text or as a number without decimals."
    if not (digits.isascii() and digits.isdigit()):
        return "is no EAN", "Write 8, 12, 13 or 14 digits and nothing else."
    if len(digits) not in LENGTHS:
        return f"has {len(digits)} digits", _missing_digits(digits)
    if _ROUNDED.fullmatch(digits):
        return "has a wrong check digit and ends in zeros", EXCEL_HINT
    right = digits[:-1] + gtin_check_digit(digits[:-1])
    hint = f"The last digit should be {right[-1]} ({right}) if the others are right."
    if len(digits) == 12:  # a UPC, or an EAN-13 that lost its last digit
        hint += f" If this is an EAN of 13 digits without its check digit, write {digits}{gtin_check_digit(digits)}."
    return "has a wrong check digit", hint


def _missing_digits(digits: str) -> str:
    longer = [digits.zfill(each) for each in LENGTHS if each > len(digits) and int(digits)]
    padded = next((each for each in longer if gtin_check_digit(each[:-1]) == each[-1]), None)
    if padded:
        return f"Zeros at the front were lost: write {padded}, and keep the column as text."
    return "Write 8, 12, 13 or 14 digits."
