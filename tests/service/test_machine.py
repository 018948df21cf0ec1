"""What the machine does to a hub: a store that is locked, a disk that is full, a signal in the middle, an upgrade that dies."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hub.service.once import once
from tests.ends.conftest import Market, market
from tests.service.test_daemon import HUB, start, wait_for

__all__ = ["market"]


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*HUB, "--home", str(home), *words], capture_output=True, text=True, check=False, timeout=120)


def test_a_store_that_another_program_locks_for_a_while_is_waited_for(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    with closing(sqlite3.connect(market.home / "var/hub.db", check_same_thread=False, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(3, lambda: other.execute("COMMIT"))
        release.start()
        ran = run(market.home, "once")
        release.join()
    assert (ran.returncode, market.status("1")) == (0, "Submitted"), ran.stderr


def test_a_store_that_stays_locked_stops_the_run_and_costs_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """More often than a file may crash the hub: it is the store that is away, no file is to blame."""
    monkeypatch.setattr("hub.store.connection.BUSY_SECONDS", 0)
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    keep = "hub.flow.verdicts.keep"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keep, _store_away)
        for _ in range(5):
            with pytest.raises(Exception, match="the store does not answer"):
                market.once()
    market.once()
    assert (market.answer("nord", "orders.csv")["answer"], market.status("1")) == (200, "Submitted")


def _store_away(*_: object) -> None:
    from hub.domain.problems import StoreAway

    raise StoreAway("the store does not answer: database or disk is full")


def test_sigterm_lets_the_daemon_finish_the_file_in_hand_and_the_next_start_does_the_rest(market: Market) -> None:
    market.write("config/hub.yaml", "settle: 0s\npoll: 1s\n")
    for nth in range(150):
        market.orders("nord", {"order": str(nth), "sku": "A1", "qty": "0.01"}, name=f"orders-{nth:02}.csv")
    daemon = start(market.home, "run")
    log = market.home / "var/log/hub.log"
    try:
        wait_for(log)
        until = time.monotonic() + 60
        while log.read_text().count("'file_kept'") < 5:
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=20)
    assert daemon.returncode == 0
    kept = log.read_text().count("'file_kept'")
    states = [row["state"] for row in market.export("files") if row["name"].startswith("orders-") and row["direction"] == "in"]
    assert states.count("done") == kept - 2 < 150 or kept < 152, "it stopped between two files"
    assert set(states) <= {"done", "taken"}
    market.once()
    assert len(market.export("orders")) == 150


def test_sigterm_ends_a_single_run_between_two_files_too(market: Market) -> None:
    for nth in range(150):
        market.orders("nord", {"order": str(nth), "sku": "A1", "qty": "0.01"}, name=f"orders-{nth:02}.csv")
    single = start(market.home, "once")
    log = market.home / "var/log/hub.log"
    try:
        wait_for(log)
        until = time.monotonic() + 60
        while log.read_text().count("'file_kept'") < 3:
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        single.send_signal(signal.SIGTERM)
        single.communicate(timeout=20)
    assert single.returncode == 0
    market.once()
    assert len(market.export("orders")) == 150


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[None]:
    """A file system of its own for one folder, soon full."""
    at.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("file systems may not be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(at)], check=True)


needs_root = pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="only root may mount a small disk")


@needs_root
def test_a_full_outbox_holds_up_its_partner_only_and_is_delivered_once_there_is_room(market: Market) -> None:
    market.write("config/hub.yaml", "settle: 0s\nretry: {first: 1s, longest: 1s}\n")
    with small_disk(market.home / "outbox/nord", "128k"):
        (market.home / "outbox/nord/uncollected.bin").write_bytes(b"x" * (32 * 4096))
        market.orders("nord", *({"order": str(nth), "sku": "A1", "qty": "0.01"} for nth in range(60)))
        assert market.once().unreachable == ["nord"]
        assert market.status("1") == "Submitted", "the supplier has his shipments"
        assert [path.name for path in market.outbox("nord", "[!.]*")] == ["uncollected.bin"]
        (market.home / "outbox/nord/uncollected.bin").unlink()
        time.sleep(1.1)
        assert market.once().unreachable == []
        assert market.answer("nord", "orders.csv")["answer"] == 200


@needs_root
def test_a_full_disk_under_the_store_stops_the_run_and_the_next_one_completes(tmp_path: Path) -> None:
    market = Market(tmp_path)
    market.set_up()
    with small_disk(tmp_path / "var", "12m"):
        market.products("ahti", ("A1", "1000"))
        market.once()
        ballast = tmp_path / "var/ballast"
        left = shutil.disk_usage(tmp_path / "var").free
        ballast.write_bytes(b"x" * (left - 64 * 1024))
        for nth in range(40):
            market.orders(
                "nord", *({"order": f"{nth}-{n}", "sku": "A1", "qty": "1"} for n in range(10)), name=f"orders-{nth}.csv"
            )
        ran = run(tmp_path, "once")
        assert ran.returncode == 1
        assert "full" in ran.stderr or "No space left" in ran.stderr
        assert "internal error" not in ran.stderr
        ballast.unlink()
        ran = run(tmp_path, "once")
        assert ran.returncode == 0, ran.stderr
        assert len(market.export("orders")) == 400
        assert run(tmp_path, "verify").returncode == 0


def test_a_poisonous_file_is_tried_alone_after_a_crash_and_set_aside_after_three_more(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"}, name="orders-1.csv")
    market.orders("nord", {"order": "2", "sku": "A1", "qty": "1"}, name="orders-2.csv")
    script = (
        "import os, sys\nfrom hub.flow import verdicts\nfrom hub.cli.main import app\nkeep = verdicts.keep\n"
        "def dies(hub, some):\n    if 'orders-1.csv' in [file.name for file, _ in some]:\n        os.abort()\n"
        "    return keep(hub, some)\n"
        "verdicts.keep = dies\napp(['--home', sys.argv[1], 'once'])\n"
    )
    ends = []
    for _ in range(6):
        ran = subprocess.run([HUB[0], "-c", script, str(market.home)], capture_output=True, check=False, timeout=60)
        ends.append(ran.returncode)
    assert ends == [-signal.SIGABRT] * 4 + [0, 0]
    assert market.answer("nord", "orders-1.csv")["answer"] == 500
    assert market.status("2") == "Submitted"
    hub = market.open()
    assert once(hub).quarantined == 0
    hub.close()
