"""A mapping cannot hang the hub: what each bound is for, and that without it the same work would not end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hub.config import yaml
from hub.domain.dates import compile_date
from hub.domain.problems import Fault, FileRefused, Misconfigured
from hub.formats import layout, nested, wildcards
from hub.formats.excel import chosen_sheets
from hub.formats.names import match_name
from hub.formats.wildcards import wildcard
from hub.mapping import arithmetic, cells, formula, maps, notation, steps, template, write
from hub.mapping.formula import FormulaError, compile_formula
from hub.mapping.maps import map_of
from hub.mapping.steps import compile_do
from tests.mapping.conftest import Bench
from tests.mapping.limited import ends, goes_on_without


def without_the_bound(program: str) -> bool:
    """Whether the same work, done the plain way in a process of its own, runs on until it is killed (or out of memory)."""
    limits = "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 1)); r.setrlimit(r.RLIMIT_AS, (1 << 29, 1 << 29))\n"
    told = subprocess.run([sys.executable, "-I", "-S", "-c", limits + program], capture_output=True, check=False, timeout=120)
    return told.returncode != 0


def attempted(work: Callable[[], Any]) -> Any:
    """What the work gives, or the sentence with which it is refused."""
    try:
        return work()
    except (ValueError, Misconfigured, FileRefused) as refused:
        return str(refused)


# patterns


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){25}$"])
def test_a_pattern_takes_time_only_by_length(pattern: str) -> None:
    found = ends(lambda: compile_do({"find": pattern}).apply("a" * 60_000 + "!"))
    assert found in (None, "") or isinstance(found, str | Fault)
    assert without_the_bound(f"import re; re.search({pattern!r}, 'a' * 60_000 + '!')")


def test_a_pattern_that_would_unfold_to_millions_is_refused() -> None:
    assert "is wrong" in ends(lambda: attempted(lambda: compile_do({"find": "((a{1,999}){1,999}){1,999}"})))


@pytest.mark.parametrize("stars", ["*a" * 30 + "*b", "*?" * 30 + "b"])
def test_a_wildcard_in_a_rule_a_word_list_a_file_name_or_a_sheet_takes_time_only_by_length(stars: str) -> None:
    text = "a" * 50_000
    assert not ends(lambda: wildcard([stars])(text))
    assert isinstance(ends(lambda: map_of({stars: "x"}).look_up(text)), Fault)
    assert ends(lambda: match_name(stars, "a" * 250)) is None
    assert "no visible sheet" in ends(lambda: attempted(lambda: chosen_sheets(stars, ["a" * 250])))
    plain = ".*".join(["a"] * 30)
    assert without_the_bound(f"import re; re.fullmatch('.*' + {plain!r} + '.*b', {'a' * 3000!r})")


@pytest.mark.parametrize("pattern", ["{a}{b}{c}{d}{e}{f}{g}{h}{i}.csv", "*{a}x*{b}x*{c}x*{d}x*{e}x*{f}y"])
def test_the_parts_of_a_file_name_are_found_in_one_go(pattern: str) -> None:
    assert ends(lambda: match_name(pattern, "ax" * 120)) is None
    plain = re.sub(r"\{.\}", "(.+?)", pattern.replace("*", ".*?"))
    assert without_the_bound(f"import re; re.fullmatch({plain!r}, {'ax' * 120!r})")


def test_a_rule_has_so_many_patterns_and_so_long_ones(bench: Bench) -> None:
    many = ", ".join(f'"*a{at}*"' for at in range(3_000))
    data = "S,Q\n" + "".join(f"{'b' * 900}{at},1\n" for at in range(2_000))
    mapping = "reads: stock\nfile: {skip: {S: [%s]}}\nfields:\n  sku: S\n  stock: Q\n"
    read = lambda: attempted(lambda: bench.read(mapping % many, data).refused)  # noqa: E731
    assert "500 are the most" in ends(read)
    assert goes_on_without(read, (wildcards, "MOST_PATTERNS"))
    long = f'"*{"?" * 60_000}c*"'
    slow = lambda: attempted(lambda: bench.read(mapping % long, "S,Q\n" + "b" * 120_000 + ",1\n").refused)  # noqa: E731
    assert "500 are the most" in ends(slow)
    assert goes_on_without(slow, (wildcards, "LONGEST_PATTERN"))


def test_a_word_list_has_so_many_patterns_and_is_so_large(bench: Bench) -> None:
    def look_up() -> object:
        return attempted(
            lambda: [map_of({f"*a{at}*": "x" for at in range(5_000)}).look_up("b" * 900 + str(n)) for n in range(4_500)]
        )

    assert "500 are the most" in ends(look_up)
    assert goes_on_without(look_up, (wildcards, "MOST_PATTERNS"))
    bench.put("maps/m.csv", "theirs,ours\n" + "".join(f"word number {at},x\n" for at in range(2_000_000)))
    told = lambda: bench.told("reads: products\nfields:\n  sku: S\n  name: N\n  unit: {from: U, map: m}\n")  # noqa: E731
    assert any("larger than 5 MB" in each for each in ends(told))
    assert goes_on_without(told, (maps, "LARGEST_FILE"))


def test_the_nearest_word_is_looked_for_in_short_lists_only() -> None:
    def look_up() -> object:
        known = map_of({f"word number {at}": "x" for at in range(20_000)})
        return [known.look_up(f"other word {at}") for at in range(2_000)][-1]

    assert isinstance(ends(look_up), Fault)
    assert goes_on_without(look_up, (maps, "_MOST_COMPARED"))


# formulas


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        ("9 ** 9 ** 9 ** 9", "9 ** 9 ** 9 ** 9"),
        ("'a' * 10000000000", "('a' * 10 ** 9) * 10"),
        ("range(10000000000)", "[0 for _ in range(10 ** 10)]"),
        ("1e999999999", "int('9' * 9999999) ** 999"),
        ("lines | map('x') | list", "x = []\nwhile True: x.append(x)"),
        ("'a' | center(2000000000)", "'a'.center(2 * 10 ** 9)"),
        ("'%2000000000d' | format(1)", "'%2000000000d' % 1"),
        ("'%2000000000d' % 1", "'%2000000000d' % 1"),
        ("'a'.ljust(2000000000)", "'a'.ljust(2 * 10 ** 9)"),
        ("'a' | indent(2000000000)", "' ' * 2 * 10 ** 9"),
        ("['a'] * 10000000000", "['a'] * 10 ** 10"),
        ("'a' | replace('', 'aaaa')", "a = 'a'\nwhile True: a = a.replace('', 'aaaa')"),
        ("lipsum(n=10000000)", "x = []\nwhile True: x.append('lorem ipsum')"),
    ],
)
def test_what_would_never_end_is_not_in_the_language(formula: str, plain: str) -> None:
    found = ends(lambda: attempted(lambda: compile_formula(formula)({}, {})))
    assert isinstance(found, str | Fault)
    assert without_the_bound(plain)


@pytest.mark.parametrize("formula", ["''.__class__", "a.__class__.__mro__", "a['b']", "a[0]", "cycler('a')", "loop"])
def test_nothing_but_fields_can_be_named(formula: str) -> None:
    try:
        names = compile_formula(formula).names
    except FormulaError:
        return
    assert names <= {"a.__class__.__mro__", "loop"}  # names of fields that no mapping has, refused when it is read


def test_a_text_that_is_put_to_itself_stops_growing() -> None:
    own: dict[str, Any] = {"a": "x" * 50_000}
    joined = " ~ ".join(["a"] * 480)

    def work() -> object:
        text: Any = own["a"]
        for _ in range(3):
            text = compile_formula(joined)({"a": text}, {})
            if isinstance(text, Fault):
                return text
        return len(text)

    assert isinstance(ends(work), Fault)
    assert goes_on_without(work, (arithmetic, "LONGEST"))


def test_a_number_that_is_multiplied_by_itself_stops_growing() -> None:
    tower = " * ".join(["a"] * 59)
    assert isinstance(ends(lambda: compile_formula(tower)({"a": Decimal(10) ** 12}, {})), Fault)
    assert without_the_bound("a = 10 ** 12\nwhile True: a = a * a")


def test_text_times_a_number_is_a_fault_and_no_text() -> None:
    assert isinstance(ends(lambda: compile_formula("a * b")({"a": "x", "b": Decimal(10**10)}, {})), Fault)


@pytest.mark.parametrize("text", ["(" * 900 + "a" + ")" * 900, "-" * 1_900 + "a", "not " * 400 + "a", "a if " * 300 + "a"])
def test_depth_has_an_end(text: str) -> None:
    assert isinstance(ends(lambda: attempted(lambda: compile_formula(text)({"a": Decimal(1)}, {}))), str)


def test_a_formula_has_so_many_characters() -> None:
    long = " + ".join(["a"] * 2_000_000)
    work = lambda: attempted(lambda: compile_formula(long))  # noqa: E731
    assert "longer than 2,000 characters" in ends(work)
    assert goes_on_without(work, (formula, "LONGEST_FORMULA"))


DESPATCH = "reads: deliveries\nfile: {group: N}\nfields:\n  number: N\n  lines.sku: S\n"


def test_a_list_that_every_line_looks_at_is_looked_at_once(bench: Bench) -> None:
    data = "N,S\n" + "1,A\n" * 30_000
    read = lambda: bench.read(DESPATCH + "  lines.delivered_quantity: =record.lines | length\n", data).refused  # noqa: E731
    assert ends(read) == 0
    assert without_the_bound("lines = [None] * 30_000\nfor _ in lines: [each for each in lines]; any(each for each in lines)")
    for wrong in ("sum(record.lines)", "sku in record.lines", "max(lines)", "lines == lines"):
        with pytest.raises(FormulaError, match="name one of its fields"):
            compile_formula(wrong)


# what a field makes of a cell


@pytest.mark.parametrize(
    ("do", "text"),
    [
        ([{"replace": ["a", "aa" * 1000]}] * 40, "a" * 1000),
        ([{"prefix": "x" * 1000}, {"replace": ["x", "xx"]}] * 20, "a"),
        ([{"split": ","}, {"prefix": "x" * 1000}], ",".join("a" * 9_000)),
    ],
)
def test_steps_cannot_fill_the_memory(do: list[Any], text: str) -> None:
    work = lambda: compile_do(do).apply(text)  # noqa: E731
    assert isinstance(ends(work), Fault)
    assert goes_on_without(
        lambda: compile_do(do * 3).apply(text * 20), (steps, "LONGEST"), (steps, "MOST_STEPS"), (steps, "MOST_ITEMS")
    )


def test_a_field_has_so_many_steps() -> None:
    work = lambda: attempted(lambda: compile_do(["squeeze"] * 50_000).apply("ab " * 30_000))  # noqa: E731
    assert "50 are the most" in ends(work)
    assert goes_on_without(work, (steps, "MOST_STEPS"))


def test_split_makes_so_many_items() -> None:
    work = lambda: compile_do({"split": ","}).apply(",a" * 450_000)  # noqa: E731
    assert isinstance(ends(work), Fault)


@pytest.mark.parametrize("do", [{"wrap": [1, 2]}, "no_html", {"key": "z"}, {"part": [",", 3]}, "text", "title"])
def test_a_step_looks_at_so_long_a_cell(do: object) -> None:
    assert isinstance(ends(lambda: compile_do(do).apply("<b>a,b=1 " * 3_000_000)), Fault)
    assert not isinstance(ends(lambda: compile_do(do).apply("<b>a,b=1 " * 10_000)), Fault)


def test_padding_has_a_width_that_lint_asks_for() -> None:
    work = lambda: attempted(lambda: compile_do([{"pad": ["900000", "0"]}, {"replace": ["0", "00"]}] * 10).apply("1"))  # noqa: E731
    assert "1000" in ends(work)
    assert goes_on_without(work, (steps, "WIDEST"), (steps, "LONGEST"))


def test_what_is_joined_stops_growing(bench: Bench) -> None:
    helpers = "".join(f"  _h{at}: {{join: [_h{at - 1}, _h{at - 1}, _h{at - 1}, _h{at - 1}]}}\n" for at in range(1, 16))
    mapping = f"reads: products\nfields:\n  sku: S\n  _h0: N\n{helpers}  name: _h15\n"
    read = lambda: [str(each.code) for each in bench.read(mapping, "S,N\nA,xxxxxxxx\n").problems]  # noqa: E731
    assert ends(read)
    assert goes_on_without(read, (cells, "LONGEST"))


def test_helpers_that_are_written_are_worked_out_once(bench: Bench) -> None:
    helpers = "".join(f"  _h{at}: {{from: _h{at - 1}, when: _h{at - 1} != _h{at - 1} ~ 'x'}}\n" for at in range(1, 26))
    mapping = f"writes: statuses\nfile: {{name: a.csv}}\nfields:\n  _h0: number\n{helpers}  n: _h25\n"
    assert b"1" in ends(lambda: bench.write(mapping, {"number": "1"}).data)

    def again() -> object:
        write._File.helper = lambda own, name, row: own.cell(own.outputs[name], row, None)  # type: ignore[assignment, method-assign]
        return bench.write(mapping, {"number": "1"}).data

    assert goes_on_without(again)


def test_a_mapping_has_so_many_sources_checks_and_dates(bench: Bench) -> None:
    def with_fields() -> object:
        fields = "".join(f"  x.f{at}: =sku ~ '{at}'\n" for at in range(9_000))
        return attempted(
            lambda: bench.read(f"reads: products\nfields:\n  sku: S\n  name: S\n{fields}", "S\n" + "A\n" * 500).refused
        )

    assert "5,000 are the most" in ends(with_fields)
    assert goes_on_without(with_fields, (template, "MOST_SOURCES"))

    def with_checks() -> object:
        checks = "".join(f"  - {{that: stock > {at}, say: x}}\n" for at in range(2_000))
        rows = "".join(f"b{at},1\n" for at in range(3_000))
        return attempted(
            lambda: bench.read(f"reads: stock\nfields:\n  sku: S\n  stock: Q\nchecks:\n{checks}", f"S,Q\n{rows}").refused
        )

    assert "200 are the most" in ends(with_checks)
    assert goes_on_without(with_checks, (template, "MOST_CHECKS"))

    def with_dates() -> object:
        dates = ", ".join(f'"D/M/YYYY x{at}"' for at in range(2_000))
        rows = "".join(f"A{at},no {at}\n" for at in range(12_000))
        mapping = (
            f"reads: stock\nnotation: {{date: [{dates}]}}\nfields:\n  sku: S\n  stock: {{value: '1'}}\n  available_date: D\n"
        )
        return attempted(lambda: bench.read(mapping, f"S,D\n{rows}").refused)

    assert "20 are the most" in ends(with_dates)
    assert goes_on_without(with_dates, (notation, "MOST_DATES"))


def test_a_text_of_the_mapping_itself_has_so_many_characters(bench: Bench) -> None:
    mapping = f"writes: catalog\nfile: {{name: a.csv}}\nfields:\n  n: {{value: {'x' * 900_000}}}\n"
    work = lambda: attempted(lambda: len(bench.write(mapping, *[{"sku": "A"}] * 2_000).data))  # noqa: E731
    assert "2,000 are the most" in ends(work)
    assert goes_on_without(work, (template, "LONGEST_TEXT"), (write, "LARGEST"))


@pytest.mark.parametrize("pattern", ["D.M.YYYY", "DMMMYYYY HH:mm", "MMM D YYYY ZZ", "unix"])
def test_a_date_pattern_takes_no_time_over_hostile_text(pattern: str) -> None:
    def work() -> object:
        compiled = compile_date(pattern)
        return [compiled.parse(text) for text in ("1" * 100_000, "a" * 100_000, "1." * 50_000, " " * 100_000)]

    assert ends(work) == [None] * 4


@pytest.mark.parametrize(("step", "text"), [("title", "a'"), ({"key": "z"}, "a=1,")])
def test_a_step_looks_at_so_many_characters_of_a_cell(step: Any, text: str) -> None:
    work = lambda: str(compile_do(step).apply(text * 20_000_000))[:100]  # noqa: E731
    assert "400.range" in ends(work)
    assert goes_on_without(work, (steps, "MOST_READ"))


# layouts


@pytest.mark.parametrize("form", ["csv", "excel", "json", "xml"])
def test_a_written_file_has_so_many_characters(bench: Bench, form: str) -> None:
    record = ", record: /all/one" if form == "xml" else ""
    fields = ", ".join(f"c{at}: name" for at in range(200))
    mapping = f"writes: catalog\nfile: {{format: {form}, name: a{record}}}\nfields: {{{fields}}}\n"
    records = [{"sku": "A", "name": "x" * 30_000}] * 200
    work = lambda: attempted(lambda: len(bench.write(mapping, *records).data))  # noqa: E731
    assert "more than 512 MB" in ends(work)
    assert goes_on_without(work, (write, "LARGEST"))


def test_headings_stand_in_one_of_the_first_rows(bench: Bench) -> None:
    mapping = "writes: statuses\nfile: {format: csv, name: a.csv, header: 900000000}\nfields: {n: number}\n"
    work = lambda: attempted(lambda: len(bench.write(mapping, {"number": "1"}).data))  # noqa: E731
    assert "first 1,000 rows" in ends(work)
    assert goes_on_without(work, (layout, "LAST_HEADER"))


def test_a_line_of_fixed_width_has_so_many_characters(bench: Bench) -> None:
    columns = "{a: 1-1, n: 999998-999999}"
    mapping = f"writes: catalog\nfile: {{format: fixed, name: a, columns: {columns}}}\nfields: {{a: sku}}\n"
    work = lambda: attempted(lambda: len(bench.write(mapping, *[{"sku": "1"}] * 2_000).data))  # noqa: E731
    assert "9,999 characters" in ends(work)
    assert goes_on_without(work, (layout, "WIDEST_LINE"))


@pytest.mark.parametrize("form", ["json", "xml", "csv"])
def test_a_path_that_goes_up_and_down_again_is_stopped(bench: Bench, form: str) -> None:
    file, items, up, data = {
        "json": ("format: json", "items", "../items/sku", json.dumps({"n": "1", "items": [{"sku": "A", "q": "1"}] * 8_000})),
        "xml": ("format: xml, record: /o", "i", "../i/sku", "<o><n>1</n>" + "<i><sku>A</sku><q>1</q></i>" * 8_000 + "</o>"),
        "csv": (
            "format: csv, header: none, types: {H: {columns: [t, n]}, L: {under: H, columns: [t, sku, q]}}",
            "L",
            "../L/sku",
            "H,1\n" + "L,A,1\n" * 8_000,
        ),
    }[form]
    mapping = f"reads: deliveries\nfile: {{{file}}}\nrepeat: {{lines: {items}}}\nfields:\n  number: n\n  lines.sku: sku\n"
    mapping += f"  lines.delivered_quantity: q\n  lines.carrier: {{from: {up}, take: last}}\n"
    read = lambda: attempted(lambda: bench.read(mapping, data).refused)  # noqa: E731
    assert "finds millions of values" in ends(read)
    assert goes_on_without(read, (nested, "MOST_FOUND"))


# the file of the mapping itself


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
    assert without_the_bound("x = ['x']\nwhile True: x = [list(x) for _ in range(9)]")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_yaml_that_is_nested_without_end_is_refused(bench: Bench, opening: str) -> None:
    assert ends(lambda: bench.told("a: " + opening * 200_000))


def test_a_mapping_is_no_larger_than_a_person_writes(bench: Bench) -> None:
    huge = "reads: products\nfields:\n" + "".join(f"  x.f{at}: H{at}\n" for at in range(400_000))
    assert any("is larger than" in each for each in ends(lambda: bench.told(huge)))
    assert goes_on_without(lambda: bench.told(huge), (yaml, "LARGEST"))


def test_lint_takes_time_only_by_length(bench: Bench) -> None:
    many = "reads: products\nfields:\n  sku: S\n  name: N\n" + "".join(f"  x.f{at}: H{at}\n" for at in range(4_000))
    assert ends(lambda: bench.told(many)) == []
    assert without_the_bound("text = 'x.f: H\\n' * 4_000\nfor _ in range(80 * 4_000): text.splitlines()")
