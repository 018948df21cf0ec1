"""Files made to hurt, read by the hub as it works in earnest: each is answered, and the others' files of that round flow."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.flow.round import Summary
from hub.service.once import once
from hub.service.wiring import open_hub
from tests.ends.conftest import Market

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
LAUGHS = "<!DOCTYPE a [<!ENTITY a 'lol'>" + "".join(f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(9))


def text(ref: str, words: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{words}</t></is></c>'


HEAD = f'<row r="1">{text("A1", "Koodi")}{text("B1", "Nimi")}</row>'


def workbook(rows: str, before: str = "", more: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    sheet = f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in {**_PARTS, "xl/worksheets/sheet1.xml": sheet, **(more or {})}.items():
            book.writestr(name, part)
    return out.getvalue()


def zipped(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in entries:
            pack.writestr(name, data)
    return out.getvalue()


GOOD = "Koodi;Nimi\nH-1;Tuoli\n"
BOMBS: dict[str, tuple[str, Callable[[], str | bytes], str]] = {
    # what is dropped: its name, its making, the code of its answer
    "two cells half a terabyte apart": (
        "book.xlsx",
        lambda: workbook(HEAD + f'<row r="1048576">{text("XFD1048576", "x")}</row>'),
        "400.too-large",
    ),
    "one cell of 100 MB": (
        "book.xlsx",
        lambda: workbook(HEAD + f'<row r="2">{text("A2", "A" * 100_000_000)}</row>'),
        "400.too-large",
    ),
    "a thousand and more parts": (
        "book.xlsx",
        lambda: workbook(HEAD, more={f"xl/media/{at}.xml": "x" for at in range(1200)}),
        "400.too-large",
    ),
    "an entity in a sheet": ("book.xlsx", lambda: workbook(HEAD, before=f"{LAUGHS}]>"), "400.unreadable"),
    "no workbook at all": ("book.xlsx", lambda: zipped(("../../evil.csv", b"x"), ("b.csv", b"x")), "400.unreadable"),
    "a billion laughs": ("list.xml", lambda: f"{LAUGHS}]><r><i><sku>&j;</sku></i></r>", "400.unreadable"),
    "a file of the machine": (
        "list.xml",
        lambda: "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r><i><sku>&x;</sku></i></r>",
        "400.unreadable",
    ),
    "XML deep inside itself": ("list.xml", lambda: "<a>" * 100_000, "400.unreadable"),
    "JSON deep inside itself": ("list.json", lambda: "[" * 100_000, "400.unreadable"),
    "a key twice": ("list.json", lambda: '[{"sku": "A", "sku": "B"}]', "400.unreadable"),
    "a gzip bomb": ("list.csv", lambda: gzip.compress(b"Koodi;Nimi\n" + b"A;B\n" * 10_000_000), "400.too-large"),
    "a zip bomb": ("list.csv", lambda: zipped(("list.csv", b"Koodi;Nimi\n" + b"A;B\n" * 10_000_000)), "400.too-large"),
    "a zip in a zip": ("list.csv", lambda: zipped(("a.zip", zipped(("list.csv", GOOD.encode())))), "400.unreadable"),
    "a quote that never closes": ("list.csv", lambda: GOOD + '"H-2;' + "A;B\n" * 500_000, "400.too-large"),
    "NUL characters": ("list.csv", lambda: GOOD + "H\0-2;x\n", "400.unreadable"),
    "two encodings": (
        "list.csv",
        lambda: "Koodi;Nimi\nH-1;pöytä\nH-2;sänky\n".encode() + "H-3;ä\n".encode("latin-1"),
        "400.encoding",
    ),
}


@pytest.fixture
def hostile(market: Market) -> Market:
    fields = "fields: {sku: Koodi, name: Nimi}\n"
    inside = "fields: {sku: sku, name: name}\n"
    market.mapping("book", f"reads: products\nfile: {{format: excel}}\n{fields}")
    market.mapping("list", f"reads: products\nfile: {{format: csv, delimiter: semicolon}}\n{fields}")
    market.mapping("xml", f"reads: products\nfile: {{format: xml, record: /r/i}}\n{inside}")
    market.mapping("json", f"reads: products\nfile: {{format: json}}\n{inside}")
    entries = ", ".join(
        f'{{files: "*.{ending}", mapping: {mapping}}}'
        for ending, mapping in {"xlsx": "book", "csv": "list", "xml": "xml", "json": "json"}.items()
    )
    market.supplier("harm", f"receive: [{entries}]\n")
    return market


def in_earnest(market: Market) -> Summary:
    """`hub once` with its children, as the command line runs it."""
    hub = open_hub(market.home)
    try:
        return once(hub)
    finally:
        hub.close()


def test_each_is_refused_with_a_cure_and_everybody_elses_files_flow(hostile: Market) -> None:
    for at, (name, make, _) in enumerate(BOMBS.values()):
        hostile.drop("harm", f"{at:02}-{name}", make())
    hostile.drop("harm", "99-good.csv", GOOD)
    hostile.products("kivi", ("K2", "5"))
    hostile.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "2", "sku": "K2", "qty": "1"})
    summary = in_earnest(hostile)
    found = {}
    for at, (what, (name, _, _)) in enumerate(BOMBS.items()):
        answer = hostile.answer("harm", f"{at:02}-{name}")
        found[what] = answer["problems"][0]["code"]
        assert answer["answer"] == 400
        assert answer["mapping"]
        assert all(problem["message"] and problem["hint"] for problem in answer["problems"])
    assert found == {what: code for what, (_, _, code) in BOMBS.items()}
    assert summary.quarantined == 0
    assert hostile.answer("harm", "99-good.csv")["answer"] == 200
    assert hostile.status("1") == hostile.status("2") == "Submitted"
    assert not list((hostile.home / "var/tmp").iterdir())
    assert not list(Path(hostile.home).rglob("evil.csv"))


@pytest.mark.parametrize(
    ("limit", "data", "figure"),
    [
        ("{file_size: 1kB}", GOOD + "X;Y\n" * 1000, "1,000 at most"),
        ("{rows: 100}", GOOD + "X;Y\n" * 101, "more than 100 rows"),
        ("{unpacked_ratio: 2}", gzip.compress(b"Koodi;Nimi\n" + b"A;B\n" * 2_000_000), "unpacks to more than"),
    ],
    ids=["file_size", "rows", "unpacked_ratio"],
)
def test_a_file_above_the_limits_of_the_hub_is_told_the_figure_and_the_cure(
    hostile: Market, limit: str, data: str | bytes, figure: str
) -> None:
    settings = (hostile.home / "config/hub.yaml").read_text()
    hostile.write("config/hub.yaml", f"{settings}limits: {limit}\n")
    hostile.drop("harm", "list.csv", data)
    in_earnest(hostile)
    [problem] = hostile.answer("harm", "list.csv")["problems"]
    assert problem["code"] == "400.too-large"
    assert figure in problem["message"]
    assert "limits." in problem["hint"]


def test_what_a_child_reads_is_stored_and_answered_as_what_the_hub_reads_itself(market: Market, tmp_path: Path) -> None:
    other = Market(tmp_path / "other")
    other.set_up()
    for place in (market, other):
        place.products("ahti", ("A1", "10"), ("A2", "10"), name="products-2.csv")
        place.products("kivi", ("K1", "10"), ("K9", "viisi"), name="products-2.csv")
        place.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, {"order": "2", "sku": "A2", "qty": "x"})
    in_earnest(market)
    other.once()
    for kind in ("orders", "order-lines", "products", "balances"):
        assert shown(market, kind) == shown(other, kind)
    for pattern in ("*.marked.csv", "*.refused.csv"):
        for partner in ("nord", "kivi"):
            own, theirs = market.outbox(partner, pattern), other.outbox(partner, pattern)
            assert [each.read_bytes() for each in own] == [each.read_bytes() for each in theirs] != []


def shown(market: Market, kind: str) -> str:
    rows = [{key: value for key, value in row.items() if key != "updated_at"} for row in market.export(kind)]
    return json.dumps(rows)
