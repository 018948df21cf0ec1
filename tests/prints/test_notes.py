"""Delivery notes as buyers read them."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from hub.domain.paper import Note, NoteLine
from hub.prints.press import NotPrinted, Press
from hub.prints.samples import NOTE
from tests.prints.addresses import labels
from tests.prints.reading import Box, barcodes, bare, pages, texts, texts_in

PAGE = {"page": Box(14, 10, 196.5, 292)}
PRODUCTS = (
    "Retkikeitin Pro 1,2 l titaania", "Кружка «Мороз» 0,4 л", "Bình nước giữ nhiệt", "Šķiņķa nazis žāvētai gaļai", "W" * 120,
    "^XZ ~DG #let x = $1$ *a* _b_ @c <d>", "Tuote " * 60,
)  # fmt: skip


def notes(many: int) -> list[Note]:
    """Notes to invented buyers, of one line to fifty."""
    made = []
    for at, label in enumerate(labels(many, seed=7)):
        lines = tuple(
            NoteLine(
                PRODUCTS[(at + n) % len(PRODUCTS)],
                f"SKU-{n}",
                "6430000000012"[: 13 * (n % 2)],
                str(n + 1),
                str(n) * (n % 3 > 0),
                "pcs",
            )
            for n in range(1 + at * 7 % 50)
        )
        order = ("1001", f"WEB-2026/{at:06d}", "X" * 50)[at % 3]
        language = ("en", "fi", "sv", "et", "de")[at % 5]
        note = replace(NOTE, order=order, lines=lines, language=language)
        made.append(replace(note, vendor=label.sender, buyer=label.receiver, ship_to=label.receiver))
    return made


def test_every_word_of_a_note_stands_on_its_pages_and_the_order_number_is_read_by_a_scanner() -> None:
    some = notes(60)
    with Press() as press:
        for each in some:
            pdf = press.notes([each])
            found = list(texts_in(pdf, PAGE))
            assert all(len(whole) == len(parts["page"]) for whole, parts in found), "text in the margins"
            whole = "".join(text for text, _ in found)
            for line in each.lines:
                assert bare(line.name) in whole
                assert bare(line.sku) in whole
            for party in (each.vendor, each.buyer, each.ship_to):
                assert all(bare(part) in whole for part in (party.name, *party.lines, party.place, party.country))
            assert barcodes(pdf) == [each.order]


def test_a_long_note_repeats_its_headings_and_counts_its_pages_also_beside_others() -> None:
    long = replace(NOTE, lines=tuple(NoteLine(f"Product {n}", f"SKU-{n}", "", "1", "1", "pcs") for n in range(70)))
    with Press() as press:
        found = texts(press.notes([long, NOTE, long]))
    assert [re.findall(r"Page (\d+) / (\d+)", each) for each in found] == [
        [(str(page), str(of))] for of in (4, 1, 4) for page in range(1, of + 1)
    ]
    assert all("ORDERED" in each.upper() for each in found if "Product" in each)


def test_a_quantity_that_nobody_knows_is_blank() -> None:
    line = NoteLine("Stove", "S-1", "", "7", "", "pcs")
    with Press() as press:
        unknown, none = texts(press.notes([replace(NOTE, lines=(line,)), replace(NOTE, lines=(replace(line, delivered="0"),))]))
    assert len(re.findall(r"\b0\b", none)) == len(re.findall(r"\b0\b", unknown)) + 1


def png(size: tuple[int, int], colour: tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("size", [(400, 120), (2000, 100), (100, 2000)])
def test_pictures_of_any_shape_stand_within_the_page(size: tuple[int, int]) -> None:
    blue, green = (20, 90, 200), (30, 160, 60)
    note = replace(NOTE, logo="logo.png", returns="returns.png", return_text="")
    with Press(pictures={"logo.png": png(size, blue), "returns.png": png(size, green)}) as press:
        pdf = press.notes([note])
    seen = [page.convert("RGB") for page in pages(pdf)]
    for colour in (blue, green):
        assert any(colour in {each for _, each in page.getcolors(1 << 24) or ()} for page in seen)
    for page in seen:
        margin = page.crop((0, 0, page.width, 60))
        assert margin.getcolors() == [(margin.width * margin.height, (255, 255, 255))]


def test_a_picture_that_is_broken_costs_the_note_and_says_so() -> None:
    with Press(pictures={"logo.png": b"\x89PNG\r\n\x1a\nnothing"}) as press, pytest.raises(NotPrinted, match=r"note\.typ"):
        press.notes([replace(NOTE, logo="logo.png")])


def test_a_note_does_not_tell_when_it_was_made_and_lays_out_what_it_needs_where_it_is_told_to(tmp_path: Path) -> None:
    with Press(aside=tmp_path / "var/tmp") as press:
        pdf = press.notes(notes(1))
        assert len(list((tmp_path / "var/tmp").iterdir())) == 1
    assert list((tmp_path / "var/tmp").iterdir()) == []
    assert b"Date" not in pdf
    with Press() as press:
        assert press.notes(notes(1)) == pdf
