"""``backtest.html``: the folds side by side, drawn as the report of a run is."""

from pathlib import Path

from azuraforge_core.backtest.results import (
    BacktestResult,
    FoldResult,
    ModelScore,
    Significance,
)
from azuraforge_core.backtest.summary import SIGNIFICANT
from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Block, Column, Notes, Paragraph, Section, Table
from azuraforge_core.report.marks import Axes, Line, LineStyle, Marks
from azuraforge_core.report.numbers import (
    NONE,
    count,
    percent,
    percent_point,
    probability,
    quantity,
    scaled,
    signed_percent,
)
from azuraforge_core.report.rendering import render_document
from azuraforge_core.store.atomic import write_file

__all__ = ["render_page", "write_page"]

_STYLES: tuple[LineStyle, ...] = ("third", "second", "rival")
"""Of last value, seasonal naive and ridge, in this order."""


def write_page(result: BacktestResult, path: Path) -> None:
    """Write the report of a backtest.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    write_file(path, render_page(result).encode())


def render_page(result: BacktestResult) -> str:
    """Return the report as one HTML document."""
    sections = (_folds(result), _significance(result), _intervals(result), _plan(result))
    return render_document(
        "backtest.html.j2",
        {
            "plan": result.plan,
            "verdict": result.verdict,
            "subtitle": _subtitle(result),
            "sections": tuple(section for section in sections if section is not None),
        },
    )


def _subtitle(result: BacktestResult) -> str:
    plan, first, last = result.plan, result.folds[0].test, result.folds[-1].test
    trained = "a model of its own for each" if plan.refit else "one model for all"
    return (
        f"{result.model.title} over {plan.folds} folds from {_day(first.first_time)} to "
        f"{_day(last.last_time)}, {trained}."
    )


def _folds(result: BacktestResult) -> Section:
    plan = result.plan
    learnt = {
        ("expanding", True): "Each fold's models learn from all rows before it",
        ("sliding", True): "Each fold's models learn from as many of the latest rows before it as "
        "the first fold's did",
    }.get((plan.window.value, plan.refit), "All models learn from the rows before the first fold")
    intro = Paragraph(
        f"{learnt}, and are tested on the fold's own rows: the rows a forecast is compared with "
        "took no part in fitting, choosing or stopping. Scaled errors are in units of the training "
        "rows' standard deviation."
    )
    blocks: list[Block] = [intro, _score_table(result)]
    chart = _chart(result)
    if chart is not None:
        blocks.append(chart)
    notes = tuple(f"Fold {fold.number}: {note}" for fold in result.folds for note in fold.notes)
    if notes:
        blocks.append(Notes("What came up", notes))
    return Section("folds", "How good it is, fold by fold", tuple(blocks))


def _score_table(result: BacktestResult) -> Table:
    rivals = result.baselines
    return Table(
        caption="Scaled MSE of the model and of the baselines",
        columns=(
            Column("Fold"),
            Column("Tested on"),
            Column("Windows", is_number=True),
            Column(result.model.title, is_number=True),
            *(Column(rival.title, is_number=True) for rival in rivals),
            Column("MAE in units", is_number=True),
        ),
        rows=(
            *(_score_row(fold, rivals) for fold in result.folds),
            (
                "All",
                "",
                count(result.windows),
                scaled(result.model.mse),
                *(scaled(rival.mse) for rival in rivals),
                quantity(result.model.mae_in_units),
            ),
        ),
        highlighted_row=len(result.folds),
    )


def _score_row(fold: FoldResult, rivals: tuple[ModelScore, ...]) -> tuple[str, ...]:
    found = (fold.baseline(rival.kind) for rival in rivals)
    return (
        str(fold.number),
        f"{_day(fold.test.first_time)} to {_day(fold.test.last_time)}",
        count(fold.windows),
        scaled(fold.model.mse),
        *(scaled(score.mse) if score else NONE for score in found),
        quantity(fold.model.mae_in_units),
    )


def _chart(result: BacktestResult) -> Chart | None:
    places = range(len(result.folds))
    lines = []
    styles = _STYLES[-len(result.baselines) :]
    for rival, style in zip(result.baselines, styles, strict=True):
        scores = [fold.baseline(rival.kind) for fold in result.folds]
        lines.append(Line(rival.title, style, places, [s.mse if s else None for s in scores]))
    lines.append(
        Line(result.model.title, "model", places, [fold.model.mse for fold in result.folds])
    )
    worst = max(result.folds, key=lambda fold: fold.model.mse)
    description = (
        f"Scaled mean squared error in each fold. That of {result.model.title} is largest in fold "
        f"{worst.number}, {scaled(worst.model.mse)}; over all folds it is "
        f"{scaled(result.model.mse)}."
    )
    names = tuple(f"fold {fold.number}" for fold in result.folds)
    axes = Axes("Folds in order of time", "MSE, scaled", from_zero=True, names=names)
    return draw_chart("Error by fold", description, axes, Marks(lines=lines))


def _significance(result: BacktestResult) -> Section:
    intro = Paragraph(
        "The Diebold-Mariano test asks whether the errors of the model's windows differ from "
        "ridge's by more than chance: with the correction of Harvey, Leybourne and Newbold for "
        "few windows, and with the variance of Newey and West, because windows that overlap share "
        f"rows. p is two-sided; below {SIGNIFICANT} the difference is called one."
    )
    rows = [(str(fold.number), *_test_cells(fold)) for fold in result.folds]
    ridge = next((score for score in result.baselines if score.kind == "ridge"), None)
    pooled = _cells(result.model, ridge, result.significance)
    table = Table(
        caption="The model against ridge",
        columns=(
            Column("Fold"),
            Column("MSE against ridge", is_number=True),
            Column("Statistic", is_number=True),
            Column("p", is_number=True),
        ),
        rows=(*rows, ("All", *pooled)),
        highlighted_row=len(rows),
    )
    return Section("significance", "Is it more than luck?", (intro, table))


def _test_cells(fold: FoldResult) -> tuple[str, ...]:
    return _cells(fold.model, fold.baseline("ridge"), fold.significance)


def _cells(
    model: ModelScore, ridge: ModelScore | None, found: Significance | None
) -> tuple[str, ...]:
    beside = signed_percent(model.mse / ridge.mse - 1) if ridge and ridge.mse > 0 else NONE
    if found is None:
        return (beside, NONE, "too few windows")
    statistic = NONE if found.statistic is None else f"{found.statistic:.2f}"
    return (beside, statistic, probability(found.p_value).removeprefix("= "))


def _intervals(result: BacktestResult) -> Section | None:
    if not result.intervals:
        return None
    levels = result.intervals
    table = Table(
        caption="How often the truth lay inside the bands",
        columns=(
            Column("Fold"),
            *(Column(f"{percent(level.level)} bands", is_number=True) for level in levels),
            *(Column(f"Width at {percent(level.level)}", is_number=True) for level in levels),
        ),
        rows=(
            *(
                (
                    str(fold.number),
                    *(percent_point(level.coverage) for level in fold.intervals),
                    *(quantity(level.width_in_units) for level in fold.intervals),
                )
                for fold in result.folds
            ),
            (
                "All",
                *(percent_point(level.coverage) for level in levels),
                *(quantity(level.width_in_units) for level in levels),
            ),
        ),
        highlighted_row=len(result.folds),
    )
    return Section("intervals", "Do the bands keep their word?", (table,))


def _plan(result: BacktestResult) -> Section:
    plan = result.plan
    window = plan.config["window"]
    rows = [
        ("Pipeline", plan.pipeline),
        ("Rows seen, rows forecast", f"{window['lookback']:,}, {window['horizon']:,}"),
        ("Folds", str(plan.folds)),
        ("Rows before the first fold", percent(plan.first)),
        ("Training window", plan.window.value),
        ("A model for each fold", "yes" if plan.refit else "no"),
        ("Seed", str(plan.seed)),
        ("Device", plan.device),
        ("Data", plan.data_digest),
        *((f"Version of {name}", version) for name, version in plan.versions.items()),
    ]
    table = Table(
        caption="What was asked",
        columns=(Column("Setting"), Column("Value")),
        rows=tuple(rows),
    )
    spans = Table(
        caption="The rows of each fold",
        columns=(
            Column("Fold"),
            Column("Trained on"),
            Column("Rows", is_number=True),
            Column("Validated on"),
            Column("Rows", is_number=True),
            Column("Epoch chosen", is_number=True),
        ),
        rows=tuple(_span_row(fold) for fold in result.folds),
    )
    return Section("configuration", "What was done", (table, spans))


def _span_row(fold: FoldResult) -> tuple[str, ...]:
    chosen = f"{fold.best_epoch} of {fold.epochs}" if fold.epochs else NONE
    return (
        str(fold.number),
        f"{_day(fold.train.first_time)} to {_day(fold.train.last_time)}",
        count(fold.train.rows),
        f"{_day(fold.validation.first_time)} to {_day(fold.validation.last_time)}",
        count(fold.validation.rows),
        chosen,
    )


def _day(time: str) -> str:
    """Return a time stamp's date, which is enough to know a fold by."""
    return time[:10]
