"""One model over all series of a table, as ``series: []`` asks for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.device import open_device
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.evaluation.series_scores import score_series
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.last_value import LastValue
from azuraforge_core.nn.revin import WindowNormalization
from azuraforge_core.pipelines.forecast_predictor import ModulePredictor
from azuraforge_core.pipelines.forecast_scoring import score_windows
from azuraforge_core.training.config import TrainingConfig

STATIONS = ["EWR", "JFK", "LGA"]


@pytest.fixture(scope="module")
def stations(fill: Callable[..., Any]) -> ForecastDataset:
    """The sample's three stations, every sixth training window."""
    table = fill(source={"kind": "sample"}, target_columns=["temp"], series=[])
    opened: ForecastDataset = table.open(lookback=48, horizon=6, stride=6)
    return opened


def _bounds(dataset: ForecastDataset, starts: Any) -> Any:
    """Return of each start the number of the series in which it lies."""
    edges = [segment.start for segment in dataset.facts.segments]
    return np.searchsorted(edges, starts, side="right") - 1


def test_windows_come_from_every_series_and_never_cross_one(stations: ForecastDataset) -> None:
    """Training, validation and test take windows from all series; each lies within its own."""
    assert [segment.series for segment in stations.facts.segments] == STATIONS
    for part in Part:
        starts = stations.starts(part)
        first = starts.take(np.arange(len(starts)))
        last = first + stations.window.rows - 1
        np.testing.assert_array_equal(_bounds(stations, first), _bounds(stations, last))
        assert set(_bounds(stations, first).tolist()) == {0, 1, 2}


def test_one_model_learns_all_series(
    stations: ForecastDataset, make_loops: Callable[[ForecastDataset, Path], Any], tmp_path: Path
) -> None:
    """Trained on three stations together, one model beats the last value on each of them."""
    model = DLinearConfig(normalization=WindowNormalization.LAST_VALUE)
    training = TrainingConfig(epochs=4, batch_size=64, learning_rate=2e-3)
    loop = make_loops(stations, tmp_path).loop(model, training)
    result = loop.run()
    trained = loop._task.model
    trained.load_state_dict(result.best)
    gather = WindowGather(stations, open_device("cpu"))
    scored = score_windows(ModulePredictor(trained), stations, gather, Part.TEST)
    naive = score_windows(LastValue(stations.shape), stations, gather, Part.TEST)
    ours, rivals = (
        score_series(stations.facts.segments, found.starts, found.errors)
        for found in (scored, naive)
    )
    assert [scores.series for scores in ours] == STATIONS
    for scores, rival in zip(ours, rivals, strict=True):
        assert scores.mse < 0.9 * rival.mse
    total = sum(scores.mse * scores.windows for scores in ours)
    assert sum(scores.windows for scores in ours) == scored.scores.windows
    assert total / scored.scores.windows == pytest.approx(scored.scores.mse, rel=1e-5)
    again = evaluate(ModulePredictor(trained), stations, Part.TEST, gather=gather)
    assert again.mse == pytest.approx(scored.scores.mse)


def test_a_series_without_windows_has_no_score(stations: ForecastDataset) -> None:
    """A series too short for a window of the part is left out and not scored as zero."""
    segments = stations.facts.segments
    starts = np.array([segments[1].start, segments[1].start + 1])
    found = score_series(segments, starts, np.array([1.0, 3.0], dtype=np.float32))
    assert [(scores.series, scores.windows, scores.mse) for scores in found] == [("JFK", 2, 2.0)]
