"""What a report shows, as frozen data: built by a pipeline at the end of a run, drawn by ``page``.

Numbers stay numbers here; rounding, units and words are the page's business. Scaled means divided
by the training rows' standard deviation, as in every published table; a field that is in original
units says so. A NaN or infinite number is shown as "not a number", never left out.
"""

from dataclasses import dataclass

from azuraforge_core.data.facts import TableFacts
from azuraforge_core.report.findings import Findings

__all__ = [
    "DatasetFacts",
    "DeviceFacts",
    "EnvironmentFacts",
    "EpochFacts",
    "ForecastWindow",
    "MemoryFacts",
    "ModelFacts",
    "PartFacts",
    "PhaseTime",
    "ReportFacts",
    "RunFacts",
    "Score",
    "Setting",
    "TargetScore",
    "TimingFacts",
    "Trace",
    "TraceBand",
]


@dataclass(frozen=True)
class RunFacts:
    """Which run this is."""

    name: str
    """Name of the TrainingJob."""
    uid: str
    pipeline: str
    """Name of the pipeline, such as weather-forecaster."""
    pipeline_version: str
    seed: int
    attempt: int = 0
    """Index of the attempt that finished, from 0."""
    resumed_from_step: int | None = None
    """Step of the checkpoint that the attempt started from."""
    finished: str = ""
    """RFC 3339 time, UTC."""


@dataclass(frozen=True)
class PartFacts:
    """One of training, validation and test."""

    name: str
    """train, validation or test."""
    rows: int
    """Rows of the part, over all series."""
    windows: int
    """Windows used."""
    windows_left_out: int = 0
    """Windows left out because they touch a missing cell."""
    first_time: str = ""
    """Time stamp of the part's first row, ISO 8601."""
    last_time: str = ""
    """Time stamp of the part's last row, ISO 8601."""


@dataclass(frozen=True)
class DatasetFacts:
    """What was trained on."""

    table: TableFacts
    """Columns, step, series and quality, as the cache entry keeps them."""
    parts: tuple[PartFacts, ...]
    """Training, validation and test, in order of time."""
    lookback: int
    """Rows that the model sees."""
    horizon: int
    """Rows that the model forecasts."""
    digest: str = ""
    """Digest of the cache entry."""
    cache_outcome: str = ""
    """Hit, Miss, Stale or Uncached."""
    bytes: int = 0
    """Size of the cache entry."""


@dataclass(frozen=True)
class ModelFacts:
    """What was trained."""

    kind: str
    """The config's kind, such as patchtst."""
    title: str
    """What people call it, such as PatchTST."""
    parameters: int
    """Number of trained parameters."""
    description: str = ""
    """One sentence on what it is."""
    selection: str = ""
    """One sentence on how settings of a closed form were chosen, such as "Penalty 1000 of 6 tried
    had the least validation MSE"; empty where nothing was chosen."""


@dataclass(frozen=True)
class EpochFacts:
    """One epoch, as its event says."""

    epoch: int
    """Counts from 1."""
    train_loss: float
    """Mean training loss of the epoch, scaled."""
    validation_mse: float
    """Scaled."""
    learning_rate: float
    """At the epoch's end."""
    seconds: float
    is_best: bool
    """Whether validation was the best up to then."""


@dataclass(frozen=True)
class TargetScore:
    """The error of one target in its original unit."""

    target: str
    unit: str
    """Empty where the source names none."""
    mse: float
    """In the unit squared; the page shows its root."""
    mae: float
    """In the unit."""


@dataclass(frozen=True)
class Score:
    """How one model does on all test windows."""

    kind: str
    """The config's kind: patchtst, ridge, last-value, seasonal-naive."""
    title: str
    """What people call it, such as "Ridge, all columns"."""
    mse: float
    """Scaled, mean over windows, steps and targets."""
    mae: float
    """Scaled, mean over windows, steps and targets."""
    targets: tuple[TargetScore, ...] = ()
    """The same in original units, by target."""
    mse_by_step: tuple[float, ...] = ()
    """Scaled MSE of each step of the horizon, for the chart of error by step."""
    note: str = ""
    """What a reader should know, such as the λ chosen by validation."""
    is_chosen: bool = True
    """False for a form that validation did not choose: shown, but not the one to beat."""


@dataclass(frozen=True)
class TraceBand:
    """The interval around one forecast, in original units."""

    level: float
    """Nominal coverage, such as 0.8."""
    lower: tuple[float | None, ...]
    """As long as the forecast."""
    upper: tuple[float | None, ...]


@dataclass(frozen=True)
class Trace:
    """One target of one window in original units; None where a value is missing."""

    target: str
    unit: str
    history_times: tuple[str, ...]
    """ISO 8601; as long as ``history``."""
    history: tuple[float | None, ...]
    times: tuple[str, ...]
    """ISO 8601; as long as ``truth`` and ``forecast``."""
    truth: tuple[float | None, ...]
    forecast: tuple[float | None, ...]
    baseline: tuple[float | None, ...] = ()
    """The strongest baseline's forecast of the same window; empty where it is not shown."""
    baseline_title: str = ""
    bands: tuple[TraceBand, ...] = ()
    """Intervals around the forecast, the widest first; empty for a model without."""


@dataclass(frozen=True)
class ForecastWindow:
    """One test window, chosen by a stated rule and not by its looks."""

    label: str
    """The rule, such as "Median error" or "Largest error"."""
    mse: float
    """Scaled error of this window."""
    traces: tuple[Trace, ...]
    """One for each target shown."""
    series: str = ""
    """The series, empty where the table has only one."""


@dataclass(frozen=True)
class PhaseTime:
    """Time spent in one phase of the run."""

    name: str
    """Such as data, fit, evaluate, publish."""
    seconds: float


@dataclass(frozen=True)
class TimingFacts:
    """Where the time went, in this attempt."""

    seconds: float
    """The attempt so far, all phases and what lies between them."""
    phases: tuple[PhaseTime, ...] = ()
    steps: int = 0
    """Training steps done, over all attempts."""
    samples_per_second: float | None = None
    """Windows trained per second; None for a model fitted in closed form."""


@dataclass(frozen=True)
class MemoryFacts:
    """The most memory in use at one time."""

    peak_resident_bytes: int
    """Of the trainer process."""
    peak_gpu_bytes: int | None = None
    """Of the GPU's memory pool; None on the CPU."""


@dataclass(frozen=True)
class Setting:
    """One field of the configuration."""

    path: str
    """Dotted, such as training.learning_rate."""
    value: str
    """As written in a job file."""
    default: str | None
    """As written in a job file; None where the field has no default."""
    description: str = ""

    @property
    def is_default(self) -> bool:
        """Whether the value is what it would be without the job file's word."""
        return self.value == self.default


@dataclass(frozen=True)
class DeviceFacts:
    """The device that the model was trained on."""

    kind: str
    """cpu or gpu."""
    name: str
    """The processor's or the GPU's own name."""
    memory_bytes: int | None = None
    driver: str = ""
    compute_capability: str = ""


@dataclass(frozen=True)
class EnvironmentFacts:
    """What the run ran on."""

    device: DeviceFacts
    cpu_name: str
    cpu_count: int
    """CPUs that the process may use."""
    threads: int
    """Threads of the linear algebra library."""
    platform: str
    """Operating system and architecture."""
    versions: tuple[tuple[str, str], ...]
    """Package → version, in the order shown."""


@dataclass(frozen=True)
class ReportFacts:
    """Everything that a report shows."""

    run: RunFacts
    dataset: DatasetFacts
    model: ModelFacts
    score: Score
    """The trained model on the test windows."""
    baselines: tuple[Score, ...]
    """The same for each baseline; one of the trained model's own kind is not its rival."""
    epochs: tuple[EpochFacts, ...]
    """Empty for a model fitted in closed form."""
    windows: tuple[ForecastWindow, ...]
    """Test windows to look at."""
    settings: tuple[Setting, ...]
    """The whole configuration, from ``settings.list_settings``."""
    environment: EnvironmentFacts
    timing: TimingFacts
    memory: MemoryFacts
    notes: tuple[str, ...] = ()
    """What came up while data, model and baselines were prepared, one sentence each."""
    findings: Findings | None = None
    """A close look at the errors; None where none was taken."""
