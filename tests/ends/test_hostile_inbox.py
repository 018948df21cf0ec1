"""What lies in an inbox and cannot be taken harms nobody, and keeps the order of the others (contract §5, §11)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.channels.channel import Claim
from hub.channels.local import LocalChannel
from tests.ends.conftest import Market
from tests.ends.test_sftp import STOCK


def stock(market: Market, name: str, figure: int, age: int) -> None:
    path = market.write(f"inbox/ahti/{name}", STOCK.format(figure))
    os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))


def taken(market: Market) -> list[str]:
    return [str(row["name"]) for row in market.export("files") if row["direction"] == "in" and "stock" in str(row["name"])]


def test_a_file_that_cannot_be_had_for_a_moment_keeps_its_turn(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    for nth in range(4):
        stock(market, f"stock{nth}.csv", nth, age=100 - nth)
    rename, refused = os.rename, ["stock1.csv"]

    def once_refused(source: str, target: str) -> None:
        if Path(source).name in refused:
            refused.remove(Path(source).name)
            raise OSError(5, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(os, "rename", once_refused)
    market.once()
    assert taken(market) == ["stock0.csv"]
    market.once()
    assert taken(market) == ["stock0.csv", "stock1.csv", "stock2.csv", "stock3.csv"]
    assert market.available("A1") == "3"


def test_a_file_that_can_never_be_had_holds_up_the_others_for_one_look_only(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nth in range(3):
        stock(market, f"stock{nth}.csv", nth, age=100 - nth)
    rename = os.rename

    def refused(source: str, target: str) -> None:
        if Path(source).name == "stock1.csv":
            raise PermissionError(1, "Operation not permitted")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refused)
    for _ in range(3):
        market.once()
    assert taken(market) == ["stock0.csv", "stock2.csv"]
    assert [path.name for path in (market.home / "inbox/ahti").iterdir()] == ["stock1.csv"]


def test_a_claim_that_cannot_be_read_is_taken_in_its_turn_when_it_can(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.channels import local
    from hub.channels.channel import Untaken

    for nth in range(3):
        stock(market, f"stock{nth}.csv", nth, age=100 - nth)
    read, broken = local._read, ["stock1.csv"]

    def once_broken(claim: Claim) -> object:
        if claim.name in broken:
            broken.remove(claim.name)
            raise Untaken("it cannot be read: Input/output error")
        return read(claim)

    monkeypatch.setattr(LocalChannel, "fetch", lambda _self, claims: ((each, _late(once_broken, each)) for each in claims))
    market.once()
    assert taken(market) == ["stock0.csv"]
    market.once()
    assert taken(market) == ["stock0.csv", "stock1.csv", "stock2.csv"]


def _late(reading: object, claim: Claim) -> object:
    assert callable(reading)
    yield from reading(claim)


def test_names_and_kinds_that_are_hostile_stop_nothing(market: Market) -> None:
    inbox = market.home / "inbox/ahti"
    (inbox / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe.csv")
    for name in (b"two\nlines.csv", b"\xff\xfe.csv", "\u202evsc.x".encode(), b"-rf", b"y" * 255):
        (inbox / os.fsdecode(name)).write_bytes(b"x")
    stock(market, "stock.csv", 7, age=0)
    market.once()
    assert market.available("A1") == "7"
    assert sorted(path.name for path in inbox.iterdir()) == ["link.csv", "pipe.csv"]
    names = {str(row["name"]) for row in market.export("files") if row["direction"] == "in"}
    assert {"two%0Alines.csv", "%FF%FE.csv", "%E2%80%AEvsc.x", "-rf", "y" * 255} <= names
