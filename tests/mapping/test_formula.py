"""Formulas: what they mean, what they refuse, and that none can run away."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.problems import Code, Fault
from hub.domain.values import CLEAR
from hub.mapping.formula import FormulaError, compile_formula

OWN: dict[str, Any] = {
    "quantity": Decimal(2),
    "price": Decimal("1.10"),
    "length": Decimal(3),
    "_ref": "REJECTED",
    "sku": "12E3",
    "code": "A\"b'c",
    "empty": "",
    "ship_to.country": "FI",
    "x.count": "12.5",
    "flag": True,
    "day": date(2026, 11, 22),
    "time": datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
    "images": ["a", "b"],
    "lines": [{}, {}],
    "lines.quantity": [Decimal(1), None, Decimal("2.5")],
    "lines.bad": [Decimal(1), Fault(Code.NUMBER, "x", "is no number")],
    "bad": Fault(Code.NUMBER, "x", "is no number"),
    "cleared": CLEAR,
    "great": Decimal(10) ** 12,
    "long": "a" * 60_000,
}
RECORD: dict[str, Any] = {"status": "Cancelled", "x.file_id": "7", "ship_to.country": "SE"}


def work(text: str) -> Any:
    return compile_formula(text)(OWN, RECORD)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("quantity * price", Decimal("2.2")),
        ("price + 1 - 0.1", Decimal(2)),
        ("0.1 + 0.2 == 0.3", True),
        ("1_000 / 8", Decimal(125)),
        ("7.5 // 2", Decimal(3)),
        ("-7 // 2", Decimal(-4)),
        ("-7 % 3", Decimal(2)),
        ("7 % -3", Decimal(-2)),
        ("-quantity", Decimal(-2)),
        ("+quantity", Decimal(2)),
        ("2 + 3 * 4", Decimal(14)),
        ("round(10 / 3, 2)", Decimal("3.33")),
        ("round(2.5)", Decimal(3)),
        ("round(-2.5)", Decimal(-3)),
        ("round(1250, -2)", Decimal(1300)),
        ("price | round(1)", Decimal("1.1")),
        ("min(3, quantity, missing)", Decimal(2)),
        ("max(lines.quantity)", Decimal("2.5")),
        ('min("b", "a")', "a"),
        ("max(missing)", None),
        ("min([])", None),
        ("abs(-3)", Decimal(3)),
        ("abs(missing)", None),
        ("number(x.count) + 1", Decimal("13.5")),
        ("number(quantity)", Decimal(2)),
        ("number(empty)", None),
        ("number(missing)", None),
        ("length * 2", Decimal(6)),
        ("length(sku)", Decimal(4)),
        ("lines | length > 0", True),
        ("missing | length", Decimal(0)),
        ("sum(lines.quantity)", Decimal("3.5")),
        ("lines.quantity | sum", Decimal("3.5")),
        ("sum([1, 2, 3])", Decimal(6)),
        ("sum(missing)", Decimal(0)),
        ("sum(quantity)", Decimal(2)),
        ('sku ~ "-" ~ quantity', "12E3-2"),
        ("missing ~ price", "1.1"),
        ('images ~ ""', "a, b"),
        ('day ~ "T"', "2026-11-22T"),
        ('_ref == "REJECTED"', True),
        ('record.status != "Cancelled"', False),
        ("record.x.file_id", "7"),
        ("ship_to.country == record.ship_to.country", False),
        ('ship_to.country in ["FI", "SE"]', True),
        ('ship_to.country not in ["FI", "SE"]', False),
        ('"I" in ship_to.country', True),
        ('"a" in images', True),
        ("quantity in [1, 2]", True),
        ("missing in [1]", False),
        ("1 in missing", False),
        ("flag and quantity > 1", True),
        ("empty or sku", "12E3"),
        ("empty and 1 / 0", ""),
        ("quantity or 1 / 0", Decimal(2)),
        ("not flag", False),
        ("not missing", True),
        ('"a" if flag else "b"', "a"),
        ('"a" if not flag', None),
        ("1 / quantity if quantity else 0", Decimal("0.5")),
        ("quantity >= 2 and quantity <= 2", True),
        ("sku", "12E3"),
        ("images", ["a", "b"]),
        ("[sku, quantity]", ["12E3", Decimal(2)]),
        ('code == "A\\"b\'c"', True),
        ('day == "2026-11-22"', True),
        ("day < time", False),
        ("time >= day", True),
        ('time > "2026-11-01"', True),
        ("flag == true", True),
        ("none == missing", True),
    ],
)
def test_formulas_mean_what_they_say(text: str, value: Any) -> None:
    found = work(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["missing * 2", "2 - missing", "bad * 2", "cleared + 1", "-missing", "sum(lines.bad)", "round(missing)"]
)
def test_a_missing_or_bad_value_makes_arithmetic_no_value(text: str) -> None:
    assert work(text) is None


def test_comparing_with_nothing_is_never_less_nor_more() -> None:
    for sign in ("<", "<=", ">", ">="):
        assert work(f"missing {sign} 1") is False
        assert work(f"1 {sign} missing") is False
    assert work("missing == 1") is False
    assert work("missing != 1") is True


def test_types_are_never_guessed() -> None:
    assert work("quantity == '2'") is False
    assert work("flag == 1") is False
    assert work("sku == 12000") is False


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("1 / 0", "divides by zero"),
        ("0 / 0", "divides by zero"),
        ("1 // 0", "divides by zero"),
        ("1 % 0", "divides by zero"),
        ("sku + 1", "does + with '12E3'"),
        ("'a' * 1000", "does * with 'a'"),
        ("1000 * 'a'", "does * with 'a'"),
        ("'%2000000000d' % 1", "does % with"),
        ("[1] * 1000", "does * with a list"),
        ("flag + 1", "does + with yes or no"),
        ("day - day", "does - with a date"),
        ("-sku", "does - with"),
        ("sku < 1", "compares '12E3' with a number"),
        ("flag < 1", "compares"),
        ("images < images", "compares"),
        ("day < 1", "compares a date"),
        ("number(sku)", "makes a number of '12E3'"),
        ("length(quantity)", "length"),
        ("1 in quantity", "neither a list nor a text"),
        ("abs(sku)", "does abs"),
        ("round(1, 99)", "rounds to 99"),
        ("round(1, 0.5)", "rounds to 0.5"),
        ("sum(images)", "does sum"),
        ("long ~ long", "more than 100,000 characters"),
        ("great * great * great * great * great * great", "too great"),
        ("1 // (1 / great / great / great / great)", "too great"),
        ("round(great * great * great, 12)", "too great"),
    ],
)
def test_what_cannot_be_worked_out_is_a_fault(text: str, say: str) -> None:
    found = work(text)
    assert isinstance(found, Fault)
    assert found.code is Code.FORMULA
    assert say in found.say


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("quantity ** 2", "no power operator"),
        ("lines[0]", "not indexed"),
        ("{'a': 1}", "no dictionaries"),
        ("x is none", "x == none"),
        ("a < b < c", "a < b and b < c"),
        ("(1).real", "no field"),
        ("''.join(images)", "no function"),
        ("foo(1)", "no function"),
        ("lines | lenght", "Did you mean length"),
        ("range(10)", "no function"),
        ("lipsum(n=10)", "no function"),
        ("'%s' | format(1)", "no function"),
        ("'a' | center(2000000000)", "no function"),
        ("quantity.__class__()", "no function"),
        ("round(1, common=2)", "named value"),
        ("round(1, *images)", "named value"),
        ("round()", "takes 1 or more"),
        ("abs(1, 2)", "takes 1"),
        ("record", "write record.x"),
        ("1 1", "goes on after its end"),
        ("1 }} {{ 2", "goes on after its end"),
        ("{{ quantity }}", "write the expression alone"),
        ("", "no formula"),
        ("1 +", "no formula"),
        ("(1, 2)", "lacks"),
        ("1e999", "too long"),
        ("1234567890.1234567", "too long"),
        ("1234567890123456", "too long"),
        ("0x" + "f" * 1000, "too great"),
        ("'a' + " * 500 + "1", "longer than 2,000"),
    ],
)
def test_what_the_language_lacks_is_refused_before_any_file(text: str, cure: str) -> None:
    with pytest.raises(FormulaError) as refused:
        compile_formula(text)
    assert cure in refused.value.message


@pytest.mark.parametrize(
    "text",
    ["(" * 900 + "1" + ")" * 900, "-" * 1900 + "1", "not " * 400 + "1", "+".join("1" * 900), "[" * 900, "1 if " * 300 + "1"],
)
def test_formulas_nested_too_deeply_are_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        compile_formula(text)


def test_a_formula_knows_the_names_it_reads() -> None:
    formula = compile_formula("round(ship_to.country, x.a) + _h + record.ship_to.city + sum(lines.quantity) + (lines | length)")
    assert formula.names == {"ship_to.country", "x.a", "_h", "lines.quantity", "lines"}
    assert formula.record_names == {"ship_to.city"}
    assert formula.functions == {"round", "sum", "length"}


def test_a_name_of_the_machine_is_only_a_name() -> None:
    for name in ("__builtins__", "own", "value", "truth", "self", "loop", "number_0", "open"):
        assert compile_formula(name)({name: "mine"}, {}) == "mine"
    assert compile_formula("quantity.__class__.__mro__").names == {"quantity.__class__.__mro__"}
    assert work("quantity.__class__.__mro__") is None


def test_a_formula_changes_nothing_that_it_reads() -> None:
    before = repr(OWN)
    work("sum(lines.quantity) + (lines | length) + max(lines.quantity)")
    assert repr(OWN) == before


def test_an_error_points_at_its_place() -> None:
    with pytest.raises(FormulaError) as refused:
        compile_formula("quantity + lenght(sku)")
    assert refused.value.position == len("quantity + ")


def test_the_longest_formula_is_quick() -> None:
    start = time.process_time()
    found = compile_formula(" ~ ".join(["long"] * 30))(OWN, RECORD)
    assert isinstance(found, Fault)
    assert time.process_time() - start < 2


@given(st.text("abx.|()[]{}~+-*/%<>=!'\"0123456789 _,\\", max_size=60))
def test_any_text_at_all_compiles_or_is_refused(text: str) -> None:
    with contextlib.suppress(FormulaError):
        compile_formula(text)({}, {})


@given(st.decimals(-(10**9), 10**9, places=6), st.decimals(-(10**9), 10**9, places=6))
def test_arithmetic_is_exact(one: Decimal, other: Decimal) -> None:
    values = {"a": one, "b": other}
    assert compile_formula("a + b - b == a")(values, {}) is True
    if other:
        assert compile_formula("a // b * b + a % b == a")(values, {}) is True
