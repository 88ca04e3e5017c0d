"""How the model learned: loss and validation error of every epoch."""

import math

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Block, Column, Fold, Paragraph, Section, Table
from azuraforge_core.report.facts import EpochFacts, ReportFacts
from azuraforge_core.report.marks import Axes, Line, Marks
from azuraforge_core.report.numbers import duration, scaled

__all__ = ["learning_section"]


def learning_section(facts: ReportFacts) -> Section:
    """Return the learning curves, or a sentence for a model that has none."""
    if not facts.epochs:
        text = f"{facts.model.title} is fitted in one pass, so it has no learning curve."
        chosen = f" {facts.model.selection}" if facts.model.selection else ""
        return Section("learning", "How it learned", (Paragraph(f"{text}{chosen}"),))
    best = _best(facts.epochs)
    blocks: list[Block] = [Paragraph(_summary(facts.epochs, best))]
    chart = _chart(facts.epochs, best)
    if chart is not None:
        blocks.append(chart)
    blocks.append(Fold("Learning rate and time of every epoch", (_table(facts.epochs),)))
    return Section("learning", "How it learned", tuple(blocks))


def _best(epochs: tuple[EpochFacts, ...]) -> EpochFacts | None:
    finite = [epoch for epoch in epochs if math.isfinite(epoch.validation_mse)]
    return min(finite, key=lambda epoch: epoch.validation_mse, default=None)


def _summary(epochs: tuple[EpochFacts, ...], best: EpochFacts | None) -> str:
    seconds = duration(sum(epoch.seconds for epoch in epochs))
    trained = f"{len(epochs)} epoch{'s' if len(epochs) > 1 else ''} in {seconds}."
    if best is None:
        return trained
    return (
        f"{trained} Validation was best after epoch {best.epoch} "
        f"(MSE {scaled(best.validation_mse)}); the model keeps that epoch's parameters."
    )


def _chart(epochs: tuple[EpochFacts, ...], best: EpochFacts | None) -> Chart | None:
    if len(epochs) < 2:  # noqa: PLR2004 - one epoch makes no curve
        return None
    xs = [epoch.epoch for epoch in epochs]
    lines = [
        Line("Training loss", "train", xs, [epoch.train_loss for epoch in epochs]),
        Line("Validation MSE", "model", xs, [epoch.validation_mse for epoch in epochs]),
    ]
    first, last = epochs[0], epochs[-1]
    description = (
        f"Training loss goes from {scaled(first.train_loss)} to {scaled(last.train_loss)}, "
        f"validation MSE from {scaled(first.validation_mse)} to {scaled(last.validation_mse)}."
    )
    marked = (best.epoch, best.validation_mse, f"best: epoch {best.epoch}") if best else None
    axes = Axes("Epoch", "Scaled error")
    return draw_chart("Learning curves", description, axes, Marks(lines=lines, marked=marked))


def _table(epochs: tuple[EpochFacts, ...]) -> Table:
    return Table(
        caption="Every epoch",
        columns=(
            Column("Epoch"),
            Column("Training loss", is_number=True),
            Column("Validation MSE", is_number=True),
            Column("Learning rate", is_number=True),
            Column("Time", is_number=True),
            Column("Best so far"),
        ),
        rows=tuple(
            (
                str(epoch.epoch),
                scaled(epoch.train_loss),
                scaled(epoch.validation_mse),
                f"{epoch.learning_rate:.2g}",
                duration(epoch.seconds),
                "yes" if epoch.is_best else "",
            )
            for epoch in epochs
        ),
    )
