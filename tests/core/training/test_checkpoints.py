"""Checkpoints: whole or left aside, the last few kept, exact numbers back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_contract.errors import StorageError
from azuraforge_core.training.checkpoints import CheckpointRecord, CheckpointStore
from azuraforge_core.training.early_stopping import EarlyStopping
from azuraforge_core.training.identity import RunIdentity
from azuraforge_core.training.progress import EpochRecord, TrainingProgress

IDENTITY = RunIdentity(
    pipeline="p", versions={"azuraforge": "1"}, data_digest="d", config_hash="c", seed=1
)


def _record(step: int, **changes: Any) -> CheckpointRecord:
    progress = TrainingProgress(step=step, **changes)
    return CheckpointRecord(identity=IDENTITY, progress=progress.to_record())


def _arrays(step: int) -> dict[str, Any]:
    return {
        "training/model.w": np.full((3, 2), step, dtype=np.float32),
        "training/step.count": np.array([step], dtype=np.uint64),
    }


def test_the_newest_comes_back_and_the_last_two_stay(tmp_path: Path) -> None:
    """Arrays keep type and bits; older files go."""
    store = CheckpointStore(tmp_path / "checkpoints", keep=2)
    for step in (1, 2, 3):
        store.save(_record(step), _arrays(step))
    assert len(list(store.folder.iterdir())) == 2
    checkpoint, notes = CheckpointStore(store.folder).newest()
    assert notes == ()
    assert checkpoint is not None
    assert checkpoint.record == _record(3)
    part = checkpoint.part("training")
    assert part["step.count"].dtype == np.uint64
    np.testing.assert_array_equal(part["model.w"], _arrays(3)["training/model.w"])


@pytest.mark.parametrize("damage", ["torn", "flipped", "empty", "header"])
def test_a_damaged_newest_checkpoint_gives_way_to_the_one_before(
    tmp_path: Path, damage: str
) -> None:
    """A checkpoint that a crash or a disk has damaged is named in a note and never used."""
    store = CheckpointStore(tmp_path, keep=3)
    store.save(_record(1), _arrays(1))
    newest = tmp_path / store.save(_record(2), _arrays(2)).name
    content = newest.read_bytes()
    newest.write_bytes(
        {
            "torn": content[:-5],
            "flipped": content[:-1] + bytes([content[-1] ^ 1]),
            "empty": b"",
            "header": b"\xff" * 8 + content[8:],
        }[damage]
    )
    checkpoint, notes = store.newest()
    assert checkpoint is not None
    assert checkpoint.record.progress.step == 1
    assert len(notes) == 1
    assert newest.name in notes[0]
    store.save(_record(5), _arrays(5))
    assert not newest.exists()
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_killed_writer_left_is_cleared(tmp_path: Path) -> None:
    """A temporary file of a killed attempt is no checkpoint and goes with the next save."""
    leftover = tmp_path / ".000000-step-1.0123456789abcdef.safetensors.1-aa.tmp"
    leftover.write_bytes(b"half")
    store = CheckpointStore(tmp_path)
    assert store.newest() == (None, ())
    store.save(_record(1), _arrays(1))
    assert not leftover.exists()


def test_no_folder_means_no_checkpoint(tmp_path: Path) -> None:
    """A run that never saved starts afresh without a word."""
    assert CheckpointStore(tmp_path / "none").newest() == (None, ())


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    """The message names the folder; exit 74 follows from the class."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Cannot make the folder"):
        CheckpointStore(tmp_path / "file" / "checkpoints").save(_record(1), _arrays(1))


def test_equal_states_give_equal_bytes(tmp_path: Path) -> None:
    """A checkpoint holds no time and no path."""
    names = [CheckpointStore(tmp_path / name).save(_record(4), _arrays(4)).digest for name in "ab"]
    assert names[0] == names[1]


@given(
    loss_sum=st.floats(allow_nan=False, allow_infinity=False),
    best=st.none() | st.floats(min_value=0, allow_nan=False, allow_infinity=False),
    metric=st.floats(allow_nan=False, allow_infinity=False),
)
def test_the_position_survives_json_exactly(
    loss_sum: float, best: float | None, metric: float
) -> None:
    """Every float of the position comes back with the same bits."""
    progress = TrainingProgress(
        epoch=3,
        step_in_epoch=2,
        step=9,
        loss_sum=loss_sum,
        stopping=EarlyStopping(best, 1, 1),
        history=[
            EpochRecord(epoch=1, step=4, metrics={"m": metric}, learning_rate=0.1, seconds=0.5)
        ],
    )
    record = CheckpointRecord(identity=IDENTITY, progress=progress.to_record())
    again = CheckpointRecord.model_validate_json(record.model_dump_json())
    assert TrainingProgress.from_record(again.progress) == progress
