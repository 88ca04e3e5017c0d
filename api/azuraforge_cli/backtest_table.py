"""The folds of a finished backtest as a table for people."""

from typing import Final

from rich.console import RenderableType
from rich.table import Table

from azuraforge_cli.display.figures import count_text, loss_text
from azuraforge_core.backtest.results import (
    BacktestResult,
    FoldResult,
    LevelCoverage,
    ModelScore,
    Significance,
)

__all__ = ["backtest_table"]

_SHORT: Final = {"last-value": "last\nvalue", "seasonal-naive": "seasonal\nnaive", "ridge": "ridge"}
"""What fits into a terminal of eighty columns."""


def backtest_table(result: BacktestResult) -> RenderableType:
    """Return MSE by fold and model, coverage of the bands, and p of the test against ridge."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("fold", no_wrap=True)
    table.add_column("from", no_wrap=True)
    titles = (_SHORT.get(score.kind, score.title) for score in result.baselines)
    for title in ("windows", result.model.title, *titles):
        table.add_column(title, justify="right", vertical="bottom")
    for level in result.intervals:
        table.add_column(f"in {level.level * 100:.4g} %", justify="right")
    table.add_column("p", justify="right")
    for fold in result.folds:
        table.add_row(*_fold_cells(fold, result))
    table.add_row(
        "all",
        "",
        count_text(result.windows),
        *(loss_text(score.mse) for score in (result.model, *result.baselines)),
        *_coverage(result.intervals),
        _p_value(result.significance),
        style="bold",
    )
    return table


def _fold_cells(fold: FoldResult, result: BacktestResult) -> list[str]:
    found: list[ModelScore | None] = [fold.baseline(score.kind) for score in result.baselines]
    return [
        str(fold.number),
        fold.test.first_time[:10],
        count_text(fold.windows),
        loss_text(fold.model.mse),
        *(loss_text(score.mse if score else None) for score in found),
        *_coverage(fold.intervals),
        _p_value(fold.significance),
    ]


def _coverage(intervals: tuple[LevelCoverage, ...]) -> list[str]:
    return [f"{level.coverage * 100:.1f} %" for level in intervals]


def _p_value(found: Significance | None) -> str:
    if found is None:
        return "-"
    return "< 0.001" if found.p_value < 0.001 else f"{found.p_value:.3f}"  # noqa: PLR2004 - three decimals
