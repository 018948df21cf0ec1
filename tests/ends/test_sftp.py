"""Partners on a real SFTP server: an order comes in, the supplier's part goes out, the status comes back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.openssh import Servers, Sshd, user
from tests.ends.conftest import Market

CHANNEL = """
channel:
  type: sftp
  host: 127.0.0.1
  port: {port}
  username: {user}
  key: file:{key}
  host_key: "{host_key}"
  inbox: {inbox}
  outbox: {outbox}
  after: {after}
"""
STOCK = "sku,ean,catalog,stock,as_of,published\nA1,,,{},,\n"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    made = Servers(tmp_path_factory.mktemp("partners"))
    yield made
    made.stop()


class Remote:
    """The folders of one partner on the server, and the `channel:` that leads to them."""

    def __init__(self, sshd: Sshd, home: Path) -> None:
        self.sshd = sshd
        self.inbox, self.outbox = home / "to-hub", home / "from-hub"
        self.inbox.mkdir(parents=True)
        self.outbox.mkdir()

    def channel(self, after: str = "remove", **changes: object) -> str:
        settled: dict[str, object] = {
            "port": self.sshd.port,
            "user": user(),
            "key": self.sshd.keys / "client",
            "host_key": self.sshd.host_key.strip(),
            "inbox": self.inbox,
            "outbox": self.outbox,
            "after": after,
        }
        return CHANNEL.format_map(settled | changes)

    def has(self) -> list[str]:
        return sorted(path.name for path in self.inbox.iterdir() if path.name != ".hub")

    def got(self) -> list[str]:
        return sorted(path.name for path in self.outbox.iterdir())


def on_sftp(market: Market, partner: str, channel: str) -> None:
    path = market.home / f"config/partners/{partner}.yaml"
    path.write_text(path.read_text().replace("channel: {type: local}", channel))


@pytest.fixture
def ahti(servers: Servers, market: Market) -> Remote:
    return Remote(servers.start(), market.home / "far/ahti")


def test_an_order_travels_to_a_supplier_on_sftp_and_his_delivery_back_to_the_shop(
    servers: Servers, market: Market, ahti: Remote
) -> None:
    on_sftp(market, "ahti", ahti.channel())
    nord = Remote(ahti.sshd, market.home / "far/nord")
    on_sftp(market, "nord", nord.channel())
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "2"})
    (market.home / "inbox/nord/orders.csv").replace(nord.inbox / "orders.csv")
    summary = market.once()
    assert summary.unreachable == []
    assert nord.has() == []
    assert "orders.csv.answer.json" in nord.got()
    number = market.shipment("1")
    assert f"shipment_{number}.csv" in ahti.got()
    assert market.status("1") == "Submitted"
    market.deliveries("ahti", {"shipment": number, "status": "Delivered", "sku": "A1", "qty": "2", "tracking": "JJFI1"})
    (market.home / "inbox/ahti/delivery.csv").replace(ahti.inbox / "delivery.csv")
    market.once(now=True)
    assert ahti.has() == []
    assert market.status("1") == "Delivered"
    assert any(name.startswith("status_") for name in nord.got())
    assert list(ahti.inbox.glob(".hub/*")) == []


@pytest.mark.parametrize(("after", "lies_in"), [("keep", "to-hub"), ("move:done", "to-hub/done"), ("remove", None)])
def test_a_file_is_taken_once_whatever_becomes_of_it_afterwards(
    market: Market, ahti: Remote, after: str, lies_in: str | None
) -> None:
    (ahti.inbox / "done").mkdir()
    wanted = after if after != "move:done" else f"move:{ahti.inbox}/done"
    on_sftp(market, "ahti", ahti.channel(wanted))
    (ahti.inbox / "stock.csv").write_text(STOCK.format(5))
    for _ in range(3):
        market.once()
    assert [row["name"] for row in market.export("files")].count("stock.csv") == 1
    assert [path.relative_to(ahti.inbox.parent) for path in ahti.inbox.rglob("stock.csv")] == (
        [Path(lies_in) / "stock.csv"] if lies_in else []
    )


def test_a_kept_file_that_changes_is_another_arrival(market: Market, ahti: Remote) -> None:
    on_sftp(market, "ahti", ahti.channel("keep"))
    for stock in ("5", "17", "5"):
        (ahti.inbox / "stock.csv").unlink(missing_ok=True)
        market.once()
        (ahti.inbox / "stock.csv").write_text(STOCK.format(stock))
        market.once()
    answers = [row["answer"] for row in market.export("files") if row["name"] == "stock.csv"]
    assert answers == [200, 200, 200]


def test_a_kept_file_that_went_away_and_comes_back_just_as_it_was_is_another_arrival(market: Market, ahti: Remote) -> None:
    on_sftp(market, "ahti", ahti.channel("keep"))
    for _ in range(2):
        (ahti.inbox / "stock.csv").write_text(STOCK.format(5))
        os.utime(ahti.inbox / "stock.csv", (1_700_000_000, 1_700_000_000))
        market.once()
        market.once()
        (ahti.inbox / "stock.csv").unlink()
        market.once()
    assert [row["answer"] for row in market.export("files") if row["name"] == "stock.csv"] == [200, 200]
