"""One measured score of `forecasting.py`, kept as a JSON file, and what it belongs to."""

import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

__all__ = ["RESULTS", "Record", "Task", "find_record", "keep", "read_records"]

RESULTS: Final = Path(__file__).parent / "results" / "forecasting"
FORMAT_VERSION: Final = 1


@dataclass(frozen=True)
class Task:
    """What is to be measured."""

    data: str
    model: str
    horizon: int
    seed: int

    @property
    def name(self) -> str:
        """The name of its files."""
        words = f"{self.data}-{self.model}-{self.horizon}-seed{self.seed}".lower()
        return re.sub(r"[^a-z0-9-]", "-", words)


@dataclass(frozen=True)
class Record:
    """What was measured, and on what.

    Attributes:
        task: what was asked.
        lookback: rows seen.
        windows: test windows, all of them.
        mse: scaled test MSE.
        mae: scaled test MAE.
        validation_mse: by which the epoch was chosen.
        ridge_mse: scaled test MSE of ridge at the same lookback.
        epochs: finished epochs.
        best_epoch: the one that was kept.
        seconds: time of fitting, in the last process that worked on it.
        device: ``cpu`` or ``gpu``.
        hardware: the processor's or the GPU's name.
        threads: how many computed.
        measured_at: RFC 3339, UTC.
        config_hash: of ``config``.
        data_digest: of the table.
        config: the recipe as a job's config, the data file without its folder.
    """

    task: Task
    lookback: int
    windows: int
    mse: float
    mae: float
    validation_mse: float
    ridge_mse: float
    epochs: int
    best_epoch: int
    seconds: float
    device: str
    hardware: str
    threads: int
    measured_at: str
    config_hash: str
    data_digest: str
    config: dict[str, Any]


def keep(record: Record, folder: Path = RESULTS) -> None:
    """Write a record; the file is whole or absent."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.task.name}.json"
    temporary = path.with_suffix(".tmp")
    document = {"formatVersion": FORMAT_VERSION, **asdict(record)}
    temporary.write_text(json.dumps(document, indent=1) + "\n")
    temporary.replace(path)


def read_records(folder: Path = RESULTS) -> list[Record]:
    """Return every record that is there."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def find_record(
    task: Task, config_hash: str, data_digest: str, folder: Path = RESULTS
) -> Record | None:
    """Return the record of a task that was measured with this config on this data, if any."""
    path = folder / f"{task.name}.json"
    if not path.exists():
        return None
    record = _read(path)
    same = (record.config_hash, record.data_digest) == (config_hash, data_digest)
    return record if same else None


def _read(path: Path) -> Record:
    document = json.loads(path.read_text())
    values = {field.name: document[field.name] for field in fields(Record)}
    return Record(**{**values, "task": Task(**document["task"])})
