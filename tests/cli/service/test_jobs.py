"""``azuraforge jobs`` and ``azuraforge logs`` with a real service."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from azuraforge_api_harness.running import long_job
from azuraforge_api_harness.up_process import TOKEN, UpProcess
from azuraforge_client import Client

Invoke = Callable[..., subprocess.CompletedProcess[str]]


def test_jobs_are_listed_for_people_and_for_programs(invoke: Invoke) -> None:
    """A table with the columns one looks for; the whole objects as JSON and YAML."""
    table = invoke("jobs", "list", "--text", "night", "--phase", "Succeeded").stdout.splitlines()
    assert table[0].split() == ["NAME", "PHASE", "PROGRESS", "PIPELINE", "DEVICE", "AGE"]
    assert table[1].split()[:6] == ["night", "Succeeded", "100", "%", "weather-forecaster", "cpu"]
    wide = invoke("jobs", "list", "-o", "wide").stdout
    assert "night@1" in wide
    (job,) = json.loads(invoke("jobs", "list", "--text", "night", "--json").stdout)["items"]
    assert yaml.safe_load(invoke("jobs", "get", "night", "-o", "yaml").stdout) == job
    assert job["status"]["phase"] == "Succeeded"
    shown = invoke("jobs", "get", job["metadata"]["uid"]).stdout
    assert "Succeeded: The model is finished." in shown
    nothing = invoke("jobs", "list", "--owner", "nobody")
    assert (nothing.returncode, nothing.stdout) == (0, "")


def test_a_job_is_created_and_followed_to_its_end(invoke: Invoke, job_file: Path) -> None:
    """The words are those of `azuraforge run`, the exit code is the job's."""
    done = invoke("jobs", "create", "-f", str(job_file), "--follow")
    assert done.returncode == 0, done.stderr
    assert "epoch 1" in done.stdout
    assert "typed has succeeded. It made typed@1." in done.stdout
    again = invoke("jobs", "follow", "typed", "--json")
    first, *_, last = [json.loads(line) for line in again.stdout.splitlines()]
    assert (first["type"], last["type"]) == ("run", "status")
    assert last["status"]["phase"] == "Succeeded"
    assert invoke("jobs", "wait", "typed").returncode == 0
    logs = invoke("logs", "typed")
    assert "Finished in" in logs.stdout
    assert "{" not in logs.stdout.splitlines()[0]
    assert json.loads(invoke("logs", "typed", "--raw").stdout.splitlines()[0])["job"] == "typed"
    assert json.loads(invoke("logs", "typed", "--json").stdout.splitlines()[0])["number"] == 1


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_was_printed_makes_a_job_again(
    form: str, invoke: Invoke, client: Client, tmp_path: Path
) -> None:
    """`jobs get` prints a job file: how the job stood, and what it was, is left out."""
    printed = tmp_path / "printed.yaml"
    printed.write_text(invoke("jobs", "get", "night", "-o", form).stdout, encoding="utf-8")
    assert invoke("validate", "-f", str(printed)).returncode == 0
    name = f"printed-{form}"
    made = invoke("jobs", "create", "-f", str(printed), "--set", f"metadata.name={name}", "--json")
    document = json.loads(made.stdout)
    assert document["metadata"]["name"] == name
    assert document["metadata"]["uid"] != client.jobs.get("night").uid
    assert document["spec"] == client.jobs.get("night").spec
    assert invoke("jobs", "cancel", name, "--yes").returncode in {0, 73}


def test_a_phase_is_meant_however_it_is_written(invoke: Invoke) -> None:
    """A phase in small letters is understood, and one that is none is told, not waited for."""
    assert "night" in invoke("jobs", "list", "--phase", "succeeded").stdout
    assert invoke("jobs", "wait", "night", "--for", "SUCCEEDED").returncode == 0
    for command in (("list", "--phase", "runing"), ("wait", "night", "--for", "runing")):
        done = invoke("jobs", *command)
        assert (done.returncode, "Running" in done.stderr) == (64, True)


def test_a_table_is_never_folded(invoke: Invoke) -> None:
    """A row stays a line, for grep and for a narrow terminal, with nothing behind it."""
    lines = invoke("jobs", "list", "--text", "night", "-o", "wide").stdout.splitlines()
    (line,) = [line for line in lines[1:] if line.startswith("night ")]
    assert "The model is finished." in line
    assert [each for each in lines if each != each.rstrip()] == []


def test_a_job_that_fails_ends_the_command_with_its_code(
    invoke: Invoke, client: Client, job_file: Path
) -> None:
    """A script sees why: 65 is data that cannot be trained on."""
    settings = ("--set", "config.window.lookback=9000", "--set", "metadata.name=failing")
    done = invoke("jobs", "create", "-f", str(job_file), *settings, "--follow")
    assert client.jobs.get("failing").status.phase == "Failed"
    assert done.returncode == 65, done.stderr
    assert "azuraforge logs" in done.stderr
    assert invoke("jobs", "wait", "failing").returncode == 65


def test_a_job_file_with_mistakes_is_told_line_by_line(invoke: Invoke, job_file: Path) -> None:
    """Every mistake with its path, exit code 64, nothing created."""
    wrong = ("--set", "config.training.epochs=-1", "--set", "config.training.epoch=3")
    done = invoke("jobs", "create", "-f", str(job_file), "--set", "metadata.name=wrong", *wrong)
    assert done.returncode == 64
    assert "2 problems" in done.stderr
    assert "spec.config.training.epochs: should be at least 1, got -1." in done.stderr
    assert invoke("jobs", "get", "wrong").returncode == 66


def test_a_running_job_is_suspended_resumed_cancelled_and_deleted(
    invoke: Invoke, client: Client
) -> None:
    """Each change is asked for by name; what is not possible is a conflict."""
    client.jobs.create(long_job("long"))
    assert invoke("jobs", "wait", "long", "--for", "Running", "--timeout", "120").returncode == 0
    assert invoke("jobs", "wait", "long", "--timeout", "0").returncode == 124
    assert invoke("jobs", "suspend", "long").returncode == 0
    assert invoke("jobs", "wait", "long", "--for", "Suspended", "--timeout", "120").returncode == 0
    assert invoke("jobs", "resume", "long").returncode == 0
    unasked = invoke("jobs", "cancel", "long")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert invoke("jobs", "cancel", "long", "--yes").returncode == 0
    assert invoke("jobs", "follow", "long").returncode == 75
    assert invoke("jobs", "suspend", "long").returncode == 73
    assert invoke("jobs", "wait", "long", "--for", "Succeeded").returncode == 73
    made = invoke("jobs", "clone", "night", "--name", "copy", "--set", "config.training.epochs=2")
    assert made.returncode == 0, made.stderr
    assert client.jobs.get("copy").spec["config"]["training"]["epochs"] == 2
    assert invoke("jobs", "clone", "night", "--set", "device=gpu").returncode == 64
    for name in ("copy", "long"):
        assert invoke("jobs", "delete", name, "--yes").returncode == 0
    assert client.jobs.get("long").metadata.deletion_timestamp is not None


@pytest.mark.parametrize("arguments", [("jobs", "follow", "endless"), ("logs", "-f", "endless"),
                                       ("jobs", "list", "--watch")])  # fmt: skip
def test_ctrl_c_ends_the_command_and_not_the_job(
    arguments: tuple[str, ...], up: UpProcess, client: Client
) -> None:
    """Whoever looks at a job does not stop it; the exit code is that of Ctrl-C, without a trace."""
    if not list(client.jobs.list(text="endless")):
        client.jobs.create(long_job("endless"))
    for _ in client.jobs.events("endless"):
        if client.jobs.get("endless").status.phase == "Running":
            break
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "azuraforge_cli", *arguments],
        env=os.environ | {"AZURAFORGE_URL": up.url, "AZURAFORGE_TOKEN": TOKEN},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130, words
    assert "Traceback" not in words
    if "list" not in arguments:  # how to come back, and how to end it
        assert f"azuraforge {' '.join(arguments)}" in words
        assert "azuraforge jobs cancel endless" in words
    assert client.jobs.get("endless").status.phase == "Running"


@pytest.fixture(autouse=True, scope="module")
def _no_job_goes_on(up: UpProcess) -> Any:
    yield
    with Client(up.url, TOKEN) as client:
        for job in client.jobs.list(text="endless"):
            client.jobs.delete(job.uid)


@pytest.mark.parametrize("command", [("jobs", "get"), ("jobs", "follow"), ("logs",),
                                     ("datasets", "get"), ("models", "get")])  # fmt: skip
def test_what_is_not_there_is_told(command: tuple[str, ...], invoke: Invoke) -> None:
    """Exit code 66 and the name that was looked for."""
    done = invoke(*command, "nothing")
    assert (done.returncode, "nothing" in done.stderr) == (66, True)
    assert invoke(*command, "").returncode == 64
