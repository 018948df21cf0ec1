"""A label and a note with every field filled, to try templates with."""

from __future__ import annotations

from hub.domain.paper import Label, Mark, Note, NoteLine, Party

_SHOP = Party("Example Shop Ltd", ("Testikatu 1",), "00100 Helsinki", "FINLAND", "+358401234567", "help@shop.test")
_BUYER = Party(
    "Maija Esimerkki-Mallikas",
    ("c/o Ääkkönen Õie Šmidt Žanna", "Pitkänsillanranta 12 B 34"),
    "00530 Helsinki",
    "FINLAND",
    "+358501234567",
    "maija@example.test",
)

LABEL = Label(
    sender=_SHOP,
    receiver=_BUYER,
    shipment="S00000001",
    order="5001",
    parcel="1",
    place=1,
    of=2,
    tracking_number="JJFI65432100000000224",
    reference="W-1234",
    service="2103",
    service_name="Postal Parcel",
    operator="Posti",
    pickup_point="001003200",
    routing_code="3200",
    weight="2.5 kg",
    marks=tuple(Mark),
)

NOTE = Note(
    vendor=_SHOP,
    buyer=_BUYER,
    ship_to=_BUYER,
    order="5001",
    date="2026-11-20",
    shipment="S00000001",
    parcel="1",
    place=1,
    of=2,
    lines=(
        NoteLine("Camping stove", "AHTI-1", "6430000000012", "2", "1", "PCE"),
        NoteLine("Tent pegs", "AHTI-2", "", "10", "", ""),
    ),
    sales_reference="W-1234",
    tracking_number="JJFI65432100000000224",
    service="2103 Postal Parcel",
    pickup_point="001003200",
    return_text="Send it back within 14 days.",
)
