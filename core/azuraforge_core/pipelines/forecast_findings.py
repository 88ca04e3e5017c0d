"""A close look at a finished run's errors, as the report's ``Findings``."""

from typing import Final

import numpy as np

from azuraforge_core.data.split import Part
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.diagnostics.breakdowns import break_down
from azuraforge_core.diagnostics.importance import measure_importance
from azuraforge_core.diagnostics.looked_at import LookedAt, look_at
from azuraforge_core.diagnostics.residuals import describe_residuals
from azuraforge_core.evaluation.diebold_mariano import diebold_mariano
from azuraforge_core.pipelines.forecast_predictor import WatchedPredictor
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome, ForecastSetup
from azuraforge_core.pipelines.forecast_summary import strongest_baseline
from azuraforge_core.report.findings import (
    DifferenceFacts,
    Findings,
    IntervalFacts,
    LevelFacts,
)

__all__ = ["find_out"]

_MADE: Final = {
    "conformal": "The intervals are as wide as the model's errors on the validation part were, "
    "step by step.",
    "quantile": "The model learned the ends of the intervals as it learned the forecast.",
}
_FOLLOWING: Final = (
    " Along the test part they follow the errors seen since, each with what was known by then."
)


def find_out(
    setup: ForecastSetup, outcome: ForecastOutcome, gather: WindowGather, targets: int
) -> Findings | None:
    """Look at the errors of the trained model; None where its forecasts are no finite numbers.

    Args:
        setup: what the run works on.
        outcome: the measured model.
        gather: makes the batches.
        targets: residuals of the first so many targets are described.

    Raises:
        PreemptedError: asked to stop.
    """
    if not np.isfinite(outcome.test.scores.mse):
        return None
    context, dataset = setup.context, setup.dataset
    model = WatchedPredictor(outcome.fit.fitted.predictor, context.observer, context.stop)
    rival = strongest_baseline(setup, outcome)
    seen = look_at(dataset, gather, model, rival.predictor if rival else None)
    return Findings(
        windows=len(seen.starts),
        windows_in_all=len(dataset.starts(Part.TEST)),
        breakdowns=break_down(dataset, seen),
        residuals=describe_residuals(dataset, gather, model, seen, dataset.facts.columns[:targets]),
        importance=measure_importance(dataset, gather, model),
        intervals=_intervals(setup, outcome),
        difference=_difference(seen, rival.title) if rival else None,
    )


def _intervals(setup: ForecastSetup, outcome: ForecastOutcome) -> IntervalFacts | None:
    scores = outcome.intervals
    if scores is None:
        return None
    columns = setup.dataset.facts.columns
    return IntervalFacts(
        kind=scores.kind,
        description=f"{_MADE[scores.kind]}{_FOLLOWING if scores.adaptive else ''}",
        levels=tuple(
            LevelFacts(
                level=level.level,
                coverage=level.coverage,
                coverage_by_step=level.coverage_by_step,
                widths=tuple(
                    (column.name, column.unit, width)
                    for column, width in zip(columns, level.width_in_units_by_target, strict=False)
                ),
                fixed_coverage=level.fixed_coverage,
            )
            for level in scores.levels
        ),
        weighted_quantile_loss=scores.wql,
        crps=scores.crps,
        notes=scores.notes,
    )


def _difference(seen: LookedAt, rival: str) -> DifferenceFacts | None:
    """Return whether the difference to a baseline can be chance, window by window."""
    if seen.rival is None:
        return None
    losses, rival_losses = (
        np.square((forecast - seen.truth).astype(np.float64)).mean(axis=(1, 2))
        for forecast in (seen.forecast, seen.rival)
    )
    horizon = seen.truth.shape[1]
    found = diebold_mariano(losses, rival_losses, horizon=horizon, positions=seen.starts)
    if found is None:
        return None
    return DifferenceFacts(
        rival=rival,
        statistic=found.statistic,
        p_value=found.p_value,
        windows=found.windows,
        method="Losses are the windows' squared errors, with the correction for small samples and "
        f"a variance over {found.lags} lags, because windows overlap.",
    )
