"""What a partner writes is only ever data: no part of a path, a statement, a command, a format or a template."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from hub.cli.main import app
from tests.ends.conftest import Market

HOSTILE = [
    "'; DROP TABLE orders;--",
    '" OR 1=1 --',
    "../../../../tmp/out",
    "/etc/passwd",
    "..",
    "-rf",
    "$(touch pwned)",
    "`touch pwned`",
    "|touch pwned",
    "%s%n%x{0}{number}",
    "{{ 7*7 }}{% raw %}",
    "=1+1",
    "[bold]x[/bold]",
    "CON",
    "a/b\\c:d*e?f",
]
OUT = (
    'writes: shipments\nfile: {format: csv, name: "{number}.csv"}\nfields: {order: number, sku: lines.sku, name: ship_to.name}\n'
)


def test_hostile_numbers_and_names_stay_what_they_are_and_reach_nothing(market: Market) -> None:
    market.mapping("shipments", OUT)
    before = {path for path in market.home.parent.rglob("*") if not path.is_relative_to(market.home / "var")}
    market.orders(
        "nord",
        *({"order": each, "sku": "K1", "qty": "1", "name": each, "street": each} for each in HOSTILE),
    )
    market.once(now=True)
    assert market.answer("nord", "orders.csv")["counts"]["accepted"] == len(HOSTILE)
    assert {row["number"] for row in market.export("orders")} == set(HOSTILE)
    made = market.outbox("kivi", "*.csv")
    assert sorted(row["order"] for row in market.rows("kivi", "*.csv") if row["sku"] == "K1") == sorted(HOSTILE)
    assert all(path.parent == market.home / "outbox/kivi" and path.is_file() for path in made)
    after = {path for path in market.home.parent.rglob("*") if not path.is_relative_to(market.home / "var")}
    assert [path for path in after - before if not path.is_relative_to(market.home / "outbox")] == []
    for each in HOSTILE:
        told = CliRunner().invoke(app, ["--home", str(market.home), "trace", "--json", "--", each])
        assert told.exit_code == 0, told.output
        assert each in json.dumps(json.loads(told.stdout), ensure_ascii=False).replace("\\\\", "\\").replace('\\"', '"')
