"""What ONNX Runtime computes from an exported file is what our own predictor computes."""

import tempfile
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azuraforge_core.data.calendar_features import calendar_features
from azuraforge_core.data.steps import Step
from azuraforge_core.export.onnx.document import encode
from azuraforge_core.export.onnx.forecaster import build_graph, series_of_bands
from azuraforge_core.intervals.forecasting import forecast_with_bands
from azuraforge_core.models.registry import BaselineConfig, TrainableConfig
from azuraforge_core.prediction.loading import Forecaster, load_forecaster

TOLERANCE = 1e-5
"""Of the largest forecast."""

MONDAY = 4 * 86_400
"""In 1970; no business day may begin on a weekend."""

_LEVEL_OFF = {"normalization": st.sampled_from(["revin", "last-value", "none"])}
_WIDE = {"features": st.sampled_from([8, 16]), "heads": st.sampled_from([1, 2, 4])}
_ENCODER = {
    **_LEVEL_OFF,
    **_WIDE,
    "layers": st.integers(1, 3),
    "hidden": st.integers(1, 20),
    "norm": st.sampled_from(["batch", "layer", "rms"]),
}
_RECURRENT = {**_LEVEL_OFF, "hidden": st.integers(1, 20), "layers": st.integers(1, 3)}

ARCHITECTURES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "dlinear": {
        **_LEVEL_OFF,
        "individual": st.booleans(),
        "kernel_size": st.sampled_from([1, 3, 25]),
    },
    "lstm": _RECURRENT,
    "gru": _RECURRENT,
    "tcn": {**_LEVEL_OFF, "features": st.integers(1, 12), "kernel_size": st.integers(2, 5)},
    "patchtst": {
        **_ENCODER,
        "channels": st.sampled_from(["independent", "mixed"]),
        "patch_length": st.integers(1, 6),
        "patch_stride": st.integers(1, 6),
        "residual_attention": st.booleans(),
        "linear_skip": st.sampled_from([None, True, False]),
        "level_columns": st.booleans(),
    },
    "itransformer": _ENCODER,
    "ridge": {"columns": st.sampled_from(["target", "all"])},
    "last-value": {},
    "seasonal-naive": {"period": st.integers(1, 12)},
}
KINDS = sorted(ARCHITECTURES)
TRAINABLE = {config.model_fields["kind"].default for config in get_args(TrainableConfig)}
STEPS = (
    Step(unit="second", count=900),
    Step(unit="second", count=86_400),
    Step(unit="business_day", count=1),
    Step(unit="month", count=1),
)


@st.composite
def specs(draw: st.DrawFn, kind: str, model_spec: Any) -> Any:
    """Draw a model of a kind: settings, columns, sizes, scales, intervals."""
    drawn = draw(st.fixed_dictionaries(ARCHITECTURES[kind]))
    kinds = ["none", "conformal", *(["quantile"] if kind in TRAINABLE else [])]
    return model_spec(
        architecture={"kind": kind, **drawn},
        targets=draw(st.integers(1, 3)),
        past=draw(st.integers(0, 2)),
        future=draw(st.integers(0, 2)),
        calendar=draw(st.booleans()),
        lookback=draw(st.integers(12, 30)),
        horizon=draw(st.integers(6, 9)),
        step=draw(st.sampled_from(STEPS)),
        intervals=draw(st.sampled_from(kinds)),
        series=draw(st.sampled_from([("",), ("a", "b")])),
        level=draw(st.sampled_from([0.0, 10.0, 1e6])),
        spread=draw(st.sampled_from([1e-3, 5.0, 1e5])),
        seed=draw(st.integers(0, 2**16)),
    )


def inputs_of(forecaster: Forecaster, batch: int, seed: int) -> dict[str, Any]:
    """Draw raw inputs for the file of a forecaster."""
    manifest, shape = forecaster.manifest, forecaster.shape
    generator = np.random.default_rng(seed)

    def drawn(rows: int, *roles: str) -> Any:
        columns = [column for column in manifest.columns if column.role in roles]
        mean, std = ([getattr(c, name) for c in columns] for name in ("mean", "std"))
        normal = generator.normal(size=(batch, rows, len(columns)))
        return (np.array(mean) + np.array(std) * normal).astype(np.float32)

    given: dict[str, Any] = {"history": drawn(shape.lookback, "target", "past", "future")}
    roles = {column.role for column in manifest.columns}
    if "future" in roles:
        given["future"] = drawn(shape.horizon, "future")
    if "calendar" in roles:
        step = Step.model_validate({"unit": manifest.step.unit, "count": manifest.step.count})
        starts = MONDAY + 7 * 86_400 * generator.integers(-1_500, 4_000, batch)
        rows = shape.lookback + shape.horizon
        given["time"] = np.stack([step.times(int(start), rows) for start in starts])
    return given


def expected_of(forecaster: Forecaster, inputs: dict[str, Any]) -> dict[str, Any]:
    """Forecast raw inputs with our own predictor, as prediction does, in units."""
    manifest, shape, scaler = forecaster.manifest, forecaster.shape, forecaster.scaler
    mean = scaler.mean.astype(np.float32)
    inverse = (1.0 / scaler.std).astype(np.float32)
    past, ahead = [inputs["history"]], [inputs["future"]] if "future" in inputs else []
    if "time" in inputs:
        step = Step.model_validate({"unit": manifest.step.unit, "count": manifest.step.count})
        rows = [
            np.stack([feature.values for feature in calendar_features(times, step)], axis=1)
            for times in inputs["time"]
        ]
        calendar = np.stack(rows).astype(np.float32)
        past.append(calendar[:, : shape.lookback])
        ahead.append(calendar[:, shape.lookback :])
    x = (np.concatenate(past, axis=2) - mean) * inverse
    known = slice(shape.channels - shape.future_channels, shape.channels)
    future = (np.concatenate(ahead, axis=2) - mean[known]) * inverse[known] if ahead else None
    found = forecast_with_bands(
        forecaster.predictor, forecaster.intervals, x, future, series=series_of_bands(forecaster)
    )
    level, spread = scaler.mean[: shape.targets], scaler.std[: shape.targets]
    results: dict[str, Any] = {"forecast": found.point.astype(np.float64) * spread + level}
    if found.bands is not None:
        in_units = found.bands.in_units(level, spread)
        results |= {"lower": in_units.lower, "upper": in_units.upper}
    return results


def assert_equal(actual: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare every output, target by target, within the tolerance."""
    assert actual.keys() == expected.keys()
    for name, values in expected.items():
        assert actual[name].shape == values.shape
        assert actual[name].dtype == np.float32
        by_target = np.abs(values).max(axis=(0, 1, *range(3, values.ndim)))
        difference = np.abs(actual[name] - values).max(axis=(0, 1, *range(3, values.ndim)))
        assert (difference <= TOLERANCE * by_target).all(), (name, difference / by_target)


def test_every_kind_of_model_is_drawn() -> None:
    """No kind that a job file can name is left out of the comparison."""
    configs = (*get_args(TrainableConfig), *get_args(BaselineConfig))
    assert sorted(config.model_fields["kind"].default for config in configs) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_forecasts_what_the_model_forecasts(
    kind: str, store: Any, model_spec: Any, run_onnx: Any
) -> None:
    """For any settings, columns, scales and batch the difference is below 1e-5 of the forecast."""

    @settings(
        max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(spec=specs(kind, model_spec), batch=st.sampled_from([1, 7]))
    def compare(spec: Any, batch: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            forecaster = load_forecaster(store(Path(folder) / "model", spec))
        content = encode(build_graph(forecaster), name="test", properties={})
        inputs = inputs_of(forecaster, batch, spec.seed)
        assert_equal(run_onnx(content, inputs), expected_of(forecaster, inputs))

    compare()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_missing_number_makes_its_window_missing(
    kind: str, hole: float, store: Any, model_spec: Any, run_onnx: Any, tmp_path: Path
) -> None:
    """One NaN or infinite input makes its window's forecast NaN and leaves the others alone."""
    spec = model_spec(
        {"kind": kind, **({"patch_length": 4} if kind == "patchtst" else {})},
        past=1,
        future=1,
        intervals="conformal",
    )
    forecaster = load_forecaster(store(tmp_path / "model", spec))
    content = encode(build_graph(forecaster), name="test", properties={})
    inputs = inputs_of(forecaster, 3, seed=1)
    whole = run_onnx(content, inputs)
    inputs["history"][0, 3, 1] = hole
    inputs["future"][2, 1, 0] = hole
    for name, values in run_onnx(content, inputs).items():
        assert np.isnan(values[[0, 2]]).all()
        np.testing.assert_array_equal(values[1], whole[name][1])
