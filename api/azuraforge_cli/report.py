"""What ``azuraforge report`` does: facts in, a page or a table out."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import typer

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.run_folder import RunFolder
from azuraforge_core.report.compared_run import label_runs
from azuraforge_core.report.comparison import MOST_RUNS, check_comparable, render_comparison
from azuraforge_core.report.facts_file import read_facts
from azuraforge_core.report.page import render_report
from azuraforge_core.report.sections.compared_scores import ScoreRow, score_rows
from azuraforge_core.store.atomic import write_file
from azuraforge_local.run_folders import RUNS

__all__ = ["compare_runs", "draw_report"]

COMPARISON: Final = Path("comparison.html")
FEWEST_RUNS: Final = 2


def draw_report(runs: Sequence[str], out: Path | None, *, as_json: bool) -> None:
    """Draw the report of one run.

    Raises:
        BadParameter: several runs were named.
        JobFileError: there is no such run, or it has no report.
        StorageError: its facts cannot be read, or the page not be written.
    """
    if len(runs) > 1:
        raise typer.BadParameter(
            f"{len(runs)} runs were named: add --compare to put them side by side.",
            param_hint="'RUN...'",
        )
    folder = _folder(runs[0])
    facts = read_facts(folder)
    path = out or RunFolder(folder).report_page
    _write(path, render_report(facts))
    (run,) = label_runs([(folder.resolve().name, facts)])
    if as_json:
        verdict = {"headline": run.verdict.headline, "detail": run.verdict.detail}
        (row,) = score_rows([run])
        _print_json({"report": str(path), **row, "verdict_in_words": verdict})
        return
    typer.echo(f"{run.verdict.headline}\n{run.verdict.detail}\nReport: {path}")


def compare_runs(runs: Sequence[str], out: Path | None, *, as_json: bool) -> None:
    """Put several runs side by side.

    Raises:
        BadParameter: too few or too many runs were named, or one twice.
        JobFileError: there is no such run, or it has no report.
        DataError: the runs forecast different targets.
        StorageError: facts cannot be read, or the page not be written.
    """
    folders = _distinct(runs)
    compared = label_runs([(folder.resolve().name, read_facts(folder)) for folder in folders])
    check_comparable(compared)
    path = out or COMPARISON
    rows = score_rows(compared)
    _write(path, _csv(rows) if path.suffix == ".csv" else render_comparison(compared))
    if as_json:
        _print_json({"report": str(path), "runs": rows})
        return
    for row in sorted(rows, key=_error):
        mse = row["mse"]
        shown = f"{mse:.4f}" if isinstance(mse, float) else "not a number"
        typer.echo(f"{shown:>12}  {row['run']} ({row['model']})")
    typer.echo(f"Report: {path}")


def _distinct(runs: Sequence[str]) -> list[Path]:
    if not FEWEST_RUNS <= len(runs) <= MOST_RUNS:
        raise typer.BadParameter(
            f"--compare takes {FEWEST_RUNS} to {MOST_RUNS} runs, got {len(runs)}.",
            param_hint="'RUN...'",
        )
    folders = [_folder(run) for run in runs]
    seen: dict[Path, str] = {}
    for run, folder in zip(runs, folders, strict=True):
        same = seen.setdefault(folder.resolve(), run)
        if same is not run:
            raise typer.BadParameter(
                f"{same} and {run} are the same run; name each once.", param_hint="'RUN...'"
            )
    return folders


def _folder(run: str) -> Path:
    """Return a run's folder: as named, or of that name below runs/."""
    folder = Path(run)
    if folder.is_dir() or folder.is_absolute() or len(folder.parts) != 1:
        return folder
    below = RUNS / folder
    return below if below.is_dir() else folder


def _write(path: Path, text: str) -> None:
    if path.is_dir():
        raise JobFileError(
            f"{path} is a folder, not a file to write.",
            remedy=f"Name a file in it: --out {path / 'report.html'}",
        )
    write_file(path, text.encode())


def _csv(rows: Sequence[ScoreRow]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    """Return a cell that no spreadsheet takes for a formula."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if is_formula else value


def _error(row: ScoreRow) -> float:
    mse = row["mse"]
    return mse if isinstance(mse, float) else float("inf")


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
