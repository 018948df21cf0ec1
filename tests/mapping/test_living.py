"""A changed mapping is taken up when it is sound and proved; else the last good one stays in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.domain.problems import Misconfigured
from hub.mapping.living import KEPT, LivingLibrary, held_back
from tests.mapping.conftest import Bench

GOOD = "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n"
BETTER = GOOD.replace("Qty", "Amount")
CASE = '{"records": [{"sku": "A", "stock": "1"}], "problems": []}'


def source(library: LivingLibrary) -> str:
    part = library.get("m").template.fields["stock"].parts[0]
    assert isinstance(part, str)
    return part


@pytest.fixture
def proved(bench: Bench) -> Bench:
    """A mapping with an example that both versions of it can keep."""
    bench.put("m", GOOD)
    bench.put("m.examples/a.csv", "SKU,Qty,Amount\nA,1,1\n")
    bench.put("m.examples/a.expected.json", CASE)
    return bench


def test_a_sound_change_is_taken_up_at_the_next_look(proved: Bench) -> None:
    library = LivingLibrary(proved.home)
    assert source(library) == "Qty"
    proved.put("m", BETTER)
    assert source(library) == "Qty", "nothing changes between two looks"
    assert library.refresh() == ["m"]
    assert source(library) == "Amount"
    assert library.refresh() == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ("reads: stock\nfields: [\n", "mappings/m.yaml:"),
        (GOOD + "  prise: P\n", "is no field of stock"),
        (GOOD.replace("stock: Qty", "stock: =sku +"), "mappings/m.yaml:4"),
        (GOOD.replace("SKU", "Nowhere"), "its example a does not hold"),
    ],
)
def test_a_change_that_is_wrong_or_unproved_leaves_the_last_good_one_in_force(proved: Bench, changed: str, why: str) -> None:
    library = LivingLibrary(proved.home)
    good = library.get("m")
    proved.put("m", changed)
    library.refresh()
    assert library.get("m") == good
    assert why in library.held["m"].reasons[0]
    assert held_back(proved.home, proved.library()) == [library.held["m"]]
    proved.put("m", BETTER)
    library.refresh()
    assert source(library) == "Amount"
    assert library.held == {}
    assert held_back(proved.home, proved.library()) == []


def test_a_restart_remembers_the_last_good_one(proved: Bench) -> None:
    good = LivingLibrary(proved.home).get("m")
    proved.put("m", "reads: stock\nfields: [\n")
    again = LivingLibrary(proved.home)
    assert again.get("m") == good
    assert again.get("m").version == good.version
    assert list(again.held) == ["m"]


def test_what_is_kept_holds_base_and_word_lists(bench: Bench) -> None:
    bench.put("base/b", "reads: stock\nfields:\n  sku: SKU\n  stock: Qty\n  catalog: {from: C, map: shops}\n")
    bench.put("maps/shops.csv", "theirs,ours\nA,main\n")
    bench.put("m", "extends: base/b\nfields: {stock: Amount}\n")
    good = LivingLibrary(bench.home).get("m")
    bench.put("base/b", "reads: [\n")
    bench.put("maps/shops.csv", "broken")
    assert LivingLibrary(bench.home).get("m") == good


def test_a_change_of_a_base_or_a_word_list_is_a_change(bench: Bench) -> None:
    bench.put("base/b", GOOD)
    bench.put("m", "extends: base/b\nfields: {incoming: In}\n")
    library = LivingLibrary(bench.home)
    assert source(library) == "Qty"
    bench.put("base/b", BETTER)
    assert library.refresh() == ["m"]
    assert source(library) == "Amount"


def test_the_first_version_of_a_mapping_must_be_sound(bench: Bench) -> None:
    bench.put("m", GOOD + "  prise: P\n")
    with pytest.raises(Misconfigured):
        LivingLibrary(bench.home).get("m")
    assert not (bench.home / KEPT / "m.json").exists()


@pytest.mark.parametrize("damage", ["", "{}", "[]", "null", '{"check": 1}', "\0"])
def test_a_damaged_memory_is_forgotten(proved: Bench, damage: str) -> None:
    LivingLibrary(proved.home).get("m")
    kept = proved.home / KEPT / "m.json"
    kept.write_text(damage, encoding="utf-8")
    proved.put("m", BETTER)
    assert source(LivingLibrary(proved.home)) == "Amount"


def test_a_memory_that_was_tampered_with_is_forgotten(proved: Bench) -> None:
    LivingLibrary(proved.home).get("m")
    kept: Path = proved.home / KEPT / "m.json"
    kept.write_text(kept.read_text(encoding="utf-8").replace("Qty", "Zzz"), encoding="utf-8")
    proved.put("m", "reads: [\n")
    with pytest.raises(Misconfigured):
        LivingLibrary(proved.home).get("m")


def test_a_file_of_equal_size_and_another_time_is_looked_at(proved: Bench) -> None:
    library = LivingLibrary(proved.home)
    library.get("m")
    path = proved.home / "mappings" / "m.yaml"
    proved.put("m", GOOD.replace("Qty", "Xyz"))
    os.utime(path, ns=(1, 1))
    assert library.refresh() == ["m"]
