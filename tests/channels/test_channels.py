"""Every channel keeps the same promises; the fake is held to them like the real ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.channels.channel import Channel, Claim, Letter
from hub.channels.local import LocalChannel
from hub.channels.memory import MemoryChannel
from tests.channels.openssh import Sshd


@dataclass
class Bench:
    channel: Channel
    drop: Callable[[str, bytes], None]
    collected: Callable[[], dict[str, bytes]]

    def claim(self, mark: int) -> Claim:
        (claim,) = self.channel.claim(list(self.channel.listing()), mark)
        assert isinstance(claim, Claim)
        return claim

    def read(self, claim: Claim) -> bytes:
        ((_, chunks),) = self.channel.fetch([claim])
        return b"".join(chunks)


def folders(channel: Channel, inbox: Path, outbox: Path) -> Bench:
    def drop(name: str, data: bytes) -> None:
        inbox.mkdir(exist_ok=True)
        (inbox / name).write_bytes(data)

    def collected() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in outbox.iterdir()}

    return Bench(channel, drop, collected)


@pytest.fixture(params=["local", "memory", "sftp"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "memory":
        fake = MemoryChannel()
        yield Bench(fake, fake.inbox.__setitem__, lambda: dict(fake.outbox))
    elif request.param == "local":
        channel = LocalChannel(tmp_path / "inbox", tmp_path / "outbox", tmp_path / "claims")
        yield folders(channel, tmp_path / "inbox", tmp_path / "outbox")
    else:
        sshd: Sshd = request.getfixturevalue("sshd")
        remote = sshd.channel()
        yield folders(remote, sshd.inbox, sshd.outbox)
        remote.close()


def test_a_claimed_file_is_out_of_the_partners_reach_until_it_is_released(bench: Bench) -> None:
    bench.drop("a.csv", b"first")
    claim = bench.claim(1)
    assert list(bench.channel.listing()) == []
    bench.drop("a.csv", b"second")
    assert bench.read(claim) == b"first"
    assert bench.channel.leftovers() == [claim]
    assert bench.channel.release([claim]) == []
    assert bench.channel.release([claim]) == []
    assert bench.channel.leftovers() == []
    assert [each.size for each in bench.channel.listing()] == [6]


def test_a_file_that_is_gone_is_no_claim(bench: Bench) -> None:
    bench.drop("a.csv", b"x")
    listed = list(bench.channel.listing())
    (first,) = bench.channel.claim(listed, 1)
    assert isinstance(first, Claim)
    assert list(bench.channel.claim(listed, 2)) == []
    bench.channel.release([first])
    assert bench.channel.leftovers() == []


def test_claims_come_back_in_the_order_in_which_they_were_made(bench: Bench) -> None:
    for mark, name in ((9, "c.csv"), (10, "a.csv"), (11, "b.csv")):
        bench.drop(name, name.encode())
        bench.claim(mark)
    assert [each.name for each in bench.channel.leftovers()] == ["c.csv", "a.csv", "b.csv"]


def test_files_of_all_sizes_come_through_whole_and_in_order(bench: Bench) -> None:
    sizes = [0, 1, 40_000, 64 << 10, 70_000, 5, 3_000_000, 7] + [3] * 40
    wanted = {}
    for place, size in enumerate(sizes):
        wanted[f"{place:03d}.csv"] = bytes([place]) * size
        bench.drop(f"{place:03d}.csv", wanted[f"{place:03d}.csv"])
    listed = sorted(bench.channel.listing(), key=lambda each: each.name)
    claims = [each for each in bench.channel.claim(listed, 1) if isinstance(each, Claim)]
    got = [(claim.name, b"".join(chunks)) for claim, chunks in bench.channel.fetch(claims)]
    assert got == list(wanted.items())


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("with space.csv", "with space.csv"),
        ("-rf.csv", "-rf.csv"),
        ("100%.csv", "100%.csv"),
        ("tilaus €ä.csv", "tilaus €ä.csv"),
        ("two\nlines.csv", "two%0Alines.csv"),
        ("\u202evsc.order.csv", "%E2%80%AEvsc.order.csv"),
        (os.fsdecode(b"\xe4iti.csv"), "%E4iti.csv"),
        ("x" * 251 + ".csv", "x" * 251 + ".csv"),
        ("\x01" * 251 + ".csv", None),
    ],
)
def test_hostile_names_are_taken_under_one_that_can_be_shown(bench: Bench, name: str, kept_as: str | None) -> None:
    bench.drop(name, b"data")
    claim = bench.claim(1)
    assert claim.name.isprintable()
    assert len(claim.name.encode()) <= 255
    assert kept_as in (None, claim.name)
    assert bench.read(claim) == b"data"
    assert bench.channel.release([claim]) == []
    assert list(bench.channel.listing()) == []
    assert bench.channel.leftovers() == []


def test_delivering_the_same_letters_again_is_no_harm(bench: Bench) -> None:
    letters = [Letter(n, f"{n}.csv", b"x" * n) for n in range(1, 6)]
    assert [each.why for each in bench.channel.deliver(letters)] == [""] * 5
    assert [each.file for each in bench.channel.deliver(letters[:1])] == [1]
    assert bench.collected() == {letter.name: letter.body for letter in letters}


def test_a_large_letter_is_delivered_from_its_file(bench: Bench, tmp_path: Path) -> None:
    archived = tmp_path / "archived"
    archived.write_bytes(bytes(range(256)) * 10_000)
    assert [each.why for each in bench.channel.deliver([Letter(1, "big.csv", archived)])] == [""]
    assert bench.collected() == {"big.csv": archived.read_bytes()}


def test_names_of_unfinished_files_are_passed_over(bench: Bench) -> None:
    for name in (".a.csv", "~$a.xlsx", "a.csv.part", "a.filepart", "A.TMP", "a.crdownload", "good.csv"):
        bench.drop(name, b"x")
    assert [each.name for each in bench.channel.listing()] == ["good.csv"]
