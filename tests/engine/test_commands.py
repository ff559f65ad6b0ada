"""The command line without a server."""

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.engine.conftest import STATS
from tests.engine.homes import Home

pytestmark = [pytest.mark.xdist_group("homes")]


def test_help_is_quick_and_names_every_command(tmp_path: Path):
    began = time.process_time()
    done = Home(tmp_path / "never-made").run("--help")

    assert done.returncode == 0
    for name in (
        "up",
        "demo",
        "import",
        "segments",
        "stats",
        "keys",
        "warehouse",
        "backup",
        "restore",
        "doctor",
        "staff",
    ):
        assert f" {name} " in done.stdout
    assert not (tmp_path / "never-made").exists()
    assert time.process_time() - began < 1


def test_wrong_usage_ends_with_2(tmp_path: Path):
    home = Home(tmp_path)

    assert home.run("import", "orders", str(tmp_path / "absent.csv")).returncode == 2
    assert home.run("dance").returncode == 2


def test_stats_has_its_agreed_shape(stocked: Home):
    assert stocked.ask("stats") == STATS


def test_import_says_what_it_did_and_why_a_row_stayed_out(stocked: Home, orders_file: Path):
    checked = stocked.ask("import", "orders", str(orders_file), "--preset", "generic", "--shop", "Willow", "--dry-run")

    assert checked["state"] == "checked"
    assert checked["report"]["expected"]["order"] == {"created": 0, "replaced": 0, "unchanged": 4}
    assert checked["refused"] == 1
    assert [(row["row"], row["column"], row["value"]) for row in checked["refusals"]] == [
        (6, "placed_at", "2024-02-30 12:00")
    ]


def test_a_dry_run_of_customers_says_who_would_be_new_and_stores_nothing(stocked: Home, tmp_path: Path):
    members = tmp_path / "members.csv"
    members.write_text("customer id,name,email\nnew-1,Zoe,zoe@willow.example\n,Nobody,\nnew-2,Bob,nothing\n")

    checked = stocked.ask("import", "customers", str(members), "--shop", "Willow", "--dry-run")

    assert checked["state"] == "checked"
    assert checked["report"]["expected"]["customer"]["created"] == 2
    assert checked["refused"] == 1
    assert [(row["row"], row["column"]) for row in checked["refusals"]] == [(3, "customer id"), (4, "email")]
    assert stocked.ask("stats")["customers"] == STATS["customers"]


def test_an_unreadable_file_is_one_sentence_and_1(stocked: Home, tmp_path: Path):
    empty = tmp_path / "empty.csv"
    empty.touch()

    done = stocked.run("import", "orders", str(empty))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "shuke: The file is empty."
    assert stocked.ask("stats") == STATS


def test_segments_preview_counts_and_explains_what_is_wrong(stocked: Home, tmp_path: Path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"all": [{"orders": "count", "op": "at_least", "value": 2}]}))
    bad.write_text(json.dumps({"all": [{"field": "value.nothing", "op": "is", "value": []}]}))

    assert stocked.ask("segments", "preview", str(good))["count"] == 1
    refused = stocked.run("segments", "preview", str(bad))
    assert refused.returncode == 1
    assert "value.nothing" in refused.stderr


def test_wrong_settings_say_what_to_write(tmp_path: Path):
    home = Home(tmp_path)
    wrong = home.environment | {"SHUKE_DATABASE_URL": "mysql://x/y"}
    import subprocess

    from tests.engine.homes import command

    done = subprocess.run(command("stats"), env=wrong, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "write postgresql://USER:PASSWORD@HOST:5432/NAME" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_nothing_bad_in_a_healthy_home(stocked: Home):
    findings = {finding["subject"]: finding for finding in stocked.ask("doctor")}

    assert findings["database"]["state"] == "good"
    assert findings["warehouse"]["says"].endswith("0 events behind")


def test_warehouse_rebuilt_after_its_folder_was_deleted_gives_the_same_figures(stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "copy")
    shutil.copytree(stocked.path, home.path)
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps({"all": [{"orders": "gross", "op": "at_least", "value": 4000}]}))
    before = home.ask("segments", "preview", str(rule))
    shutil.rmtree(home.path / "warehouse")

    rebuilt = home.ask("warehouse", "rebuild")

    assert rebuilt["tables"]["orders"] == 4
    assert home.ask("segments", "preview", str(rule)) == before
    assert home.ask("stats") == STATS


def test_keys_are_shown_once_and_scopes_checked(stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "copy")
    shutil.copytree(stocked.path, home.path)

    made = home.ask("keys", "create", "till", "--scope", "orders:read", "--scope", "orders:write")
    refused = home.run("keys", "create", "till", "--scope", "orders:burn")

    assert made["key"].startswith("shuke_")
    assert made["scopes"] == ["orders:read", "orders:write"]
    assert refused.returncode == 1
    assert "orders:burn" in refused.stderr
    assert home.run("staff", "link", "nobody@willow.example").returncode == 1
