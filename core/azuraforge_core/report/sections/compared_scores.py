"""The runs of a comparison in one table: errors, verdicts, baselines."""

import math
from collections.abc import Sequence

from azuraforge_core.report.compared_run import ComparedRun
from azuraforge_core.report.document import Column, Paragraph, Section, Table
from azuraforge_core.report.numbers import NONE, quantity, scaled, signed_percent
from azuraforge_core.report.verdict import strongest_rival

__all__ = ["ScoreRow", "compared_scores_section", "score_rows"]

ScoreRow = dict[str, str | float | int | None]
"""One run for programs: plain values by column."""


def score_rows(runs: Sequence[ComparedRun]) -> tuple[ScoreRow, ...]:
    """Return the table for programs: CSV and JSON; None stands for what is no finite number."""
    rows: list[ScoreRow] = []
    for run in runs:
        facts, score = run.facts, run.facts.score
        rival = strongest_rival(score, facts.baselines)
        single = score.targets[0] if len(score.targets) == 1 else None
        rows.append(
            {
                "run": run.label,
                "model": facts.model.kind,
                "seed": facts.run.seed,
                "lookback": facts.dataset.lookback,
                "horizon": facts.dataset.horizon,
                "test_windows": run.test_windows,
                "mse": _finite(score.mse),
                "mae": _finite(score.mae),
                "mae_in_units": _finite(single.mae) if single else None,
                "unit": single.unit if single else "",
                "strongest_baseline": rival.kind if rival else "",
                "strongest_baseline_mse": _finite(rival.mse) if rival else None,
                "verdict": run.verdict.level.value,
                "parameters": facts.model.parameters,
                "seconds": facts.timing.seconds,
                "peak_resident_bytes": facts.memory.peak_resident_bytes,
                "data_digest": facts.dataset.digest,
            }
        )
    return tuple(rows)


def compared_scores_section(runs: Sequence[ComparedRun]) -> Section:
    """Return the table, least error first."""
    ranked = sorted(runs, key=_order)
    errors = [run.facts.score.mse for run in ranked]
    finite = [error for error in errors if math.isfinite(error)]
    largest = max(finite, default=0.0) or 1.0
    single = all(len(run.facts.score.targets) == 1 for run in runs)
    unit = runs[0].facts.score.targets[0].unit if single else ""
    table = Table(
        caption="The runs, least test error first",
        columns=(
            Column("Run"),
            Column("Model"),
            Column("MSE, scaled", is_number=True),
            Column("MAE, scaled", is_number=True),
            *((Column(f"MAE ({unit})" if unit else "MAE", is_number=True),) if single else ()),
            Column("MSE against the best", is_number=True),
            Column("Strongest baseline"),
        ),
        rows=tuple(_row(run, ranked[0], single=single) for run in ranked),
        row_notes=tuple(run.verdict.headline for run in ranked),
        highlighted_row=0 if finite else None,
        bar_column=2,
        bars=tuple(error / largest if math.isfinite(error) else 0.0 for error in errors),
    )
    intro = Paragraph(
        "Scaled errors over all test windows of each run, every step and every target. Scaled is "
        "divided by the standard deviation of the run's own training rows."
    )
    return Section("scores", "Which is better", (intro, table))


def _row(run: ComparedRun, best: ComparedRun, *, single: bool) -> tuple[str, ...]:
    score, least = run.facts.score, best.facts.score.mse
    rival = strongest_rival(score, run.facts.baselines)
    comparable = run is not best and math.isfinite(score.mse) and least > 0
    return (
        run.label,
        run.facts.model.title,
        scaled(score.mse),
        scaled(score.mae),
        *((quantity(score.targets[0].mae),) if single else ()),
        signed_percent(score.mse / least - 1) if comparable else NONE,
        f"{rival.title}, {scaled(rival.mse)}" if rival else NONE,
    )


def _order(run: ComparedRun) -> float:
    mse = run.facts.score.mse
    return mse if math.isfinite(mse) else math.inf


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
