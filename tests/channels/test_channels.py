"""Every channel keeps the same promises; the fake is held to them like the real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.channels.channel import Channel, Letter
from hub.channels.local import LocalChannel
from hub.channels.memory import MemoryChannel
from hub.domain.problems import Unreachable


@dataclass
class Bench:
    channel: Channel
    drop: Callable[[str, bytes], None]
    collected: Callable[[], dict[str, bytes]]


@pytest.fixture(params=["local", "memory"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    if request.param == "memory":
        fake = MemoryChannel()
        return Bench(fake, fake.inbox.__setitem__, lambda: dict(fake.outbox))
    inbox, outbox = tmp_path / "inbox", tmp_path / "outbox"
    inbox.mkdir()

    def drop(name: str, data: bytes) -> None:
        (inbox / name).write_bytes(data)

    def collected() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in outbox.iterdir()}

    return Bench(LocalChannel(inbox, outbox, tmp_path / "claims"), drop, collected)


def test_a_claimed_file_is_out_of_the_partners_reach_until_it_is_released(bench: Bench) -> None:
    bench.drop("a.csv", b"first")
    (listed,) = bench.channel.listing()
    claim = bench.channel.claim(listed, 1)
    assert claim is not None
    assert list(bench.channel.listing()) == []
    bench.drop("a.csv", b"second")
    assert bench.channel.read(claim) == b"first"
    assert [each.source for each in bench.channel.leftovers()] == [claim.source]
    bench.channel.release(claim)
    bench.channel.release(claim)
    assert bench.channel.leftovers() == []
    assert [each.size for each in bench.channel.listing()] == [6]


def test_a_file_that_is_gone_is_no_claim(bench: Bench) -> None:
    bench.drop("a.csv", b"x")
    (listed,) = bench.channel.listing()
    first = bench.channel.claim(listed, 1)
    assert first is not None
    assert bench.channel.claim(listed, 2) is None
    bench.channel.release(first)
    assert bench.channel.leftovers() == []


def test_claims_come_back_in_the_order_in_which_they_were_made(bench: Bench) -> None:
    for mark, name in ((9, "c.csv"), (10, "a.csv"), (11, "b.csv")):
        bench.drop(name, name.encode())
        (listed,) = bench.channel.listing()
        assert bench.channel.claim(listed, mark) is not None
    assert [each.name for each in bench.channel.leftovers()] == ["c.csv", "a.csv", "b.csv"]


def test_delivering_the_same_letters_again_is_no_harm(bench: Bench) -> None:
    letters = [Letter(n, f"{n}.csv", b"x" * n) for n in range(1, 6)]
    bench.channel.deliver(letters)
    bench.channel.deliver(letters[:1])
    assert bench.collected() == {letter.name: letter.data for letter in letters}


def test_names_of_unfinished_files_are_passed_over(bench: Bench) -> None:
    for name in (".a.csv", "~$a.xlsx", "a.csv.part", "a.filepart", "A.TMP", "a.crdownload", "good.csv"):
        bench.drop(name, b"x")
    assert [each.name for each in bench.channel.listing()] == ["good.csv"]


def test_only_regular_files_are_files(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "real.csv").write_bytes(b"x")
    (inbox / "link.csv").symlink_to("/etc/passwd")
    os.link(inbox / "real.csv", tmp_path / "elsewhere.csv")
    os.mkfifo(inbox / "pipe.csv")
    (inbox / "folder.csv").mkdir()
    (inbox / "plain.csv").write_bytes(b"y")
    channel = LocalChannel(inbox, tmp_path / "outbox", tmp_path / "claims")
    assert [each.name for each in channel.listing()] == ["plain.csv"]


def test_a_half_written_delivery_is_never_visible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = LocalChannel(tmp_path / "inbox", tmp_path / "outbox", tmp_path / "claims")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unreachable, match="No space left"):
        channel.deliver([Letter(1, "a.csv", b"whole")])
    assert [path.name for path in (tmp_path / "outbox").iterdir() if not path.name.startswith(".")] == []


def test_an_inbox_that_cannot_be_read_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file where a folder should be")
    channel = LocalChannel(tmp_path / "inbox", tmp_path / "outbox", tmp_path / "claims")
    with pytest.raises(Unreachable):
        list(channel.listing())
