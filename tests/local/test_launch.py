"""The launcher: written down before the trainer exists, and asked to stop when its parent dies."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from azuraforge_local import launch
from azuraforge_local.process_identity import is_running

LAUNCHER = str(Path(launch.__file__))
SLEEP = "import time; time.sleep(60)"


def _command(record: Path, attempt: int, *command: str) -> list[str]:
    launcher = [sys.executable, "-I", "-S", LAUNCHER]
    return [*launcher, str(record), str(attempt), str(os.getpid()), *command]


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def _wait_until_gone(pid: int, start: str) -> None:
    deadline = time.monotonic() + 30
    while is_running(pid, start):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.01)


def test_the_record_names_the_process_that_becomes_the_command(tmp_path: Path) -> None:
    """The record is whole, and its process is the very one that runs the command."""
    record = tmp_path / "3.json"
    command = _command(record, 3, sys.executable, "-c", SLEEP)
    child = subprocess.Popen(command)  # noqa: S603 - our own command
    try:
        _wait_for(record)
        document = json.loads(record.read_text(encoding="utf-8"))
        assert document["formatVersion"] == 1
        assert (document["attempt"], document["pid"]) == (3, child.pid)
        assert document["created"].endswith("Z")
        assert is_running(child.pid, document["start"])
        assert not is_running(child.pid, f"{document['start']}0")
    finally:
        child.kill()
        child.wait()
    assert not is_running(child.pid, document["start"])


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child of its parent's death"
)
def test_the_command_is_asked_to_stop_when_its_parent_dies(tmp_path: Path) -> None:
    """Nothing trains on unseen after azuraforge run was killed: SIGTERM reaches the trainer."""
    record = tmp_path / "0.json"
    parent_program = (
        "import os, subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', {LAUNCHER!r}, {str(record)!r}, '0',\n"
        f"    str(os.getpid()), sys.executable, '-c', {SLEEP!r}], start_new_session=True).wait()"
    )
    command = [sys.executable, "-c", parent_program]
    parent = subprocess.Popen(command)  # noqa: S603 - our own command
    _wait_for(record)
    document = json.loads(record.read_text(encoding="utf-8"))
    assert is_running(document["pid"], document["start"])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _wait_until_gone(document["pid"], document["start"])


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    """The trainer is not started when nobody could find it again."""
    missing = tmp_path / "missing" / "0.json"
    command = _command(missing, 0, "/bin/true")
    finished = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 74
    assert "cannot write" in finished.stderr
