"""What the values of a column look like: enough to warn, to break a tie and to learn how a partner writes things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from hub.domain.dates import compile_date, parse_iso
from hub.domain.fields import Field, Type
from hub.domain.gtin import parse_gtin
from hub.domain.problems import Fault
from hub.domain.values import parse_value
from hub.formats.frame import Cell, Typed
from hub.mapping.lexicon import squeezed

_ENOUGH = 0.8  # share of values that must fit before a column is said to look like something
_PATTERNS = (
    *("D.M.YYYY", "D.M.YYYY HH:mm", "D.M.YYYY HH:mm:ss", "D.M.YY", "D/M/YYYY", "M/D/YYYY", "D/M/YYYY HH:mm", "M/D/YYYY HH:mm"),
    *("D/M/YYYY HH:mm:ss", "M/D/YYYY HH:mm:ss", "D-M-YYYY", "D-M-YYYY HH:mm", "YYYY/MM/DD", "YYYY/MM/DD HH:mm:ss", "YYYY.MM.DD"),
    *("YYYYMMDD", "YYYY-MM-DD HH:mm:ss ZZ", "YYYY-MM-DD HH:mm", "D MMM YYYY", "D-MMM-YY", "MMM D, YYYY", "MMM-DD-YY", "D/M/YY"),
    *("M/D/YY", "YYYY-M-D", "unix"),
)
_YES = (  # noqa: SIM905 - a list of words; also what is said of products that are sold
    "kyllä k ja j yes y true x jah jaa on oikein tosi sant sand wahr 1 1.0 active aktiivinen aktiv aktivt aktiivne visible"
    " published enabled"
).split()
_NO = (  # noqa: SIM905 - a list of words
    "ei e nej nein n no false nei epätosi falskt falsch vale 0 inactive draft archived discontinued disabled hidden unpublished"
    " poistunut inaktiv utgått udgået ausgelaufen mitteaktiivne"
).split()
_EMPTY = ("-", "–", "—", "n/a", "N/A", "null", "NULL", "#N/A", "ei ole", "--")
_DEFAULTS = frozenset({"yes", "true", "1", "no", "false", "0"})
_NUMBER = re.compile(r"[-+(]?[^\d\s.,]{0,4}\s?\d[\d\s.,'’\u00a0\u202f]*[^\d.,]{0,5}")


def texts(column: Iterable[Cell]) -> list[str]:
    """The values of a column that are not blank."""
    return [each.strip() for each in column if each and each.strip()]


def untyped(column: Iterable[Cell]) -> list[str]:
    """The values that are in the partner's notation; typed cells of a workbook are in the hub's."""
    return texts(each for each in column if not isinstance(each, Typed))


def decimal_sign(columns: Iterable[Sequence[Cell]]) -> tuple[str, str] | None:
    """How numbers are written: (decimal sign, sign between thousands); None when no value tells."""
    votes: Counter[tuple[str, str]] = Counter()
    for value in (each for column in columns for each in untyped(column)):
        core = re.search(r"\d[\d.,'’\s]*", value)
        if core is not None:
            votes.update(_signs(core[0].strip().replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")))
    if not votes:
        return None
    decimals = Counter({sign: sum(n for (each, _), n in votes.items() if each == sign) for sign in (".", ",")})
    decimal = "," if decimals[","] > decimals["."] else "."
    grouped = [group for (each, group), _ in votes.most_common() if group and each in (decimal, "") and group != decimal]
    return decimal, grouped[0] if grouped else ""


def _signs(core: str) -> Iterator[tuple[str, str]]:
    """What one number tells: `1 234,5` both signs, `12,50` the decimal one, `1234` nothing."""
    both = re.fullmatch(r"\d{1,3}(?:([ .,'])\d{3})+([.,])\d+", core)
    group = re.fullmatch(r"\d{1,3}(?:([ '])\d{3})+|\d{1,3}(?:([.,])\d{3}){2,}", core)
    if both is not None and both[1] != both[2]:
        yield both[2], both[1]
    elif group is not None:
        yield "", group[1] or group[2]
    elif (plain := re.fullmatch(r"\d+([.,])(\d+)", core)) is not None:
        yield plain[1], ""


def date_patterns(column: Iterable[Cell]) -> tuple[list[str], bool]:
    """The pattern that reads a column's dates, none when ISO does; and whether day and month may be the other way round."""
    values = untyped(column)
    if not values or all(parse_iso(each) is not None for each in values):
        return [], False
    fitting = [each for each in _PATTERNS if _reads(each, values)]
    if not fitting:
        return [], False
    turned = fitting[0].replace("D/M", "\0").replace("M/D", "D/M").replace("\0", "M/D")
    return fitting[:1], turned != fitting[0] and turned in fitting


def _reads(pattern: str, values: list[str]) -> bool:
    compiled = compile_date(pattern)
    return all(compiled.parse(each) is not None or parse_iso(each) is not None for each in values)


def yes_no_words(column: Iterable[Cell]) -> tuple[list[str], list[str]]:
    """The words of a column for yes and for no, beyond those that the hub knows by itself."""
    words = [each for each in dict.fromkeys(untyped(column)) if each.casefold() not in _DEFAULTS]
    return [each for each in words if each.casefold() in _YES], [each for each in words if each.casefold() in _NO]


def empty_words(columns: Iterable[Sequence[Cell]]) -> list[str]:
    """Words that stand where a value is missing."""
    seen = {each for column in columns for each in untyped(column)}
    return [each for each in _EMPTY if each in seen]


def looks_like(declared: Field, column: Sequence[Cell]) -> bool | None:
    """Whether most values of a column could fill a field; None when there are none, or the field takes any text."""
    values = [each for each in texts(column) if each not in _EMPTY][:100]
    if not values or declared.type is Type.TEXT:
        return None
    return sum(_fits(declared, each) for each in values) >= _ENOUGH * len(values)


def _fits(declared: Field, text: str) -> bool:
    match declared.type:
        case Type.DECIMAL | Type.INTEGER:
            return _NUMBER.fullmatch(text) is not None
        case Type.DATE | Type.TIME:
            return parse_iso(text) is not None or any(compile_date(each).parse(text) is not None for each in _PATTERNS)
        case Type.YESNO:
            return text.casefold() in _DEFAULTS or text.casefold() in (*_YES, *_NO)
        case Type.GTIN:
            return not isinstance(parse_gtin(text), Fault)
        case _:
            return not isinstance(parse_value(declared, text), Fault)


def is_gtin_column(column: Sequence[Cell]) -> bool:
    """Whether a column holds GTINs: check digits do not come right by chance."""
    values = texts(column)[:100]
    return len(values) >= 3 and all(each.isdigit() and not isinstance(parse_gtin(each), Fault) for each in values)


def total_row(rows: Sequence[Sequence[Cell]], is_total: Iterable[str]) -> tuple[int, str] | None:
    """The column and word of a sum below the table, looked for in its last rows."""
    words = frozenset(is_total)
    for row in rows[-3:]:
        for at, cell in enumerate(row):
            word = re.match(r"[^\W\d_]+", (cell or "").strip())
            if word is not None and squeezed(word[0]) in words:
                return at, word[0]
    return None


def is_share(text: str) -> bool:
    """Whether a rate is written as a share: 0,255."""
    return re.fullmatch(r"0?[.,]\d+|0", text) is not None


def typical(values: Sequence[str]) -> float:
    """A middle number of a column; 0 when it has none."""
    numbers = sorted(float(found[0].replace(",", ".")) for each in values if (found := re.match(r"\d+(?:[.,]\d+)?", each)))
    return numbers[len(numbers) // 2] if numbers else 0.0
