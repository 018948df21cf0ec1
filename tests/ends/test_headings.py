"""Headings that changed and files of another kind are refused with what to do about it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hub.flow.parser import InProcess
from hub.service.schedule import Upkeep, tick
from hub.service.wiring import open_hub
from tests.ends.conftest import Market


def problem(market: Market, partner: str, name: str) -> dict[str, Any]:
    market.once()
    told: dict[str, Any] = market.answer(partner, name)["problems"][0]
    return told


def test_a_renamed_heading_is_named_with_the_line_to_write(market: Market) -> None:
    market.drop("ahti", "products9.csv", "Tuotenumero;EAN;Nimi;Hinta;Saldo\nA-1;;Soutuvene;12,50;3\n")
    told = problem(market, "ahti", "products9.csv")
    assert told["code"] == "400.column"
    assert "'Koodi'" in told["message"]
    assert "sku: [Koodi, Tuotenumero]" in told["hint"]


def test_a_file_of_another_kind_is_refused_with_the_mapping_that_fits(market: Market) -> None:
    market.mapping(
        "ahti-transit",
        "reads: deliveries\nfile: {group: Consignment}\nfields: {shipment: Consignment, status: Stage, ship_date: Left}\n",
    )
    market.drop("ahti", "products9.csv", "Consignment;Stage;Left\nS1;Delivered;2026-11-22\n")
    told = problem(market, "ahti", "products9.csv")
    assert told["code"] == "400.header"
    assert "ahti-transit (deliveries)" in told["message"]


def test_a_file_of_another_kind_is_refused_though_it_has_the_little_that_is_needed(market: Market) -> None:
    fields = "{shipment: Lähetys, status: Tila, lines.sku: Koodi, lines.delivered_quantity: Kpl}"
    market.mapping("ahti-transit", f"reads: deliveries\nfile: {{group: Lähetys}}\nfields: {fields}\n")
    market.drop("ahti", "products9.csv", "Lähetys;Tila;Koodi;Kpl\nS1;Delivered;A1;2\n")
    told = problem(market, "ahti", "products9.csv")
    assert told["code"] == "400.header"
    assert "ahti-transit (deliveries)" in told["message"]


def test_a_file_with_few_of_the_headings_is_read_where_no_other_mapping_reads_far_more(market: Market) -> None:
    market.drop("ahti", "products9.csv", "Koodi;Saldo\nA1;2\n")
    market.once()
    assert market.answer("ahti", "products9.csv")["answer"] == 200


def test_a_file_with_none_of_the_headings_is_no_file_for_its_mapping(market: Market) -> None:
    market.drop("ahti", "products9.csv", "Aa;Bb;Cc\n1;2;3\n")
    told = problem(market, "ahti", "products9.csv")
    assert told["code"] == "400.header"
    assert "none of its headings" in told["message"]


@pytest.mark.parametrize("change", [("sku: Koodi", "sku: [Koodi, Tuotenumero]"), ("sku: Koodi", "sku: Koodi\n  prise: X")])
def test_a_running_hub_takes_a_changed_mapping_up_between_rounds_if_it_is_sound(market: Market, change: tuple[str, str]) -> None:
    hub = open_hub(market.home, parser=InProcess())
    try:
        path = market.home / "mappings" / "products.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
        market.drop("ahti", "products9.csv", "Tuotenumero;EAN;Nimi;Hinta;Saldo\nA-1;;Soutuvene;12,50;3\n")
        tick(hub, threading.Event(), Upkeep())
        tick(hub, threading.Event(), Upkeep())
        sound = "prise" not in change[1]
        assert market.answer("ahti", "products9.csv")["answer"] == (200 if sound else 400)
        assert list(hub.library.held) == ([] if sound else ["products"])
    finally:
        hub.close()
