"""Forecast against truth on chosen test windows, with the history that the model saw."""

from azuraforge_core.report.chart import Axes, Chart, Line, draw_chart
from azuraforge_core.report.document import Block, Column, Fold, Gallery, Paragraph, Section, Table
from azuraforge_core.report.facts import ForecastWindow, ReportFacts, Trace
from azuraforge_core.report.numbers import quantity, scaled
from azuraforge_core.report.ticks import to_seconds

__all__ = ["forecasts_section"]


def forecasts_section(facts: ReportFacts) -> Section | None:
    """Return a chart for each chosen window and target, and their numbers."""
    drawn = [
        (trace, chart)
        for window in facts.windows
        for trace in window.traces
        if (chart := _chart(window, trace, facts.model.title)) is not None
    ]
    if not drawn:
        return None
    intro = Paragraph(
        "Windows of the test part, chosen by rule: each title says which. The shaded span is the "
        f"horizon; the model saw {facts.dataset.lookback:,} rows before it."
    )
    numbers = tuple(_table(trace, chart.title) for trace, chart in drawn)
    blocks: tuple[Block, ...] = (
        intro,
        Gallery(tuple(chart for _, chart in drawn)),
        Fold("The numbers of these charts", numbers),
    )
    return Section("forecasts", "Forecast against truth", blocks)


def _chart(window: ForecastWindow, trace: Trace, model_title: str) -> Chart | None:
    history_xs, xs = to_seconds(trace.history_times), to_seconds(trace.times)
    last = [*zip(history_xs, trace.history, strict=True)][-1:]
    lines = [
        Line("History", "history", history_xs, trace.history),
        Line("Truth", "truth", [*(x for x, _ in last), *xs], [*(y for _, y in last), *trace.truth]),
        *([Line(trace.baseline_title, "rival", xs, trace.baseline)] if trace.baseline else []),
        Line(model_title, "model", xs, trace.forecast),
    ]
    axes = Axes(
        "Time", f"{trace.target}, {trace.unit}" if trace.unit else trace.target, is_time=True
    )
    series = f", {window.series}" if window.series else ""
    title = f"{window.label}{series}: {trace.target}, MSE {scaled(window.mse)}"
    return draw_chart(title, _description(trace, model_title), axes, lines, shaded_from=xs[0])


def _description(trace: Trace, model_title: str) -> str:
    pairs = [
        (forecast, truth)
        for forecast, truth in zip(trace.forecast, trace.truth, strict=True)
        if forecast is not None and truth is not None
    ]
    if not pairs:
        return f"The forecast of {trace.target} from {trace.times[0]} to {trace.times[-1]}."
    truths = [truth for _, truth in pairs]
    error = sum(abs(forecast - truth) for forecast, truth in pairs) / len(pairs)
    return (
        f"{trace.target} from {trace.times[0]} to {trace.times[-1]}: the truth lies between "
        f"{quantity(min(truths), trace.unit)} and {quantity(max(truths), trace.unit)}; "
        f"{model_title} is off by {quantity(error, trace.unit)} on average."
    )


def _table(trace: Trace, title: str) -> Table:
    baseline = (Column(trace.baseline_title, is_number=True),) if trace.baseline else ()
    columns = (Column("Truth", is_number=True), Column("Forecast", is_number=True), *baseline)
    values = zip(
        trace.truth, trace.forecast, *((trace.baseline,) if trace.baseline else ()), strict=True
    )
    return Table(
        caption=f"{title}{f' ({trace.unit})' if trace.unit else ''}",
        columns=(Column("Time"), *columns),
        rows=tuple(
            (
                time.replace("T", " "),
                *("missing" if cell is None else quantity(cell) for cell in row),
            )
            for time, row in zip(trace.times, values, strict=True)
        ),
    )
