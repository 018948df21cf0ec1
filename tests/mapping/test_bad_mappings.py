"""A mapping that is wrong: its line and the cure are told, and nothing of it is used (issue 3, bad input)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config.yaml import load_text
from hub.domain.kinds import Role
from hub.domain.problems import Level, Misconfigured
from hub.mapping.lint_raw import lint_raw
from tests.mapping.conftest import Bench

SOUND = """reads: products
file: {delimiter: semicolon}
notation: {decimal: ","}
fields:
  sku: Koodi
  name: Nimi
  price: Hinta
"""
LINES = SOUND.count("\n")
NEXT = LINES + 1


@dataclass(frozen=True)
class Wrong:
    """A mistake: the whole text, the line that must be told, what must be said, and the cure."""

    text: str
    line: int
    what: str
    cure: str


def _added(line: str, what: str, cure: str, at: int = NEXT) -> Wrong:
    return Wrong(SOUND + line, at, what, cure)


MISTAKES = {
    "a wrong key": _added("limit: {refuse_above: 5%}\n", "limit: is not a known key", "did you mean limits?"),
    "a wrong key of file": Wrong(
        SOUND.replace("delimiter", "delimter"), 2, "delimter: is not a known key", "did you mean delimiter?"
    ),
    "a wrong key of notation": Wrong(
        SOUND.replace("decimal", "decimel"), 3, "decimel: is not a known key", "did you mean decimal?"
    ),
    "a wrong key of a field": _added("  brand: {form: Merkki}\n", "form: is not a known key", "did you mean from?"),
    "a wrong key of a check": _added("checks:\n  - {taht: price > 0, say: x}\n", "taht: is not a known key", "that?", NEXT + 1),
    "a wrong field name": _added("  barnd: Merkki\n", "'barnd' is no field of products", "did you mean brand?"),
    "a field of another document": _added("  lines.quantity: Kpl\n", "products files cannot set it", "x."),
    "a formula that breaks off": _added("  stock: =price *\n", "'price *' breaks off", "write what belongs at its end"),
    "a formula without its bracket": _added("  stock: =(price + 1\n", "lacks a bracket", "as many ) as there are ("),
    "a formula with a bracket too many": _added("  stock: =price + )\n", "a bracket too many", "as many ( as there are )"),
    "a formula with one equals sign": _added("  active: =price = 1\n", "goes on after its end: '='", "compare with =="),
    "a formula in another language": _added("  active: =price > 1 && stock\n", "a sign that formulas lack", "write and, or, not"),
    "a formula in braces": _added("  stock: '={{ price }}'\n", "is in {{ }}", "write the expression alone"),
    "a formula with an open quote": _added("  brand: =name ~ 'x\n", "a quote that does not close", "on both sides"),
    "a formula that names nothing here": _added("  stock: =prise * 2\n", "names 'prise'", "did you mean price?"),
    "a formula that calls nothing": _added(
        "  stock: =runod(price)\n", "calls runod, which is no function", "Did you mean round?"
    ),
    "a when that breaks off": _added(
        "  stock:\n    from: Saldo\n    when: price >\n", "breaks off", "write what belongs", NEXT + 2
    ),
    "a check that breaks off": _added("checks:\n  - {that: price >, say: x}\n", "breaks off", "write what belongs", NEXT + 1),
    "a list with a bracket in it": _added("  brand: [Merkki [fi], Brand]\n", "holds a bracket", "write the value in quotes"),
    "a list that is not closed": _added("  brand: [Merkki, Brand\n  unit: Yks\n", "is not closed", "close it"),
    "a table that is not closed": _added("  brand: {from: Merkki, map: {a: b}\n", "is not closed", "close it"),
    "a list with @ in it": _added(
        "  brand: [Merkki, @Brand]\n", "a character that YAML keeps for itself", "write the value in quotes"
    ),
    "a heading that begins with @": _added("  brand: @Brand\n", "a character that YAML keeps for itself", "in quotes"),
    "a heading that begins with %": _added("  vat_rate: %ALV\n", "a character that YAML keeps for itself", "in quotes"),
    "a heading that begins with *": _added("  brand: *Merkki\n", "begins with *", "write it in quotes"),
    "a heading that begins with &": _added("  brand: &Merkki\n", "begins with &", "write it in quotes"),
    "a heading that begins with !": _added("  brand: !Merkki\n", "begins with !", "write it in quotes"),
    "a heading with a colon": _added("  brand: Merkki: nimi\n", "a second colon", "in quotes"),
    "a heading with a comma in a list": _added("  ean: [GTIN, UPC, or EAN]\n", "commas part a list", "in quotes"),
    "a heading that is a comment": _added("  ean: Code #1\n", "what follows # is a comment", '"Code #1"'),
    "a field twice": _added("  price: Ovh\n", "stands twice, first on line 7", "delete one of the two"),
    "a key twice": _added("file: {format: csv}\n", "stands twice, first on line 2", "delete one of the two"),
    "a key twice in a list": _added("  brand: {from: A, from: B}\n", "stands twice", "delete one of the two"),
    "a word twice in a map": _added("  brand: {from: A, map: {a: b, a: c}}\n", "stands twice", "delete one of the two"),
    "a field without a column": _added("  brand: []\n", "saw an empty list", "at least one column"),
    "a tab": _added("\tbrand: Merkki\n", "a tab stands", "indent with spaces"),
    "a quote that never closes": _added("  brand: 'Merkki\n", "a quote opens here", "close it"),
    "a list of fields": Wrong("reads: products\nfields: [sku, name]\n", 2, "saw a list", "{key: value}"),
    "no fields": Wrong("reads: products\n", 1, "fields: is missing", ""),
    "nothing": Wrong("", 1, "is no mapping", "begin with `reads: orders`"),
    "a base that is not there": Wrong("extends: base/shop\n", 1, "there is no mapping 'base/shop'", "base/shops"),
}


@pytest.fixture
def workspace(bench: Bench) -> Bench:
    bench.put("other", SOUND)
    bench.put("base/shops", SOUND)
    return bench


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_cure(workspace: Bench, mistake: str) -> None:
    wrong = MISTAKES[mistake]
    workspace.put("m", wrong.text)
    told = [str(each) for each in workspace.library().findings("m")]
    fitting = [each for each in told if wrong.what in each and wrong.cure in each]
    assert fitting, told
    assert fitting[0].startswith(f"mappings/m.yaml:{wrong.line}: "), fitting


@pytest.mark.parametrize("mistake", MISTAKES)
def test_nothing_of_a_wrong_mapping_is_used_and_the_others_are(workspace: Bench, mistake: str) -> None:
    workspace.put("m", MISTAKES[mistake].text)
    library = workspace.library()
    with pytest.raises(Misconfigured) as refused:
        library.get("m")
    assert refused.value.findings
    assert [each.name for each in library.candidates(Role.SUPPLIER)] == ["other", "base/shops"]
    assert library.get("other").kind == "products"


def test_what_extends_a_wrong_base_is_not_used_either(workspace: Bench) -> None:
    workspace.put("base/shops", SOUND + "  barnd: Merkki\n")
    workspace.put("m", "extends: base/shops\nfields: {ean: EAN}\n")
    with pytest.raises(Misconfigured, match="brand"):
        workspace.library().get("m")


def test_a_mapping_that_is_mended_is_used_at_the_next_look(workspace: Bench) -> None:
    workspace.put("m", SOUND + "  barnd: Merkki\n")
    with pytest.raises(Misconfigured):
        workspace.library().get("m")
    workspace.put("m", SOUND + "  brand: Merkki\n")
    assert "brand" in workspace.library().get("m").template.fields


@pytest.mark.parametrize("line", ["  wholesale_price: Hinta\n", "  brand: Nimi\n"])
def test_a_heading_mapped_twice_is_asked_about_and_still_read(workspace: Bench, line: str) -> None:
    workspace.put("m", SOUND + line)
    library = workspace.library()
    [asked] = [str(each) for each in library.findings("m") if "no examples" not in each.what]
    name, _, heading = line.strip().partition(": ")
    first = re.search(rf"(\w+): {heading}\n", SOUND)
    assert first is not None
    assert asked.startswith(
        f"mappings/m.yaml:{NEXT}: fields.{name}: reads the column '{heading}', and so does {first[1]} on line"
    )
    assert f'{{from: "{heading}"}}' in asked
    assert library.get("m").template.fields.keys() >= {name, first[1]}


@pytest.mark.parametrize(
    "line",
    [
        '  wholesale_price: {from: "Hinta"}\n',  # written out: it is meant
        "  short_description: {from: Nimi, do: {left: 20}}\n",  # a part of it
        "  short_description: [Lyhyt, Nimi]\n",  # where the own column is blank
        "  x.name: Nimi\n",  # kept as it stands, to be given back
        "  _helper: Nimi\n",
        "  name.fi: Nimi2\n",
    ],
)
def test_fields_that_plainly_share_a_heading_are_not_asked_about(workspace: Bench, line: str) -> None:
    assert workspace.told(SOUND + line) == []


def test_the_same_thing_of_two_parties_may_stand_in_one_column(workspace: Bench) -> None:
    text = """reads: orders
fields:
  number: Order Number
  sales_reference: Order Number
  date: Sale Date
  currency: {from: Total Price, do: {find: "[A-Z]{3}"}}
  total: Total Price
  buyer.email: Email
  ship_to.email: Email
  ship_to.name: Name
  ship_to.address1: Street
  ship_to.city: City
  ship_to.country: Country
  lines.sku: Custom Label
  lines.quantity: Quantity
"""
    assert workspace.told(text) == []


YAML_SIGNS = st.text(alphabet=st.sampled_from(list("ab:,[]{}#&*!|>'\"%@`- \n\t=?~\\0")), max_size=40)


@settings(max_examples=150, deadline=None)
@given(right=YAML_SIGNS)
def test_whatever_stands_on_a_right_side_is_told_or_read_but_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, right: str
) -> None:
    bench = Bench(tmp_path_factory.mktemp("any"))
    bench.put("m", f"{SOUND}  brand: {right}\n")
    library = bench.library()
    findings = library.findings("m")
    assert all(each.line >= 1 and each.what for each in findings)
    if any(each.level == "error" for each in findings):
        with pytest.raises(Misconfigured):
            library.get("m")
    else:
        assert library.get("m").plans


@settings(max_examples=150, deadline=None)
@given(formula=st.text(alphabet=st.sampled_from(list("ab1.+-*/()[]{}|~=<>!'\" ,%&?")), max_size=30))
def test_whatever_stands_in_a_formula_is_told_or_compiled(tmp_path_factory: pytest.TempPathFactory, formula: str) -> None:
    bench = Bench(tmp_path_factory.mktemp("any"))
    quoted = formula.replace("'", "''")
    bench.put("m", f"{SOUND}  stock: '={quoted}'\n")
    errors = [each for each in bench.library().findings("m") if each.level == "error"]
    assert all(each.line == NEXT for each in errors), list(map(str, errors))


def test_a_file_that_yaml_cannot_read_gives_no_half_of_itself() -> None:
    loaded, findings = load_text((SOUND + "  brand: [Merkki, @Brand]\n").encode(), "mappings/m.yaml")
    assert loaded is None
    assert [each.line for each in findings] == [NEXT]
    whole, none = load_text(SOUND.encode(), "mappings/m.yaml")
    assert whole is not None
    assert none == []
    assert lint_raw(whole) == []


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("price: {value: '12,5'}", "fields.price.value: '12,5' is no number"),
        ("active: {from: A, map: {x: yes, y: ja}}", "fields.active.map: 'ja' is neither yes nor no"),
        ("vat_rate: {from: A, map: taxes, else: '25,5'}", "fields.vat_rate.else: '25,5' is no number"),
        ("vat_rate: {from: A, map: rates}", "fields.vat_rate.map: 'ten' is no number"),
    ],
)
def test_a_word_of_the_mappings_own_that_its_field_cannot_take_is_a_warning(bench: Bench, field: str, told: str) -> None:
    bench.put("own", f"reads: products\nfields:\n  sku: S\n  {field}\nmaps: {{taxes: {{A: 14}}, rates: {{A: 14, B: ten}}}}\n")
    (found,) = [each for each in bench.library().findings("own") if "examples" not in each.what]
    assert (found.level, str(found).startswith(f"mappings/own.yaml:4: {told}")) == (Level.WARNING, True), str(found)


def test_a_status_that_the_hub_does_not_have_is_told_with_the_nearest(bench: Bench) -> None:
    text = "reads: deliveries\nfields:\n  shipment: S\n  status: {from: T, map: {OK: delivered, NO: Cancelled}, else: keep}\n"
    bench.put("own", text)
    (found,) = [each for each in bench.library().findings("own") if "examples" not in each.what]
    assert (found.what, found.cure) == ("'delivered' is no status of the hub", "did you mean Delivered?")
