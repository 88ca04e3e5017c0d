"""Calendar features inside the graph are those that training used."""

from typing import Any

import numpy as np

from azuraforge_core.data.calendar_features import calendar_feature_names, calendar_features
from azuraforge_core.data.steps import Step
from azuraforge_core.export.onnx.calendar import calendar_channels
from azuraforge_core.export.onnx.document import encode
from azuraforge_core.export.onnx.forecaster import ForecastGraph
from azuraforge_core.export.onnx.graph import BATCH, Graph
from azuraforge_core.export.onnx.ports import Port

HOURLY = Step(unit="second", count=3600)
NAMES = calendar_feature_names(HOURLY)
FIRST, LAST = (
    int(np.datetime64(text, "s").astype(np.int64)) for text in ("1601-01-01", "2401-01-01")
)
LEAPS = [
    int(np.datetime64(f"{text}T23:59:59", "s").astype(np.int64)) + second
    for text in ("1899-12-31", "1900-02-28", "1999-12-31", "2000-02-29", "2024-12-31")
    for second in (0, 1)
]


def _graph() -> bytes:
    graph = Graph()
    time = Port("time", "int64", (BATCH, 12), ())
    y = graph.name_output(calendar_channels(graph, time.value, NAMES), "y")
    built = ForecastGraph(graph, (time,), (Port("y", "float32", y.shape, ()),))
    return encode(built, name="test", properties={})


def test_time_of_day_week_and_year_are_those_of_training(run_onnx: Any) -> None:
    """For any second of eight centuries, leap days and years before 1970 included."""
    drawn = np.random.default_rng(0).integers(FIRST, LAST, (1000, 12))
    times = np.concatenate([drawn, [[*LEAPS, FIRST, LAST - 1]]])
    features = calendar_features(times.reshape(-1), HOURLY)
    expected = np.stack([feature.values for feature in features], axis=1)
    actual = run_onnx(_graph(), {"time": times})["y"].reshape(expected.shape)
    np.testing.assert_allclose(actual, expected.astype(np.float32), rtol=0, atol=1e-7)
