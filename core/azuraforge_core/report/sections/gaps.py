"""The picture of the gaps: for every column, when its cells were there, filled or missing."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from azuraforge_core.data.facts import TableFacts
from azuraforge_core.data.quality import ColumnQuality
from azuraforge_core.report.document import Block, Paragraph, Stretch, Strip, Timeline
from azuraforge_core.report.numbers import count, percent

__all__ = ["gap_picture"]

MOST_STRIPS: Final = 24
LEGEND: Final = (
    ("present", "present"),
    ("filled", "some filled on a straight line"),
    ("few", "some missing"),
    ("many", "more than half missing"),
)
HALF: Final = 0.5


def gap_picture(table: TableFacts) -> tuple[Block, ...]:
    """Return the timeline of the columns that lack cells, and a sentence on the others."""
    rows = table.quality.rows_by_stretch
    lacking = [column for column in table.quality.columns if column.missing]
    if not lacking:
        return (Paragraph("No cell is missing in any column."),)
    if not rows:
        return (
            Paragraph("When cells are missing was not recorded by the release that read them."),
        )
    shown = sorted(lacking, key=lambda column: -column.missing)[:MOST_STRIPS]
    whole = len(table.quality.columns) - len(lacking)
    title = "When cells are missing"
    if len(shown) < len(lacking):
        title += f", the {len(shown)} columns with most of {len(lacking)}"
    if whole:
        title += f" ({whole} more column{'s are' if whole > 1 else ' is'} complete)"
    picture = Timeline(
        title=title,
        first=table.first_time[:10],
        last=table.last_time[:10],
        legend=LEGEND,
        strips=tuple(_strip(column, rows) for column in shown),
    )
    return (picture,)


def _strip(column: ColumnQuality, rows: Sequence[int]) -> Strip:
    filled = column.interpolated_by_stretch or (0,) * len(rows)
    states = [
        _state(total, absent, repaired)
        for total, absent, repaired in zip(rows, column.missing_by_stretch, filled, strict=True)
    ]
    runs = [(state, len(list(run))) for state, run in groupby(states)]
    touched = sum(state != "present" for state in states)
    return Strip(
        name=column.name,
        text=(
            f"{count(column.missing)} of {count(sum(rows))} cells missing, of these "
            f"{count(column.interpolated)} filled; they lie in {percent(touched / len(states))} of "
            "the time."
        ),
        stretches=tuple(Stretch(state, length / len(states)) for state, length in runs),
    )


def _state(rows: int, missing: int, filled: int) -> str:
    left = missing - filled
    if not rows or not missing:
        return "present"
    if not left:
        return "filled"
    return "many" if left > HALF * rows else "few"
