"""What training tells whoever watches, as frozen facts.

Made by the fit loop and the pipelines; the trainer turns them into the contract's events, the
report reads the epochs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "CheckpointFacts",
    "DatasetFacts",
    "EpochFacts",
    "ModelFacts",
    "RunFacts",
    "SampleFacts",
    "StepFacts",
    "WindowSample",
]


@dataclass(frozen=True)
class DatasetFacts:
    """The data set that an attempt opened.

    Attributes:
        cache: ``Hit``, ``Miss``, ``Stale`` or ``Uncached``.
        digest: what the arrays hold, hashed.
        bytes: size of the arrays.
        seconds: time from asking the cache to the open data set.
    """

    cache: str
    digest: str
    bytes: int
    seconds: float


@dataclass(frozen=True)
class RunFacts:
    """What is about to be trained.

    Attributes:
        dataset: the data.
        rows: rows of the regular grid, all series together.
        windows: part (``train``, ``validation``, ``test``) → number of windows.
        total_epochs: epochs at most.
        steps_per_epoch: steps of one epoch.
        total_parameters: trainable numbers of the model.
        resumed_from_step: step of the checkpoint that training goes on from, or None.
        checkpoint: that checkpoint where it is this run's own, or None.
        notes: what a person should know about resuming, a sentence each.
    """

    dataset: DatasetFacts
    rows: int
    windows: Mapping[str, int]
    total_epochs: int
    steps_per_epoch: int
    total_parameters: int
    resumed_from_step: int | None = None
    checkpoint: "CheckpointFacts | None" = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepFacts:
    """Training went on; told every few seconds.

    Attributes:
        epoch: counts from 1.
        step: finished steps of the whole run.
        loss: mean training loss since the last such fact, in scaled units.
        learning_rate: of the last step.
        samples_per_second: windows trained on per second since the last such fact.
        eta_seconds: time to the last epoch's end at this pace.
        percentage: finished part of all steps, 0 to 100.
    """

    epoch: int
    step: int
    loss: float
    learning_rate: float
    samples_per_second: float
    eta_seconds: float | None
    percentage: float


@dataclass(frozen=True)
class EpochFacts:
    """An epoch ended and was validated.

    Attributes:
        epoch: counts from 1.
        step: finished steps of the whole run.
        metrics: ``train.loss``, ``validation.mse``, …, in scaled units.
        is_best: whether validation is the best so far.
        seconds: time the epoch took in this attempt.
        learning_rate: of its last step.
    """

    epoch: int
    step: int
    metrics: Mapping[str, float]
    is_best: bool
    seconds: float
    learning_rate: float


@dataclass(frozen=True)
class WindowSample:
    """One target of one window: history, truth and forecast in original units.

    Attributes:
        target: the target column.
        series: its series, None where the table has only one.
        history_times: ISO 8601 times of the history.
        history: what the model saw of the target; None where a value is missing.
        times: ISO 8601 times of the horizon.
        truth: what happened.
        forecast: what the model said.
    """

    target: str
    series: str | None
    history_times: tuple[str, ...]
    history: tuple[float | None, ...]
    times: tuple[str, ...]
    truth: tuple[float | None, ...]
    forecast: tuple[float | None, ...]


@dataclass(frozen=True)
class SampleFacts:
    """A look at what the model does now, at most 300 points in all.

    Attributes:
        epoch: the epoch after which it was taken.
        series: one entry per target shown.
    """

    epoch: int
    series: tuple[WindowSample, ...]


@dataclass(frozen=True)
class CheckpointFacts:
    """A checkpoint is on the disk.

    Attributes:
        name: file name within the folder of checkpoints.
        step: finished steps that it holds.
        digest: SHA-256 of the file.
        bytes: its size.
    """

    name: str
    step: int
    digest: str
    bytes: int


@dataclass(frozen=True)
class ModelFacts:
    """The finished model is on the disk.

    Attributes:
        path: the weights' path within the run's folder.
        digest: SHA-256 of the weights' file.
        bytes: its size.
    """

    path: str
    digest: str
    bytes: int
