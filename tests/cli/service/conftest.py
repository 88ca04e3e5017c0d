"""One real service for all commands that speak with one, with a model that it has trained."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.up_process import TOKEN, UpProcess, run_up
from azuraforge_cli.main import main
from azuraforge_client import Client

Invoke = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def _receivers_here() -> Iterator[None]:
    """Let the service send webhooks to this machine, where tests receive them."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AZURAFORGE_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def up(_receivers_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    """Return a running service with the finished job ``night`` and its model."""
    with run_up(tmp_path_factory.mktemp("service") / "data") as service:
        with Client(service.url, TOKEN) as client:
            client.jobs.create(job_document())
            last = [event.status for event in client.jobs.events("night") if event.status][-1]
            assert last.phase == "Succeeded", last
        yield service


@pytest.fixture
def client(up: UpProcess) -> Iterator[Client]:
    """Return a client of the service."""
    with Client(up.url, TOKEN) as client:
        yield client


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """Return a job file."""
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job_document("typed")), encoding="utf-8")
    return path


@pytest.fixture
def stranger(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Invoke:
    """Return a function that runs the command here, for somebody who is not logged in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("AZURAFORGE_URL", "AZURAFORGE_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["azuraforge", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def invoke(stranger: Invoke, up: UpProcess, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Return the same for somebody whom the environment logs in."""
    monkeypatch.setenv("AZURAFORGE_URL", up.url)
    monkeypatch.setenv("AZURAFORGE_TOKEN", TOKEN)
    return stranger
