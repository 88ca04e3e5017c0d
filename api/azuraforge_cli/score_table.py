"""The scores of a finished run beside its baselines, and what a person should make of them.

Called by ``result``; reads ``metrics.json`` alone, so that it works for any forecasting plugin. A
plugin with other figures gets them listed by name.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from azuraforge_cli.display.figures import loss_text
from azuraforge_contract.run_folder import RunFolder
from azuraforge_core.report.facts import Score
from azuraforge_core.report.verdict import judge

__all__ = ["score_table"]


@dataclass(frozen=True)
class _Row:
    """One model on the test windows."""

    score: Score
    mae_in_units: float | None


def score_table(folder: Path, model_kind: str) -> RenderableType | None:
    """Return the table of a finished run with its verdict, or None where it left no figures.

    Args:
        folder: the run's folder.
        model_kind: the trained model's kind; a baseline of the same kind is not its rival.
    """
    try:
        metrics = json.loads(RunFolder(folder).metrics_file.read_bytes())
    except (OSError, ValueError):
        return None
    model = _row(model_kind, metrics.get("test"))
    if model is None:
        return _listed(metrics)
    found = metrics.get("baselines", {}).items()
    baselines = [row for name, scores in found if (row := _row(name, scores)) is not None]
    verdict = judge(model.score, [row.score for row in baselines])
    return Group(
        _table(model, baselines),
        Text(f"\n{verdict.headline}.", style="bold"),
        Text(verdict.detail),
    )


def _row(kind: str, scores: object) -> _Row | None:
    if not isinstance(scores, Mapping) or "mse" not in scores or "mae" not in scores:
        return None
    score = Score(
        kind=kind.replace("_", "-"),
        title=kind.replace("_", " ").replace("-", " "),
        mse=float(scores["mse"]),
        mae=float(scores["mae"]),
    )
    return _Row(score, scores.get("mae_in_units"))


def _table(model: _Row, baselines: list[_Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("on the test windows")
    for title in ("MSE (scaled)", "MAE (scaled)", "MAE (in units)"):
        table.add_column(title, justify="right")
    table.add_row(*_cells(model), style="bold")
    for row in baselines:
        table.add_row(*_cells(row))
    return table


def _cells(row: _Row) -> tuple[str, ...]:
    numbers = (row.score.mse, row.score.mae, row.mae_in_units)
    return (row.score.title, *(loss_text(number) for number in numbers))


def _listed(metrics: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in _flat(metrics, ""):
        table.add_row(name, loss_text(value))
    return table


def _flat(document: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, float):
            yield f"{prefix}{name}", value
