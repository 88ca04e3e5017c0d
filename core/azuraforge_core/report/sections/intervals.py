"""How far the intervals can be trusted: their coverage of the test windows, and their width."""

from typing import Final

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.document import Block, Column, Notes, Paragraph, Section, Table
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.findings import IntervalFacts, LevelFacts
from azuraforge_core.report.marks import Axes, Level, Line, LineStyle, Marks
from azuraforge_core.report.numbers import NONE, percent, percent_point, quantity, scaled

__all__ = ["intervals_section", "misses"]

TOLERANCE: Final = 0.02
"""Coverage further from nominal than this is said aloud."""
MOST_TARGETS: Final = 8
STYLES: Final[tuple[LineStyle, ...]] = ("model", "rival", "second", "third")


def intervals_section(facts: ReportFacts) -> Section | None:
    """Return coverage by level and by step, widths and scores of the intervals."""
    intervals = facts.findings.intervals if facts.findings else None
    if intervals is None:
        return None
    blocks: list[Block] = [Paragraph(_intro(intervals))]
    if intervals.notes:
        blocks.append(Notes("Mind the coverage", intervals.notes))
    blocks.append(_table(intervals))
    chart = _coverage_chart(intervals)
    if chart is not None:
        blocks.append(chart)
    return Section("intervals", "How far the intervals can be trusted", tuple(blocks))


def misses(intervals: IntervalFacts) -> tuple[str, ...]:
    """Return what to say aloud where some level does not hold what it promises."""
    off = any(abs(level.coverage - level.level) > TOLERANCE for level in intervals.levels)
    return intervals.notes if off else ()


def _intro(intervals: IntervalFacts) -> str:
    scores = [
        f"{name} {scaled(value)}"
        for name, value in (
            ("weighted quantile loss", intervals.weighted_quantile_loss),
            ("CRPS", intervals.crps),
        )
        if value is not None
    ]
    measured = f" Scaled {' and '.join(scores)}; smaller is better." if scores else ""
    return f"{intervals.description}{measured}"


def _table(intervals: IntervalFacts) -> Table:
    targets = intervals.levels[0].widths[:MOST_TARGETS] if intervals.levels else ()
    adapts = any(level.fixed_coverage is not None for level in intervals.levels)
    return Table(
        caption="Coverage and width on the test windows",
        columns=(
            Column("Level"),
            Column("Truths inside", is_number=True),
            Column("Off by", is_number=True),
            *((Column("Inside without following", is_number=True),) if adapts else ()),
            *(Column(f"Mean width, {name}", is_number=True) for name, _, _ in targets),
        ),
        rows=tuple(
            (
                percent(level.level),
                percent_point(level.coverage),
                f"{(level.coverage - level.level) * 100:+.1f} points",
                *((_fixed(level),) if adapts else ()),
                *(quantity(width, unit) for _, unit, width in level.widths[:MOST_TARGETS]),
            )
            for level in intervals.levels
        ),
    )


def _fixed(level: LevelFacts) -> str:
    return NONE if level.fixed_coverage is None else percent_point(level.fixed_coverage)


def _coverage_chart(intervals: IntervalFacts) -> Chart | None:
    levels = [level for level in intervals.levels if len(level.coverage_by_step) > 1]
    lines = [
        Line(
            f"{percent(level.level)} interval",
            STYLES[index % len(STYLES)],
            range(1, len(level.coverage_by_step) + 1),
            level.coverage_by_step,
        )
        for index, level in enumerate(levels)
    ]
    nominal = [Level(level.level, f"nominal {percent(level.level)}") for level in levels]
    spans = "; ".join(
        f"{percent(level.level)} intervals between {percent_point(min(level.coverage_by_step))} "
        f"and {percent_point(max(level.coverage_by_step))}"
        for level in levels
    )
    axes = Axes("Steps ahead", "Share of truths inside", value=percent_point)
    description = f"Coverage at each step ahead: {spans}."
    return draw_chart(
        "Coverage by step of the horizon", description, axes, Marks(lines=lines, levels=nominal)
    )
