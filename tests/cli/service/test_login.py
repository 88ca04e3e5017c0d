"""Logging in and out, and who a command speaks for."""

import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_api_harness.up_process import TOKEN, UpProcess

Invoke = Callable[..., subprocess.CompletedProcess[str]]


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_login_is_kept_for_its_owner_alone_and_forgotten(
    stranger: Invoke, up: UpProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The token comes by stdin, is checked, is kept with mode 0600, and gone after logout."""
    refused = stranger("jobs", "list")
    assert refused.returncode == 77
    assert "azuraforge login URL" in refused.stderr
    _type(monkeypatch, f"{TOKEN}\n")
    done = stranger("login", f"{up.url}/")
    assert (done.returncode, TOKEN in done.stdout) == (0, False)
    assert "admin" in done.stdout
    path = tmp_path / "config" / "azuraforge" / "login.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text("utf-8")) == {"url": up.url, "token": TOKEN}
    assert stranger("jobs", "get", "night").returncode == 0
    assert stranger("logout").returncode == 0
    assert not path.exists()
    assert stranger("jobs", "list").returncode == 77


def test_a_token_file_is_read(stranger: Invoke, up: UpProcess, tmp_path: Path) -> None:
    """A secret of a cluster is a file: the option names it."""
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="ascii")
    done = stranger("login", up.url, "--token-file", "token", "--json")
    assert json.loads(done.stdout)["role"] == "admin"
    assert stranger("login", up.url, "--token-file", "missing").returncode == 74


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [("", 64, "no token"), ("two words", 64, "no token"), ("wrong", 77, "unknown")],
)
def test_a_wrong_token_is_not_kept(  # noqa: PLR0917 - fixtures
    stranger: Invoke,
    up: UpProcess,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    typed: str,
    code: int,
    words: str,
) -> None:
    """What the service does not know is told, and no file is written."""
    _type(monkeypatch, typed)
    done = stranger("login", up.url)
    assert (done.returncode, words in done.stderr.lower()) == (code, True), done.stderr
    assert not (tmp_path / "config").exists()


def test_the_environment_goes_before_a_login(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A pipeline needs no file; and a stored token is never sent to another service."""
    folder = tmp_path / "config" / "azuraforge"
    folder.mkdir(parents=True)
    (folder / "login.json").write_text('{"url": "http://127.0.0.1:9", "token": "x"}')
    assert invoke("jobs", "get", "night").returncode == 0
    monkeypatch.delenv("AZURAFORGE_TOKEN")
    refused = invoke("jobs", "get", "night")
    assert (refused.returncode, "is for http://127.0.0.1:9." in refused.stderr) == (77, True)
    monkeypatch.setenv("AZURAFORGE_TOKEN", "wrong")
    refused = invoke("jobs", "get", "night")
    assert (refused.returncode, "Log in again" in refused.stderr) == (77, True)


def test_a_damaged_login_is_told(stranger: Invoke, tmp_path: Path) -> None:
    """Nobody has to guess which file is meant."""
    folder = tmp_path / "config" / "azuraforge"
    folder.mkdir(parents=True)
    (folder / "login.json").write_text("{")
    done = stranger("models", "list")
    assert (done.returncode, "login.json is damaged" in done.stderr) == (74, True)


def test_a_service_that_is_not_there_is_told(
    stranger: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 69 and a sentence, never a traceback."""
    monkeypatch.setenv("AZURAFORGE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AZURAFORGE_TOKEN", "x")
    monkeypatch.setattr("time.sleep", lambda _: None)
    done = stranger("models", "list")
    assert (done.returncode, "does not answer" in done.stderr) == (69, True)
    monkeypatch.setenv("AZURAFORGE_URL", "nowhere")
    assert "no address of a service" in stranger("models", "list").stderr
