"""A new workspace is right as it stands, and never overwrites anything."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from hub.config.channels import SftpChannel
from hub.config.init import init_workspace
from hub.config.partners import Partner
from hub.config.settings import Settings
from hub.config.workspace import cross_check, open_workspace
from hub.config.yaml import check, load_text
from hub.domain.problems import Misconfigured
from hub.mapping.examples import run_examples
from hub.mapping.library import Library


def test_a_new_workspace_has_nothing_wrong_with_it(tmp_path: Path) -> None:
    written = init_workspace(tmp_path / "new")
    assert all((tmp_path / "new" / name).is_file() for name in written)
    found = open_workspace(tmp_path / "new")
    assert found.findings == []
    assert cross_check(found, {Path(name).stem for name in written if name.startswith("mappings/")}) == []
    assert all(found.inbox_of(each).is_dir() and found.outbox_of(each).is_dir() for each in found.partners.values())


def test_a_folder_that_holds_something_of_a_workspace_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(Misconfigured, match="holds config already"):
        init_workspace(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["config"]


def test_a_folder_with_other_things_may_become_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    init_workspace(tmp_path)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", encoding="utf-8")
    with pytest.raises(Misconfigured, match="is a file, name a folder"):
        init_workspace(tmp_path / "x")


def uncommented(path: Path) -> str:
    """The file with every commented-out key put in force."""
    return re.sub(r"^# (?=[a-z_]+: )", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_what_the_sample_settings_show_as_defaults_are_the_defaults(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    loaded, _ = load_text(uncommented(tmp_path / "config/hub.yaml").encode(), "x")
    assert loaded is not None
    assert isinstance(loaded.data, dict)
    assert set(loaded.data) == set(Settings.model_fields)
    assert check(Settings, loaded) == (Settings(), [])


@pytest.mark.parametrize("name", ["webshop", "supplier"])
def test_what_the_sample_partners_show_as_defaults_are_the_defaults(tmp_path: Path, name: str) -> None:
    init_workspace(tmp_path)
    path = tmp_path / f"config/partners/{name}.yaml"
    loaded, findings = load_text(uncommented(path).encode(), "x")
    assert loaded is not None, findings
    full, findings = check(Partner, loaded)
    assert findings == []
    assert full is not None
    short = open_workspace(tmp_path).partners[name]
    assert full.model_dump(exclude={"timezone"}) == short.model_dump(exclude={"timezone"})


def test_the_sample_of_a_partner_on_a_server_is_right_once_its_comment_signs_are_gone(tmp_path: Path) -> None:
    home = tmp_path / "new"
    init_workspace(home)
    path = home / "config/partners/supplier.yaml"
    text = path.read_text(encoding="utf-8").replace("channel: {type: local}\n", "", 1)
    path.write_text(re.sub(r"^# (?=channel:$|  [a-z_]+: )", "", text, flags=re.MULTILINE), encoding="utf-8")
    (channel,) = [each.channel for each in open_workspace(home).partners.values() if isinstance(each.channel, SftpChannel)]
    assert (channel.host, channel.inbox, channel.outbox, channel.after) == (
        "sftp.supplier.test",
        "/to-hub",
        "/from-hub",
        "remove",
    )
    (home / "secrets").mkdir()
    (home / "secrets/supplier").write_text("made by ssh-keygen\n", encoding="utf-8")
    ran = CliRunner().invoke(app, ["--home", str(home), "check"])
    assert (ran.exit_code, ran.output) == (0, "2 partners, 5 mappings: 0 errors, 0 warnings\n")


def test_every_expected_result_of_the_samples_is_json_beside_its_file(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    expected = list((tmp_path / "mappings").glob("*.examples/*.expected.json"))
    assert len(expected) == 5
    for each in expected:
        json.loads(each.read_text(encoding="utf-8"))
        assert len(list(each.parent.glob(f"{each.name.removesuffix('.expected.json')}.*"))) == 2


def test_every_sample_mapping_is_faultless_and_proves_itself(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    library = Library(tmp_path)
    assert library.findings() == []
    results = {name: run_examples(library.get(name), library.examples_folder(name)) for name in library.own()}
    assert all(results.values())
    assert [diff for each in results.values() for result in each for diff in result.diff] == []
