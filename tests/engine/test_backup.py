"""Backup and restore through the command line."""

import json
import shutil
import sqlite3
import tarfile
from pathlib import Path
from uuid import UUID

import pytest

from tests.engine.conftest import STATS
from tests.engine.homes import Home

pytestmark = [pytest.mark.xdist_group("homes")]


@pytest.fixture(scope="module")
def saved(stocked: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "with-keys.tgz"
    done = stocked.run("backup", str(path), "--with-keys")
    assert done.returncode == 0, done.stderr
    return path


def test_a_backup_with_keys_restores_everything_in_an_empty_home(saved: Path, stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "home")

    done = home.run("restore", str(saved))

    assert done.returncode == 0, done.stderr
    assert home.ask("stats") == STATS | {"warehouse_lag": STATS["events"]}
    assert (home.path / "keys" / "blind-index.key").read_bytes() == (
        stocked.path / "keys" / "blind-index.key"
    ).read_bytes()
    home.run("warehouse", "rebuild")
    assert home.ask("stats") == STATS


def test_keys_are_left_out_unless_asked_for_and_then_needed(stocked: Home, tmp_path: Path):
    backup = tmp_path / "plain.tgz"
    assert stocked.run("backup", str(backup)).returncode == 0
    with tarfile.open(backup) as tar:
        assert not [name for name in tar.getnames() if name.startswith("keys")]
    home = Home(tmp_path / "home")

    refused = home.run("restore", str(backup))
    shutil.copytree(stocked.path / "keys", home.path / "keys", dirs_exist_ok=True)
    done = home.run("restore", str(backup))

    assert refused.returncode == 1
    assert "key" in refused.stderr
    assert done.returncode == 0, done.stderr


def test_a_damaged_backup_changes_nothing(saved: Path, stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.copytree(stocked.path, home.path)
    cut, garbage = tmp_path / "cut.tgz", tmp_path / "garbage.tgz"
    cut.write_bytes(saved.read_bytes()[:-2000])
    garbage.write_text("no backup at all")

    for damaged in (cut, garbage):
        done = home.run("restore", str(damaged), "--yes")
        assert done.returncode == 1
        assert "damaged" in done.stderr

    assert home.ask("stats") == STATS


def test_what_is_here_is_not_replaced_unasked_and_then_kept_aside(saved: Path, stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.copytree(stocked.path, home.path)

    unasked = home.run("restore", str(saved))
    done = home.run("restore", str(saved), "--yes")

    assert unasked.returncode == 1
    assert "--yes" in unasked.stderr
    assert done.returncode == 0, done.stderr
    assert len(list(home.path.glob("before-restore-*/shuke.sqlite3"))) == 1


def test_an_erasure_made_after_the_backup_is_done_again(saved: Path, stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.copytree(stocked.path, home.path)
    with sqlite3.connect(home.path / "shuke.sqlite3") as database:
        pk, uuid = database.execute("SELECT id, uuid FROM customers_customer ORDER BY id LIMIT 1").fetchone()
    (home.path / "journal").mkdir(exist_ok=True)
    entry = {"at": "2999-01-01T00:00:00+00:00", "fact": "erasure", "customers": [str(UUID(uuid))]}
    (home.path / "journal" / "privacy.jsonl").write_text(json.dumps(entry) + "\n")

    done = home.run("restore", str(saved), "--yes")

    assert done.returncode == 0, done.stderr
    assert "1 erasures" in done.stdout
    with sqlite3.connect(home.path / "shuke.sqlite3") as database:
        erased, name = database.execute("SELECT erased_at, name FROM customers_customer WHERE id = ?", [pk]).fetchone()
    assert erased
    assert not name
