"""A partner's server that fails costs its own partner time, and nobody else anything."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from hub.channels import sftp
from hub.channels.sftp import Patience
from hub.cli.main import app
from hub.flow.round import Silent, Summary, run_round
from tests.channels.naughty import HASTE, Server, naughty_server
from tests.ends.conftest import Market
from tests.ends.test_sftp import STOCK, on_sftp

CHANNEL = """
channel:
  type: sftp
  host: 127.0.0.1
  port: {port}
  username: hub
  password: env:AHTI_PASSWORD
  host_key: "{host_key}"
  inbox: to-hub
  outbox: from-hub
"""
SECRET = "let me in"

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def ahti(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("AHTI_PASSWORD", SECRET)
    monkeypatch.setattr(sftp, "Patience", lambda: HASTE)
    with naughty_server(market.home / "far/ahti") as server:
        on_sftp(market, "ahti", CHANNEL.format(port=server.port, host_key=server.host_key))
        yield server


def hub(market: Market, *words: str) -> str:
    return CliRunner().invoke(app, ["--home", str(market.home), *words]).output


def test_a_server_that_hangs_holds_up_nobody_else(market: Market, ahti: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.flow.reach.PATIENCE", 0.2)
    ahti.faults.hang_at_list = True
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    place = market.open()
    started = time.monotonic()
    summary = Summary()
    run_round(place, summary, send_all=False, watch=Silent())
    assert time.monotonic() - started < 20
    assert summary.taken == 1
    assert place.errands.under_way == {"ahti"}
    assert market.outbox("kivi", "shipment_*")
    place.close()


def test_a_dozen_servers_that_say_nothing_hold_up_neither_a_good_one_nor_the_rounds(
    market: Market, ahti: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.flow.reach.PATIENCE", 0.2)
    monkeypatch.setattr(sftp, "Patience", lambda: Patience(answer=60.0, transfer=120.0))
    with ExitStack() as silent:
        for nth in range(12):
            listener = silent.enter_context(socket.create_server(("127.0.0.1", 0)))
            channel = CHANNEL.format(port=listener.getsockname()[1], host_key=ahti.host_key)
            market.write(f"config/partners/hung{nth:02}.yaml", f"name: Hung\nrole: supplier\n{channel.strip()}\n")
        market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
        place = market.open()
        rounds = 0
        while not list(ahti.outbox.glob("shipment_*.csv")):
            run_round(place, Summary(), send_all=False, watch=Silent())
            rounds += 1
            assert rounds < 200
        assert {f"hung{nth:02}" for nth in range(12)} <= place.errands.under_way
    place.close()
    assert market.answer("nord", "orders.csv")["answer"] == 200


def test_a_file_is_taken_when_its_partner_is_back(market: Market, ahti: Server) -> None:
    (ahti.inbox / "stock.csv").write_text(STOCK.format(5))
    ahti.stop()
    assert market.once().unreachable == ["ahti"]
    assert "Out of reach" in hub(market, "status")
    ahti.start()
    assert market.once().unreachable == []
    assert "Out of reach" not in hub(market, "status")
    assert list(ahti.inbox.glob("*.csv")) == []
    assert market.available("A1") == "5"


def test_a_partner_out_of_reach_is_tried_again_after_growing_pauses(market: Market, ahti: Server) -> None:
    clock = Clock()
    market.clock = clock
    place = market.open()
    ahti.stop()
    tries: list[bool] = []
    for _ in range(8):
        summary = Summary()
        before = len(_failures(place.store))
        run_round(place, summary, send_all=False, watch=Silent())
        failures = _failures(place.store)
        tries.append(failures != [before] and failures[0] > sum(tries))
        assert summary.unreachable == ["ahti"]
        clock.on(seconds=31)
    assert tries == [True, True, False, True, False, False, False, True]
    place.close()


def _failures(store: object) -> list[int]:
    from hub.store.connection import Store
    from hub.store.remote import troubles

    assert isinstance(store, Store)
    with store.look() as db:
        return [each.failures for each in troubles(db).values()]


def test_a_refused_login_is_tried_three_times_and_then_left_alone(market: Market, ahti: Server) -> None:
    ahti.password = "changed"
    for _ in range(6):
        market.once()
    assert ahti.logins == 3
    status = hub(market, "status")
    assert "401.credentials" in status
    assert SECRET not in status
    ahti.password = SECRET
    assert "ahti: reach 127.0.0.1" in hub(market, "check", "--connect")
    assert market.once().unreachable == []


def test_another_host_key_stops_that_partner_only(market: Market, ahti: Server) -> None:
    import asyncssh

    ahti.stop()
    ahti.key = asyncssh.generate_private_key("ssh-ed25519")
    ahti.start()
    market.orders("nord", {"order": "1", "sku": "K1", "qty": "1"})
    assert market.once().unreachable == ["ahti"]
    assert ahti.logins == 0
    assert market.status("1") == "Submitted"
    assert "401.host-key" in hub(market, "status")


def test_a_file_that_cannot_be_removed_is_taken_once_and_told(market: Market, ahti: Server) -> None:
    (ahti.inbox / "stock.csv").write_text(STOCK.format(5))
    for refused in ({"remove"}, {"remove", "rename"}):
        ahti.faults.refuse = refused
        (ahti.inbox / f"stock{len(refused)}.csv").write_text(STOCK.format(len(refused)))
        for _ in range(3):
            market.once()
    taken = [row["name"] for row in market.export("files") if str(row["name"]).startswith("stock") and row["direction"] == "in"]
    assert sorted(taken) == ["stock.csv", "stock1.csv", "stock2.csv"]
    assert "does not let the hub remove it" in " ".join(hub(market, "status").split())
    ahti.faults.refuse = set()
    market.once()
    assert [path for path in ahti.inbox.rglob("*") if path.is_file()] == []
    assert "Left where they lie" not in hub(market, "status")


def test_a_file_too_large_is_answered_without_being_fetched(market: Market, ahti: Server) -> None:
    market.write("config/hub.yaml", "settle: 0s\nlimits: {file_size: 1MB}\n")
    with (ahti.inbox / "huge.csv").open("wb") as huge:
        huge.truncate(5_000_000_000)
    market.once()
    answer = (ahti.outbox / "huge.csv.answer.json").read_text()
    assert '"400.too-large"' in answer
    assert '"sha256": null' in answer
    assert not (ahti.inbox / "huge.csv").exists()
    assert CliRunner().invoke(app, ["--home", str(market.home), "verify"]).exit_code == 0


def test_check_connect_says_what_a_partner_does_not_let_the_hub_do(market: Market, ahti: Server) -> None:
    ahti.faults.refuse = {"remove"}
    told = hub(market, "check", "--connect")
    assert "the hub cannot take from to-hub: delete: not allowed, ask the partner" in told
    ahti.stop()
    assert "does not answer: Connection refused, look at host, port" in hub(market, "check", "--connect")
