"""Where a run starts: only ever from a checkpoint of its own kind."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_core.training.checkpoints import CheckpointRecord, CheckpointStore
from azuraforge_core.training.identity import RunIdentity, hash_config
from azuraforge_core.training.progress import TrainingProgress
from azuraforge_core.training.resume import find_start

IDENTITY = RunIdentity(
    pipeline="p", versions={"azuraforge": "1"}, data_digest="d", config_hash="c", seed=1
)


def _saved(folder: Path, step: int = 7) -> CheckpointStore:
    store = CheckpointStore(folder)
    record = CheckpointRecord(identity=IDENTITY, progress=TrainingProgress(step=step).to_record())
    store.save(record, {"training/w": np.zeros(1, dtype=np.float32)})
    return store


def test_a_compatible_checkpoint_is_taken_up(tmp_path: Path) -> None:
    """The same data, config, code and seed: training goes on."""
    start = find_start(_saved(tmp_path), None, IDENTITY, may_resume=True)
    assert start.checkpoint is not None
    assert start.checkpoint.record.progress.step == 7
    assert start.notes == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data_digest": "e"}, "the data"),
        ({"config_hash": "e"}, "the config"),
        ({"versions": {"azuraforge": "2"}}, "the version of the code"),
        ({"seed": 2}, "the seed"),
        ({"pipeline": "q"}, "the pipeline"),
    ],
)
def test_an_incompatible_checkpoint_is_left_aside_and_named(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    """Training starts afresh and the note says what changed."""
    identity = IDENTITY.model_copy(update=change)
    start = find_start(_saved(tmp_path), None, identity, may_resume=True)
    assert start.checkpoint is None
    assert f"because {words} changed" in start.notes[0]


def test_never_starts_afresh(tmp_path: Path) -> None:
    """`checkpoint.resume: Never` looks at no checkpoint of its own."""
    start = find_start(_saved(tmp_path), None, IDENTITY, may_resume=False)
    assert start == find_start(CheckpointStore(tmp_path / "x"), None, IDENTITY, may_resume=True)


def test_another_jobs_checkpoint_is_the_start_until_there_is_an_own_one(tmp_path: Path) -> None:
    """`resumeFrom` counts for the first attempt; a later one goes on from its own checkpoint."""
    other = _saved(tmp_path / "uid-1" / "checkpoints", step=3)
    own = CheckpointStore(tmp_path / "uid-2" / "checkpoints")
    start = find_start(own, other, IDENTITY, may_resume=False)
    assert start.checkpoint is not None
    assert start.checkpoint.record.progress.step == 3
    later = find_start(_saved(own.folder), other, IDENTITY, may_resume=True)
    assert later.checkpoint is not None
    assert later.checkpoint.record.progress.step == 7


def test_a_job_without_a_checkpoint_cannot_be_resumed_from(tmp_path: Path) -> None:
    """The message names the job and the folder."""
    other = CheckpointStore(tmp_path / "uid-1" / "checkpoints")
    with pytest.raises(JobFileError, match=r"spec\.resumeFrom: job uid-1 has no checkpoint"):
        find_start(CheckpointStore(tmp_path), other, IDENTITY, may_resume=True)


def test_a_checkpoint_of_another_kind_cannot_be_resumed_from(tmp_path: Path) -> None:
    """Asked for by name, an unfit checkpoint is an error and not a silent fresh start."""
    other = _saved(tmp_path / "uid-1" / "checkpoints")
    identity = IDENTITY.model_copy(update={"config_hash": "e", "seed": 2})
    with pytest.raises(JobFileError, match="the config and the seed changed"):
        find_start(CheckpointStore(tmp_path), other, identity, may_resume=True)


def test_the_hash_of_a_config_is_that_of_its_meaning() -> None:
    """Order and spelling of numbers do not count, values do."""
    assert hash_config({"a": 1.0, "b": [2]}) == hash_config({"b": [2], "a": 1})
    assert hash_config({"a": 1}) != hash_config({"a": 2})
