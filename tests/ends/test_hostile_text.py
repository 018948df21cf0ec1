"""Whatever text a partner sends, what goes back to him, and on to others, is a file that every program can open."""

from __future__ import annotations

import json

import openpyxl
import pytest
from lxml import etree

from tests.ends.conftest import Market

ODD = [
    "\0",
    "\x01",
    "\x0b",
    "\x1a",
    "\x7f",
    "\x85",
    "\uffff",
    "\u202e",
    "\ufeff",
    "😀",
    "=1+1",
    "a\r\nb",
    "^XZ",
    "'+",
    "]]>",
    "x" * 40_000,
]
TOLD = """
writes: answers
file: {{format: {format}, {more}name: "told_{{seq}}.{format}"}}
repeat: {repeat}
fields: {fields}
"""
XML = TOLD.format(
    format="xml", more="record: /all/file, ", repeat="{problem: records}", fields="{name: file, problem/said: records.messages}"
)
EXCEL = TOLD.format(format="excel", more="", repeat="{rows: records}", fields="{File: file, Said: records.messages}")


@pytest.fixture
def harm(market: Market) -> Market:
    market.mapping(
        "list",
        "reads: products\nfile: {format: json}\nlimits: {refuse_above: 100%}\nfields: {sku: sku, name: name, stock: stock}\n",
    )
    market.mapping("told-xml", XML)
    market.mapping("told-excel", EXCEL)
    market.supplier(
        "harm",
        "receive: [{files: '*.json', mapping: list}]\nsend: [{mapping: told-xml}, {mapping: told-excel}]\nanswers: [json]\n",
    )
    return market


def test_every_answer_to_odd_text_can_be_read_and_stands_for_each_record(harm: Market) -> None:
    """Such text in a name, in a number and in a code: refused or taken, told in JSON, XML and Excel."""
    records = [{"sku": f"A{at}", "name": each, "stock": each} for at, each in enumerate(ODD)]
    records += [{"sku": each, "name": "x", "stock": "1"} for each in ODD]
    harm.drop("harm", "list.json", json.dumps(records))
    summary = harm.once()
    answer = harm.answer("harm", "list.json")
    counts = answer["counts"]
    assert summary.quarantined == 0
    assert counts["read"] == len(records) == sum(counts[each] for each in ("accepted", "unchanged", "refused", "skipped"))
    assert {"400.characters", "400.number", "400.length"} <= {each["code"] for each in answer["problems"]}
    assert all(each["message"] and each["hint"] for each in answer["problems"])
    (xml,) = harm.outbox("harm", "told_*.xml")
    assert etree.fromstring(xml.read_bytes()).findtext("file/name") == "list.json"
    (excel,) = harm.outbox("harm", "told_*.excel")
    excel.rename(excel.with_suffix(".xlsx"))
    sheet = openpyxl.load_workbook(excel.with_suffix(".xlsx")).worksheets[0]
    assert sheet.max_row > len(ODD)
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
