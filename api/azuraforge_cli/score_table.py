"""The scores of a finished run beside its baselines, and the verdict on them.

Called by ``result``; reads ``metrics.json`` alone, so that it works for every forecasting plugin. A
plugin with other figures gets them listed by name.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from azuraforge_cli.display.figures import loss_text
from azuraforge_contract.run_folder import RunFolder

__all__ = ["score_table"]

_FIGURES: Final = {
    "mse": "MSE (scaled)",
    "mae": "MAE (scaled)",
    "mae_in_units": "MAE (in units)",
    "rmse_in_units": "RMSE (in units)",
}


def score_table(folder: Path) -> RenderableType | None:
    """Return the table of a finished run with its verdict, or None where it left no figures."""
    try:
        metrics = json.loads(RunFolder(folder).metrics_file.read_bytes())
    except (OSError, ValueError):
        return None
    if "test" not in metrics or "baselines" not in metrics:
        return _listed(metrics)
    verdict = metrics.get("verdict", {})
    return Group(
        _compared(metrics),
        Text(),
        Text(verdict.get("headline", ""), style="bold"),
        Text(verdict.get("detail", "")),
    )


def _compared(metrics: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("on the test windows", no_wrap=True)
    for title in _FIGURES.values():
        table.add_column(title, justify="right")
    kind = metrics.get("model", {}).get("kind", "this model")
    table.add_row(str(kind), *_cells(metrics["test"]), style="bold")
    for name, figures in metrics["baselines"].items():
        table.add_row(str(figures.get("title", name)), *_cells(figures))
    return table


def _cells(figures: Mapping[str, Any]) -> Iterator[str]:
    return (loss_text(figures.get(name)) for name in _FIGURES)


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
