"""What is left unexplained: spread, course and memory of the residuals."""

from functools import partial
from typing import Final

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Block, Choice, Chooser, Gallery, Paragraph, Section
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.findings import ResidualFacts
from azuraforge_core.report.marks import Axes, Bars, Level, Line, Marks
from azuraforge_core.report.numbers import count, percent, quantity
from azuraforge_core.report.ticks import to_seconds

__all__ = ["residuals_section"]

LAG_WIDTH: Final = 0.5
EXPECTED_OUTSIDE: Final = 0.05


def residuals_section(facts: ReportFacts) -> Section | None:
    """Return histogram, course and autocorrelation of the residuals of each target shown."""
    found = facts.findings.residuals if facts.findings else ()
    if not found:
        return None
    blocks: list[Block] = [
        Paragraph(
            "A residual is forecast minus truth: above zero the forecast was too high. "
            + " ".join(_summary(one, several=len(found) > 1) for one in found)
        )
    ]
    if len(found) == 1:
        blocks.append(Gallery(tuple(chart for _, chart in _charts(found[0]))))
    else:
        choices = (
            Choice(chart, (one.target, picture)) for one in found for picture, chart in _charts(one)
        )
        blocks.append(Chooser(("Target", "Picture"), tuple(choices)))
    return Section("residuals", "What is left unexplained", tuple(blocks))


def _summary(one: ResidualFacts, *, several: bool) -> str:
    subject = f"For {one.target} the" if several else "The"
    lean = "high" if one.mean > 0 else "low"
    bias = (
        f"{subject} forecast is {quantity(abs(one.mean), one.unit)} too {lean} on average, with a "
        f"standard deviation of {quantity(one.std, one.unit)}."
    )
    if not one.autocorrelation:
        return bias
    outside = sum(abs(value) > one.autocorrelation_limit for value in one.autocorrelation)
    lags = len(one.autocorrelation)
    verdict = (
        "so something predictable is left in the errors"
        if outside > 2 * EXPECTED_OUTSIDE * lags
        else "as of pure noise"
    )
    return f"{bias} {outside} of {lags} lags lie outside the band of white noise, {verdict}."


def _charts(one: ResidualFacts) -> list[tuple[str, Chart]]:
    drawn = (
        ("Spread", _histogram(one)),
        ("Course", _course(one)),
        ("Memory", _memory(one)),
    )
    return [(name, chart) for name, chart in drawn if chart is not None]


def _histogram(one: ResidualFacts) -> Chart | None:
    total = sum(one.counts) + one.outside
    if not total:
        return None
    width = one.edges[1] - one.edges[0]
    centers = [low + width / 2 for low in one.edges[:-1]]
    shares = [number / total for number in one.counts]
    inner = sum(n for x, n in zip(centers, one.counts, strict=True) if abs(x) <= one.std)
    description = (
        f"Histogram of {count(total)} residuals of {one.target}; {percent(inner / total)} lie "
        f"within one standard deviation, {count(one.outside)} beyond the ends."
    )
    axes = Axes(
        f"Residual, {one.unit}" if one.unit else "Residual", "Share of residuals", value=percent
    )
    marks = Marks(bars=[Bars("Residuals", "model", centers, shares, width * 0.92)])
    return draw_chart(f"Spread of the residuals of {one.target}", description, axes, marks)


def _course(one: ResidualFacts) -> Chart | None:
    xs = to_seconds(one.times)
    lines = [
        Line("Root mean squared error", "rival", xs, one.rmse_by_time),
        Line("Mean residual", "model", xs, one.mean_by_time),
    ]
    sizes = [value for value in one.rmse_by_time if value is not None]
    description = (
        f"Residuals of {one.target} over the test part in {len(one.times)} stretches; their root "
        f"mean square goes from {quantity(min(sizes), one.unit)} to "
        f"{quantity(max(sizes), one.unit)}."
        if sizes
        else f"Residuals of {one.target} over the test part."
    )
    axes = Axes("Time", one.unit or "Error", is_time=True, value=partial(quantity, unit=one.unit))
    marks = Marks(lines=lines, levels=[Level(0.0, "")])
    return draw_chart(f"Residuals of {one.target} over time", description, axes, marks)


def _memory(one: ResidualFacts) -> Chart | None:
    if not one.autocorrelation:
        return None
    lags = range(1, len(one.autocorrelation) + 1)
    limit = one.autocorrelation_limit
    strongest = max(lags, key=lambda lag: abs(one.autocorrelation[lag - 1]))
    description = (
        f"Autocorrelation of the one-step-ahead residuals of {one.target}. White noise stays "
        f"within ±{limit:.3f} at 95 of 100 lags. The largest is "
        f"{one.autocorrelation[strongest - 1]:.2f} at lag {strongest}."
    )
    axes = Axes("Lag, rows", "Autocorrelation", value=lambda value: f"{value:.3f}")
    marks = Marks(
        bars=[Bars("Autocorrelation", "model", lags, one.autocorrelation, LAG_WIDTH)],
        levels=[Level(limit, "95 % of white noise"), Level(-limit, "")],
    )
    return draw_chart(f"Autocorrelation of the residuals of {one.target}", description, axes, marks)
