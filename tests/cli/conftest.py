"""The command in this process, for what needs no process of its own, and as a real process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from azuraforge_cli.main import main
from azuraforge_local.process_identity import is_running

Invoke = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that the processes of all tests of this part share, as real runs do."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def invoke(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    cache_folder: Path,
    tmp_path: Path,
) -> Invoke:
    """Return a function that runs the command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AZURAFORGE_CACHE_DIR", str(cache_folder))
    monkeypatch.setenv("COLUMNS", "200")

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
def start(cache_folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts the command as a process; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(
        *arguments: str, out: int | IO[bytes] = subprocess.PIPE, own_session: bool = False
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", "azuraforge_cli", *arguments],
            cwd=tmp_path,
            env={**os.environ, "AZURAFORGE_CACHE_DIR": str(cache_folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=own_session,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    for path in tmp_path.glob("**/attempts/*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "pid" in record and is_running(record["pid"], record["start"]):
            os.kill(record["pid"], signal.SIGKILL)  # one that a failed test had stopped
