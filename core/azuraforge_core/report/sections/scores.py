"""How good the model is: its errors on the test windows beside every baseline's."""

import math
from collections.abc import Sequence

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Block, Column, Fold, Paragraph, Section, Table
from azuraforge_core.report.facts import ReportFacts, Score, TargetScore
from azuraforge_core.report.findings import DifferenceFacts
from azuraforge_core.report.marks import Axes, Line, LineStyle, Marks
from azuraforge_core.report.numbers import NONE, percent, probability, quantity, scaled
from azuraforge_core.report.verdict import strongest_rival

__all__ = ["difference_sentence", "scores_section"]

MOST_TARGETS_UNFOLDED = 12
MINUS = "\N{MINUS SIGN}"
SIGNIFICANT = 0.05
BASELINE_STYLES: tuple[LineStyle, ...] = ("rival", "second", "third")


def scores_section(facts: ReportFacts) -> Section:
    """Return the table of baselines, the errors in original units and the error by step."""
    windows = sum(part.windows for part in facts.dataset.parts if part.name == "test")
    intro = Paragraph(
        f"Errors over all {windows:,} test windows, every step of the horizon and every target. "
        "Scaled errors are in units of the training rows' standard deviation, so 1 means as wrong "
        "as guessing the mean. The test part took no part in fitting, choosing or stopping."
    )
    blocks: list[Block] = [intro, _score_table(facts)]
    if facts.findings and facts.findings.difference:
        blocks.append(Paragraph(_difference(facts.findings.difference)))
    if len(facts.score.targets) > 1:
        blocks.append(_target_table(facts))
    chart = _step_chart(facts)
    if chart is not None:
        blocks.append(chart)
    return Section("scores", "How good it is", tuple(blocks))


def difference_sentence(difference: DifferenceFacts) -> str:
    """Return what a test of equal accuracy says, in words."""
    chance = (
        "is larger than chance explains" if difference.p_value < SIGNIFICANT else "can be chance"
    )
    return (
        f"The difference to {difference.rival} {chance}: the Diebold-Mariano statistic is "
        f"{difference.statistic:.2f}, p {probability(difference.p_value)}, over "
        f"{difference.windows:,} windows."
    )


def _difference(difference: DifferenceFacts) -> str:
    return f"{difference_sentence(difference)} {difference.method}".strip()


def _score_table(facts: ReportFacts) -> Table:
    scores = sorted((facts.score, *facts.baselines), key=_by_mse)
    target = facts.score.targets[0] if len(facts.score.targets) == 1 else None
    unit = f" ({target.unit})" if target and target.unit else ""
    in_units = ("MAE" + unit, "RMSE" + unit) if target else ()
    finite = [score.mse for score in scores if math.isfinite(score.mse)]
    largest = max(finite, default=0.0) or 1.0
    return Table(
        caption="The trained model among the baselines, least test error first",
        columns=(
            Column("Model"),
            Column("MSE, scaled", is_number=True),
            Column("MAE, scaled", is_number=True),
            *(Column(title, is_number=True) for title in in_units),
            Column("MSE against this model", is_number=True),
        ),
        rows=tuple(
            _score_row(score, facts.score, has_units=target is not None) for score in scores
        ),
        row_notes=tuple(_note(score, facts.score) for score in scores),
        highlighted_row=next(i for i, score in enumerate(scores) if score is facts.score),
        bar_column=1,
        bars=tuple(s.mse / largest if math.isfinite(s.mse) else 0.0 for s in scores),
    )


def _score_row(score: Score, model: Score, *, has_units: bool) -> tuple[str, ...]:
    units = _in_units(score.targets) if has_units else ()
    return (score.title, scaled(score.mse), scaled(score.mae), *units, _beside(score, model))


def _note(score: Score, model: Score) -> str:
    return "; ".join(filter(None, ("this model" if score is model else "", score.note)))


def _in_units(targets: Sequence[TargetScore]) -> tuple[str, ...]:
    if not targets:
        return ("", "")
    return (quantity(targets[0].mae), quantity(_root(targets[0].mse)))


def _beside(score: Score, model: Score) -> str:
    if score is model or not math.isfinite(score.mse) or not model.mse > 0:
        return NONE
    ratio = score.mse / model.mse - 1
    return f"{'+' if ratio >= 0 else MINUS}{percent(abs(ratio))}"


def _target_table(facts: ReportFacts) -> Block:
    rival = strongest_rival(facts.score, facts.baselines)
    compared = {target.target: target for target in rival.targets} if rival else {}
    table = Table(
        caption="Errors in original units, by target",
        columns=(
            Column("Target"),
            Column("MAE", is_number=True),
            Column("RMSE", is_number=True),
            *((Column(f"MAE of {rival.title}", is_number=True),) if rival else ()),
        ),
        rows=tuple(
            (
                target.target,
                quantity(target.mae, target.unit),
                quantity(_root(target.mse), target.unit),
                *((_compared(compared.get(target.target)),) if rival else ()),
            )
            for target in facts.score.targets
        ),
    )
    if len(table.rows) <= MOST_TARGETS_UNFOLDED:
        return table
    return Fold(f"Errors in original units, by target ({len(table.rows)})", (table,))


def _compared(target: TargetScore | None) -> str:
    return quantity(target.mae, target.unit) if target else NONE


def _step_chart(facts: ReportFacts) -> Chart | None:
    shown = _with_steps(facts)
    if not shown or len(shown[0].mse_by_step) < 2:  # noqa: PLR2004 - one step makes no curve
        return None
    styles: list[LineStyle] = [*BASELINE_STYLES[: len(shown) - 1], "model"]
    lines = [
        Line(score.title, style, range(1, len(score.mse_by_step) + 1), score.mse_by_step)
        for score, style in zip(shown, styles, strict=True)
    ]
    model = facts.score.mse_by_step
    description = (
        f"Mean squared error at each step ahead. {facts.score.title} goes from {scaled(model[0])} "
        f"at step 1 to {scaled(model[-1])} at step {len(model)}."
        if model
        else "Mean squared error at each step ahead."
    )
    axes = Axes(f"Steps ahead (1 step = {facts.dataset.table.step})", "MSE, scaled", from_zero=True)
    return draw_chart("Error by step of the horizon", description, axes, Marks(lines=lines))


def _with_steps(facts: ReportFacts) -> list[Score]:
    """Return the scores that a chart shows: at most three rivals, strongest first, and ours."""
    baselines = sorted(
        (
            score
            for score in facts.baselines
            if score.is_chosen and score.mse_by_step and score.kind != facts.score.kind
        ),
        key=_by_mse,
    )
    shown = baselines[: len(BASELINE_STYLES)]
    return [*shown, facts.score] if facts.score.mse_by_step else []


def _by_mse(score: Score) -> float:
    return score.mse if math.isfinite(score.mse) else math.inf


def _root(mse: float) -> float:
    return math.sqrt(mse) if mse >= 0 else math.nan
