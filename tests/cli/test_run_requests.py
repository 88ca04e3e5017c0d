"""What ``azuraforge run`` refuses before anything runs, and the folders it chooses."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_cli.opened_run import RunRequest, open_run
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_local.job_file import read_job
from azuraforge_local.status_file import write_status

Invoke = Callable[..., subprocess.CompletedProcess[str]]

JOB = """\
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata: {name: weather}
spec:
  pipeline: forecaster
  config:
    dataset: {source: {kind: sample}}
    model: {kind: last-value}
"""


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a job file in a folder of its own; commands run in the folder above."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "jobs" / "weather.yaml"
    path.parent.mkdir()
    path.write_text(JOB, encoding="utf-8")
    return Path("jobs/weather.yaml")


def _request(
    job: Path | None,
    *settings: str,
    out: str | None = None,
    resume: bool = False,
    device: str | None = None,
) -> RunRequest:
    return RunRequest(job, settings, Path(out) if out else None, resume, device)


def test_a_new_run_keeps_its_job_with_a_uid_and_its_folder(job: Path, tmp_path: Path) -> None:
    """What is run is written down as it is run, with the changes of the command line."""
    opened = open_run(_request(job, "config.training.epochs=3", device="cpu"))
    assert opened.folder == Path("runs/weather-1")
    stored = read_job(opened.folder)
    assert stored.job.metadata.uid
    assert stored.job.spec.config["training"] == {"epochs": 3}
    assert stored.job.spec.device == "cpu"
    assert stored.working_directory == tmp_path / "jobs"
    other = open_run(_request(job))
    assert other.folder == Path("runs/weather-2")
    assert other.stored.job.metadata.uid != stored.job.metadata.uid


def test_a_run_goes_on_as_it_was_started(job: Path) -> None:
    """--resume finds the run by its job or its folder, and takes the same job only."""
    first = open_run(_request(job))
    for request in (
        _request(job, resume=True),
        _request(None, resume=True, out="runs/weather-1"),
        _request(None, "suspend=false", resume=True, out="runs/weather-1"),
    ):
        resumed = open_run(request)
        assert resumed.is_resumed
        assert resumed.stored.job == first.stored.job
    with pytest.raises(JobFileError, match="config cannot change") as caught:
        open_run(_request(job, "config.training.epochs=3", resume=True))
    assert "leave --resume out" in caught.value.remedy


def test_what_may_change_is_kept_as_a_new_generation(job: Path) -> None:
    """A change that a cluster would take is taken, and counted as a cluster counts it."""
    open_run(_request(job, "suspend=true"))
    resumed = open_run(_request(None, "suspend=false", resume=True, out="runs/weather-1"))
    assert resumed.stored.job.metadata.generation == 2
    assert not read_job(Path("runs/weather-1")).job.spec.suspend


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Which job?"),
        (("--resume",), "Which run?"),
        (("--resume", "-f", "jobs/weather.yaml"), "No unfinished run of weather"),
        (("-f", "jobs/none.yaml"), "jobs/none.yaml is not there"),
        (("-f", "jobs/weather.yaml", "--set", "config.training.epoch=3"), "Did you mean 'epochs'?"),
        (("-f", "jobs/weather.yaml", "--set", "confg.training=3"), "Did you mean 'config'?"),
        (("-f", "jobs/weather.yaml", "--out", "jobs"), "jobs is not empty"),
        (("-f", "jobs/weather.yaml", "--set", "resumeFrom=nobody"), "no run lies in runs/nobody"),
    ],
)
@pytest.mark.usefixtures("job")
def test_a_request_that_cannot_be_met_is_explained(
    arguments: tuple[str, ...], sentence: str, invoke: Invoke, tmp_path: Path
) -> None:
    """Exit code 64, a sentence, and nothing created."""
    finished = invoke("run", *arguments)
    assert finished.returncode == 64
    assert sentence in finished.stderr
    assert not (tmp_path / "runs").exists()


def test_a_run_to_start_from_is_named_by_its_folder(job: Path) -> None:
    """On one machine runs lie in folders by name; a uid is answered with the name."""
    first = open_run(_request(job))
    with pytest.raises(JobFileError) as caught:
        open_run(_request(job, f"resumeFrom={first.stored.job.uid}"))
    assert "resumeFrom: weather-1" in caught.value.remedy
    (first.folder / "checkpoints").mkdir()
    assert open_run(_request(job, "resumeFrom=weather-1")).folder == Path("runs/weather-2")


def test_a_run_at_its_end_is_not_run_again(job: Path, invoke: Invoke) -> None:
    """--resume of a run that has failed for good says why and how, with its exit code."""
    folder = open_run(_request(job)).folder
    write_status(folder, JobStatus(phase=Phase.FAILED, reason="BadData", message="No column."))
    finished = invoke("run", "--resume", "--out", str(folder))
    assert finished.returncode == 70  # no attempt's exit code is known
    assert "No column." in finished.stderr
    line = json.loads(
        invoke("run", "--resume", "--out", str(folder), "--json").stdout.splitlines()[-1]
    )
    assert line["status"]["phase"] == "Failed"


def test_a_job_that_asks_to_stand_still_does(job: Path, invoke: Invoke) -> None:
    """suspend: true in the file is said, not waited for."""
    finished = invoke("run", "-f", str(job), "--set", "suspend=true")
    assert finished.returncode == 75
    assert "suspend: true" in finished.stderr
