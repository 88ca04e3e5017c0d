"""Who watches a backtest: training's own observer, and the folds."""

from typing import Protocol

from azuraforge_core.backtest.folds import Fold
from azuraforge_core.backtest.results import FoldResult
from azuraforge_core.training.observer import SilentObserver, TrainingObserver

__all__ = ["BacktestObserver", "SilentBacktest"]


class BacktestObserver(TrainingObserver, Protocol):
    """Told of each fold, and of the training within it."""

    def fold_started(self, fold: Fold) -> None:
        """A fold is at work now."""
        ...

    def fold_finished(self, result: FoldResult, *, is_new: bool) -> None:
        """A fold is finished and kept.

        Args:
            result: what it found.
            is_new: False where it was finished before this process began.
        """
        ...


class SilentBacktest(SilentObserver):
    """Watches nothing and asks for nothing; for notebooks."""

    def fold_started(self, fold: Fold) -> None:
        """Ignore it."""

    def fold_finished(self, result: FoldResult, *, is_new: bool) -> None:
        """Ignore it."""
