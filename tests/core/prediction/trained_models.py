"""Models trained by the real pipeline on small tables, in this process and within a second.

Read by the tests of prediction, and through `runpy.run_path` by those of the command line.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from azuraforge_core.data.steps import iso
from azuraforge_core.device import open_device
from azuraforge_core.pipelines.forecast import ForecastPipeline
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.pipelines.in_process import in_process_context, open_cached
from azuraforge_core.pipelines.pipeline import JobIdentity
from azuraforge_core.prediction.loading import Forecaster, load_forecaster

ROWS = 400


@dataclass(frozen=True)
class Trained:
    """A finished run.

    Attributes:
        run: the pipeline's own side of it.
        folder: the model's folder.
        forecaster: the model as everybody else loads it.
    """

    run: ForecastRun
    folder: Path
    forecaster: Forecaster


class _Pipeline(ForecastPipeline):
    name = "forecaster"
    title = "Forecaster"
    description = "Forecasts."


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """Write columns as CSV; None and NaN are empty cells."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(_cell(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _cell(cell: Any) -> str:
    return "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell)


def hourly(first: str, rows: int) -> list[str]:
    """Return time stamps, an hour apart."""
    start = int(np.datetime64(first, "s").astype(np.int64))
    return [iso(start + 3600 * row) for row in range(rows)]


def wave(rows: int, *, level: float = 10.0, seed: int = 0) -> list[float]:
    """Return a daily wave with noise."""
    noise = np.random.default_rng(seed).normal(size=rows)
    values = level + 5 * np.sin(2 * np.pi * np.arange(rows) / 24) + noise
    return [round(float(value), 4) for value in values]


def load_table(rows: int = ROWS, first: str = "2024-01-01T00:00:00") -> dict[str, list[Any]]:
    """Return a table of an hourly load with two inputs."""
    return {
        "time": hourly(first, rows),
        "load": wave(rows),
        "wind": wave(rows, level=3, seed=1),
        "plan": wave(rows, level=7, seed=2),
    }


def train_model(
    folder: Path, cache: Path, table: Mapping[str, Sequence[Any]], **config: Any
) -> Trained:
    """Train on a table; the config names only what differs from a small default."""
    source = {
        "kind": "file",
        "path": str(write_table(folder / "table.csv", table)),
        "time_column": "time",
    }
    return _trained(folder, cache, _config(source, config))


def _config(source: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    dataset = {
        "source": source,
        "target_columns": ["load"],
        "split": {"train": 0.5, "validation": 0.2, "test": 0.3},
        **changes.get("dataset", {}),
    }
    defaults = {
        "window": {"lookback": 48, "horizon": 6},
        "model": {"kind": "dlinear"},
        "training": {"epochs": 1},
    }
    return {**defaults, **changes, "dataset": dataset}


def _trained(folder: Path, cache: Path, document: dict[str, Any]) -> Trained:
    pipeline = _Pipeline()
    config = pipeline.config_model.model_validate(document)
    job = JobIdentity("test-job", "uid", {"azuraforge": "0"})
    context = in_process_context(job, folder, open_device("cpu"), seed=1, threads=1)
    opened = open_cached(pipeline.dataset(config), cache)
    run = pipeline.open_run(config, opened, context)
    run.fit()
    run.evaluate()
    run.save_model()
    model = context.folder.model
    return Trained(run, model, load_forecaster(model))
