"""A plain column is written the short way, and says what the long way says."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.kinds import Kind
from hub.domain.problems import FileRefused
from hub.mapping import write
from hub.mapping.write_rows import rows_of
from tests.mapping.conftest import Bench

MAPPING = """writes: statuses
file: {format: csv, delimiter: semicolon, name: "s_{seq}.csv"}
notation: {decimal: ",", date: DD.MM.YYYY, empty: "-", yes: kyllä, no: ei}
repeat: {rows: lines}
fields:
  Tilaus: number
  Nimi: {from: ship_to.name, default: tuntematon}
  Pvm: date
  Rivi: lines.line_no
  Tuote: {from: lines.sku, required: yes}
  Määrä: lines.quantity
  Hinta: {from: lines.price, places: 2}
  Seuranta: lines.tracking_number
"""

texts = st.none() | st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
numbers = st.none() | st.decimals(min_value=-(10**6), max_value=10**6, places=6) | st.integers(-5, 5).map(Decimal)
moments = st.none() | st.dates() | st.datetimes(timezones=st.just(UTC))
line = st.fixed_dictionaries(
    {"line_no": texts, "sku": texts, "quantity": numbers, "price": numbers, "tracking_number": texts | st.just(["1", "2"])}
)
records = st.lists(
    st.fixed_dictionaries({"number": texts, "ship_to.name": texts, "date": moments, "lines": st.lists(line, max_size=3)}),
    max_size=3,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records)
def test_both_ways_write_the_same_bytes_or_refuse_the_same_cell(bench: Bench, some: list[dict[str, Any]]) -> None:
    short = _written(bench, some)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "plain_column", lambda *_: None)
        assert _written(bench, some) == short


def test_most_columns_of_a_status_file_go_the_short_way(bench: Bench) -> None:
    bench.put("m", MAPPING)
    writer = write.Writer(bench.library().get("m"), "Europe/Helsinki")
    assert [each is not None for each in writer.plain] == [True] * 8
    record: dict[str, Any] = {"number": "1", "date": date(2026, 11, 22), "lines": [{"sku": "A1", "quantity": Decimal("2.50")}]}
    rows = rows_of([record], "lines", Kind.STATUSES)
    assert [each(rows) for each in writer.plain if each][2::3] == [["22.11.2026"], ["2,5"]]


def _written(bench: Bench, some: list[dict[str, Any]]) -> bytes | list[tuple[Any, ...]]:
    try:
        return bench.write(MAPPING, *some).data
    except FileRefused as refused:
        return [(each.code, each.row, each.column, each.value) for each in refused.problems]
