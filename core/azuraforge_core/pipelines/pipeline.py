"""The interface of a plugin, and of one run of it.

A plugin's class derives from `Pipeline`, or from a base class such as `ForecastPipeline`; the
trainer calls it in the order ``dataset``, ``open_run``, then the run's ``fit``, ``evaluate``,
``save_model``, ``write_report``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.validation import StrictModel
from azuraforge_core.cache import CacheEntry, CacheKey, CacheWriter
from azuraforge_core.device import Device
from azuraforge_core.training.checkpoints import CheckpointStore
from azuraforge_core.training.facts import DatasetFacts
from azuraforge_core.training.observer import StopSignal, TrainingObserver

__all__ = [
    "DatasetReference",
    "JobIdentity",
    "MetricDescription",
    "OpenedDataset",
    "Pipeline",
    "PipelineRun",
    "RunContext",
]

ConfigT = TypeVar("ConfigT", bound=StrictModel)


@dataclass(frozen=True)
class DatasetReference:
    """Which data a config names, without reading it.

    Attributes:
        key: the parameters that change the bytes; never a job or a time.
        fill: reads the source and writes the arrays; called at most once over all jobs.
        max_age_hours: fetch a moving source again when the cached copy is older; None: never.
    """

    key: CacheKey
    fill: Callable[[CacheWriter], None]
    max_age_hours: float | None = None


@dataclass(frozen=True)
class MetricDescription:
    """One figure of a finished run.

    Attributes:
        name: dotted name in ``metrics.json``, such as ``test.mse``.
        title: a few words.
        smaller_is_better: which way is up.
    """

    name: str
    title: str
    smaller_is_better: bool = True


@dataclass(frozen=True)
class OpenedDataset:
    """A filled cache entry, mapped read-only, and how it was come by."""

    entry: CacheEntry
    facts: DatasetFacts


@dataclass(frozen=True)
class JobIdentity:
    """Which job this is; it goes into the lineage of the model, never into its weights.

    Attributes:
        name: the job's name.
        uid: its identity.
        versions: package → version of the code that trains, the plugin's last.
        resume_from: uid of the job whose checkpoint training starts from, or None.
    """

    name: str
    uid: str
    versions: Mapping[str, str]
    resume_from: str | None = None


@dataclass(frozen=True)
class RunContext:
    """Everything around a run that its pipeline does not decide.

    Attributes:
        job: which job this is.
        device: the opened device.
        seed: of all random numbers.
        folder: the run's folder.
        checkpoints: where the training state is saved.
        may_resume: whether to go on from this run's own newest checkpoint.
        inherited: checkpoints of the job named by ``resumeFrom``, or None.
        checkpoint_every_seconds: time between checkpoints within an epoch.
        threads: how many of them compute.
        observer: told what happens.
        stop: whether somebody asked to stop.
        attempt: index of the attempt, from 0; for the report only.
        began: ``time.monotonic()`` at the attempt's begin; for the report only.
    """

    job: JobIdentity
    device: Device
    seed: int
    folder: RunFolder
    checkpoints: CheckpointStore
    may_resume: bool
    inherited: CheckpointStore | None
    checkpoint_every_seconds: float
    threads: int
    observer: TrainingObserver
    stop: StopSignal
    attempt: int = 0
    began: float = 0.0


class PipelineRun(ABC):
    """One run: data and model are open, the rest follows method by method."""

    @abstractmethod
    def fit(self) -> None:
        """Train, or go on from a checkpoint.

        Raises:
            PreemptedError: asked to stop; a checkpoint is saved.
            DivergedError: the loss became NaN or infinite.
        """

    @abstractmethod
    def evaluate(self) -> Mapping[str, float]:
        """Measure the best model on the test part and return the figures by dotted name."""

    @abstractmethod
    def save_model(self) -> None:
        """Write the model's folder and tell the observer."""

    @abstractmethod
    def write_report(self) -> None:
        """Write ``report.html`` and ``metrics.json``."""


class Pipeline(ABC, Generic[ConfigT]):
    """A plugin.

    The class attributes describe it; ``config_model`` is the form, the validation and the
    reference of its config at once.
    """

    name: ClassVar[str]
    """What ``spec.pipeline`` says; the entry point's name."""
    title: ClassVar[str]
    """A few words."""
    description: ClassVar[str]
    """What it is for, one paragraph of Markdown."""
    metrics: ClassVar[tuple[MetricDescription, ...]]
    """The figures that `PipelineRun.evaluate` returns, the most important one first."""
    config_model: type[ConfigT]
    """The model of ``spec.config``."""

    @abstractmethod
    def dataset(self, config: ConfigT) -> DatasetReference:
        """Name the data set of a config; reads nothing."""

    @abstractmethod
    def open_run(self, config: ConfigT, dataset: OpenedDataset, context: RunContext) -> PipelineRun:
        """Open the data, build the model on the device, and take up a checkpoint.

        Raises:
            DataError: the data cannot be trained on with this config.
            JobFileError: config and data do not fit each other.
        """
