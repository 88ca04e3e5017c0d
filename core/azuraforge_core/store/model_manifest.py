"""``model.json``: everything about a finished model that its arrays do not say.

Written once by a pipeline, read by whoever lists, compares, serves or explains models. No time, no
path and no attempt stands in it, so that equal training gives an equal file but for the lineage.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from azuraforge_contract.format_version import FORMAT_VERSION

__all__ = [
    "ColumnScale",
    "DataLineage",
    "IntervalFacts",
    "ModelLineage",
    "ModelManifest",
    "ModelWindow",
    "TimeStep",
]


class _ManifestModel(BaseModel):
    """Names are camelCase in the file; what a newer release adds is ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )


class ColumnScale(_ManifestModel):
    """One input channel: its role, and how it is scaled."""

    name: str
    """The column, or the calendar feature made from the time stamps."""
    role: Literal["target", "past", "future", "calendar"]
    """What it is to the model."""
    unit: str = ""
    """The unit where the source names one."""
    mean: float
    """Taken off before the model; float64, exact in this file."""
    std: float
    """What is left is divided by it."""


class ModelWindow(_ManifestModel):
    """What the model sees and forecasts."""

    lookback: int
    """Rows seen."""
    horizon: int
    """Rows forecast."""


class TimeStep(_ManifestModel):
    """The time between two rows."""

    unit: str
    """second, business_day, month or month_end."""
    count: int
    """How many of them."""
    time_zone: str
    """UTC, or unknown: as written in the source."""


class DataLineage(_ManifestModel):
    """The data that the model was trained on."""

    digest: str
    """Digest of arrays and facts: equal for equal data."""
    source: str
    """Where it came from, in words."""
    series: tuple[str, ...]
    """The series by name, in the order of the stored histories; one empty name for a lone one."""
    rows: int
    """Rows of the regular grid, over all series."""
    first_time: str
    """ISO 8601."""
    last_time: str
    """ISO 8601."""


class ModelLineage(_ManifestModel):
    """Who made the model."""

    job: str
    """Name of the job."""
    uid: str
    """Its identity."""
    resume_from: str | None = None
    """uid of the job whose checkpoint training started from."""
    pipeline: str
    """Name of the plugin."""
    versions: dict[str, str]
    """Package → version of the code that trained it."""
    device: Literal["cpu", "gpu"]
    """Where it was trained."""
    seed: int
    """Seed of all random numbers."""


class IntervalFacts(_ManifestModel):
    """The intervals whose offsets ``model.safetensors`` holds under ``intervals.``."""

    kind: Literal["conformal", "quantile"]
    """Offsets of the point forecast, or of the model's own quantiles."""
    levels: tuple[float, ...]
    """How often the truth shall lie inside, ascending."""
    adaptive: bool
    """Whether every series has offsets of its own that followed its errors on the test part."""
    adaptation_rate: float
    """How far one outcome moves a band, as a part of the spread of the errors."""
    calibration_windows: int
    """Validation windows that the first offsets were taken from."""
    adaptation_windows: int = 0
    """Test windows that the offsets followed since."""


class ModelManifest(_ManifestModel):
    """A finished forecaster."""

    format_version: int = FORMAT_VERSION
    task: Literal["forecast"] = "forecast"
    """What the model does."""
    kind: str
    """The architecture, as in a job file's ``config.model.kind``."""
    architecture: dict[str, Any]
    """The architecture's settings, as in ``config.model``, defaults written out."""
    selection: str = ""
    """What was chosen by validation, such as the λ of a ridge; empty where nothing was."""
    parameters: int
    """Trained numbers."""
    window: ModelWindow
    """Sizes."""
    columns: tuple[ColumnScale, ...]
    """The channels in order: targets, past, future, calendar."""
    step: TimeStep
    """The regular grid."""
    data: DataLineage
    """What it was trained on."""
    config: dict[str, Any]
    """The pipeline's whole config, defaults written out."""
    intervals: IntervalFacts | None = None
    """How sure its forecasts are; None for a model without intervals, or of an older release."""
    metrics: dict[str, float]
    """Dotted name → figure, such as ``test.mse``."""
    lineage: ModelLineage
    """Who made it."""
    weights_digest: str
    """SHA-256 of ``model.safetensors``."""
