"""Commands that look."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from hub.flow.parser import InProcess
from hub.service.once import once
from hub.service.wiring import open_hub
from tests.cli.conftest import Run, write


def told(result: Any) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def file_id(run: Run, worked: Path, name: str) -> int:
    return int(next(each["id"] for each in told(run("files", "--home", worked, "--json")) if each["name"] == name))


def test_status_shows_partners_open_orders_and_files_of_no_partner(run: Run, worked: Path) -> None:
    shown = run("status", "--home", worked).stdout
    for word in ("webshop", "orders-bad.csv", "1 Submitted", "401.partner", "inbox/stranger/a.csv"):
        assert word in shown
    view = told(run("status", "--home", worked, "--json"))
    assert view["orders"] == {"webshop": {"Submitted": 1}}
    assert [each["partner"] for each in view["partners"]] == ["supplier", "webshop"]


def test_status_shows_what_a_partner_has_not_collected_and_since_when(run: Run, worked: Path) -> None:
    def webshop() -> Any:
        return next(each for each in told(run("status", "--home", worked, "--json"))["partners"] if each["partner"] == "webshop")

    lying = list((worked / "outbox" / "webshop").iterdir())
    three_days_ago = time.time() - 3 * 86_400 - 60
    os.utime(lying[0], (three_days_ago, three_days_ago))
    assert webshop()["outbox"] == len(lying)
    assert datetime.fromisoformat(webshop()["outbox_since"]).timestamp() == pytest.approx(three_days_ago, abs=1)
    assert f"{len(lying)} not collected, oldest 3 d ago" in " ".join(run("status", "--home", worked).stdout.split())
    for each in lying:
        each.unlink()
    assert (webshop()["outbox"], webshop()["outbox_since"]) == (0, None)


def test_files_lists_the_ledger_and_says_how_many_it_left_out(run: Run, worked: Path) -> None:
    every = told(run("files", "--home", worked, "--json"))
    assert [each["id"] for each in every] == list(range(1, len(every) + 1))
    short = run("files", "--home", worked, "--limit", 2)
    assert f"2 of {len(every)} files" in short.stderr
    assert "products.csv " not in short.stdout
    assert told(run("files", "--home", worked, "--limit", 2, "--json")) == every
    assert told(run("files", "--home", worked, "--json", "--answer", 400))[0]["name"] == "orders-bad.csv"
    none = run("files", "--home", worked, "--partner", "nobody")
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "no such files\n")


def test_a_file_shows_its_answer_problems_and_what_came_of_it(run: Run, worked: Path) -> None:
    good, bad = file_id(run, worked, "orders.csv"), file_id(run, worked, "orders-bad.csv")
    assert told(run("file", good, "--home", worked, "--json"))["orders"] == [
        {"retailer": "webshop", "order": "1001", "row": 2, "shipments": 1}
    ]
    shown = run("file", bad, "--home", worked)
    assert "Problems" in shown.stdout
    assert "400." in shown.stdout
    assert "orders-bad.csv.answer.json" in shown.stdout
    assert "Order" not in shown.stderr


def test_trace_tells_an_orders_life_and_its_shipments(run: Run, worked: Path) -> None:
    shown = run("trace", "1001", "--home", worked).stdout
    for word in ("Order 1001 of webshop", "Submitted", "orders.csv row 2", "A-100", "S00000001", "Created → Submitted"):
        assert word in shown
    (life,) = told(run("trace", "S00000001", "--partner", "supplier", "--home", worked, "--json"))
    assert [each["shipment"] for each in life["shipments"]] == ["S00000001"]


def test_trace_tells_what_is_cancelled_why_and_when_the_rest_is_expected(run: Run, worked: Path) -> None:
    sample = (worked / "mappings" / "supplier-deliveries.yaml").read_text(encoding="utf-8")
    more = "  lines.cancelled_quantity: Cancelled\n  lines.cancel_reason: Why\n  lines.expected_date: Expected\n"
    write(worked, "mappings/reasons.yaml", sample + more)
    partner = (worked / "config" / "partners" / "supplier.yaml").read_text(encoding="utf-8")
    write(worked, "config/partners/supplier.yaml", partner.replace("supplier-deliveries", "reasons"))
    rows = "Shipment;Status;Code;Delivered;Tracking;Cancelled;Why;Expected\nS00000001;;A-100;;;1;broken;2031-05-06\n"
    write(worked, "inbox/supplier/deliveries.csv", rows)
    hub = open_hub(worked, parser=InProcess())
    once(hub)
    hub.close()
    assert "  line 1: 1 cancelled, broken, expected 2031-05-06\n" in run("trace", "1001", "--home", worked).stdout


@pytest.mark.parametrize("words", [("trace", "4711"), ("file", "999")])
def test_what_is_not_there_is_one_line_and_exit_1(run: Run, worked: Path, words: tuple[str, ...]) -> None:
    result = run(*words, "--home", worked)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("hub: there is no ")
    assert result.stderr.count("\n") == 1


def test_a_name_that_steers_a_terminal_is_shown_harmless(run: Run, home: Path) -> None:
    write(home, "inbox/nobody/\x1b[31mred\n.csv", "x")
    shown = run("status", "--home", home).stdout
    assert "\x1b" not in shown
    assert "red" in shown


def test_listings_work_although_a_partners_file_is_wrong_and_say_so(run: Run, worked: Path) -> None:
    write(worked, "config/partners/broken.yaml", "role: pirate\n")
    result = run("trace", "1001", "--home", worked)
    assert result.exit_code == 0
    assert "in the configuration; hub check shows them" in result.stderr


def test_listings_refuse_wrong_settings_since_they_name_the_store(run: Run, worked: Path) -> None:
    write(worked, "config/hub.yaml", "stoer: sqlite:///other.db\n")
    result = run("files", "--home", worked)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("config/hub.yaml:1: stoer: ")


@pytest.mark.parametrize(
    "kind", ["orders", "order-lines", "shipments", "shipment-lines", "products", "balances", "files", "problems", "events"]
)
def test_export_writes_every_table_as_json_csv_and_excel(run: Run, worked: Path, tmp_path: Path, kind: str) -> None:
    rows = told(run("export", kind, "--home", worked))
    assert rows
    text = run("export", kind, "--format", "csv", "--home", worked).stdout
    assert text.splitlines()[0] == ",".join(rows[0])
    out = tmp_path / "table.xlsx"
    quiet = run("export", kind, "--out", out, "--home", worked)
    assert (quiet.exit_code, quiet.stdout) == (0, "")
    sheet = load_workbook(out).active
    assert sheet is not None
    assert [cell.value for cell in next(sheet.iter_rows())] == list(rows[0])
    assert sheet.max_row == len(rows) + 1


def test_the_name_of_the_file_chooses_the_format_unless_it_is_named(run: Run, worked: Path, tmp_path: Path) -> None:
    run("export", "orders", "--home", worked, "--out", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("retailer,number")
    run("export", "orders", "--home", worked, "--format", "json", "--out", tmp_path / "b.csv")
    assert json.loads((tmp_path / "b.csv").read_text(encoding="utf-8"))[0]["number"] == "1001"


def test_an_export_that_cannot_be_written_leaves_what_was_there_and_no_litter(run: Run, worked: Path, tmp_path: Path) -> None:
    result = run("export", "orders", "--home", worked, "--out", tmp_path / "no" / "where.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"hub: {tmp_path / 'no' / 'where.csv'}: there is no folder {tmp_path / 'no'}; make it")
    folder = run("export", "orders", "--home", worked, "--out", tmp_path)
    assert (folder.exit_code, folder.stdout) == (1, "")
    assert "is a folder" in folder.stderr
    assert run("export", "orders", "--format", "pdf", "--home", worked).exit_code == 2
    assert run("export", "things", "--home", worked).exit_code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["w"]


def test_an_export_into_a_pipe_or_device_is_written_there_and_the_device_stays_what_it_is(
    run: Run, worked: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run("export", "orders", "--home", worked, "--out", pipe).exit_code == 0
    assert json.loads(os.read(reader, 65_536))[0]["number"] == "1001"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
def test_an_export_onto_a_full_disk_says_so_and_is_exit_1(run: Run, worked: Path, form: str) -> None:
    full = run("export", "orders", "--format", form, "--home", worked, "--out", "/dev/full")
    assert full.exit_code == 1
    assert "No space left on device" in full.stderr


@pytest.mark.parametrize("words", [("file",), ("retry",), ("replay",), ("replay", "--dry-run")])
def test_a_number_longer_than_any_file_has_is_no_file_of_the_ledger(run: Run, worked: Path, words: tuple[str, ...]) -> None:
    result = run(*words, "640055500000012345678", "--home", worked)
    assert result.exit_code == 1
    assert "internal error" not in result.stderr
    assert "there is no file" in result.stderr


def test_a_word_that_the_ledger_never_uses_is_refused_and_not_an_empty_list(run: Run, worked: Path) -> None:
    for words, cure in (
        (("--state", "quarantine"), "Did you mean quarantined?"),
        (("--direction", "up"), "Write one of: in, out."),
    ):
        result = run("files", *words, "--home", worked)
        assert (result.exit_code, result.stdout) == (2, "")
        assert cure in result.stderr
    for words, meant in ((("--partner", "webshp"), "webshop"), (("--kind", "order"), "orders")):
        assert run("files", *words, "--home", worked).stderr == f"no such files; did you mean {meant}?\n"


def test_a_narrow_terminal_cuts_no_number(run: Run, worked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shipment,) = told(run("export", "shipments", "--home", worked))
    monkeypatch.setenv("COLUMNS", "40")
    life = run("trace", "1001", "--home", worked).stdout
    lines = [each for each in life.splitlines() if each.startswith(("1 ", "2 "))]
    assert all(shipment["shipment"] in each and each.rstrip().endswith("Submitted") for each in lines)
    assert lines
    partner = next(each for each in run("status", "--home", worked).stdout.splitlines() if each.startswith("supplier"))
    assert "not collected" in partner
