"""``azuraforge db``: thin, and clear about what it found."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_api.database.migrations import head_revision

Invoke = Callable[..., subprocess.CompletedProcess[str]]


def test_a_database_is_looked_at_brought_to_head_and_looked_at_again(
    invoke: Invoke, tmp_path: Path
) -> None:
    """Looking creates nothing; upgrading twice does it once; scripts get JSON and exit codes."""
    absent = invoke("db", "check", "--json")
    assert (absent.returncode, json.loads(absent.stdout)["current"]) == (74, None)
    assert "azuraforge db upgrade" in invoke("db", "current").stdout
    assert not (tmp_path / "azuraforge-data").exists()
    upgraded = json.loads(invoke("db", "upgrade", "--json").stdout)
    assert (upgraded["from"], upgraded["to"], upgraded["changed"]) == (None, head_revision(), True)
    again = invoke("db", "upgrade")
    assert (again.returncode, "nothing was to do" in again.stdout) == (0, True)
    checked = invoke("db", "check", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["isAtHead"]) == (0, True)


def test_a_newer_database_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    """Neither checked as good nor upgraded; the sentence says which release to run."""
    invoke("db", "upgrade")
    file = sqlite3.connect(tmp_path / "azuraforge-data" / "azuraforge.db")
    file.execute("UPDATE alembic_version SET version_num = 'newer'")
    file.commit()
    file.close()
    checked = invoke("db", "check")
    assert (checked.returncode, "it is newer" in checked.stdout) == (74, True)
    upgraded = invoke("db", "upgrade")
    assert (upgraded.returncode, "it is newer" in upgraded.stderr) == (74, True)
    assert "Run the release that made it" in upgraded.stderr


@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("postgresql://ada:secret@127.0.0.1:1/x", 69, "The database postgresql://ada:***@127"),
        ("oracle://ada:secret@127.0.0.1/x", 64, "is no address of a database"),
        ("nonsense", 64, "is no address of a database"),
        ("sqlite:////proc/nowhere/azuraforge.db", 74, "cannot be"),
    ],
)
def test_a_database_that_is_away_is_told(
    address: str, code: int, sentence: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence, a remedy, an exit code; no password and no traceback."""
    monkeypatch.setenv("AZURAFORGE_DATABASE_URL", address)
    done = invoke("db", "upgrade")
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_database_is_told(invoke: Invoke, tmp_path: Path) -> None:
    """Somebody's file of that name stays as it is."""
    folder = tmp_path / "azuraforge-data"
    folder.mkdir()
    (folder / "azuraforge.db").write_text("a letter to my aunt, longer than a header " * 20)
    done = invoke("db", "check")
    assert (done.returncode, "cannot be used" in done.stderr) == (74, True), done.stderr
