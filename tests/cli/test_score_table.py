"""The table at the end of a run."""

import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from azuraforge_cli.score_table import score_table


def _drawn(folder: Path, metrics: dict[str, Any]) -> list[str]:
    (folder / "report").mkdir()
    (folder / "report" / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    console = Console(file=io.StringIO(), width=120)
    table = score_table(folder)
    assert table is not None
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_model_stands_beside_its_baselines_with_the_verdict(tmp_path: Path) -> None:
    """The figures are those of metrics.json; one that is no number is a dash."""
    metrics = {
        "formatVersion": 1,
        "model": {"kind": "dlinear"},
        "verdict": {"headline": "6 % better than ridge", "detail": "Test MSE 0.47, ridge 0.5."},
        "test": {"mse": 0.47, "mae": 0.5, "mae_in_units": 3.0, "rmse_in_units": 4.25},
        "baselines": {"ridge": {"title": "Ridge on all columns", "mse": 0.5, "mae": None}},
    }
    assert _drawn(tmp_path, metrics) == [
        "on the test windows MSE (scaled) MAE (scaled) MAE (in units) RMSE (in units)",
        "dlinear 0.4700 0.5000 3.000 4.250",
        "Ridge on all columns 0.5000 - - -",
        "",
        "6 % better than ridge",
        "Test MSE 0.47, ridge 0.5.",
    ]


def test_other_figures_are_listed_by_name(tmp_path: Path) -> None:
    """A plugin that does not forecast gets its figures shown all the same."""
    metrics = {"test": {"accuracy": 0.98, "loss": {"mean": 0.1}}, "classes": 10}
    assert _drawn(tmp_path, metrics) == ["test.accuracy 0.9800", "test.loss.mean 0.1000"]


def test_a_run_without_figures_has_no_table(tmp_path: Path) -> None:
    """A plugin need not write any."""
    assert score_table(tmp_path) is None
