"""Every status that a supplier or warehouse can claim, from every status that a shipment can have: one table, through files.

`.` is taken, `=` is known already, `s` is 409.sequence, `f` is 409.final, `t` is 400.transition. What is not taken
leaves the status as it was.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.domain.status import Status
from tests.ends.conftest import MAPPINGS, SUPPLIER
from tests.ends.test_warehouse import Warehouse

CLAIMS = [
    "Draft",
    "Accepted",
    "orderRouted",
    "Routed",
    "Created",
    "Submitted",
    "Viewed",
    "Picking",
    "Packing",
    "Shipping",
    "Error",
    "On Hold",
    "Receiving",
    "Delivered Partially",
    "Cancelled",
    "Delivered",
]
# whose: what he supplies, the status that the shipment has, and what becomes of each claim in the order above
TABLE = """
supplier           Submitted   tttt s=.... ttt t ..
supplier           Viewed      tttt ss=... ttt t ..
supplier           Picking     tttt sss=.. ttt t ..
supplier           Packing     tttt ssss=. ttt t ..
supplier           Shipping    tttt sssss= ttt t ..
supplier           Error       tttt tt.... =tt t ..
supplier           Cancelled   tttt ffffff fff t =f
supplier           Delivered   tttt ffffff fff t f=
warehouse-sale     Submitted   tttt s=.... t.t t ..
warehouse-sale     Shipping    tttt sssss= t.t t ..
warehouse-sale     On_Hold     tttt s..... t=t t ..
warehouse-sale     Cancelled   tttt ffffff fff t =f
warehouse-sale     Delivered   tttt ffffff fff t f=
warehouse-purchase Submitted   tttt s=.... tt. t ..
warehouse-purchase Packing     tttt ssss=. tt. t ..
warehouse-purchase Receiving   tttt s..... tt= t ..
warehouse-purchase Delivered   tttt ffffff fff t f=
"""
ROWS = [
    (whose, status.replace("_", " "), "".join(cells))
    for whose, status, *cells in (line.split() for line in TABLE.strip().splitlines())
]
CODES = {"s": "409.sequence", "f": "409.final", "t": "400.transition"}
SUPPLIED = {"supplier": ("ahti", "A1"), "warehouse-sale": ("varasto", "W1"), "warehouse-purchase": ("varasto", "W1")}


@pytest.fixture
def place(tmp_path: Path) -> Warehouse:
    """A supplier (ahti), a warehouse (varasto), and a supplier whose shipments cannot be written (kivi)."""
    place = Warehouse(tmp_path)
    place.set_up()
    place.settings(catalogs="catalogs: [{id: main, suppliers: [varasto, ahti, kivi]}]\n")
    place.mapping("unwritable", MAPPINGS["shipments"].replace("name: ship_to.name", "x: {from: routing_code, required: yes}"))
    place.supplier("kivi", SUPPLIER.replace("mapping: shipments", "mapping: unwritable"))
    place.products("ahti", ("A1", "10000"))
    place.products("kivi", ("K1", "10000"))
    place.goods(("W1", "10000"))
    place.once()
    return place


def test_every_claim_from_every_status_is_taken_or_refused_as_the_table_says(place: Warehouse) -> None:
    assert sorted(CLAIMS) == sorted(status.value for status in Status)
    cases = {
        f"{row}-{claim}": (whose, status, CLAIMS[claim], cell)
        for row, (whose, status, cells) in enumerate(ROWS)
        for claim, cell in enumerate(cells)
    }
    assert len(cases) == len(ROWS) * len(CLAIMS)

    def partner(whose: str, status: str) -> tuple[str, str]:
        return ("kivi", "K1") if status == "Error" else SUPPLIED[whose]

    orders = []
    for number, (whose, status, _, _) in cases.items():
        supplier, sku = partner(whose, status)
        bought = {"kind": "PurchaseOrder", "supplier": supplier} if whose == "warehouse-purchase" else {}
        orders.append({"order": number, "sku": sku, "qty": "2"} | bought)
    place.orders("nord", *orders)
    place.once()
    shipment = {str(row["order"]): str(row["shipment"]) for row in place.export("shipments")}

    def claim(name: str, claims: dict[str, str]) -> dict[str, list[str]]:
        """Have each partner claim a status for his shipments; the codes that each order's was answered with."""
        told: dict[str, list[str]] = {number: [] for number in claims}
        whose = {number: partner(*cases[number][:2])[0] for number in claims}
        for each in sorted(set(whose.values())):
            rows = [
                {"shipment": shipment[number], "status": status} for number, status in claims.items() if whose[number] == each
            ]
            place.deliveries(each, *rows, name=name)
        place.once()
        order = {number: key for key, number in shipment.items()}
        for each in sorted(set(whose.values())):
            for problem in place.answer(each, name)["problems"]:
                if problem["code"] != "207.unknown-quantity":
                    told[order[problem["record"]]].append(problem["code"])
        return told

    first = {number: status for number, (_, status, _, _) in cases.items() if status not in {"Submitted", "Error"}}
    assert not any(claim("delivery_1.csv", first).values())
    assert {str(row["order"]): row["status"] for row in place.export("shipments")} == {
        number: status for number, (_, status, _, _) in cases.items()
    }

    told = claim("delivery_2.csv", {number: word for number, (_, _, word, _) in cases.items()})
    after = {str(row["order"]): row["status"] for row in place.export("shipments")}
    for number, (whose, status, word, cell) in cases.items():
        expected = ([CODES[cell]], status) if cell in CODES else ([], word if cell == "." else status)
        assert (told[number], after[number]) == expected, (whose, status, word)


@pytest.mark.parametrize(
    ("sku", "status", "codes", "after"),
    [
        ("A1", "Draft", set(), "Cancelled"),
        ("K1", "Error", set(), "Cancelled"),  # nobody was told of it
        ("A1", "Submitted", {"207.requested"}, "Submitted"),
        ("A1", "Viewed", {"207.requested"}, "Viewed"),
        ("A1", "Picking", {"207.requested"}, "Picking"),
        ("A1", "Packing", {"207.requested"}, "Packing"),
        ("A1", "Shipping", {"207.requested"}, "Packing"),
        ("A1", "Delivered", {"409.final"}, "Delivered"),
        ("A1", "Cancelled", set(), "Cancelled"),
        ("W0", "On Hold", set(), "Cancelled"),  # it waits for stock and was never handed over
        ("W1", "On Hold", {"207.requested"}, "On Hold"),  # the warehouse holds it
        ("W1", "Receiving", {"207.requested"}, "Receiving"),
    ],
)
def test_a_retailers_cancellation_at_every_status(place: Warehouse, sku: str, status: str, codes: set[str], after: str) -> None:
    place.goods(("W0", "0"), name="goods0.csv")
    place.once()
    bought = {"kind": "PurchaseOrder", "supplier": "varasto"} if status == "Receiving" else {}
    place.orders("nord", {"order": "1", "sku": sku, "qty": "2", "submit": "no" if status == "Draft" else ""} | bought)
    place.once()
    claimed = status not in {"Draft", "Error", "Submitted"} and sku != "W0"
    if claimed:
        place.deliveries("varasto" if sku == "W1" else "ahti", {"order": "1", "status": status})
        place.once()
    place.cancel("nord", {"order": "1"})
    place.once()
    assert {code for code, _ in place.problems("nord", "cancel.csv")} == codes
    assert place.status("1") == after
    place.cancel("nord", {"order": "1"})
    place.once()
    assert place.status("1") == after, "the same again changes nothing"
