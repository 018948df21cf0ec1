"""A mapping cannot hang the hub: what each bound is for, and that without it the same work would not end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from hub.domain.dates import compile_date
from hub.domain.problems import Fault
from hub.formats.names import match_name
from hub.mapping.formula import FormulaError, compile_formula
from hub.mapping.maps import map_of
from hub.mapping.steps import compile_do, wildcard
from tests.mapping.conftest import Bench

SECONDS = 2


def ends(work: Callable[[], Any]) -> Any:
    """What the work gives, which must come within two seconds of computing."""
    begun = time.process_time()
    found = work()
    assert time.process_time() - begun < SECONDS
    return found


def without_the_bound(program: str) -> bool:
    """Whether the same work, done the plain way in a process of its own, runs on until it is killed (or out of memory)."""
    limits = "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 1)); r.setrlimit(r.RLIMIT_AS, (1 << 29, 1 << 29))\n"
    told = subprocess.run([sys.executable, "-c", limits + program], capture_output=True, check=False, timeout=60)
    return told.returncode != 0


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){25}$"])
def test_a_pattern_takes_time_only_by_length(pattern: str) -> None:
    found = ends(lambda: compile_do({"find": pattern}).apply("a" * 60_000 + "!"))
    assert found in (None, "") or isinstance(found, str | Fault)
    assert without_the_bound(f"import re; re.search({pattern!r}, 'a' * 60_000 + '!')")


@pytest.mark.parametrize("stars", ["*a" * 30 + "*b", "*?" * 30 + "b"])
def test_a_wildcard_in_a_rule_a_word_list_or_a_file_name_takes_time_only_by_length(stars: str) -> None:
    text = "a" * 50_000
    assert not ends(lambda: wildcard([stars])(text))
    assert isinstance(ends(lambda: map_of({stars: "x"}).look_up(text)), Fault)
    assert ends(lambda: match_name(stars, "a" * 250)) is None
    plain = ".*".join(["a"] * 30)
    assert without_the_bound(f"import re; re.fullmatch('.*' + {plain!r} + '.*b', {'a' * 3000!r})")


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        ("9 ** 9 ** 9 ** 9", "9 ** 9 ** 9 ** 9"),
        ("'a' * 10000000000", "('a' * 10 ** 9) * 10"),
        ("range(10000000000)", "[0 for _ in range(10 ** 10)]"),
        ("1e999999999", "int('9' * 9999999) ** 999"),
        ("lines | map('x') | list", "x = []\nwhile True: x.append(x)"),
    ],
)
def test_what_would_never_end_is_not_in_the_language(formula: str, plain: str) -> None:
    def work() -> Fault | None:
        try:
            return compile_formula(formula)({}, {})  # type: ignore[no-any-return]
        except FormulaError:
            return None

    found = ends(work)
    assert found is None or isinstance(found, Fault)
    assert without_the_bound(plain)


def test_a_text_that_is_put_to_itself_stops_growing() -> None:
    own: dict[str, Any] = {"a": "x" * 50_000}
    doubled = compile_formula("a ~ a ~ a")
    assert isinstance(ends(lambda: doubled(own, {})), Fault)
    assert without_the_bound("a = 'x' * 50_000\nwhile True: a = a + a + a")


def test_a_number_that_is_multiplied_by_itself_stops_growing() -> None:
    tower = compile_formula(" * ".join(["a"] * 59))
    assert isinstance(ends(lambda: tower({"a": Decimal(10) ** 12}, {})), Fault)
    assert without_the_bound("a = 10 ** 12\nwhile True: a = a * a")


def test_text_times_a_number_is_a_fault_and_no_text() -> None:
    assert isinstance(ends(lambda: compile_formula("a * b")({"a": "x", "b": Decimal(10**10)}, {})), Fault)


@pytest.mark.parametrize("formula", ["(" * 900 + "a" + ")" * 900, "-" * 1_900 + "a", "not " * 400 + "a", "a if " * 300 + "a"])
def test_depth_has_an_end(formula: str) -> None:
    def work() -> None:
        try:
            compile_formula(formula)({"a": Decimal(1)}, {})
        except FormulaError:
            return

    ends(work)


@pytest.mark.parametrize(
    ("do", "text", "plain"),
    [
        ([{"replace": ["a", "aa" * 1000]}] * 40, "a" * 1000, "t = 'a' * 1000\nwhile True: t = t.replace('a', 'aa' * 1000)"),
        ([{"prefix": "x" * 1000}] * 200, "a", "t = 'a'\nwhile True: t = t + t + 'x' * 1000"),
        ([{"split": ","}], "," * 2_000_000, "t = []\nwhile True: t += ['a' * 100]"),
    ],
)
def test_steps_cannot_fill_the_memory(do: list[Any], text: str, plain: str) -> None:
    assert isinstance(ends(lambda: compile_do(do).apply(text)), Fault)
    assert without_the_bound(plain)


def test_padding_has_a_width_that_lint_asks_for() -> None:
    with pytest.raises(ValueError, match=r"1,?000"):
        compile_do({"pad": ["100000000000", "0"]})
    assert without_the_bound("'1'.rjust(10 ** 11, '0')")


def test_formulas_in_a_circle_are_refused_before_any_file(bench: Bench) -> None:
    text = "reads: products\nfields:\n  sku: SKU\n  price: =weight\n  weight: =length\n  length: =price\n"
    assert any("circle" in each or "each other" in each for each in ends(lambda: bench.told(text)))


def test_mappings_that_extend_each_other_are_refused(bench: Bench) -> None:
    bench.put("base/a", "extends: base/b\nfields: {}\n")
    bench.put("base/b", "extends: base/a\nfields: {}\n")
    assert ends(lambda: bench.told("extends: base/a\nfields: {}\n"))


def test_yaml_that_unfolds_itself_is_refused(bench: Bench) -> None:
    levels = "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 40))
    assert ends(lambda: bench.told("a0: &a0 [x]\n" + levels))


@pytest.mark.parametrize("pattern", ["D.M.YYYY", "DMMMYYYY HH:mm", "MMM D YYYY ZZ", "unix"])
def test_a_date_pattern_takes_no_time_over_hostile_text(pattern: str) -> None:
    compiled = compile_date(pattern)
    for text in ("1" * 100_000, "a" * 100_000, "1." * 50_000, " " * 100_000):
        assert ends(partial(compiled.parse, text)) is None
