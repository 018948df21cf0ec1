"""The scenarios by name: trade between shops and suppliers, paper with parcels and numbers, little, partners on a server."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.channels.openssh import Servers, Sshd, user
from tests.crash.look import FAR
from tests.crash.scenario import Day, Scenario, Trade, prepare
from tests.ends.conftest import ORDERS, Market
from tests.ends.place import table

_BOOKINGS = """
writes: bookings
file: {format: csv, delimiter: comma, name: "booking_{seq:4}.csv"}
fields: {shipment: shipment, order: number, parcel: parcels.parcel, name: ship_to.name}
"""
_BOOKED = """
reads: booking_answers
file: {format: csv, delimiter: comma}
fields: {shipment: shipment, parcel: parcel, tracking_number: number, error: error}
"""
_UNNUMBERED = ORDERS.replace(", group: order", ", group: [name]").replace("  number: order\n", "")
_CARRIER = """
name: nShift
role: carrier
channel: {type: local}
receive:
  - {files: "answer*", mapping: booked}
send:
  - {mapping: bookings}
"""
_POSTI = """
tracking: {prefix: JJFI12345, digits: 17, from: 1, to: 999999}
prints:
  - {what: label, format: zpl, on: created}
  - {what: note, format: pdf, on: created}
"""
_SSCC = """
tracking: {prefix: "3643001234", digits: 18, from: 7, to: 9999, check: sscc}
prints:
  - {what: label, format: zpl, on: created}
"""
_S10 = """
tracking: {prefix: RR, digits: 9, from: 47300000, to: 47399999, check: s10, suffix: FI}
prints:
  - {what: label, format: zpl, on: parcels}
"""
_THIRD = """
name: Rauta
role: supplier
channel: {type: local}
receive:
  - {files: "products*", mapping: products}
  - {files: "delivery*", mapping: deliveries}
send:
  - {mapping: shipments}
"""
_SUPPLIERS = ("ahti", "kivi", "salo", "rauta")
_SERVER = """channel:
  type: sftp
  host: 127.0.0.1
  port: {port}
  username: {user}
  key: file:{keys}/client
  host_key: "{host_key}"
  inbox: {folder}/to-hub
  outbox: {folder}/from-hub
"""


class Paper:
    """Labels, notes and tracking numbers of three kinds, parcels that a carrier books, order numbers that the hub makes."""

    def set_up(self, market: Market) -> None:
        """Four suppliers: three whose parcels get numbers, one whose parcels a carrier books."""
        market.set_up()
        market.settings(
            ahti=_POSTI, kivi=_SSCC, catalogs="catalogs: [{id: main, name: Main, suppliers: [ahti, kivi, salo, rauta]}]\n"
        )
        market.mapping("bookings", _BOOKINGS)
        market.mapping("booked", _BOOKED)
        market.mapping("unnumbered", _UNNUMBERED)
        market.write("config/partners/salo.yaml", _THIRD.replace("Rauta", "Salo") + _S10)
        market.write("config/partners/rauta.yaml", _THIRD)
        market.write("config/partners/nshift.yaml", _CARRIER)
        nord = market.home / "config/partners/nord.yaml"
        nord.write_text(nord.read_text().replace("receive:\n", 'receive:\n  - {files: "bare*", mapping: unnumbered}\n'), "utf-8")

    def first(self, market: Market) -> None:
        """One order of each supplier; numbers of two ranges and sequences are in use."""
        for nth, supplier in enumerate(_SUPPLIERS):
            market.products(supplier, (f"P{nth}", "50"))
        market.orders("nord", *({"order": "1", "sku": f"P{nth}", "qty": "1", "line": str(nth)} for nth in range(4)))

    def second(self, market: Market) -> None:
        """An order with its number and one without, parcels of the first order, and a carrier's answer that fits nothing."""
        market.orders("nord", *({"order": "2", "sku": sku, "qty": "1", "line": sku} for sku in ("P0", "P1")))
        market.orders("nord", {"sku": "P0", "qty": "1"}, name="bare.csv")
        for supplier, sku in (("salo", "P2"), ("rauta", "P3")):
            shipment = market.shipment("1", supplier)
            rows = [{"shipment": shipment, "status": "Packing", "sku": sku, "qty": "1", "parcel": "1"}]
            rows += [{"shipment": shipment, "status": "Packing", "parcel": "2"}]
            market.deliveries(supplier, *rows)
        answer = table(("shipment", "parcel", "number", "error"), [(market.shipment("1", "rauta"), "9", "", "no such address")])
        market.drop("nshift", "answer.csv", answer)


class Far:
    """A shop and a supplier on an SFTP server, where claims, reads, uploads and renames are messages."""

    def __init__(self, server: Sshd) -> None:
        """`server` stands for as long as the scenario is used."""
        self._server = server

    def set_up(self, market: Market) -> None:
        """Shop and supplier have their folders on the server."""
        market.set_up()
        for partner in ("nord", "ahti"):
            folder = market.home / FAR / partner
            for each in ("to-hub", "from-hub"):
                (folder / each).mkdir(parents=True)
            server = self._server
            channel = _SERVER.format(
                port=server.port, user=user(), keys=server.keys, host_key=server.host_key.strip(), folder=folder
            )
            config = market.home / f"config/partners/{partner}.yaml"
            config.write_text(config.read_text().replace("channel: {type: local}\n", channel))

    def first(self, market: Market) -> None:
        """Two orders."""
        market.products("ahti", ("A1", "50"), ("A2", "50"))
        self._upload(market)
        market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"}, {"order": "2", "sku": "A2", "qty": "1"})
        self._upload(market)

    def second(self, market: Market) -> None:
        """A delivery, two stock files of which one is large, a cancellation and an order."""
        market.deliveries("ahti", {"shipment": market.shipment("1"), "status": "Delivered", "sku": "A1", "qty": "2"})
        market.drop("ahti", "stock-1.csv", "sku,stock\nA1,30\nA2,nothing\n")
        market.drop("ahti", "stock-2.csv", f"sku,stock,note\nA1,20,{'x' * 35_000}\nA2,10,{'x' * 35_000}\n")
        market.cancel("nord", {"order": "2", "reason": "late"})
        market.orders("nord", {"order": "3", "sku": "A1", "qty": "2"})
        self._upload(market)

    def _upload(self, market: Market) -> None:
        for path in sorted((market.home / "inbox").rglob("*.csv")):
            path.rename(market.home / FAR / path.parent.name / "to-hub" / path.name)


class Little:
    """A price list and its answer, alone: nothing that is delivered in heaps makes anything else last."""

    def set_up(self, market: Market) -> None:
        """The partners of every story."""
        market.set_up()

    def first(self, market: Market) -> None:
        """A first price list."""
        market.products("ahti", ("A1", "50"))

    def second(self, market: Market) -> None:
        """A second one."""
        market.products("ahti", ("A1", "40"), ("A2", "10"))


_HERE: dict[str, Callable[[], Day]] = {"trade": Trade, "paper": Paper, "little": Little}
SCENARIOS = (*_HERE, "far")


@contextmanager
def standing(name: str, room: Path) -> Iterator[Scenario]:
    """A scenario, prepared in `room`, with the server that it needs."""
    if name in _HERE:
        yield _apart(prepare, room / "scenario", _HERE[name]())
        return
    servers = Servers(room / "server")
    try:
        yield _apart(prepare, room / "scenario", Far(servers.start()))
    finally:
        servers.stop()


def _apart(make: Callable[[Path, Day], Scenario], home: Path, day: Day) -> Scenario:
    """Prepare in another process: what typst and ssh start threads for is not to be forked."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(make, (home, day))
