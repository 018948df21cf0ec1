"""Logs carry ids, never a person's data or a secret; what the hub keeps is for its owner alone (contract §2, §11)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ends.conftest import Market

CANARY = "Kanarialintunen"
SECRET = "hunter2-kanaria"


def hub(market: Market, *words: str) -> str:
    """Run a command as a user does; out: everything it says."""
    environment = os.environ | {"PARTNER_PASSWORD": SECRET}
    command = [sys.executable, "-m", "hub", *words, "--home", str(market.home)]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    return (done.stdout + done.stderr).decode()


def logs(market: Market) -> str:
    return "".join(path.read_text("utf-8") for path in sorted((market.home / "var/log").glob("*")))


def drop_persons(market: Market) -> None:
    """Good orders, refused ones, and cells that cannot be what they should be."""
    person = {"name": f"Maija {CANARY}", "street": f"{CANARY}tie 1"}
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1", **person})
    market.orders("nord", {"order": "2", "sku": "NONE", "qty": "1", **person}, name="orders_2.csv")
    market.orders("nord", {"order": "3", "sku": "A1", "qty": CANARY, "date": CANARY, "country": CANARY}, name="orders_3.csv")
    market.deliveries("ahti", {"order": "1", "status": CANARY, "sku": "A1"})


def test_logs_name_files_and_partners_and_never_persons(market: Market) -> None:
    drop_persons(market)
    hub(market, "once", "--now")
    said = logs(market)
    assert "file_kept" in said
    assert "partner='nord'" in said
    assert CANARY not in said


def test_a_failure_of_the_hub_itself_is_logged_without_what_stood_in_the_file(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.domain.kinds import Kind
    from hub.flow import verdicts
    from hub.service.log import start_log

    def fail(*_: object) -> None:
        raise ValueError(f"cannot keep {CANARY}")

    monkeypatch.setitem(verdicts.KEEPERS, Kind.ORDERS, fail)
    monkeypatch.setattr(verdicts, "keep_order_files", fail)
    start_log(market.home)
    drop_persons(market)
    market.once()
    assert "file_failed" in logs(market)
    assert CANARY not in logs(market)
    [waiting] = [row for row in market.export("files") if row["name"] == "orders.csv"]
    assert waiting["state"] == "taken"
    told = hub(market, "status") + hub(market, "file", str(waiting["id"]))
    assert "ValueError" in told
    assert CANARY not in told


def test_a_secret_is_nowhere_but_where_it_is_kept(market: Market) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTestTestTestTestTestTestTestTestTestTestTest"
    channel = (
        f'{{type: sftp, host: 127.0.0.1, port: 9, username: hub, password: env:PARTNER_PASSWORD, host_key: "{key}", inbox: /in}}'
    )
    market.write("config/partners/far.yaml", f"name: Far\nrole: supplier\nchannel: {channel}\n")
    told = "".join(hub(market, *words.split()) for words in ("check", "check --json", "once", "status", "status --json", "files"))
    assert SECRET not in told + logs(market)
    written = [path for path in market.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert written == []


def test_what_the_hub_keeps_is_for_its_owner_alone(market: Market, tmp_path: Path) -> None:
    large = "x" * 100_000
    market.drop("ahti", "stock_large.csv", f"sku,ean,catalog,stock,as_of,published,more\nA1,,,3,,,{large}\n")
    drop_persons(market)
    hub(market, "once")
    hub(market, "backup", str(tmp_path / "copy"))
    kept = [each for root in (market.home / "var", tmp_path / "copy" / "var") for each in (root, *root.rglob("*"))]
    assert len(kept) > 10
    assert [str(each) for each in kept if each.stat().st_mode & 0o077] == []
