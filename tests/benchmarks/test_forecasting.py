"""The accuracy benchmark: its recipes are jobs, its records come back, its table is complete."""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from azuraforge_core.device import open_device
from azuraforge_core.pipelines.config_check import parse_config
from azuraforge_core.pipelines.forecast_config import ForecastConfig
from azuraforge_core.pipelines.forecast_run import ForecastRun
from azuraforge_core.pipelines.in_process import in_process_context, open_cached
from azuraforge_core.pipelines.pipeline import JobIdentity
from azuraforge_core.pipelines.registry import load_pipeline

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def forecasting() -> Iterator[ModuleType]:
    """Return the benchmark; a script, found by its place."""
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks import forecasting  # noqa: PLC0415 - found by its place

        yield forecasting
    finally:
        sys.path.remove(str(ROOT))


@pytest.fixture
def record(forecasting: ModuleType) -> Any:
    """Return a record as the benchmark makes one."""
    return forecasting.Record(
        task=forecasting.Task("ETTh1", "dlinear", 96, 1),
        lookback=336,
        windows=2785,
        mse=0.4,
        mae=0.5,
        validation_mse=0.6,
        ridge_mse=0.3,
        epochs=3,
        best_epoch=2,
        seconds=12.0,
        device="cpu",
        hardware="a processor",
        threads=2,
        measured_at="2026-01-01T00:00:00+00:00",
        config_hash="c",
        data_digest="d",
        config={"window": {"lookback": 336}},
    )


def test_every_recipe_is_a_valid_config(forecasting: ModuleType) -> None:
    """Each model's settings on each data set are what a job file may say."""
    for data in forecasting.DATA.values():
        for model in forecasting.MODELS:
            settings = forecasting.recipe(model, data.name)
            config = ForecastConfig.model_validate(
                {
                    "dataset": data.config(Path("data"), calendar=True),
                    "window": {"lookback": settings["lookback"], "horizon": 24},
                    "model": settings["model"],
                    "training": settings.get("training", {}),
                }
            )
            assert config.model.kind in model


def test_a_finished_score_is_found_again(
    forecasting: ModuleType, record: Any, tmp_path: Path
) -> None:
    """A kept record is found for the same settings and data, and for no others."""
    forecasting.keep(record, tmp_path)
    task = record.task
    assert forecasting.find_record(task, "c", "d", tmp_path) == record
    assert forecasting.find_record(task, "other", "d", tmp_path) is None
    assert forecasting.find_record(task, "c", "other", tmp_path) is None
    other = dataclasses.replace(task, seed=2)
    assert forecasting.find_record(other, "c", "d", tmp_path) is None


def test_the_table_shows_ours_beside_the_published(
    forecasting: ModuleType, record: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mean and spread over seeds, the hardware, and published scores with their source."""
    second = dataclasses.replace(record, task=dataclasses.replace(record.task, seed=2), mse=0.36)
    forecasting.print_tables([record, second])
    lines = capsys.readouterr().out.splitlines()
    ours = next(line for line in lines if line.startswith("*"))
    assert "0.3800 ± 0.0283" in ours
    assert "2 seeds" in ours
    assert "a processor" in ours
    assert lines.index(ours) < next(i for i, line in enumerate(lines) if "Zeng et al." in line)
    assert lines.index(ours) > next(i for i, line in enumerate(lines) if "TimeBase" in line)


def test_a_wrong_protocol_stops_the_benchmark(
    forecasting: ModuleType, shared_data: Path, tmp_path: Path
) -> None:
    """Where repeating the last value does not give the known error, nothing is measured."""
    data = forecasting.DATA["ETTh1"]
    cut = dataclasses.replace(data, split={"boundaries": [8640, 11_520, 14_300]})
    assert "as the protocol gives" in _self_test(forecasting, data, shared_data, tmp_path)
    with pytest.raises(
        SystemExit, match=r"over 2685 test windows, but the protocol gives \(1.294, 0.713\)"
    ):
        _self_test(forecasting, cut, shared_data, tmp_path)


def _self_test(forecasting: ModuleType, data: Any, folder: Path, cache: Path) -> str:
    """Open a data set as the benchmark does and repeat its last value."""
    table = folder / "forecasting" / data.file
    if not table.is_file():
        pytest.skip(f"{table.name} is not in the folder of public data sets")
    installed = load_pipeline("forecaster")
    document = {
        "dataset": data.config(folder / "forecasting", calendar=False),
        "window": {"lookback": 1, "horizon": 96},
        "model": {"kind": "last-value"},
    }
    config = parse_config(installed.pipeline, document)
    opened = open_cached(installed.pipeline.dataset(config), cache)
    context = in_process_context(
        JobIdentity(name="self-test", uid="self-test", versions={}),
        cache / "run",
        open_device("cpu"),
        seed=0,
        threads=1,
    )
    run = installed.pipeline.open_run(config, opened, context)
    assert isinstance(run, ForecastRun)
    said: str = forecasting.self_test(data, run.setup.dataset)
    return said
