"""Text that was made to cost much, or that breaks off in odd places."""

from __future__ import annotations

import gzip

import pytest

from hub.domain.problems import Code, FileRefused
from hub.formats.grid import USUAL_LIMITS
from hub.formats.layout import Layout
from hub.formats.packed import unpacked
from hub.formats.table import open_tables
from hub.formats.text import open_text


@pytest.mark.parametrize(
    ("data", "byte", "row"),
    [
        (b"\xef\xbb\xbfsku;qty\nA\xc0\xaf;5\n", 13, 2),
        (b"\xef\xbb\xbfsku;qty\nA;\xed\xa0\x80\n", 14, 2),
        ("sku;qty\nä;5\nö;6\n".encode() * 3 + "ä;5\n".encode("latin-1"), 55, 10),
    ],
)
def test_damage_is_told_at_its_very_byte_and_row_with_and_without_a_bom(data: bytes, byte: int, row: int) -> None:
    with pytest.raises(FileRefused) as refused:
        open_text(data, "auto")
    [problem] = refused.value.problems
    assert problem.code is Code.ENCODING
    assert f"number {byte} of the file" in problem.message
    assert problem.row == row


def test_a_header_of_a_million_columns_is_too_large() -> None:
    with pytest.raises(FileRefused) as refused:
        open_tables(Layout(), b"sku;qty" + b";" * 1_000_000 + b"\nA;5\n", USUAL_LIMITS)
    [problem] = refused.value.problems
    assert problem.code is Code.TOO_LARGE
    assert "1,000,002 columns" in problem.message
    assert problem.hint


def test_a_gzip_of_many_members_is_all_of_them() -> None:
    members = b"".join(gzip.compress(each) for each in (b"sku;qty\n", b"", b"A;5\n"))
    assert unpacked(members + b"\0" * 512, USUAL_LIMITS) == b"sku;qty\nA;5\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(b"A" * 30_000_000), Code.TOO_LARGE),
        (gzip.compress(b"sku;qty\n")[:-5], Code.UNREADABLE),
        (gzip.compress(b"sku;qty\n") + b"rest", Code.UNREADABLE),
        (b"\x1f\x8b" + b"\xff" * 40, Code.UNREADABLE),
        (gzip.compress(b""), Code.EMPTY),
    ],
    ids=["bomb", "cut", "rest", "damaged", "empty"],
)
def test_a_gzip_that_bursts_or_breaks_off_is_refused(data: bytes, code: Code) -> None:
    with pytest.raises(FileRefused) as refused:
        unpacked(data, USUAL_LIMITS)
    assert refused.value.problems[0].code is code
