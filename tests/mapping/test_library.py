"""Mappings are found, extended, shared and versioned."""

from __future__ import annotations

import pytest

from hub.domain.kinds import Kind, Role
from hub.domain.problems import Misconfigured, NotFound
from tests.mapping.conftest import Bench, a_context

BASE = """reads: stock
file: {delimiter: semicolon, skip: {SKU: Total}}
notation: {decimal: ","}
fields:
  sku: [SKU, Code]
  stock: Qty
  incoming: Coming
"""
OWN = """extends: base/shop
file: {skip: {Qty: none}}
notation: {decimal: .}
fields:
  sku: Koodi
  incoming:
"""


def test_a_mapping_extends_its_base_by_one_level(bench: Bench) -> None:
    bench.put("base/shop", BASE)
    bench.put("own", OWN)
    mapping = bench.library().get("own")
    assert mapping.kind is Kind.STOCK
    assert mapping.layout.skip == {"SKU": ["Total"], "Qty": ["none"]}
    assert mapping.layout.delimiter == ";"
    assert mapping.template.notation.decimal == "."
    assert set(mapping.template.fields) == {"sku", "stock"}
    assert mapping.template.fields["sku"].parts == ["Koodi"]


@pytest.mark.parametrize(
    ("added", "code"),
    [
        ("{do: lower}", "a1"),
        ("{default: X}", "A1"),
        ("{value: same}", "same"),
        ("Other", "B2"),
        ("{from: Other, do: lower}", "b2"),
    ],
)
def test_a_short_form_in_the_base_is_the_source_of_what_is_added_in_the_long_form(bench: Bench, added: str, code: str) -> None:
    bench.put("base/shop", "reads: stock\nfile: {delimiter: comma}\nfields: {sku: SKU, stock: Qty}\n")
    [record] = bench.records(f"extends: base/shop\nfields: {{sku: {added}}}\n", "SKU,Qty,Other\nA1,1,B2\n")
    assert record["sku"] == code


@pytest.mark.parametrize(("text", "part"), [("extends: base/shpo\n", "base/shop"), ("extends: base/deep\n", "only one level")])
def test_a_base_must_be_there_and_extend_nothing(bench: Bench, text: str, part: str) -> None:
    bench.put("base/shop", BASE)
    bench.put("base/deep", "extends: base/shop\n")
    assert any(part in each for each in bench.told(text + "fields: {}\n"))


def test_names_lists_own_and_base_mappings(bench: Bench) -> None:
    bench.put("base/shop", BASE)
    bench.put("b", OWN)
    bench.put("a", OWN)
    assert bench.library().names() == ["a", "b", "base/shop"]


def test_a_wrong_mapping_is_refused_with_every_error_and_an_unknown_one_with_the_nearest(bench: Bench) -> None:
    bench.put("nordshop", BASE + "  prise: P\n  prize: P\n")
    with pytest.raises(Misconfigured) as refused:
        bench.library().get("nordshop")
    assert len(refused.value.findings) == 2
    with pytest.raises(NotFound, match="Did you mean nordshop"):
        bench.library().get("nordshp")


def test_the_version_follows_content_base_and_shared_words_but_not_notes(bench: Bench) -> None:
    text = BASE + "  catalog: {from: C, map: shops}\n"
    bench.put("maps/shops.csv", "theirs,ours\nA,main\n")

    def version(mapping: str) -> str:
        bench.put("m", mapping)
        return bench.library().get("m").version

    first = version(text)
    assert len(first) == 16
    assert version("note: seen again\n" + text + "# a comment\n") == first
    assert version(text.replace("Qty", "Saldo")) != first
    bench.put("maps/shops.csv", "theirs,ours\nA,other\n")
    assert version(text) != first


def test_a_word_list_in_a_file_is_shared_and_must_be_sound(bench: Bench) -> None:
    text = BASE + "  catalog: {from: C, map: shops}\n"
    bench.put("maps/shops.csv", "theirs,ours\nA,main\n")
    assert bench.records(text, "SKU;Qty;C\nX;1;a\n")[0]["catalog"] == "main"
    for broken in ("A,main\n", "theirs,ours\nA\n", "theirs,ours\nA,main\nA,other\n"):
        bench.put("maps/shops.csv", broken)
        assert any("maps/shops.csv" in each for each in bench.told(text))


def test_candidates_are_the_sound_reading_mappings_of_a_role(bench: Bench) -> None:
    bench.put("base/shop", BASE)
    bench.put("wrong", BASE + "  prise: P\n")
    bench.put("out", 'writes: statuses\nfile: {name: "a.csv"}\nfields:\n  A: number\n')
    library = bench.library()
    assert [each.name for each in library.candidates(Role.SUPPLIER)] == ["base/shop"]
    assert library.candidates(Role.RETAILER) == []
    assert library.candidates(None, {Kind.ORDERS}) == []


def test_a_mapping_without_examples_is_warned_of(bench: Bench) -> None:
    bench.put("m", BASE)
    assert any("no examples" in str(each) for each in bench.library().findings("m"))
    bench.put("m.examples/a.csv", "SKU;Qty\n")
    assert bench.library().findings() == []


def test_a_context_of_its_own_timezone_reads_times_there(bench: Bench) -> None:
    mapping = BASE.replace('","}', '",", timezone: UTC}') + "  as_of: T\n"
    record = bench.records(mapping, "SKU;Qty;T\nA;1;2026-11-22 10:00\n", timezone=a_context().timezone)[0]
    assert record["as_of"].hour == 10
