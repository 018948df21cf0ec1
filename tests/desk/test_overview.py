"""How things stand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from hub.desk.choices import ExportKind
from hub.desk.export import plain_rows, plain_value
from hub.desk.overview import Overview, as_json, lying, open_orders, overview, strangers
from hub.desk.tables import blocks
from hub.store.ledger import State
from hub.store.schema import files
from tests.desk.town import NOON, Town

LATER = NOON + timedelta(minutes=5)


def seen(town: Town) -> Overview:
    with town.store.look() as db:
        return overview(db, town.workspace, [], LATER)


def drop(town: Town, path: str) -> None:
    target = town.home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("x", encoding="utf-8")


def test_each_partner_shows_his_last_file_in_with_its_answer_and_age(town: Town) -> None:
    view = {each.partner: each for each in seen(town).partners}
    assert list(view) == ["ahti", "east", "kivi", "nord"]
    last = view["nord"].last_file
    assert last is not None
    assert (last["id"], last["name"], last["answer"], last["age_seconds"]) == (1, "orders.csv", 207, 300)
    assert view["ahti"].last_file is None
    assert (view["kivi"].active, view["kivi"].quarantined, view["nord"].ready) == (False, 1, 1)


def test_what_waits_in_an_inbox_is_counted_without_what_is_still_being_written(fresh_town: Town) -> None:
    for name in ("a.csv", "b.csv", ".c.csv", "d.csv.part", "~$e.xlsx"):
        drop(fresh_town, f"inbox/ahti/{name}")
    assert next(each for each in seen(fresh_town).partners if each.partner == "ahti").inbox == 2


def test_looking_makes_no_folder(town: Town) -> None:
    assert lying(town.home / "inbox" / "ahti") == []
    seen(town)
    assert not (town.home / "inbox").exists()


def test_files_in_the_folder_of_nobody_are_shown_as_401_and_stay_where_they_are(fresh_town: Town) -> None:
    for path in ("inbox/stranger/a.csv", "inbox/lost.csv", "inbox/nord/known.csv", "inbox/stranger/.hidden"):
        drop(fresh_town, path)
    found = [(each["code"], each["folder"], each["name"]) for each in strangers(fresh_town.workspace)]
    assert found == [("401.partner", "inbox", "lost.csv"), ("401.partner", "inbox/stranger", "a.csv")]
    assert (fresh_town.home / "inbox/stranger/a.csv").exists()


def test_the_cure_of_a_file_of_nobody_can_be_followed(fresh_town: Town) -> None:
    for path in ("inbox/Ahti/a.csv", "inbox/My files/a.csv", "inbox/stranger/a.csv"):
        drop(fresh_town, path)
    assert {each["folder"]: each["hint"] for each in strangers(fresh_town.workspace)} == {
        "inbox/Ahti": "Move the file into the folder of ahti.",  # capitals are in no partner's id
        "inbox/My files": "Move the file.",
        "inbox/stranger": "Write config/partners/stranger.yaml, or move the file.",
    }


def test_a_partner_whose_configuration_is_wrong_is_no_stranger_but_is_to_be_mended(fresh_town: Town) -> None:
    drop(fresh_town, "inbox/wrong/a.csv")
    (fresh_town.home / "config/partners/wrong.yaml").write_text("role: pirate\n", encoding="utf-8")
    assert [each["hint"] for each in strangers(fresh_town.workspace)] == ["Mend config/partners/wrong.yaml."]


def test_a_schedule_is_late_when_its_time_passed_by_two_polls_and_a_file_when_it_was_tried_in_vain(town: Town) -> None:
    schedule, file = seen(town).late
    assert (schedule["partner"], schedule["what"], schedule["due"]) == ("nord", "schedule", NOON - timedelta(hours=3))
    assert (file["what"], file["name"], file["attempts"], file["error"]) == (
        "file",
        "statuses_1.csv",
        1,
        "outbox: no space left",
    )
    with town.store.look() as db:
        in_time = overview(db, town.workspace, [], NOON - timedelta(hours=3) + timedelta(seconds=90))
    assert [each["what"] for each in in_time.late] == ["file"]


def test_quarantined_files_are_listed_with_their_error(town: Town) -> None:
    (only,) = seen(town).quarantine
    assert (only["id"], only["partner"], only["name"], only["error"]) == (
        3,
        "kivi",
        "broken_50%.xlsx",
        "crashed three times alone",
    )


def test_open_orders_are_counted_by_the_status_that_the_export_shows(town: Town) -> None:
    with town.store.look() as db:
        counted = open_orders(db, town.workspace)
        exported = [
            row for block in blocks(db, ExportKind.ORDERS, town.workspace) for row in plain_rows(ExportKind.ORDERS, block)
        ]
    wanted = Counter((each["retailer"], each["status"]) for each in exported if not each["final"])
    assert {(retailer, status): many for retailer, told in counted.items() for status, many in told.items()} == wanted
    assert counted == {"nord": {"Draft": 1, "Packing": 1, "Error": 1, "Delivered Partially": 1}}


def test_the_overview_can_be_told_as_json(town: Town) -> None:
    told = json.loads(json.dumps(as_json(seen(town)), default=plain_value))
    assert told["at"] == "2026-11-23T10:05:00Z"
    assert told["partners"][3]["last_file"]["at"] == "2026-11-23T10:00:00Z"


@pytest.mark.parametrize("state", [State.TAKEN, State.READY, State.QUARANTINED])
def test_files_under_way_are_counted_by_their_state(fresh_town: Town, state: State) -> None:
    with fresh_town.store.change() as db:
        db.execute(update(files).where(files.c.id == 2).values(state=state))
    east = next(each for each in seen(fresh_town).partners if each.partner == "east")
    assert {State.TAKEN: east.taken, State.READY: east.ready, State.QUARANTINED: east.quarantined}[state] == 1


def test_a_workspace_without_inbox_has_no_strangers(tmp_path: Path) -> None:
    empty = Town(tmp_path, empty=True)
    assert list(strangers(empty.workspace)) == []
    empty.store.close()
