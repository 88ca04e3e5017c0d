"""A whole run with intervals: metrics, the stored model, and the bands of its windows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import open_device
from azuraforge_core.intervals.stored import StoredIntervals
from azuraforge_core.pipelines.config_check import parse_config
from azuraforge_core.pipelines.forecast_bands import window_bands
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.pipelines.in_process import code_versions, in_process_context, open_cached
from azuraforge_core.pipelines.pipeline import JobIdentity
from azuraforge_core.pipelines.registry import load_pipeline
from azuraforge_core.store.model_folder import read_model

DLINEAR = {"kind": "dlinear", "kernel_size": 5}


def _run(folder: Path, **fields: Any) -> ForecastRun:
    installed = load_pipeline("weather-forecaster")
    document = {
        "dataset": {
            "source": {"kind": "sample"},
            "series": ["JFK", "LGA"],
            "target_columns": ["temp"],
        },
        "window": {"lookback": 24, "horizon": 6, "stride": 8},
        "training": {"epochs": 1, "batch_size": 64},
        **fields,
    }
    (folder / "run").mkdir()
    config = parse_config(installed.pipeline, document)
    opened = open_cached(installed.pipeline.dataset(config), folder / "cache")
    context = in_process_context(
        JobIdentity(name="j", uid="u", versions=code_versions(installed)),
        folder / "run",
        open_device("cpu"),
        seed=0,
        threads=1,
    )
    run = installed.pipeline.open_run(config, opened, context)
    assert isinstance(run, ForecastRun)
    run.fit()
    return run


@pytest.mark.parametrize("kind", ["conformal", "quantile"])
def test_a_run_tells_how_sure_it_is(tmp_path: Path, kind: str) -> None:
    """Figures by name, everything in metrics.json, intervals of both series in the model."""
    run = _run(tmp_path, model=DLINEAR, intervals={"kind": kind})
    figures = run.evaluate()
    names = ("coverage_80", "coverage_95", "interval_width_80_in_units", "wql", "crps")
    assert all(np.isfinite(figures[f"test.{name}"]) for name in names)
    assert figures["test.interval_width_95_in_units"] > figures["test.interval_width_80_in_units"]
    run.save_model()
    run.write_report()
    folder = run.setup.context.folder
    document = json.loads((folder.report / "metrics.json").read_text(encoding="utf-8"))
    assert document["test"]["coverage_80"] == figures["test.coverage_80"]
    assert document["intervals"]["kind"] == kind
    assert len(document["intervals"]["levels"][0]["coverage_by_step"]) == 6
    assert any("pinball loss" in note for note in document["notes"]) == (kind == "quantile")
    model = read_model(folder.model)
    stored = StoredIntervals.from_state(model.manifest.intervals, model.intervals)
    assert stored is not None
    assert stored.facts.kind == kind
    assert stored.adapted_scale is not None
    assert stored.adapted_scale.shape == (2, 6, 1, 2)
    assert model.manifest.metrics["test.coverage_80"] == figures["test.coverage_80"]


def test_bands_of_a_test_window_are_in_units(tmp_path: Path) -> None:
    """They lie around the forecast as people see it, one pair for each level."""
    run = _run(tmp_path, model=DLINEAR)
    run.evaluate()
    dataset = run.setup.dataset
    gather = WindowGather(dataset, open_device("cpu"))
    bands = window_bands(run.outcome, dataset, gather, 0)
    assert bands is not None
    assert bands.lower.shape == bands.upper.shape == (6, 1, 2)
    start = int(run.outcome.test.starts[0])
    seen = dataset.values[0, start : start + 24]
    assert abs(float(bands.lower.mean() + bands.upper.mean()) / 2 - float(seen.mean())) < 30
    assert (bands.lower < bands.upper).all()


def test_without_intervals_nothing_is_written_of_them(tmp_path: Path) -> None:
    """``kind: none`` leaves model and metrics as they were before intervals existed."""
    run = _run(tmp_path, model={"kind": "last-value"}, intervals={"kind": "none"})
    assert not [name for name in run.evaluate() if "coverage" in name]
    run.save_model()
    model = read_model(run.setup.context.folder.model)
    assert model.manifest.intervals is None
    assert not model.intervals
    gather = WindowGather(run.setup.dataset, open_device("cpu"))
    assert window_bands(run.outcome, run.setup.dataset, gather, 0) is None
