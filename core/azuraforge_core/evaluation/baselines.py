"""The honest baselines that stand beside every trained model.

Called by the pipelines for ``metrics.json`` and the report.
"""

from dataclasses import dataclass, replace

from azuraforge_contract.errors import JobFileError
from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.split import Part
from azuraforge_core.evaluation.evaluate import evaluate
from azuraforge_core.evaluation.predictor import Predictor
from azuraforge_core.evaluation.scores import Scores
from azuraforge_core.models.last_value import LastValue
from azuraforge_core.models.ridge import RidgeConfig
from azuraforge_core.models.ridge_fit import RidgeFit, fit_ridge_forms
from azuraforge_core.models.seasonal_naive import SeasonalNaiveConfig, build_seasonal_naive

__all__ = ["BaselineScores", "Baselines", "score_baselines"]

_FORM_TITLES = {"target": "Ridge on the target alone", "all": "Ridge on all columns"}


@dataclass(frozen=True)
class BaselineScores:
    """One baseline on the test windows.

    Attributes:
        kind: the config's kind, such as ``last-value``.
        title: what people call it.
        predictor: the fitted baseline.
        scores: on all test windows.
        selection: how its settings were chosen, one sentence; empty where nothing was.
        is_chosen: False for a form of ridge that the other form beats on validation.
    """

    kind: str
    title: str
    predictor: Predictor
    scores: Scores
    selection: str = ""
    is_chosen: bool = True


@dataclass(frozen=True)
class Baselines:
    """All baselines.

    Attributes:
        entries: last value, seasonal naive where the lookback holds a season, the forms of ridge.
        notes: what was left out or cut, one sentence each.
    """

    entries: tuple[BaselineScores, ...]
    notes: tuple[str, ...]

    def chosen(self, kind: str) -> BaselineScores | None:
        """Return the baseline of a kind, if it is there; of ridge the form better on validation."""
        return next((e for e in self.entries if e.kind == kind and e.is_chosen), None)


def score_baselines(
    dataset: ForecastDataset,
    *,
    ridge: RidgeConfig | None = None,
    seasonal: SeasonalNaiveConfig | None = None,
) -> Baselines:
    """Fit the baselines and score them on all test windows."""
    notes: list[str] = []
    entries = [_score(LastValue(dataset.shape), dataset, "last-value", "Last value")]
    try:
        naive = build_seasonal_naive(
            seasonal or SeasonalNaiveConfig(), dataset.shape, dataset.facts.step
        )
    except JobFileError as error:
        notes.append(f"No seasonal naive baseline: {error.message}")
    else:
        title = f"Seasonal naive ({naive.period} rows)"
        entries.append(_score(naive, dataset, "seasonal-naive", title))
    fits = fit_ridge_forms(dataset, ridge or RidgeConfig())
    best = min(fits, key=lambda fit: fit.best_validation_mse)
    for fit in fits:
        notes.extend(fit.notes)
        entry = _score(fit.model, dataset, "ridge", _FORM_TITLES[fit.form])
        entries.append(replace(entry, selection=_selection(fit), is_chosen=fit is best))
    return Baselines(tuple(entries), tuple(notes))


def _score(predictor: Predictor, dataset: ForecastDataset, kind: str, title: str) -> BaselineScores:
    return BaselineScores(kind, title, predictor, evaluate(predictor, dataset, Part.TEST))


def _selection(fit: RidgeFit) -> str:
    return (
        f"Penalty {fit.penalty:g} was chosen of {len(fit.validation_mse)} tried, validation MSE "
        f"{fit.best_validation_mse:.4f}."
    )
