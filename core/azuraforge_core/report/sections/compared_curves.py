"""The curves of compared runs over one another: error by step, and validation by epoch."""

from collections.abc import Sequence

from azuraforge_core.report.chart import draw_chart
from azuraforge_core.report.compared_run import ComparedRun, run_style
from azuraforge_core.report.document import Block, Paragraph, Section
from azuraforge_core.report.marks import Axes, Line, Marks
from azuraforge_core.report.numbers import scaled

__all__ = ["curves_section", "steps_section"]


def steps_section(runs: Sequence[ComparedRun]) -> Section | None:
    """Return the error of every run by step of the horizon."""
    lines = [
        Line(run.label, run_style(number), range(1, len(by_step) + 1), by_step)
        for number, run in enumerate(runs)
        if len(by_step := run.facts.score.mse_by_step) > 1
    ]
    ends = "; ".join(
        f"{line.title} from {scaled(line.ys[0] or 0.0)} to {scaled(line.ys[-1] or 0.0)}"
        for line in lines
    )
    axes = Axes("Steps ahead", "MSE, scaled", from_zero=True)
    description = f"Mean squared error of each run at each step ahead: {ends}."
    chart = draw_chart("Error by step of the horizon", description, axes, Marks(lines=lines))
    return Section("steps", "How far ahead they see", (chart,)) if chart else None


def curves_section(runs: Sequence[ComparedRun]) -> Section | None:
    """Return the validation error of every run by epoch; names those without epochs."""
    lines = [
        Line(
            run.label,
            run_style(number),
            [epoch.epoch for epoch in epochs],
            [epoch.validation_mse for epoch in epochs],
        )
        for number, run in enumerate(runs)
        if len(epochs := run.facts.epochs) > 1
    ]
    least = "; ".join(
        f"{line.title} {scaled(min(y for y in line.ys if y is not None))}" for line in lines
    )
    axes = Axes("Epoch", "Validation MSE, scaled")
    description = f"Validation error of each run by epoch. Least: {least}."
    chart = draw_chart("Learning curves", description, axes, Marks(lines=lines))
    blocks: list[Block] = [chart] if chart else []
    without = [run.label for run in runs if not run.facts.epochs]
    if without:
        text = f"Fitted in one pass, hence without a curve: {', '.join(without)}."
        blocks.insert(0, Paragraph(text))
    return Section("learning", "How they learned", tuple(blocks)) if blocks else None
