"""A partner is answered in his own form: what became of each of his files, once, in a file that his program reads."""

from __future__ import annotations

import pytest

from hub.desk.mend import replay
from hub.flow import render
from tests.ends.conftest import Market
from tests.ends.place import fixed_clock

ACK = """
writes: answers
file: {delimiter: pipe, name: "ACK_{seq}.csv", only: {kind: orders}}
fields:
  Order Number: {from: [records.answer, answer], map: {"200": "", "207": ""}, else: REJECTED}
  PO Number: records.number
  Batch: records.x.batch
  File: file
  Note: [records.messages, {from: messages, when: not row}]
"""
CONFIRM = """
writes: answers
file: {format: xml, name: "confirm.{seq:6}.xml", record: /WMI/WMIFILECONFIRM, only: {answer: ["200", "207"]}}
fields:
  /WMI/WMIFILEHEADER/@FILEID: {from: $file.name, do: {before: .xml}}
  ./@FILEID: records.x.batch
  ./@FILE: file
"""


@pytest.fixture
def nord(market: Market) -> Market:
    orders = (market.home / "mappings/orders.yaml").read_text()
    market.mapping("orders", f"{orders}  x.batch: po\n".replace("  purchase_reference: po\n", ""))
    market.mapping("ack", ACK)
    market.mapping("confirm", CONFIRM)
    market.settings(nord="")
    config = market.home / "config/partners/nord.yaml"
    entries = "send:\n  - {mapping: ack}\n  - {mapping: confirm, every: 2h}\n"
    config.write_text(config.read_text().replace("send:\n", entries))
    return market


def rows(market: Market, pattern: str = "ACK_*.csv") -> list[tuple[str, ...]]:
    return [(row["Order Number"], row["PO Number"], row["Batch"], row["File"]) for row in market.rows("nord", pattern, "|")]


def test_every_record_of_an_answered_file_is_told_once(nord: Market) -> None:
    nord.clock = fixed_clock("2026-11-20T12:00:00+00:00")
    nord.orders(
        "nord", {"order": "1", "sku": "A1", "qty": "1", "po": "b7"}, {"order": "2", "sku": "NONE", "qty": "1", "po": "b7"}
    )
    nord.once()
    assert rows(nord) == [("", "1", "b7", "orders.csv"), ("REJECTED", "2", "b7", "orders.csv")]
    assert [bool(row["Note"]) for row in nord.rows("nord", "ACK_*.csv", "|")] == [False, True]
    assert [each.read_text().count("<WMIFILECONFIRM ") for each in nord.outbox("nord", "confirm*.xml")] == [1]
    nord.once()
    nord.once(now=True)
    assert len(nord.outbox("nord", "ACK_*.csv")) == len(nord.outbox("nord", "confirm*.xml")) == 1


def test_a_file_that_is_refused_as_a_whole_is_told_and_never_confirmed(nord: Market) -> None:
    nord.drop("nord", "orders_x.csv", "no;headings\n1;2\n")
    nord.drop("nord", "cancel_x.csv", "order,reason,line,sku,qty\n77,,,,\n")
    nord.once(now=True)
    assert rows(nord) == [("REJECTED", "", "", "orders_x.csv")]
    assert nord.outbox("nord", "confirm*.xml") == []


def test_a_scheduled_answer_waits_for_its_time(nord: Market) -> None:
    nord.clock = fixed_clock("2026-11-20T12:00:00+00:00")
    nord.once()
    for hour, files in ((13, 0), (14, 1), (15, 1)):
        nord.clock = fixed_clock(f"2026-11-20T{hour}:00:00+00:00")
        nord.orders("nord", {"order": str(hour), "sku": "A1", "qty": "1", "po": "b"}, name=f"orders{hour}.csv")
        nord.once()
        assert len(nord.outbox("nord", "confirm*.xml")) == files, hour
    assert [each.read_text().count("<WMIFILECONFIRM ") for each in nord.outbox("nord", "confirm*.xml")] == [2]


def test_a_crash_while_answers_are_written_loses_and_doubles_none(nord: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    nord.orders("nord", {"order": "1", "sku": "A1", "qty": "1", "po": "b7"})
    real = render._tell

    def dies(*told: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(render, "_tell", dies)
    with pytest.raises(KeyboardInterrupt):
        nord.once()
    monkeypatch.setattr(render, "_tell", real)
    nord.once()
    nord.once()
    assert rows(nord) == [("", "1", "b7", "orders.csv")]
    assert [path.name for path in nord.outbox("nord", "ACK_*.csv")] == ["ACK_1.csv"]


def test_nothing_is_owed_where_no_mapping_answers(market: Market) -> None:
    market.orders("nord", {"order": "1", "sku": "A1", "qty": "1"})
    market.once()
    hub = market.open()
    with hub.store.look() as db:
        assert db.exec_driver_sql("select count(*) from receipts").scalar() == 0
    hub.store.close()


def test_a_file_processed_again_is_answered_again(nord: Market) -> None:
    nord.orders("nord", {"order": "1", "sku": "SOON", "qty": "1", "po": "b7"})
    nord.once()
    assert [row[0] for row in rows(nord)] == ["REJECTED"]
    nord.products("ahti", ("A1", "10"), ("A2", "10"), ("SOON", "5"), name="products2.csv")
    nord.once()
    hub = nord.open()
    file = next(each["id"] for each in nord.export("files") if each["name"] == "orders.csv")
    replay(hub, [file], dry_run=False)
    hub.store.close()
    nord.once()
    assert sorted(row[0] for row in rows(nord)) == ["", "REJECTED"]
