"""Where the errors lie: by hour, weekday, month, level and series."""

from typing import Final

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Block, Gallery, Paragraph, Section
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.findings import Breakdown, BreakdownKind, Findings
from azuraforge_core.report.marks import Axes, Bars, Line, Marks
from azuraforge_core.report.numbers import scaled
from azuraforge_core.report.verdict import strongest_rival

__all__ = ["errors_section", "looked_at"]

TITLES: Final[dict[BreakdownKind, tuple[str, str]]] = {
    "hour": ("Error by hour of the day", "Hour that is forecast"),
    "weekday": ("Error by day of the week", "Day that is forecast"),
    "month": ("Error by month", "Month that is forecast"),
    "level": ("Error by level of the truth", "Truths from the lowest to the highest"),
    "series": ("Error by series", "Series"),
}
"""Kind → title and what its axis says."""
OF_TRUTHS: Final = " of the truths, counted from the lowest"
BAR_WIDTH: Final = 0.7
WEEKDAY_LETTERS: Final = 3


def errors_section(facts: ReportFacts) -> Section | None:
    """Return a chart for each division of the errors."""
    if facts.findings is None:
        return None
    rival = strongest_rival(facts.score, facts.baselines)
    charts = [
        chart
        for breakdown in facts.findings.breakdowns
        if (chart := _chart(breakdown, facts.model.title, rival.title if rival else "")) is not None
    ]
    if not charts:
        return None
    utc = facts.dataset.table.time_zone == "UTC"
    text = (
        f"{looked_at(facts.findings)} Times are those that are forecast, "
        f"{'in UTC' if utc else 'as the table writes them'}. {_hardest(facts.findings)}"
    )
    blocks: tuple[Block, ...] = (Paragraph(text.strip()), Gallery(tuple(charts)))
    return Section("errors", "Where the errors lie", blocks)


def looked_at(findings: Findings) -> str:
    """Return a sentence on which test windows a section is about."""
    if findings.windows == findings.windows_in_all:
        return f"All {findings.windows:,} test windows, every step."
    return (
        f"{findings.windows:,} of the {findings.windows_in_all:,} test windows, evenly spread, "
        "every step."
    )


def _hardest(findings: Findings) -> str:
    """Return a sentence on the division that matters most, empty where none does."""
    spreads = []
    for breakdown in findings.breakdowns:
        ordered = sorted(breakdown.groups, key=lambda group: group.mse)
        least, most = ordered[0], ordered[-1]
        if least.mse > 0:
            spreads.append((most.mse / least.mse, breakdown.kind, least, most))
    if not spreads:
        return ""
    ratio, kind, least, most = max(spreads, key=lambda spread: spread[0])
    return (
        f"The widest difference is by {kind}: {most.label} has {ratio:.1f} times the error of "
        f"{least.label}{OF_TRUTHS if kind == 'level' else ''}."
    )


def _chart(breakdown: Breakdown, model: str, rival: str) -> Chart | None:
    groups = breakdown.groups
    title, x_title = TITLES[breakdown.kind]
    xs = range(len(groups))
    names = tuple(_short(group.label, breakdown.kind) for group in groups)
    mses = [group.mse for group in groups]
    lines = []
    if rival and all(group.rival_mse is not None for group in groups):
        lines.append(Line(rival, "rival", xs, [group.rival_mse for group in groups]))
    most = max(groups, key=lambda group: group.mse)
    least = min(groups, key=lambda group: group.mse)
    description = (
        f"Mean squared error of {model}. Largest at {most.label}: {scaled(most.mse)}; smallest at "
        f"{least.label}: {scaled(least.mse)}."
    )
    marks = Marks(bars=[Bars(model, "model", xs, mses, BAR_WIDTH)], lines=lines)
    axes = Axes(x_title, "MSE, scaled", from_zero=True, names=names)
    return draw_chart(title, description, axes, marks)


def _short(label: str, kind: BreakdownKind) -> str:
    return label[:WEEKDAY_LETTERS] if kind == "weekday" else label
