"""``folds.csv``: a row for each fold and model, and one for each model over all folds."""

import csv
import io
from pathlib import Path

from azuraforge_core.backtest.results import (
    BacktestResult,
    FoldResult,
    LevelCoverage,
    ModelScore,
    Significance,
)
from azuraforge_core.intervals.scores import level_name
from azuraforge_core.store.atomic import write_file

__all__ = ["write_table"]

_SPANS = ("train_from", "train_to", "test_from", "test_to")
_FIGURES = ("mse", "mae", "mse_in_units", "mae_in_units")

Row = dict[str, str | int | float | None]


def write_table(result: BacktestResult, path: Path) -> None:
    """Write the table; what does not apply to a row is empty.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    coverage = [f"coverage_{level_name(entry.level)}" for entry in result.intervals]
    columns = ["fold", "kind", "model", *_SPANS, "windows", *_FIGURES, *coverage, "p_value"]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for fold in result.folds:
        spans = _spans(fold)
        writer.writerow(spans | _model_row(fold.model, fold.intervals, fold.significance))
        writer.writerows(spans | _figures(score) for score in fold.baselines)
    everywhere: Row = {"fold": "all", "windows": result.windows}
    writer.writerow(everywhere | _model_row(result.model, result.intervals, result.significance))
    writer.writerows(everywhere | _figures(score) for score in result.baselines)
    write_file(path, text.getvalue().encode())


def _spans(fold: FoldResult) -> Row:
    times = (fold.train.first_time, fold.train.last_time, fold.test.first_time, fold.test.last_time)
    return {"fold": fold.number, "windows": fold.windows, **dict(zip(_SPANS, times, strict=True))}


def _model_row(
    score: ModelScore, intervals: tuple[LevelCoverage, ...], significance: Significance | None
) -> Row:
    covered = {f"coverage_{level_name(entry.level)}": entry.coverage for entry in intervals}
    return {
        **_figures(score),
        **covered,
        "p_value": significance.p_value if significance else None,
    }


def _figures(score: ModelScore) -> Row:
    figures = {name: getattr(score, name) for name in _FIGURES}
    return {"kind": score.kind, "model": score.title, **figures}
