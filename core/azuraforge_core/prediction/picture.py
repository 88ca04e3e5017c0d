"""A forecast as a picture: one SVG file with its text alternative, light and dark, no scripts.

Called by the command line. A panel for each series and target shows the end of what the model saw,
the forecast, its intervals and, of a what-if, the forecast without it. Where what the model saw is
not known, as of a forecast that a service made, it is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.prediction.result import Forecast, ForecastTarget, SeriesForecast
from azuraforge_core.report.ticks import Tick, number_ticks, time_ticks

__all__ = ["MAXIMUM_PANELS", "forecast_svg"]

MAXIMUM_PANELS: Final = 24
_WIDTH, _HEIGHT = 960, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 56, 36
_BAR = 8
"""Width of the interval of a lone row."""
_HISTORY_PER_ROW, _LEAST_HISTORY = 3, 24
"""Rows of history shown for each forecast row, and at least in all."""
_STYLE: Final = """
svg{--ink:#1b1f24;--soft:#59636e;--grid:#d9dee3;--page:#fff;--model:#0b62c4;--rival:#9a5b00}
@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9aa5b1;--grid:#30363d;--page:#0d1117;
--model:#58a6ff;--rival:#e3a04a}}
text{font:13px system-ui,sans-serif;fill:var(--soft)}.title{font-size:15px;fill:var(--ink)}
.page{fill:var(--page)}.grid{stroke:var(--grid)}.ahead{fill:var(--soft);fill-opacity:.07}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.history{stroke:var(--soft)}
.model{stroke:var(--model)}.unchanged{stroke:var(--rival);stroke-dasharray:6 4}
.band{fill:var(--model);fill-opacity:.16;stroke:none}.dot{fill:var(--model)}
""".strip()

Float64Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Panel:
    """What one panel shows, ``(row,)`` each."""

    title: str
    description: str
    history_times: npt.NDArray[np.int64]
    history: Float64Array
    times: npt.NDArray[np.int64]
    values: Float64Array
    unchanged: Float64Array | None
    bands: tuple[tuple[str, Float64Array, Float64Array], ...]


@dataclass(frozen=True)
class _Frame:
    """Maps times and values to places in a panel."""

    first: float
    last: float
    low: float
    high: float

    def x(self, time: float) -> float:
        share = (time - self.first) / (self.last - self.first)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def forecast_svg(forecast: Forecast) -> str:
    """Return the forecast as the text of an SVG file; at most `MAXIMUM_PANELS` panels."""
    panels = [
        _panel(forecast, part, index)
        for part in forecast.series
        for index in range(len(forecast.targets))
    ]
    shown = panels[:MAXIMUM_PANELS]
    left_out = len(panels) - len(shown)
    title = f"Forecast of {forecast.job}"
    description = " ".join(panel.description for panel in shown)
    if left_out:
        description += f" {left_out} more forecasts are not drawn."
    height = _HEIGHT * len(shown)
    drawn = "\n".join(
        f'<g transform="translate(0 {_HEIGHT * row})">{"".join(_draw(panel))}</g>'
        for row, panel in enumerate(shown)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="title description">\n<title id="title">{escape(title)}</title>\n'
        f'<desc id="description">{escape(description)}</desc>\n<style>{_STYLE}</style>\n'
        f'<rect class="page" width="{_WIDTH}" height="{height}"/>\n{drawn}\n</svg>\n'
    )


def _panel(forecast: Forecast, part: SeriesForecast, index: int) -> _Panel:
    target = forecast.targets[index]
    rows = max(_LEAST_HISTORY, _HISTORY_PER_ROW * len(part.times))
    unit = f", {target.unit}" if target.unit else ""
    series = f"{part.series}: " if part.series else ""
    changed = f" if {', '.join(forecast.what_if)}" if forecast.what_if else ""
    return _Panel(
        title=f"{series}{target.name}{unit}{changed}",
        description=_description(forecast, part, index, target),
        history_times=part.history_times[-rows:],
        history=part.history[-rows:, index],
        times=part.times,
        values=part.values[:, index],
        unchanged=None if part.unchanged is None else part.unchanged[:, index],
        bands=tuple(
            (f"{band.level * 100:g} %", band.lower[:, index], band.upper[:, index])
            for band in reversed(part.bands)
        ),
    )


def _description(
    forecast: Forecast, part: SeriesForecast, index: int, target: ForecastTarget
) -> str:
    values = part.values[:, index]
    unit = f" {target.unit}" if target.unit else ""
    low, high = int(values.argmin()), int(values.argmax())
    first, last = forecast.stamp(int(part.times[0])), forecast.stamp(int(part.times[-1]))
    name = f"{target.name} of {part.series}" if part.series else target.name
    return (
        f"{name} from {first} to {last}: between {values[low]:.4g}{unit} at "
        f"{forecast.stamp(int(part.times[low]))} and {values[high]:.4g}{unit} at "
        f"{forecast.stamp(int(part.times[high]))}."
    )


def _draw(panel: _Panel) -> Iterator[str]:
    frame, y_ticks = _frame(panel)
    yield f'<text class="title" x="{_LEFT}" y="22">{escape(panel.title)}</text>'
    yield from _axes(frame, y_ticks)
    start = frame.x(float(panel.history_times[-1]))
    top, height = _TOP, _HEIGHT - _TOP - _BOTTOM
    width = round(frame.x(frame.last) - start, 1)
    yield f'<rect class="ahead" x="{start}" y="{top}" width="{width}" height="{height}"/>'
    for _, lower, upper in panel.bands:
        yield _band(frame, panel.times, lower, upper)
    if np.isfinite(panel.history).any():
        yield _line(frame, "history", panel.history_times, panel.history)
    times = np.concatenate([panel.history_times[-1:], panel.times])
    if panel.unchanged is not None:
        yield _line(frame, "unchanged", times, np.append(panel.history[-1:], panel.unchanged))
    yield _line(frame, "model", times, np.append(panel.history[-1:], panel.values))
    end = (frame.x(float(panel.times[-1])), frame.y(float(panel.values[-1])))
    yield f'<circle class="dot" cx="{end[0]}" cy="{end[1]}" r="3"/>'
    yield from _legend(panel)


def _frame(panel: _Panel) -> tuple[_Frame, Sequence[Tick]]:
    curves = [panel.history, panel.values, *(end for _, *ends in panel.bands for end in ends)]
    if panel.unchanged is not None:
        curves.append(panel.unchanged)
    known = np.concatenate(curves)
    known = known[np.isfinite(known)]
    ticks = number_ticks(float(known.min()), float(known.max()))
    first, last = float(panel.history_times[0]), float(panel.times[-1])
    return _Frame(first, last, ticks[0].value, ticks[-1].value), ticks


def _axes(frame: _Frame, y_ticks: Sequence[Tick]) -> Iterator[str]:
    right = _WIDTH - _RIGHT
    for tick in y_ticks:
        y = frame.y(tick.value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{tick.label}</text>'
    for tick in time_ticks(frame.first, frame.last):
        x = frame.x(tick.value)
        yield f'<text x="{x}" y="{_HEIGHT - 14}" text-anchor="middle">{tick.label}</text>'


def _legend(panel: _Panel) -> Iterator[str]:
    entries = [("model", "forecast")]
    if np.isfinite(panel.history).any():
        entries.insert(0, ("history", "seen"))
    if panel.unchanged is not None:
        entries.append(("unchanged", "unchanged"))
    x = _LEFT
    for style, text in entries:
        yield f'<line class="line {style}" x1="{x}" x2="{x + 24}" y1="40" y2="40"/>'
        yield f'<text x="{x + 30}" y="44">{text}</text>'
        x += 60 + 8 * len(text)
    if panel.bands:
        levels = ", ".join(level for level, _, _ in reversed(panel.bands))
        yield f'<rect class="band" x="{x}" y="34" width="24" height="12"/>'
        yield f'<text x="{x + 30}" y="44">intervals of {levels}</text>'


def _line(frame: _Frame, style: str, times: npt.NDArray[np.int64], values: Float64Array) -> str:
    places = [
        None if np.isnan(value) else f"{frame.x(float(time))} {frame.y(float(value))}"
        for time, value in zip(times, values, strict=True)
    ]
    commands = [
        f"{'L' if index and places[index - 1] else 'M'}{place}"
        for index, place in enumerate(places)
        if place
    ]
    return f'<path class="line {style}" d="{"".join(commands)}"/>'


def _band(
    frame: _Frame, times: npt.NDArray[np.int64], lower: Float64Array, upper: Float64Array
) -> str:
    known = np.isfinite(lower) & np.isfinite(upper)
    xs = [frame.x(float(time)) for time in times[known]]
    tops, bottoms = list(upper[known]), list(lower[known])
    if len(xs) == 1:  # one row has no width: give it some
        xs, tops, bottoms = [xs[0] - _BAR, xs[0]], tops * 2, bottoms * 2
    above = [f"{x} {frame.y(float(y))}" for x, y in zip(xs, tops, strict=True)]
    below = [f"{x} {frame.y(float(y))}" for x, y in zip(xs, bottoms, strict=True)]
    return f'<path class="band" d="M{"L".join([*above, *reversed(below)])}Z"/>' if xs else ""
