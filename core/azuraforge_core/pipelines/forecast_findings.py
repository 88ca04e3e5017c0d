"""A close look at a finished run's errors, as the report's ``Findings``."""

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
from azuraforge_core.report.findings import DifferenceFacts, Findings

__all__ = ["find_out"]


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
        difference=_difference(seen, rival.title) if rival else None,
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
