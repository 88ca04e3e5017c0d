"""The folds as they are carried out: a bar in a terminal, a line for each elsewhere.

Drawn from the training's own thread, so that nothing here can hold up a signal.
"""

from pathlib import Path
from typing import Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from azuraforge_cli.display.figures import count_text, duration_text, loss_text
from azuraforge_core.backtest.folds import Fold
from azuraforge_core.backtest.observer import BacktestObserver, SilentBacktest
from azuraforge_core.backtest.plan import BacktestPlan
from azuraforge_core.backtest.results import FoldResult
from azuraforge_core.training.facts import EpochFacts, StepFacts

__all__ = ["FoldBar", "FoldDisplay", "FoldLines", "fold_sentence"]


class FoldDisplay(BacktestObserver, Protocol):
    """Shows a backtest that is under way."""

    def open(self, plan: BacktestPlan, folder: Path) -> None:
        """Say what is about to run, and where."""
        ...

    def close(self) -> None:
        """Give the terminal back."""
        ...


class FoldLines(SilentBacktest):
    """Prints a line when a fold begins and when it ends.

    Args:
        to_stderr: whether stdout belongs to something else.
    """

    def __init__(self, *, to_stderr: bool = False) -> None:
        self._to_stderr = to_stderr

    def open(self, plan: BacktestPlan, folder: Path) -> None:
        """Print what is about to run, and where."""
        self._print(title_sentence(plan))
        self._print(f"{'folder':<12}{folder}")

    def fold_started(self, fold: Fold) -> None:
        """Print that it is at work."""
        self._print(f"fold {fold.number:<7}training")

    def fold_finished(self, result: FoldResult, *, is_new: bool) -> None:
        """Print its scores."""
        self._print(fold_sentence(result, is_new=is_new))

    def close(self) -> None:
        """Do nothing: nothing was changed."""

    def _print(self, line: str) -> None:
        typer.echo(line, err=self._to_stderr)


class FoldBar(SilentBacktest):
    """Draws a bar over all folds; finished ones stay above it as lines.

    Args:
        console: the terminal.
        folds: how many there are.
    """

    def __init__(self, console: Console, folds: int) -> None:
        self._console = console
        self._folds = folds
        self._fold = 0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self._task: TaskID = self._progress.add_task("opening", total=100.0 * folds)

    def open(self, plan: BacktestPlan, folder: Path) -> None:
        """Say what is about to run, and start drawing."""
        self._console.print(Text(title_sentence(plan)))
        self._console.print(Text(f"{'folder':<12}{folder}"))
        self._progress.start()

    def fold_started(self, fold: Fold) -> None:
        """Show which fold is at work."""
        self._fold = fold.number
        self._draw(0.0, "training")

    def step_finished(self, facts: StepFacts) -> None:
        """Move the bar."""
        self._draw(facts.percentage, f"epoch {facts.epoch}, loss {loss_text(facts.loss)}")

    def epoch_finished(self, facts: EpochFacts) -> None:
        """Show the validation error."""
        value = facts.metrics.get("validation.mse")
        self._draw(None, f"epoch {facts.epoch}, validation {loss_text(value)}")

    def fold_finished(self, result: FoldResult, *, is_new: bool) -> None:
        """Leave a line about it above the bar."""
        self._console.print(Text(fold_sentence(result, is_new=is_new)))
        self._fold = result.number
        self._draw(100.0, "finished")

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _draw(self, percentage: float | None, doing: str) -> None:
        done = None if percentage is None else 100.0 * (self._fold - 1) + percentage
        self._progress.update(
            self._task,
            completed=done,
            description=f"fold {self._fold} of {self._folds}: {doing}",
            refresh=True,
        )


def title_sentence(plan: BacktestPlan) -> str:
    """Return what is about to run, on one line."""
    trained = "a model for each" if plan.refit else "one model for all"
    return (
        f"{'backtest':<12}{plan.job}: {plan.pipeline} on {plan.device}, {plan.folds} folds, "
        f"{plan.window.value} window, {trained}"
    )


def fold_sentence(result: FoldResult, *, is_new: bool) -> str:
    """Return a finished fold on one line."""
    ridge = result.baseline("ridge")
    beside = f" (ridge {loss_text(ridge.mse)})" if ridge is not None else ""
    how = duration_text(result.seconds) if is_new else "finished before"
    return (
        f"fold {result.number:<7}MSE {loss_text(result.model.mse)}{beside} over "
        f"{count_text(result.windows)} windows from {result.test.first_time}, {how}"
    )
