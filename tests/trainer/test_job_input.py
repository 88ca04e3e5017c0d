"""What the executor gave: environment and job file, each mistake with a sentence."""

from pathlib import Path

import pytest

from azuraforge_contract.environment import ATTEMPT, CACHE_DIR, JOB_FILE, RUN_DIR
from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_contract.run_folder import RunFolder
from azuraforge_trainer.environment import read_environment
from azuraforge_trainer.job_input import keep_job, read_job

VARIABLES = {JOB_FILE: "/job.yaml", ATTEMPT: "3", CACHE_DIR: "/cache", RUN_DIR: "/runs/u"}
JOB = """
apiVersion: azuraforge.io/v1alpha1
kind: TrainingJob
metadata: {name: small, uid: u}
spec: {pipeline: forecaster, device: cpu, deadlines: {noProgressSeconds: null}}
"""


def test_the_environment_is_read_once() -> None:
    """Paths and the attempt's index."""
    found = read_environment(VARIABLES)
    assert (found.attempt, found.cache_folder) == (3, Path("/cache"))
    assert found.run == RunFolder(Path("/runs/u"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({JOB_FILE: ""}, "AZURAFORGE_JOB_FILE is not set"),
        ({RUN_DIR: ""}, "AZURAFORGE_RUN_DIR is not set"),
        ({ATTEMPT: "one"}, "whole number from 0, got 'one'"),
        ({ATTEMPT: "-1"}, "whole number from 0, got '-1'"),
    ],
)
def test_a_missing_variable_is_named(changes: dict[str, str], sentence: str) -> None:
    """Nobody searches for what the executor did not say."""
    with pytest.raises(JobFileError) as caught:
        read_environment({**VARIABLES, **changes})
    assert sentence in str(caught.value)


def test_a_kept_job_is_the_same_job(tmp_path: Path) -> None:
    """`job.json` comes back with every field, and is written only once."""
    path = tmp_path / "job.yaml"
    path.write_text(JOB)
    job = read_job(path)
    run = RunFolder(tmp_path)
    keep_job(job, run)
    assert read_job(run.job_file) == job
    first = run.job_file.stat().st_mtime_ns
    keep_job(job, run)
    assert run.job_file.stat().st_mtime_ns == first


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "exactly one object"),
        (JOB.replace(", uid: u", ""), "metadata.uid is missing"),
        (JOB.replace("pipeline", "pipelnie"), "Did you mean 'pipeline'?"),
    ],
)
def test_a_wrong_job_file_is_explained(tmp_path: Path, content: str, sentence: str) -> None:
    """Every problem with its path and a remedy."""
    path = tmp_path / "job.yaml"
    path.write_text(content)
    with pytest.raises(JobFileError) as caught:
        read_job(path)
    assert sentence in str(caught.value)


def test_a_job_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path and the system's own words."""
    with pytest.raises(JobFileError, match=r"none\.yaml cannot be read: No such file"):
        read_job(tmp_path / "none.yaml")


def test_a_file_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    """A run folder that a newer release wrote is never half understood."""
    path = tmp_path / "job.json"
    path.write_text('{"formatVersion": 99, "kind": "TrainingJob"}')
    with pytest.raises(StorageError, match="formatVersion 99"):
        read_job(path)
