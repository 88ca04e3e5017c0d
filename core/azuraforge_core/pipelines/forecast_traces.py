"""The forecasts of a finished run on chosen test windows, as its report shows them."""

from dataclasses import dataclass

from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.intervals.bands import IntervalBands
from azuraforge_core.pipelines.forecast_bands import window_bands
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome, ForecastSetup
from azuraforge_core.pipelines.forecast_summary import strongest_baseline
from azuraforge_core.pipelines.forecast_window import (
    WindowForecast,
    forecast_window,
    optional_numbers,
)
from azuraforge_core.pipelines.forecast_windows import ShownWindows, choose_windows
from azuraforge_core.report.facts import ForecastWindow, Trace, TraceBand

__all__ = ["show_windows"]


def show_windows(
    setup: ForecastSetup, outcome: ForecastOutcome, gather: WindowGather, show: ShownWindows
) -> tuple[ForecastWindow, ...]:
    """Return the windows that a report shows, each beside the strongest baseline.

    Args:
        setup: what the run works on.
        outcome: the measured model.
        gather: makes the batches.
        show: how much there is room for.
    """
    predictor = outcome.fit.fitted.predictor
    rival = strongest_baseline(setup, outcome)
    shown = []
    for label, number in choose_windows(outcome.test, setup.dataset, show.windows):
        start = int(outcome.test.starts[number])
        window = forecast_window(predictor, setup.dataset, gather, start)
        beside = None
        if rival is not None:
            beside = forecast_window(rival.predictor, setup.dataset, gather, start)
        bands = window_bands(outcome, setup.dataset, gather, number)
        shown.append(
            ForecastWindow(
                label=label,
                mse=float(outcome.test.errors[number]),
                traces=_traces(
                    setup,
                    _Drawn(window, beside, rival.title if rival else "", bands),
                    show,
                ),
                series=window.series,
            )
        )
    return tuple(shown)


@dataclass(frozen=True)
class _Drawn:
    """One window as it is drawn: the model's forecast, a baseline's beside it, and the bands."""

    window: WindowForecast
    beside: WindowForecast | None
    title: str
    bands: IntervalBands | None


def _traces(setup: ForecastSetup, drawn: _Drawn, show: ShownWindows) -> tuple[Trace, ...]:
    dataset, window, beside = setup.dataset, drawn.window, drawn.beside
    lookback, horizon = dataset.window.lookback, dataset.window.horizon
    seen = show.history
    ahead = window.start + lookback
    history_times = tuple(dataset.time_at(row) for row in range(ahead - seen, ahead))
    times = tuple(dataset.time_at(row) for row in range(ahead, ahead + horizon))
    return tuple(
        Trace(
            target=column.name,
            unit=column.unit,
            history_times=history_times,
            history=optional_numbers(window.history[lookback - seen :, target]),
            times=times,
            truth=optional_numbers(window.truth[:, target]),
            forecast=optional_numbers(window.forecast[:, target]),
            baseline=optional_numbers(beside.forecast[:, target]) if beside else (),
            baseline_title=drawn.title,
            bands=_trace_bands(drawn.bands, target),
        )
        for target, column in enumerate(dataset.facts.columns[: show.targets])
    )


def _trace_bands(bands: IntervalBands | None, target: int) -> tuple[TraceBand, ...]:
    """Return the bands of one target, the widest first."""
    if bands is None:
        return ()
    return tuple(
        TraceBand(
            level,
            optional_numbers(bands.lower[:, target, index]),
            optional_numbers(bands.upper[:, target, index]),
        )
        for index, level in reversed(list(enumerate(bands.levels)))
    )
