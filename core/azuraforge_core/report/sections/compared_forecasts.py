"""The forecasts of compared runs of the same windows, where they were trained on the same data."""

from collections.abc import Iterator, Sequence
from functools import partial

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.compared_run import ComparedRun, run_style
from azuraforge_core.report.document import Choice, Chooser, Paragraph, Section
from azuraforge_core.report.facts import ForecastWindow, Trace
from azuraforge_core.report.marks import Axes, Line, Marks
from azuraforge_core.report.numbers import quantity, scaled
from azuraforge_core.report.ticks import to_seconds

__all__ = ["compared_forecasts_section"]

Key = tuple[str, str, str]
"""Series, first time that is forecast, target."""


def compared_forecasts_section(runs: Sequence[ComparedRun]) -> Section:
    """Return charts of the windows that every run's report shows, or why there are none."""
    title = "The same windows"
    if len({run.facts.dataset.digest for run in runs}) > 1:
        text = (
            "These runs were trained on different data, so their forecasts of one window are not "
            "laid over one another."
        )
        return Section("forecasts", title, (Paragraph(text),))
    choices = tuple(_choices(runs))
    if not choices:
        text = (
            "No window is shown in the reports of all these runs: their lookback, horizon or split "
            "differs."
        )
        return Section("forecasts", title, (Paragraph(text),))
    intro = Paragraph("Test windows that the report of every run shows, with each run's forecast.")
    return Section("forecasts", title, (intro, Chooser(("Series", "Window", "Target"), choices)))


def _choices(runs: Sequence[ComparedRun]) -> Iterator[Choice]:
    found = [_by_key(run) for run in runs]
    for key in found[0]:
        if all(key in windows for windows in found):
            together = [windows[key] for windows in found]
            chart = _chart(runs, together)
            if chart is not None:
                series, time, target = key
                yield Choice(chart, (series, time.replace("T", " ")[:16], target))


def _by_key(run: ComparedRun) -> dict[Key, tuple[ForecastWindow, Trace]]:
    return {
        (window.series, trace.times[0], trace.target): (window, trace)
        for window in run.facts.windows
        for trace in window.traces
    }


def _chart(
    runs: Sequence[ComparedRun], together: Sequence[tuple[ForecastWindow, Trace]]
) -> Chart | None:
    traces = [trace for _, trace in together]
    longest = max(traces, key=lambda trace: (len(trace.times), len(trace.history)))
    history_xs, xs = to_seconds(longest.history_times), to_seconds(longest.times)
    lines = [
        Line("History", "history", history_xs, longest.history),
        Line("Truth", "truth", xs, longest.truth),
        *(
            Line(run.label, run_style(number), to_seconds(trace.times), trace.forecast)
            for number, (run, trace) in enumerate(zip(runs, traces, strict=True))
        ),
    ]
    errors = ", ".join(
        f"{run.label} {scaled(window.mse)}" for run, (window, _) in zip(runs, together, strict=True)
    )
    unit = longest.unit
    axes = Axes(
        "Time",
        f"{longest.target}, {unit}" if unit else longest.target,
        is_time=True,
        value=partial(quantity, unit=unit),
    )
    title = f"{longest.target} from {longest.times[0].replace('T', ' ')[:16]}"
    description = f"Forecasts of {longest.target} over one window. MSE of the window: {errors}."
    return draw_chart(title, description, axes, Marks(lines=lines, shaded_from=xs[0]))
