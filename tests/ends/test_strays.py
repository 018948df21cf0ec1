"""What the hub had claimed of a partner whose file is gone, or whose channel leads elsewhere now: shown, and never lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from hub.channels import sftp
from hub.domain.problems import StoreAway
from tests.channels.naughty import HASTE, Server, naughty_server
from tests.ends.conftest import Market
from tests.ends.test_partners_out_of_reach import CHANNEL, SECRET
from tests.ends.test_sftp import STOCK

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def loner(market: Market, channel: str = "channel: {type: local}") -> Path:
    """A supplier in nobody's catalogue, so that he can go; his file."""
    receive = 'receive: [{files: "*.csv", mapping: stock}]\n'
    return market.write("config/partners/loner.yaml", f"name: Loner\nrole: supplier\n{channel.strip()}\n{receive}")


def dies_at(market: Market, step: str) -> None:
    """The hub ends in the middle of its work."""

    def off(*_: object) -> None:
        raise StoreAway("the machine is switched off")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, off)
        with pytest.raises(StoreAway):
            market.once()


def dies_once_it_has_claimed(market: Market) -> None:
    """The hub took a file out of the partner's reach, and ends before the file is in the ledger."""
    dies_at(market, "hub.flow.arrive._enter")


def strays(market: Market) -> list[dict[str, Any]]:
    return list(market.status_page()["strays"])


def taken(market: Market) -> list[str]:
    return [str(row["name"]) for row in market.export("files") if row["partner"] == "loner" and row["direction"] == "in"]


def test_a_claim_of_a_partner_whose_file_is_gone_is_shown_and_taken_when_it_is_back(market: Market) -> None:
    config = loner(market)
    market.drop("loner", "stock.csv", STOCK.format(1))
    dies_once_it_has_claimed(market)
    assert strays(market) == []  # the next round comes for it
    away = config.rename(config.with_suffix(".gone"))
    market.once()
    (stray,) = strays(market)
    assert (stray["partner"], stray["name"]) == ("loner", "stock.csv")
    assert stray["place"].startswith("var/claim/loner/")
    assert stray["hint"].startswith("Put config/partners/loner.yaml back")
    assert (market.home / stray["place"] / stray["name"]).is_file()
    away.rename(config)
    market.once()
    assert (strays(market), taken(market)) == ([], ["stock.csv"])


def test_a_claim_is_taken_also_when_the_partner_drops_into_another_folder_now(market: Market) -> None:
    loner(market)
    market.drop("loner", "stock.csv", STOCK.format(1))
    dies_once_it_has_claimed(market)
    loner(market, "channel: {type: local, inbox: elsewhere}")
    market.once()
    assert (strays(market), taken(market)) == ([], ["stock.csv"])


@pytest.fixture
def other_disk(market: Market) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == market.home.stat().st_dev:
        pytest.skip("needs a second file system")
    made = Path(mkdtemp(dir=memory))
    yield made
    shutil.rmtree(made)


def test_a_claim_beside_an_inbox_on_another_disk_is_shown_when_the_inbox_is_another_one(market: Market, other_disk: Path) -> None:
    loner(market, f"channel: {{type: local, inbox: {other_disk}}}")
    (other_disk / "stock.csv").write_text(STOCK.format(1))
    dies_once_it_has_claimed(market)
    loner(market)
    market.once()
    (stray,) = strays(market)
    assert (stray["name"], stray["place"].rpartition("/")[0]) == ("stock.csv", f"{other_disk}/.hub")
    assert "as it was until the hub has taken it" in stray["hint"]
    loner(market, f"channel: {{type: local, inbox: {other_disk}}}")
    market.once()
    loner(market)
    assert (strays(market), taken(market)) == ([], ["stock.csv"])


def test_a_claim_on_a_server_is_shown_when_its_partner_is_gone_or_elsewhere(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AHTI_PASSWORD", SECRET)
    monkeypatch.setattr(sftp, "Patience", lambda: HASTE)
    with naughty_server(market.home / "far") as server:
        channel = CHANNEL.format(port=server.port, host_key=server.host_key)
        config = loner(market, channel)
        _claimed_on(market, server)
        assert strays(market) == []
        place = f"sftp://hub@127.0.0.1:{server.port}:to-hub/.hub"
        loner(market, channel.replace("inbox: to-hub", "inbox: elsewhere"))
        assert [(each["partner"], each["place"]) for each in strays(market)] == [("loner", place)]
        config.unlink()
        market.once()
        assert [each["hint"].split(" until")[0] for each in strays(market)] == ["Put config/partners/loner.yaml back"]
        loner(market, channel)
        market.once()
        assert taken(market) == ["stock.csv"]
        config.unlink()
        assert strays(market) == []


def _claimed_on(market: Market, server: Server) -> None:
    (server.inbox / "stock.csv").write_text(STOCK.format(1))
    dies_once_it_has_claimed(market)
    assert [path.name.partition("__")[2] for path in (server.inbox / ".hub").iterdir()] == ["stock.csv"]


def test_files_for_and_of_a_partner_who_is_gone_wait_in_quarantine_until_he_is_back(market: Market) -> None:
    config = loner(market)
    market.drop("loner", "stock.csv", STOCK.format(1))
    dies_at(market, "hub.flow.round._keep_all")
    away = config.rename(config.with_suffix(".gone"))
    market.once()
    (waiting,) = market.status_page()["quarantine"]
    assert (waiting["partner"], waiting["error"]) == ("loner", "its partner is not configured any more")
    away.rename(config)
    market.retry(str(waiting["id"]))
    assert market.status_page()["quarantine"] == []
    assert [row["answer"] for row in market.export("files") if row["name"] == "stock.csv"] == [404]
