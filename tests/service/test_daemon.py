"""The daemon and the lock, as processes."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from hub.config.workspace import open_workspace
from hub.service.lock import hold
from tests.ends.conftest import Market, market

__all__ = ["market"]

HUB = [sys.executable, "-m", "hub"]


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*HUB, "--home", str(home), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} did not come"
        time.sleep(0.05)


def test_the_daemon_works_until_sigterm_and_ends_with_nought(market: Market) -> None:
    market.write("config/hub.yaml", "settle: 0s\npoll: 1s\n")
    daemon = start(market.home, "run")
    try:
        market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
        wait_for(market.home / "outbox/nord/orders.csv.answer.json")
        market.orders("nord", {"order": "2", "sku": "A1", "qty": "1"}, name="orders2.csv")
        wait_for(market.home / "outbox/nord/orders2.csv.answer.json")
        assert (
            subprocess.run([*HUB, "--home", str(market.home), "status", "--json"], capture_output=True, check=False).returncode
            == 0
        )
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=20)
    assert daemon.returncode == 0
    assert market.status("2") == "Submitted"


def test_a_second_hub_waits_and_then_says_so(market: Market) -> None:
    with hold(open_workspace(market.home), 0):
        started = time.monotonic()
        second = subprocess.run([*HUB, "--home", str(market.home), "once"], capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert 4.5 < time.monotonic() - started < 30
    assert "another hub" in second.stderr
    assert second.stdout == ""


def test_the_lock_dies_with_its_process(market: Market) -> None:
    script = "import sys, time; from pathlib import Path; from hub.config.workspace import open_workspace\n"
    script += "from hub.service.lock import hold\n"
    script += "with hold(open_workspace(Path(sys.argv[1])), 0):\n print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", script, str(market.home)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with hold(open_workspace(market.home), 0):
        pass


def test_what_a_crash_left_behind_is_finished_first(market: Market) -> None:
    """A claim without a ledger row, and one with: neither is lost nor doubled."""
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    claimed = market.home / "var/claim/nord/00000000000000000001/orders.csv"
    claimed.parent.mkdir(parents=True)
    (market.home / "inbox/nord/orders.csv").replace(claimed)
    shutil.copy2(claimed, market.home / "as_it_was.csv")
    market.once()
    assert market.answer("nord", "orders.csv")["answer"] == 200
    assert not claimed.exists()
    claimed.parent.mkdir(parents=True)
    shutil.copy2(market.home / "as_it_was.csv", claimed)  # the same arrival, not yet removed when the hub died
    market.once()
    assert not claimed.exists()
    assert [row["name"] for row in market.export("files")].count("orders.csv") == 1
