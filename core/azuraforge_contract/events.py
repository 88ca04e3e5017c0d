"""The events of a run: one JSON line each in ``events/<attempt>.jsonl``, the source of truth.

Identity is (run, attempt, sequence), so that a line sent twice changes nothing. Readers ignore
fields and types that they do not know.
"""

import json
import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.status import AcceleratorStatus, CheckpointStatus, DatasetStatus

__all__ = [
    "CheckpointSaved",
    "DatasetReady",
    "EpochFinished",
    "Event",
    "Failed",
    "Finished",
    "ModelSaved",
    "Sample",
    "SampleSeries",
    "Started",
    "StepFinished",
    "decode_event",
]

MAXIMUM_SAMPLE_POINTS = 300


class _EventModel(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )


class _Event(_EventModel):
    """What every event carries."""

    format_version: int = FORMAT_VERSION
    run: str
    """uid of the job."""
    attempt: Annotated[int, Field(ge=0)]
    sequence: Annotated[int, Field(ge=0)]
    """Counts the events of this attempt from 0, without a gap."""
    time: str
    """RFC 3339, UTC."""

    def encode(self) -> str:
        """Return the event as one line of JSON, without a line end."""
        document = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        try:
            return _encoded(document)
        except ValueError:  # a figure without a value, such as a skill over a constant series
            return _encoded(_without_unreal(document))


def _encoded(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _without_unreal(value: Any) -> Any:
    """Return a document without NaN and infinities, which JSON does not have."""
    if isinstance(value, dict):
        return {name: _without_unreal(each) for name, each in value.items() if _is_real(each)}
    if isinstance(value, list):
        return [_without_unreal(each) if _is_real(each) else None for each in value]
    return value


def _is_real(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


class Started(_Event):
    """The attempt passed its preflight."""

    type: Literal["started"] = "started"
    pipeline: str
    device: Literal["gpu", "cpu"]
    accelerator: AcceleratorStatus | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    """Package or library → version."""


class DatasetReady(_Event):
    """The data is open, and what is in it."""

    type: Literal["dataset_ready"] = "dataset_ready"
    dataset: DatasetStatus
    rows: int
    windows: dict[str, int]
    """Part (train, validation, test) → number of windows."""
    total_epochs: int
    steps_per_epoch: int
    total_parameters: int
    resumed_from_step: int | None = None


class StepFinished(_Event):
    """Training went on; sent every few seconds, not every step."""

    type: Literal["step"] = "step"
    epoch: int
    """Counts from 1."""
    step: int
    """Counts all finished steps."""
    loss: float
    """Mean training loss since the last such event, in scaled units."""
    learning_rate: float
    samples_per_second: float
    eta_seconds: float | None = None
    percentage: float


class EpochFinished(_Event):
    """An epoch ended and was validated."""

    type: Literal["epoch"] = "epoch"
    epoch: int
    step: int
    metrics: dict[str, float]
    """``train.loss``, ``validation.mse``, … in scaled units."""
    is_best: bool
    """Whether validation is the best so far."""
    seconds: float


class SampleSeries(_EventModel):
    """One window's forecast against the truth, in original units."""

    target: str
    series: str | None = None
    history_times: tuple[str, ...]
    history: tuple[float | None, ...]
    times: tuple[str, ...]
    truth: tuple[float | None, ...]
    forecast: tuple[float | None, ...]


class Sample(_Event):
    """A look at what the model does now; at most 300 points in all."""

    type: Literal["sample"] = "sample"
    epoch: int
    series: tuple[SampleSeries, ...]


class CheckpointSaved(_Event):
    """A checkpoint is on the disk."""

    type: Literal["checkpoint_saved"] = "checkpoint_saved"
    checkpoint: CheckpointStatus


class ModelSaved(_Event):
    """The finished model is on the disk."""

    type: Literal["model_saved"] = "model_saved"
    path: str
    digest: str
    bytes: int


class Finished(_Event):
    """The attempt succeeded."""

    type: Literal["finished"] = "finished"
    metrics: dict[str, float]
    seconds: float


class Failed(_Event):
    """The attempt ended otherwise."""

    type: Literal["failed"] = "failed"
    reason: str
    message: str
    exit_code: int
    step: int | None = None


Event = Annotated[
    Started
    | DatasetReady
    | StepFinished
    | EpochFinished
    | Sample
    | CheckpointSaved
    | ModelSaved
    | Finished
    | Failed,
    Field(discriminator="type"),
]
"""Any event."""

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Event)


def decode_event(line: str | bytes) -> Event:
    """Return the event in one line.

    Raises:
        pydantic.ValidationError: the line is torn, or of a type that this release does not know.
    """
    event: Event = _ADAPTER.validate_json(line)
    return event
