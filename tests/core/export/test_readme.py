"""The README's own Python forecasts without AzuraForge what AzuraForge forecasts."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_core.data.steps import Step, iso
from azuraforge_core.export.onnx.writing import export_onnx
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.loading import Forecaster, load_forecaster

ISOLATED = """
import pathlib, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0].startswith("azuraforge") or name.partition(".")[0] == "onnx":
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Blocked())
exec(compile(pathlib.Path("use.py").read_text("utf-8"), "use.py", "exec"))
assert not [name for name in sys.modules if name.startswith("azuraforge")]
"""
STEPS = {
    "hours": Step(unit="second", count=3600),
    "two days": Step(unit="second", count=2 * 86_400),
    "business days": Step(unit="business_day", count=1),
    "months": Step(unit="month", count=1),
    "quarters": Step(unit="month", count=3),
    "month ends": Step(unit="month_end", count=1),
}


def _python_of(readme: Path) -> str:
    (code,) = re.findall(r"```python\n(.*?)```", readme.read_text("utf-8"), flags=re.DOTALL)
    return str(code)


def _write_table(path: Path, times: Iterable[int], names: list[str], values: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["time", *names])
        for time, row in zip(times, values, strict=True):
            writer.writerow([iso(time), *(repr(float(value)) for value in row)])


def _write_tables(folder: Path, forecaster: Forecaster, ahead: Any) -> Any:
    """Write the files that the README asks for; return the times of the forecast."""
    manifest, (history, *_) = forecaster.manifest, forecaster.histories
    step = Step.model_validate({"unit": manifest.step.unit, "count": manifest.step.count})
    rows = len(history.times) + manifest.window.horizon
    times = step.times(int(history.times[0]), rows)
    data = [i for i, column in enumerate(manifest.columns) if column.role != "calendar"]
    names = [manifest.columns[i].name for i in data]
    _write_table(folder / "newest.csv", history.times, names, history.values[data].T)
    known = [column.name for column in manifest.columns if column.role == "future"]
    if known:
        _write_table(folder / "ahead.csv", times[len(history.times) :], known, ahead)
    return times[len(history.times) :]


def _run_alone(folder: Path, code: str) -> str:
    (folder / "use.py").write_text(code, encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own README
        [sys.executable, "-I", "-c", ISOLATED],
        cwd=folder,
        env={"ORT_DISABLE_TELEMETRY": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("step", STEPS)
def test_the_python_of_the_readme_runs_without_azuraforge(
    step: str, store: Any, model_spec: Any, tmp_path: Path
) -> None:
    """For every kind of step: the same times and numbers as our forecast, in ten lines or so."""
    spec = model_spec({"kind": "ridge", "columns": "all"}, past=1, calendar=True, step=STEPS[step])
    folder = store(tmp_path / "model", spec)
    written = export_onnx(folder)
    forecaster = load_forecaster(folder)
    times = _write_tables(written.model.parent, forecaster, None)
    code = _python_of(written.readme)
    lines = len([line for line in code.splitlines() if line])
    assert lines <= (10 if STEPS[step].unit == "second" else 11)
    printed = _run_alone(written.model.parent, code)
    _compare(printed, times, forecast(forecaster).series[0].values)


def test_the_python_of_the_readme_reads_what_is_known_ahead_and_prints_bands(
    store: Any, model_spec: Any, run_onnx: Any, tmp_path: Path
) -> None:
    """With columns known ahead, two targets and quantile heads the numbers are ours as well."""
    spec = model_spec({"kind": "gru", "hidden": 5}, targets=2, future=2, intervals="quantile")
    folder = store(tmp_path / "model", spec)
    written = export_onnx(folder)
    forecaster = load_forecaster(folder)
    known = np.array([[column.mean for column in forecaster.manifest.columns[2:]]] * 6)
    times = _write_tables(written.model.parent, forecaster, known)
    printed = _run_alone(written.model.parent, _python_of(written.readme))
    history = forecaster.histories[0].values.T[None]
    found = run_onnx(written.model, {"history": history, "future": known[None].astype("float32")})
    numbers = [float(number) for number in re.findall(r"-?\d+\.[\de+-]*", printed)]
    rows = np.array(numbers).reshape(6, 2 + 2 * 3 * 2)
    parts = [found[name][0].reshape(6, -1) for name in ("forecast", "lower", "upper")]
    np.testing.assert_allclose(rows, np.concatenate(parts, axis=1), rtol=1e-5)
    assert printed.startswith(iso(int(times[0])))


def _compare(printed: str, times: Any, values: Any) -> None:
    lines = [line.partition(" ") for line in printed.splitlines()]
    assert [moment for moment, _, _ in lines] == [iso(int(time)) for time in times]
    numbers = np.array([[float(number) for number in row.strip("[]").split()] for *_, row in lines])
    assert np.abs(numbers - values).max() <= 1e-5 * np.abs(values).max()


def test_the_readme_says_what_the_model_is(store: Any, model_spec: Any, tmp_path: Path) -> None:
    """Job, model, data, errors, columns with units, inputs and outputs, in whole tables."""
    spec = model_spec({"kind": "dlinear"}, past=1, intervals="conformal", series=("a", "b"))
    text = export_onnx(store(tmp_path / "model", spec)).readme.read_text("utf-8")
    for expected in (
        "# load: a forecast of target 0 (kW)",
        "| Model | DLinear: Linear maps of the window's trend and of the remainder. |",
        "| Trained on | numbers / drawn |",
        "| Series | a, b |",
        "| This model | 1.5 | 0.25 |",
        "| past 0 | - | seen up to now |",
        "| `history` | float32 | batch, lookback 24, channel 2 |",
        "| `upper` | float32 | batch, horizon 6, target 1, level 3 |",
        "50% and 80% and 95%",
        "Their widths come from the errors on the validation part.",
    ):
        assert expected in text
    assert "time of day" not in text


def test_the_readme_says_how_a_wind_vector_is_made(
    store: Any, model_spec: Any, tmp_path: Path
) -> None:
    """Columns that the source's table does not have are explained by those that it has."""
    folder = store(tmp_path / "model", model_spec({"kind": "dlinear"}, past=1))
    manifest = json.loads((folder / "model.json").read_bytes())
    manifest["columns"][1]["name"] = "wind_u"
    manifest["config"] = {"dataset": {"source": {"kind": "sample"}, "target_columns": ["temp"]}}
    (folder / "model.json").write_text(json.dumps(manifest), encoding="utf-8")
    text = export_onnx(folder).readme.read_text("utf-8")
    assert "\nwind_u = -wind_speed · sin(wind_dir), the direction in degrees; both are 0" in text
