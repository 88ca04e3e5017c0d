"""What a backtest was asked to do: by it a folder's finished folds are known to belong to it."""

from typing import Any

from pydantic import Field

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.validation import StrictModel
from azuraforge_core.backtest.folds import BacktestWindow

__all__ = ["BacktestPlan"]


class BacktestPlan(StrictModel):
    """Everything that the figures of a backtest depend on."""

    format_version: int = Field(default=FORMAT_VERSION, alias="formatVersion")
    job: str
    """The job's name."""
    pipeline: str
    """Name of the plugin."""
    config: dict[str, Any]
    """The pipeline's whole config, defaults written out."""
    seed: int
    """Of all random numbers."""
    device: str
    """``cpu`` or ``gpu``."""
    folds: int
    """How many."""
    window: BacktestWindow
    """What a later fold trains on."""
    refit: bool
    """Whether each fold trains a model of its own."""
    first: float
    """Part of the rows before the first fold."""
    data_digest: str
    """Digest of the table."""
    versions: dict[str, str]
    """Package → version of the code that decides a model's bits."""

    def differences(self, other: "BacktestPlan") -> list[str]:
        """Return what another plan asks for differently, in words; empty where nothing."""
        names = {
            "job": "the job's name",
            "pipeline": "the pipeline",
            "config": "the config",
            "seed": "the seed",
            "device": "the device",
            "folds": "--folds",
            "window": "--window",
            "refit": "--refit",
            "first": "--first",
            "data_digest": "the data",
            "versions": "the version of the code",
        }
        return [
            words for name, words in names.items() if getattr(self, name) != getattr(other, name)
        ]
