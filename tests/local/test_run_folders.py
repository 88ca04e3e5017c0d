"""Which folder a run gets, and which one ``--resume`` finds."""

from pathlib import Path

import pytest

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob, parse_training_job
from azuraforge_local.job_file import identified, read_job, write_job
from azuraforge_local.run_folders import (
    create_folder,
    create_numbered_folder,
    find_latest_unfinished,
)
from azuraforge_local.status_file import write_status


def _job(name: str = "weather") -> TrainingJob:
    return parse_training_job(
        {
            "apiVersion": "azuraforge.io/v1alpha1",
            "kind": "TrainingJob",
            "metadata": {"name": name},
            "spec": {"pipeline": "forecaster", "deadlines": {"startSeconds": None}},
        }
    )


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_runs_of_one_job_are_numbered() -> None:
    """Two runs of a job never share a folder, and their names say which came first."""
    assert [create_numbered_folder("weather") for _ in range(3)] == [
        Path("runs/weather-1"),
        Path("runs/weather-2"),
        Path("runs/weather-3"),
    ]


def test_a_named_folder_must_be_free(tmp_path: Path) -> None:
    """What lies in a folder is never written over; an empty one, such as a volume, will do."""
    (tmp_path / "empty").mkdir()
    assert create_folder(Path("empty")) == Path("empty")
    (tmp_path / "empty" / "mine.txt").touch()
    with pytest.raises(JobFileError, match="is not empty"):
        create_folder(Path("empty"))
    (tmp_path / "file").touch()
    with pytest.raises(JobFileError, match="is a file"):
        create_folder(Path("file"))


def test_a_folder_with_a_run_says_how_to_go_on() -> None:
    """The remedy is the command to type."""
    write_job(create_folder(Path("out")), identified(_job(), Path.cwd()))
    with pytest.raises(JobFileError) as caught:
        create_folder(Path("out"))
    assert "holds a run already" in caught.value.message
    assert "azuraforge run --resume --out out" in caught.value.remedy


def test_a_job_comes_back_from_its_folder_as_it_was() -> None:
    """uid, nulls that switch a default off, and the working directory survive."""
    job = identified(_job(), Path("/somewhere"))
    folder = create_numbered_folder("weather")
    write_job(folder, job)
    stored = read_job(folder)
    assert stored.job == job
    assert stored.job.spec.deadlines.start_seconds is None
    assert stored.working_directory == Path("/somewhere")


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (None, JobFileError, "is no run's folder"),
        ("{", StorageError, "cannot be read"),
        ('{"formatVersion": 99}', StorageError, "formatVersion 99"),
    ],
)
def test_a_folder_without_a_readable_job_is_explained(
    content: str | None, error: type[Exception], sentence: str, tmp_path: Path
) -> None:
    """A folder that is no run's, a damaged job and a newer release are told apart."""
    if content is not None:
        (tmp_path / "job.json").write_text(content, encoding="utf-8")
    with pytest.raises(error, match=sentence):
        read_job(tmp_path)


def test_resume_means_the_latest_run_that_is_not_at_its_end() -> None:
    """Finished runs and runs of other jobs with a similar name are passed over."""
    for _ in range(3):
        write_job(create_numbered_folder("weather"), identified(_job(), Path.cwd()))
    write_job(create_numbered_folder("weather-1"), identified(_job("weather-1"), Path.cwd()))
    write_status(Path("runs/weather-2"), JobStatus(phase=Phase.SUSPENDED))
    write_status(Path("runs/weather-3"), JobStatus(phase=Phase.SUCCEEDED))
    assert find_latest_unfinished("weather") == Path("runs/weather-2")
    with pytest.raises(JobFileError, match="No unfinished run of other"):
        find_latest_unfinished("other")
