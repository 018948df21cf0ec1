"""Address labels as printers and scanners see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from hub.domain.paper import Label, LabelSize, Party, party
from hub.prints import code128
from hub.prints.label_zpl import label_zpl
from hub.prints.press import Press
from hub.prints.samples import LABEL
from tests.prints.addresses import labels
from tests.prints.reading import Box, barcodes, bare, pages, texts_in, zpl_labels

BOXES = {
    LabelSize.TALL: {
        "from": Box(4.0, 4.5, 59, 39.4),
        "service": Box(59, 4.5, 103.0, 39.4),
        "to": Box(4.0, 39.4, 103.0, 104.4),
        "marks": Box(4.0, 104.4, 103.0, 128.2),
        "code": Box(4.0, 128.2, 103.0, 168.5),
        "facts": Box(4.0, 168.5, 103.0, 181.5),
    },
    LabelSize.A6: {
        "from": Box(4.0, 4.5, 58, 32.4),
        "service": Box(58, 4.5, 101.0, 32.4),
        "to": Box(4.0, 32.4, 101.0, 79.4),
        "marks": Box(4.0, 79.4, 101.0, 97.2),
        "code": Box(4.0, 97.2, 101.0, 129.5),
        "facts": Box(4.0, 129.5, 101.0, 142),
    },
}


def wanted(label: Label) -> dict[str, list[str]]:
    """What must stand in each box, in this order."""
    sender, receiver, count = label.sender, label.receiver, f"{label.place} / {label.of}"
    carried = " · ".join(each for each in (label.service_name, label.operator) if each)
    facts = (("Order", label.order), ("Reference", label.reference), ("Shipment", f"{label.shipment}-{label.parcel}"))
    points = (("Pick-up point", label.pickup_point), ("Routing", label.routing_code))
    return {
        "from": ["FROM", *_lines(sender)],
        "service": [*(["SERVICE", label.service, carried] if label.service or carried else []), count, label.weight],
        "to": ["TO", *_lines(receiver)],
        "marks": [*label.marks, *(f"{name} {value}" for name, value in points if value)],
        "code": [label.barcode],
        "facts": [f"{name} {value}" for name, value in facts if value],
    }


def _lines(party: Party) -> Iterator[str]:
    yield from (party.name, *party.lines, party.place, party.country, party.phone, party.email)


def stands_in_order(parts: list[str], text: str) -> bool:
    at = 0
    for part in map(bare, parts):
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


@pytest.mark.parametrize(("size", "many"), [(LabelSize.TALL, 700), (LabelSize.A6, 350)])
def test_a_thousand_labels_are_read_back_and_no_text_leaves_its_box(size: LabelSize, many: int) -> None:
    some = labels(many, seed=many)
    with Press() as press:
        pdf = press.labels(some, size)
    assert barcodes(pdf) == [each.tracking_number for each in some]
    for label, (whole, parts) in zip(some, texts_in(pdf, BOXES[size]), strict=True):
        for box, lines in wanted(label).items():
            assert stands_in_order(lines, parts[box]), (box, lines, parts[box])
        assert sum(map(len, parts.values())) == len(whole), f"text outside of every box: {whole} {parts}"


def test_the_longest_that_the_fields_allow_fits() -> None:
    longest = {"name": "N" * 100, "name2": "M" * 100, "address1": "Ä" * 200, "address2": "щ" * 200, "postcode": "9" * 20}
    longest |= {
        "city": "C" * 100,
        "region": "R" * 100,
        "country": "FI",
        "phone": "+358" + "0" * 46,
        "email": f"{'e' * 242}@example.com",
    }
    label = replace(LABEL, receiver=party(longest), sender=party(longest), order="O" * 50, reference="R" * 100)
    label = replace(
        label, pickup_point="P" * 50, routing_code="Q" * 50, service="S" * 50, operator="T" * 50, weight="123456.789 kg"
    )
    for size, boxes in BOXES.items():
        with Press() as press:
            pdf = press.labels([label], size)
        ((whole, parts),) = texts_in(pdf, boxes)
        for box, lines in wanted(label).items():
            assert stands_in_order(lines, parts[box]), (box, parts[box])
        assert sum(map(len, parts.values())) == len(whole)


@pytest.mark.parametrize(
    "number", ["A", "12", "123", "RR473124829FI", "376104250021234569", "ab-12_3/4 5~^>", "9" * 35, "x1" * 12]
)
def test_a_number_of_any_kind_is_read_by_a_scanner(number: str) -> None:
    with Press() as press:
        for size in LabelSize:
            assert barcodes(press.labels([replace(LABEL, tracking_number=number)], size)) == [number]


def test_digits_go_in_pairs_so_that_a_number_stays_short() -> None:
    assert len(code128.symbols("00" + "1" * 18)) == 12  # start, ten pairs, check
    assert len(code128.symbols("JJFI65432100000000224")) == 16


@pytest.mark.parametrize("text", ["", "ä", "a\nb", "\x7f"])
def test_what_code_128_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        code128.widths(text)


def test_a_label_has_the_size_that_was_asked_for() -> None:
    with Press() as press:
        sizes = [next(pages(press.labels([LABEL], size))).size for size in LabelSize]
    assert sizes == [(856, 1519), (840, 1183)]


@pytest.mark.parametrize("size", list(LabelSize))
def test_zpl_is_read_back_field_by_field(size: LabelSize) -> None:
    some = labels(1000, seed=3)
    read = zpl_labels(b"".join(label_zpl(each, size) for each in some))
    wide, high = (int(each * 203 / 25.4) for each in size.millimetres)
    assert len(read) == len(some)
    for label, fields in zip(some, read, strict=True):
        printed = "".join(bare(each.text) for each in fields)
        for part in (*_lines(label.sender), *_lines(label.receiver), *label.marks, label.order, label.reference, label.service):
            assert bare(part) in printed
        (code,) = [each for each in fields if "^BC" in each.commands]
        assert code.text.replace(">0", ">") == label.barcode
        assert all(0 <= each.x < wide and 0 <= each.y < high for each in fields)


def test_zpl_lines_do_not_lie_on_each_other() -> None:
    for size in LabelSize:
        for fields in zpl_labels(b"".join(label_zpl(each, size) for each in labels(300, seed=4))):
            rows = sorted((each.x, each.y, int(each.commands.split(",")[1])) for each in fields if "^A0" in each.commands)
            for (x, y, tall), (next_x, next_y, _) in pairwise(rows):
                assert x != next_x or y + tall <= next_y, fields
