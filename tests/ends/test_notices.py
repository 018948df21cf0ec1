"""What a supplier is told of new shipments does not depend on how much of them his mapping shows."""

from __future__ import annotations

from tests.ends.conftest import SUPPLIER, Market

FIELDS = """
  shipment: shipment
  status: status
  time: status_time
  ref: supplier_reference
  order: number
  date: date
  retailer: retailer.name
  supplier: supplier.id
  country: supplier.country
  name: {join: [ship_to.name, ship_to.city], with: " / "}
  service: service_code
  much: {value: much, when: quantity > 2}
  city: =record.ship_to.city
  line: lines.line_no
  sku: lines.sku
  ean: lines.ean
  qty: lines.quantity
  why: lines.cancel_reason
  state: lines.status
  from: lines.supplier
  of: lines.shipment
  delivered: lines.delivered_quantity
  cancelled: lines.cancelled_quantity
  expected: lines.expected_date
  tracking: lines.tracking_number
"""
FILE = "writes: shipments\nfile: {format: csv, delimiter: comma, name: '%s_{seq:4}.csv'}\nrepeat: {rows: lines}\nfields:"


def test_a_mapping_that_shows_little_says_what_one_that_shows_all_says(market: Market) -> None:
    market.mapping("little", FILE % "little" + FIELDS)
    market.mapping("all", FILE % "all" + FIELDS + "  title: lines.name\n")
    market.supplier("ahti", SUPPLIER.partition("send:")[0] + "send: [{mapping: little}, {mapping: all}]\n")
    market.orders(
        "nord",
        {"order": "1", "line": "1", "sku": "A1", "qty": "2"},
        {"order": "1", "line": "2", "sku": "K1", "qty": "1"},
        {"order": "1", "line": "3", "sku": "A2", "qty": "3"},
        {"order": "2", "line": "7", "sku": "A2", "qty": "1.5"},
        {"order": "2", "line": "8", "sku": "A1", "qty": "1"},
    )
    market.cancel("nord", {"order": "1", "line": "3", "qty": "1"}, {"order": "2", "line": "8"})
    market.once()
    little, every = market.rows("ahti", "little_*.csv"), market.rows("ahti", "all_*.csv")
    assert [{name: cell for name, cell in row.items() if name != "title"} for row in every] == little
    assert [(row["order"], row["sku"], row["qty"]) for row in little] == [("1", "A1", "2"), ("1", "A2", "2"), ("2", "A2", "1.5")]
