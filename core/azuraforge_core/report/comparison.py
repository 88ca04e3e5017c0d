"""Several finished runs side by side: facts in, one self-contained HTML file out.

Called by ``azuraforge report --compare``. Runs are compared by their scaled errors on their own
test windows; the page says where that is not the same thing for all of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from azuraforge_contract.errors import DataError
from azuraforge_core.report.compared_run import ComparedRun
from azuraforge_core.report.document import Section
from azuraforge_core.report.numbers import percent, scaled
from azuraforge_core.report.rendering import render_document
from azuraforge_core.report.sections.compared_curves import curves_section, steps_section
from azuraforge_core.report.sections.compared_forecasts import compared_forecasts_section
from azuraforge_core.report.sections.compared_scores import compared_scores_section
from azuraforge_core.report.sections.compared_settings import (
    compared_resources_section,
    compared_settings_section,
)
from azuraforge_core.report.verdict import SMALLEST_DIFFERENCE, Level

__all__ = ["MOST_RUNS", "check_comparable", "render_comparison"]

MOST_RUNS: Final = 8
"""More lines cannot be told apart."""


@dataclass(frozen=True)
class _Summary:
    level: Level
    headline: str
    detail: str
    remarks: tuple[str, ...]


def check_comparable(runs: Sequence[ComparedRun]) -> None:
    """Refuse runs that do not forecast the same thing.

    Raises:
        DataError: their targets differ.
    """
    first = runs[0]
    for other in runs[1:]:
        if set(other.targets) != set(first.targets):
            raise DataError(
                f"These runs forecast different targets: {first.label} {', '.join(first.targets)}; "
                f"{other.label} {', '.join(other.targets)}.",
                remedy="Compare runs of one target; their errors say nothing about one another.",
            )


def render_comparison(runs: Sequence[ComparedRun]) -> str:
    """Return the comparison of two to eight runs as one HTML document.

    Raises:
        DataError: their targets differ.
    """
    check_comparable(runs)
    summary = _summarize(runs)
    targets = runs[0].targets
    named = ", ".join(targets) if len(targets) <= 3 else f"{len(targets)} targets"  # noqa: PLR2004 - what a line holds
    return render_document(
        "comparison.html.j2",
        {
            "title": f"{len(runs)} runs compared",
            "subtitle": f"Forecasts of {named}: {', '.join(run.label for run in runs)}.",
            "summary": summary,
            "sections": _sections(runs),
        },
    )


def _sections(runs: Sequence[ComparedRun]) -> tuple[Section, ...]:
    sections = (
        compared_scores_section(runs),
        steps_section(runs),
        compared_forecasts_section(runs),
        curves_section(runs),
        compared_settings_section(runs),
        compared_resources_section(runs),
    )
    return tuple(section for section in sections if section is not None)


def _summarize(runs: Sequence[ComparedRun]) -> _Summary:
    ranked = sorted(
        (run for run in runs if math.isfinite(run.facts.score.mse)),
        key=lambda run: run.facts.score.mse,
    )
    if not ranked:
        return _Summary(Level.UNKNOWN, "None of these runs is usable", "No error is finite.", ())
    best, *others = ranked
    remarks = (*_cautions(runs), f"{best.label}: {best.verdict.headline}. {best.verdict.detail}")
    error = scaled(best.facts.score.mse)
    if not others:
        headline = f"Only {best.label} is usable"
        return _Summary(Level.BETTER, headline, f"Its test MSE is {error}.", remarks)
    second = others[0]
    gain = 1 - best.facts.score.mse / second.facts.score.mse if second.facts.score.mse else 0.0
    detail = (
        f"Test MSE {error}, {second.label} {scaled(second.facts.score.mse)}: "
        f"{percent(gain)} less error."
    )
    if gain < SMALLEST_DIFFERENCE:
        detail += " A difference this small can be chance; another seed alone may turn it."
        headline = f"{best.label} and {second.label} are about equally good"
        return _Summary(Level.EVEN, headline, detail, remarks)
    return _Summary(Level.BETTER, f"{best.label} has the least error", detail, remarks)


def _cautions(runs: Sequence[ComparedRun]) -> tuple[str, ...]:
    """Return why the errors are not strictly comparable, a sentence each."""
    cautions = []
    if len({run.facts.dataset.digest for run in runs}) > 1:
        cautions.append(
            "These runs did not train on the same data (their digests differ), so a difference of "
            "errors may come from the data."
        )
    if len({(run.facts.dataset.lookback, run.facts.dataset.horizon) for run in runs}) > 1:
        cautions.append(
            "Their windows differ in lookback or horizon, so they were tested on different "
            "windows; a longer horizon is harder."
        )
    elif len({run.test_windows for run in runs}) > 1:
        cautions.append("They were tested on different numbers of windows.")
    return tuple(cautions)
