"""Runs that were trained once and are copied to where a test types its command."""

import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PREDICTION_TESTS = Path(__file__).parents[2] / "core" / "prediction"


@pytest.fixture(scope="session")
def tables() -> SimpleNamespace:
    """Return the functions that make small tables and train on them."""
    return SimpleNamespace(**runpy.run_path(str(PREDICTION_TESTS / "trained_models.py")))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tables: SimpleNamespace) -> Path:
    """Return a folder of runs: load alone, with a past column, and with one known ahead."""
    folder = tmp_path_factory.mktemp("runs")
    models: dict[str, dict[str, Any]] = {
        "plain-1": {},
        "past-1": {"past_columns": ["wind"]},
        "ahead-1": {"future_columns": ["plan"]},
    }
    for name, dataset in models.items():
        run = folder / name
        run.mkdir()
        tables.train_model(run, folder / "cache", tables.load_table(), dataset=dataset)
    shutil.rmtree(folder / "cache")
    return folder


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    """Copy the runs to where the command is typed."""
    folder = tmp_path / "runs"
    shutil.copytree(trained, folder)
    return folder
