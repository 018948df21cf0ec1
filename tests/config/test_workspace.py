"""A workspace is read whole: settings, partners, and what only shows when they are looked at together."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config.settings import Settings
from hub.config.workspace import Workspace, cross_check, open_workspace
from hub.domain.kinds import Role
from hub.domain.problems import Level, Misconfigured

RETAILER = "name: Nord\nrole: retailer\nchannel: {type: local}\naddress: {address1: Testikatu 1, city: Turku, country: FI}\n"
SUPPLIER = "name: Ahti\nrole: supplier\nchannel: {type: local}\n"


def workspace(home: Path, **files: str) -> Workspace:
    (home / "config/partners").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        place = home / ("config/hub.yaml" if name == "hub" else f"config/partners/{name}.yaml")
        place.write_text(text, encoding="utf-8")
    return open_workspace(home)


def told(found: Workspace) -> list[str]:
    return [str(each).removeprefix("config/") for each in found.findings]


def test_an_empty_folder_is_a_workspace_with_defaults(tmp_path: Path) -> None:
    found = open_workspace(tmp_path)
    assert (found.settings, found.partners, found.findings) == (Settings(), {}, [])
    found.require()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is no folder, make a workspace with hub init DIR"):
        open_workspace(tmp_path / "none").require()


def test_partners_are_known_by_the_names_of_their_files(tmp_path: Path) -> None:
    found = workspace(tmp_path, nord=RETAILER, ahti=SUPPLIER)
    assert {key: each.id for key, each in found.partners.items()} == {"ahti": "ahti", "nord": "nord"}
    assert [each.id for each in found.of_role(Role.SUPPLIER, Role.WAREHOUSE)] == ["ahti"]
    assert found.findings == []


def test_folders_start_at_the_workspace(tmp_path: Path) -> None:
    found = workspace(tmp_path, nord=RETAILER, ahti=SUPPLIER.replace("local", "local, inbox: drop/ahti"))
    assert found.inbox_of(found.partners["nord"]) == tmp_path / "inbox/nord"
    assert found.inbox_of(found.partners["ahti"]) == tmp_path / "drop/ahti"
    assert found.outbox_of(found.partners["ahti"]) == tmp_path / "outbox/ahti"


def test_everything_wrong_in_every_file_is_told_at_once(tmp_path: Path) -> None:
    found = workspace(
        tmp_path, hub="poll: soon\n", nord="name: N\nrole: shop\nchannel: {type: local}\n", ahti="a: *b\n", kivi=SUPPLIER
    )
    assert told(found) == [
        "hub.yaml:1: poll: saw 'soon', a time span is written 60s, 5m, 2h or 1d",
        "partners/ahti.yaml:1: a: begins with *, a reference in YAML, write it in quotes",
        "partners/nord.yaml:2: role: saw 'shop', known here: retailer, supplier, warehouse, carrier",
    ]
    assert list(found.partners) == ["kivi"]
    with pytest.raises(Misconfigured) as raised:
        found.require()
    assert len(raised.value.findings) == 3


def test_keys_of_another_role_are_refused_in_plain_words(tmp_path: Path) -> None:
    found = workspace(tmp_path, ahti=SUPPLIER + "fill: line\ncatalogs:\n", nord=RETAILER + "short: closes\nprints: []\n")
    assert told(found) == [
        "partners/ahti.yaml:4: fill: does not belong to a supplier, delete it; only retailers have it",
        "partners/nord.yaml:5: short: does not belong to a retailer, delete it; only carriers, suppliers, warehouses have it",
        "partners/nord.yaml:6: prints: does not belong to a retailer, delete it; only carriers, suppliers, warehouses have it",
    ]


def test_a_retailer_needs_an_address_and_is_warned_of_a_poor_one(tmp_path: Path) -> None:
    bare = RETAILER[: RETAILER.index("address")]
    found = workspace(tmp_path, nord=bare, west=bare + "address: {email: a@b.test}\n")
    assert [each.level for each in found.findings] == [Level.ERROR, Level.WARNING]
    assert told(found)[0].startswith("partners/nord.yaml:1: address: is missing, write address: {")
    assert told(found)[1] == "partners/west.yaml:4: address: lacks address1, city, country, delivery notes and labels need it"


@pytest.mark.parametrize("name", ["Nord", "nord shop", "-nord", "näkki", "a" * 51, "all", "no.rd"])
def test_a_file_whose_name_is_no_partner_id_is_refused(tmp_path: Path, name: str) -> None:
    found = workspace(tmp_path, **{name: SUPPLIER})
    assert [each.level for each in found.findings] == [Level.ERROR]


def test_a_file_with_the_other_ending_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    workspace(tmp_path)
    (tmp_path / "config/partners/ahti.yml").write_text(SUPPLIER, encoding="utf-8")
    assert told(open_workspace(tmp_path)) == ["partners/ahti.yml:1: ends in .yml, call it ahti.yaml"]


def test_catalogue_ids_are_unique_in_the_workspace(tmp_path: Path) -> None:
    catalogs = "catalogs:\n  - {id: main, suppliers: all}\n  - {id: own, suppliers: all}\n"
    found = workspace(tmp_path, nord=RETAILER + catalogs, west=RETAILER + catalogs.replace("own", "main"))
    assert told(found) == [
        "partners/west.yaml:6: catalogs.id: 'main' is a catalogue of nord already, catalogue ids are unique in the workspace",
        "partners/west.yaml:7: catalogs.id: 'main' is a catalogue of nord already, catalogue ids are unique in the workspace",
    ]


def test_catalogues_name_suppliers_that_exist(tmp_path: Path) -> None:
    text = RETAILER + "catalogs:\n  - id: main\n    suppliers: [ahti, athi, nord, kivi]\n"
    found = workspace(tmp_path, nord=text, ahti=SUPPLIER, kivi="name: broken\n")
    assert [each for each in told(found) if "nord.yaml" in each] == [
        "partners/nord.yaml:7: catalogs.suppliers: there is no supplier 'athi', did you mean ahti?",
        "partners/nord.yaml:7: catalogs.suppliers: 'nord' is a retailer, name suppliers or warehouses",
    ]


@pytest.mark.parametrize(
    "channel",
    [
        "{type: local, inbox: inbox/ahti}",
        "{type: local, outbox: inbox/ahti/deep}",
        "{type: local, inbox: inbox}",
        "{type: local, inbox: ./x/../inbox/ahti/}",
    ],
)
def test_a_folder_that_two_channels_share_is_refused(tmp_path: Path, channel: str) -> None:
    found = workspace(tmp_path, ahti=SUPPLIER, kivi=SUPPLIER.replace("{type: local}", channel))
    assert len(found.findings) == 1
    assert "the inbox of ahti, give each a folder of its own" in told(found)[0]


def test_a_shared_folder_is_found_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "inbox/ahti").mkdir(parents=True)
    (tmp_path / "other").symlink_to(tmp_path / "inbox/ahti")
    found = workspace(tmp_path, ahti=SUPPLIER, kivi=SUPPLIER.replace("local", "local, inbox: other"))
    assert len(found.findings) == 1


@pytest.mark.parametrize("folder", [".", "config", "var/drop", "mappings"])
def test_a_channel_keeps_away_from_the_hubs_own_folders(tmp_path: Path, folder: str) -> None:
    found = workspace(tmp_path, ahti=SUPPLIER.replace("local", f"local, inbox: {folder}"))
    assert any("the hub's own folder" in each for each in told(found))


def test_mappings_that_nobody_wrote_are_told_with_the_nearest(tmp_path: Path) -> None:
    text = SUPPLIER + "receive:\n  - {files: '*', mapping: [ahti-stock, ahti-stok]}\nsend: {mapping: other}\n"
    found = workspace(tmp_path, ahti=text)
    assert [str(each) for each in cross_check(found, {"ahti-stock"})] == [
        "config/partners/ahti.yaml:5: receive.mapping: there is no mapping 'ahti-stok', did you mean ahti-stock?",
        "config/partners/ahti.yaml:6: send.mapping: there is no mapping 'other', write mappings/other.yaml",
    ]
