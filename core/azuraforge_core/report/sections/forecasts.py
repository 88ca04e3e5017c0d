"""Forecast against truth on chosen test windows, with the history that the model saw."""

from collections.abc import Iterator
from functools import partial

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Choice, Chooser, Paragraph, Section
from azuraforge_core.report.facts import ForecastWindow, ReportFacts, Trace
from azuraforge_core.report.marks import Axes, Band, Line, Marks
from azuraforge_core.report.numbers import percent, quantity, scaled
from azuraforge_core.report.ticks import to_seconds

__all__ = ["forecasts_section"]

CHOSEN_BY = ("Series", "Window", "Target")


def forecasts_section(facts: ReportFacts) -> Section | None:
    """Return a chart for each chosen window and target, of which a reader picks."""
    choices = tuple(_choices(facts))
    if not choices:
        return None
    intro = Paragraph(
        "Windows of the test part, each chosen by the rule in its title and not by its looks. The "
        f"shaded span is the horizon; the model saw {facts.dataset.lookback:,} rows before it."
        f"{_about_bands(facts)}"
    )
    return Section("forecasts", "Forecast against truth", (intro, Chooser(CHOSEN_BY, choices)))


def _choices(facts: ReportFacts) -> Iterator[Choice]:
    for window in facts.windows:
        for trace in window.traces:
            chart = _chart(window, trace, facts.model.title)
            if chart is not None:
                when = trace.times[0].replace("T", " ")[:16]
                yield Choice(chart, (window.series, f"{window.label}, {when}", trace.target))


def _about_bands(facts: ReportFacts) -> str:
    levels = [band.level for w in facts.windows for t in w.traces[:1] for band in t.bands]
    if not levels:
        return ""
    named = " and ".join(percent(level) for level in sorted(set(levels)))
    return f" The bands are the intervals that should hold {named} of the truths."


def _chart(window: ForecastWindow, trace: Trace, model_title: str) -> Chart | None:
    history_xs, xs = to_seconds(trace.history_times), to_seconds(trace.times)
    last = [*zip(history_xs, trace.history, strict=True)][-1:]
    lines = [
        Line("History", "history", history_xs, trace.history),
        Line("Truth", "truth", [*(x for x, _ in last), *xs], [*(y for _, y in last), *trace.truth]),
        *([Line(trace.baseline_title, "rival", xs, trace.baseline)] if trace.baseline else []),
        Line(model_title, "model", xs, trace.forecast),
    ]
    bands = [
        Band(
            f"{percent(band.level)} interval",
            "narrow" if index else "wide",
            xs,
            band.lower,
            band.upper,
        )
        for index, band in enumerate(trace.bands)
    ]
    axes = Axes(
        "Time",
        f"{trace.target}, {trace.unit}" if trace.unit else trace.target,
        is_time=True,
        value=partial(quantity, unit=trace.unit),
    )
    series = f", {window.series}" if window.series else ""
    title = f"{window.label}{series}: {trace.target}, MSE {scaled(window.mse)}"
    marks = Marks(lines=lines, bands=bands, shaded_from=xs[0])
    return draw_chart(title, _description(trace, model_title), axes, marks)


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
