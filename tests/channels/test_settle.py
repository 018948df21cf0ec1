"""A file must stand still before it is taken."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.channels.channel import Listed
from hub.channels.settle import Settle

OLD = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_growing_file_is_left_alone_however_old_it_says_it_is() -> None:
    settle = Settle(10)
    assert not settle.stands("nord", Listed("a", 1, OLD), 0)
    assert not settle.stands("nord", Listed("a", 2, OLD), 9)
    assert not settle.stands("nord", Listed("a", 2, OLD), 18)
    assert settle.stands("nord", Listed("a", 2, OLD), 19)


def test_a_file_of_the_same_name_afterwards_starts_anew() -> None:
    settle = Settle(10)
    settle.stands("nord", Listed("a", 1, OLD), 0)
    settle.forget("nord", "a")
    assert not settle.stands("nord", Listed("a", 1, OLD), 30)


def test_without_settle_a_file_is_taken_at_once() -> None:
    assert Settle(0).stands("nord", Listed("a", 1, OLD), 0)
