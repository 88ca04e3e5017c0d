"""What all folds say together: pooled scores, coverage, significance, and the verdict in words."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from azuraforge_core.backtest.folder import WindowLosses
from azuraforge_core.backtest.plan import BacktestPlan
from azuraforge_core.backtest.results import (
    BacktestResult,
    BacktestVerdict,
    FoldResult,
    LevelCoverage,
    ModelScore,
    Significance,
)
from azuraforge_core.evaluation.diebold_mariano import diebold_mariano
from azuraforge_core.pipelines.forecast_summary import MODEL_TITLES
from azuraforge_core.report.numbers import percent, probability, scaled

__all__ = ["SIGNIFICANT", "significance_of", "summarize_folds"]

SIGNIFICANT: Final = 0.05
"""The p value below which a difference is called one."""


def significance_of(losses: Sequence[WindowLosses], horizon: int) -> Significance | None:
    """Test the model's window errors against ridge's, over one fold or several.

    Windows of several series that begin at the same time are no independent witnesses: they count
    once, with the mean of their errors.
    """
    steps = np.concatenate([each.steps for each in losses])
    unique, group = np.unique(steps, return_inverse=True)
    counts = np.bincount(group)

    def by_step(values: Iterable[np.ndarray]) -> np.ndarray:
        return np.asarray(np.bincount(group, weights=np.concatenate(list(values))) / counts)

    found = diebold_mariano(
        by_step(each.model for each in losses),
        by_step(each.ridge for each in losses),
        horizon=horizon,
        positions=unique,
    )
    if found is None:
        return None
    return Significance(
        statistic=float(found.statistic) if np.isfinite(found.statistic) else None,
        p_value=found.p_value,
        mean_difference=found.mean_difference,
        windows=found.windows,
        lags=found.lags,
    )


def summarize_folds(
    plan: BacktestPlan, folds: Sequence[FoldResult], losses: Sequence[WindowLosses], horizon: int
) -> BacktestResult:
    """Return the result of finished folds; scores are means over all windows of all folds."""
    weights = [fold.windows for fold in folds]
    model = _pooled([fold.model for fold in folds], weights)
    kinds = [score.kind for score in folds[0].baselines]
    baselines = tuple(
        _pooled([score for score in found if score is not None], weights)
        for found in ([fold.baseline(kind) for fold in folds] for kind in kinds)
        if all(score is not None for score in found)
    )
    significance = significance_of(losses, horizon)
    won = sum(_wins(fold) for fold in folds)
    ridge = next((score for score in baselines if score.kind == "ridge"), None)
    return BacktestResult(
        plan=plan,
        folds=tuple(folds),
        windows=sum(weights),
        model=model,
        baselines=baselines,
        intervals=_pooled_intervals(folds, weights),
        significance=significance,
        folds_won=won,
        verdict=_verdict(model, ridge, significance, won, len(folds)),
    )


def _wins(fold: FoldResult) -> bool:
    ridge = fold.baseline("ridge")
    return ridge is not None and fold.model.mse < ridge.mse


def _pooled(scores: Sequence[ModelScore], weights: Sequence[int]) -> ModelScore:
    def mean(figure: Callable[[ModelScore], float]) -> float:
        return float(np.average([figure(score) for score in scores], weights=weights))

    titles = {score.title for score in scores}
    kind = scores[0].kind
    return ModelScore(
        kind=kind,
        # Folds may choose different forms of ridge.
        title=titles.pop() if len(titles) == 1 else MODEL_TITLES[kind][0],
        mse=mean(lambda score: score.mse),
        mae=mean(lambda score: score.mae),
        mse_in_units=mean(lambda score: score.mse_in_units),
        mae_in_units=mean(lambda score: score.mae_in_units),
    )


def _pooled_intervals(
    folds: Sequence[FoldResult], weights: Sequence[int]
) -> tuple[LevelCoverage, ...]:
    levels = [entry.level for entry in folds[0].intervals]
    by_fold = [{entry.level: entry for entry in fold.intervals} for fold in folds]
    return tuple(
        LevelCoverage(
            level=level,
            coverage=float(np.average([each[level].coverage for each in by_fold], weights=weights)),
            width_in_units=float(
                np.average([each[level].width_in_units for each in by_fold], weights=weights)
            ),
        )
        for level in levels
    )


def _verdict(
    model: ModelScore,
    ridge: ModelScore | None,
    significance: Significance | None,
    won: int,
    folds: int,
) -> BacktestVerdict:
    if ridge is None or not ridge.mse > 0:
        return BacktestVerdict(
            level="unknown", headline="Not compared with ridge", detail="No fold has a ridge."
        )
    if model.kind == "ridge":
        return BacktestVerdict(
            level="even",
            headline="The model is ridge itself",
            detail="Name another model to learn whether it is worth more than ridge.",
        )
    change = percent(abs(model.mse / ridge.mse - 1))
    figures = f"Its MSE is {scaled(model.mse)} over all folds, ridge's {scaled(ridge.mse)}"
    where = f"it is smaller in {won} of {folds} folds"
    if significance is None:
        return BacktestVerdict(
            level="unknown",
            headline="Too few windows to compare with ridge",
            detail=f"{figures}; {where}. More rows, or a shorter horizon, would tell.",
        )
    detail = f"{figures}; {where} (p {probability(significance.p_value)})."
    if significance.p_value >= SIGNIFICANT:
        return BacktestVerdict(
            level="even", headline="No difference to ridge that could not be luck", detail=detail
        )
    if model.mse < ridge.mse:
        return BacktestVerdict(
            level="better", headline=f"{change} better than ridge", detail=detail
        )
    return BacktestVerdict(
        level="worse", headline=f"{change} worse than ridge: use ridge", detail=detail
    )
