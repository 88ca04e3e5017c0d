"""The honest verdict: is the trained model worth using instead of the strongest baseline?

Called by the report and by whoever prints a run's result. Pure: scores in, words out. The mean
squared error over all test windows decides, because models are chosen by it on validation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from azuraforge_core.report.facts import ReportFacts, Score
from azuraforge_core.report.findings import DifferenceFacts
from azuraforge_core.report.numbers import percent, probability, scaled

__all__ = ["Level", "Verdict", "judge", "judge_run", "strongest_rival"]

SMALLEST_DIFFERENCE: Final = 0.01
"""Another seed alone moves a neural model's score by about one percent."""
SIGNIFICANT: Final = 0.05
"""A difference that would come up by chance more often than this is not called better."""


class Level(StrEnum):
    """How the verdict falls."""

    BETTER = "better"
    EVEN = "even"
    WORSE = "worse"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """What a person should make of the model."""

    level: Level
    headline: str
    """A few words, such as "6 % better than ridge"."""
    detail: str
    """The figures behind it, in full sentences."""
    improvement: float | None = None
    """1 - MSE / MSE of the strongest baseline; None where that has no meaning."""


def judge_run(facts: ReportFacts) -> Verdict:
    """Return the verdict on a finished run, as its report and its figures say it."""
    difference = None if facts.findings is None else facts.findings.difference
    return judge(facts.score, facts.baselines, difference)


def judge(
    model: Score, baselines: Sequence[Score], difference: DifferenceFacts | None = None
) -> Verdict:
    """Return the verdict on a trained model among its baselines.

    A baseline of the model's own kind is no rival, nor one that validation did not choose, nor one
    whose score is not a number.

    Args:
        model: the trained model's score.
        baselines: those of the baselines.
        difference: a test of the difference to the strongest; one that may be chance is not
            called better. None where there is no test.
    """
    if not math.isfinite(model.mse):
        return Verdict(
            Level.UNKNOWN,
            "Not usable: its test error is not a number",
            f"The test MSE is {scaled(model.mse)}. Do not use this model.",
        )
    rival = strongest_rival(model, baselines)
    if rival is None:
        return Verdict(
            Level.UNKNOWN,
            "Not compared with any baseline",
            f"The test MSE is {scaled(model.mse)}; no baseline could be scored beside it.",
        )
    verdict = _against(model, rival, _others(model, rival, baselines))
    return verdict if difference is None else _weighed(verdict, difference, _name(rival))


def strongest_rival(model: Score, baselines: Sequence[Score]) -> Score | None:
    """Return the baseline with the least MSE that is not of the model's own kind."""
    return min(_rivals(model, baselines), key=lambda rival: rival.mse, default=None)


def _rivals(model: Score, baselines: Sequence[Score]) -> list[Score]:
    return [
        baseline
        for baseline in baselines
        if baseline.is_chosen and baseline.kind != model.kind and math.isfinite(baseline.mse)
    ]


def _against(model: Score, rival: Score, others: str) -> Verdict:
    name = _name(rival)
    figures = f"Test MSE {scaled(model.mse)}, {name} {scaled(rival.mse)}"
    if rival.mse == 0:
        level = Level.EVEN if model.mse == 0 else Level.WORSE
        return Verdict(level, f"Does not beat {name}: use {name}", f"{figures}.{others}")
    improvement = 1 - model.mse / rival.mse
    size = percent(abs(improvement))
    if improvement >= SMALLEST_DIFFERENCE:
        caveat = _mae_caveat(model, rival)
        detail = f"{figures}: {size} less error.{caveat}{others}"
        return Verdict(Level.BETTER, f"{size} better than {name}", detail, improvement)
    if improvement > -SMALLEST_DIFFERENCE:
        detail = f"{figures}: a difference of {size} can be chance, and {name} is simpler.{others}"
        headline = f"Does not clearly beat {name}: use {name}"
        return Verdict(Level.EVEN, headline, detail, improvement)
    detail = f"{figures}: {size} more error.{others}"
    return Verdict(Level.WORSE, f"Does not beat {name}: use {name}", detail, improvement)


def _weighed(verdict: Verdict, difference: DifferenceFacts, rival: str) -> Verdict:
    """Return a verdict that does not call better what may be chance."""
    if verdict.level is not Level.BETTER or difference.p_value < SIGNIFICANT:
        return verdict
    likely = f"(p {probability(difference.p_value)})"
    doubt = f"That it is better than {rival} can be chance {likely}, and {rival} is simpler."
    return replace(
        verdict,
        level=Level.EVEN,
        headline=f"Does not clearly beat {rival}: use {rival}",
        detail=f"{verdict.detail} {doubt}",
    )


def _mae_caveat(model: Score, rival: Score) -> str:
    if not (math.isfinite(model.mae) and model.mae > rival.mae):
        return ""
    return (
        f" By mean absolute error it is not better: {scaled(model.mae)}, "
        f"{_name(rival)} {scaled(rival.mae)}."
    )


def _others(model: Score, rival: Score, baselines: Sequence[Score]) -> str:
    """Return a sentence on the other baselines, empty without any."""
    parts = [
        f"{percent(abs(1 - model.mse / other.mse))} "
        f"{'better' if model.mse <= other.mse else 'worse'} than {_name(other)}"
        for other in _rivals(model, baselines)
        if other is not rival and other.mse > 0
    ]
    return f" It is {' and '.join(parts)}." if parts else ""


def _name(score: Score) -> str:
    return score.kind.replace("-", " ")
