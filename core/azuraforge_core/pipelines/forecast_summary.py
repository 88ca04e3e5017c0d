"""The trained model and its baselines as the report's scores."""

from dataclasses import replace
from typing import Final

from azuraforge_core.evaluation.baselines import BaselineScores
from azuraforge_core.evaluation.scores import Scores
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome, ForecastSetup
from azuraforge_core.report.facts import Score, TargetScore
from azuraforge_core.report.verdict import strongest_rival

__all__ = [
    "MODEL_TITLES",
    "baseline_scores",
    "strongest_baseline",
    "trained_score",
]

MODEL_TITLES: Final[dict[str, tuple[str, str]]] = {
    "patchtst": ("PatchTST", "A transformer whose tokens are patches of the window."),
    "itransformer": ("iTransformer", "A transformer whose tokens are the columns."),
    "dlinear": ("DLinear", "Linear maps of the window's trend and of the remainder."),
    "lstm": ("LSTM", "A recurrent network that reads the window row by row."),
    "gru": ("GRU", "A recurrent network with two gates, a simpler LSTM."),
    "tcn": ("TCN", "Causal convolutions that reach twice as far with every level."),
    "ridge": ("Ridge", "Closed-form linear regression with a penalty on large weights."),
    "last-value": ("Last value", "Repeats the last value over the whole horizon."),
    "seasonal-naive": ("Seasonal naive", "Repeats the last season over the horizon."),
}
"""Kind → what people call it, and what it is in one sentence."""


def trained_score(setup: ForecastSetup, outcome: ForecastOutcome) -> Score:
    """Return the trained model's scores on the test windows."""
    kind = setup.config.model.kind
    title = MODEL_TITLES[kind][0]
    return _score(kind, title, outcome.test.scores, outcome.fit.fitted.selection)


def baseline_scores(outcome: ForecastOutcome) -> tuple[Score, ...]:
    """Return the baselines' scores; of ridge the form that validation chose comes first."""
    entries = sorted(outcome.baselines.entries, key=lambda entry: not entry.is_chosen)
    return tuple(
        replace(
            _score(entry.kind, entry.title, entry.scores, _note(entry)), is_chosen=entry.is_chosen
        )
        for entry in entries
    )


def strongest_baseline(setup: ForecastSetup, outcome: ForecastOutcome) -> BaselineScores | None:
    """Return the baseline that the verdict is about, or None where none can be compared."""
    chosen = {entry.kind: entry for entry in outcome.baselines.entries if entry.is_chosen}
    rivals = [_score(kind, entry.title, entry.scores, "") for kind, entry in chosen.items()]
    rival = strongest_rival(trained_score(setup, outcome), rivals)
    return None if rival is None else chosen[rival.kind]


def _note(entry: BaselineScores) -> str:
    if entry.is_chosen:
        return entry.selection
    return f"{entry.selection} The other form did better on validation.".strip()


def _score(kind: str, title: str, scores: Scores, note: str) -> Score:
    return Score(
        kind=kind,
        title=title,
        mse=scores.mse,
        mae=scores.mae,
        targets=tuple(
            TargetScore(target.name, target.unit, target.mse_in_units, target.mae_in_units)
            for target in scores.targets
        ),
        mse_by_step=scores.mse_by_step,
        note=note,
    )
