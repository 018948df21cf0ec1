"""Guessing what somebody meant."""

from __future__ import annotations

from hub.domain.nearest import did_you_mean, nearest


def test_the_nearest_choice_is_found_without_regard_to_case() -> None:
    assert nearest("delivred", ["Delivered", "Cancelled"]) == "Delivered"
    assert nearest("DELIVERED", ["Delivered", "Cancelled"]) == "Delivered"


def test_what_is_far_from_everything_is_not_guessed() -> None:
    assert nearest("qwerty", ["Delivered", "Cancelled"]) is None
    assert nearest("x" * 10_000, ["Delivered"]) is None
    assert nearest("x", []) is None


def test_the_sentence_asks_or_lists() -> None:
    assert did_you_mean("uper", ["upper", "lower"]) == "Did you mean upper?"
    assert did_you_mean("qwerty", ["upper", "lower"]) == "Write one of: upper, lower."
