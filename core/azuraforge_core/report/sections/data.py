"""What the model was trained on, and what was found and repaired in it."""

from azuraforge_core.data.facts import TableFacts
from azuraforge_core.data.quality import ColumnQuality
from azuraforge_core.report.document import (
    Block,
    Column,
    Fold,
    Notes,
    Paragraph,
    Section,
    Share,
    Shares,
    Table,
)
from azuraforge_core.report.facts import DatasetFacts, ReportFacts
from azuraforge_core.report.numbers import NONE, byte_count, count, every
from azuraforge_core.report.sections.gaps import gap_picture

__all__ = ["data_section"]

MOST_COLUMNS_UNFOLDED = 20


def data_section(facts: ReportFacts) -> Section:
    """Return source, split, columns and quality of the data."""
    dataset, table = facts.dataset, facts.dataset.table
    blocks: list[Block] = [Paragraph(_summary(dataset)), _split_bar(dataset), _split_table(dataset)]
    notes = tuple(dict.fromkeys((*table.quality.warnings, *facts.notes)))
    if notes:
        blocks.append(Notes("Worth knowing about this data", notes))
    blocks += [*gap_picture(table), _column_table(table), _repair_table(table)]
    if table.quality.gaps:
        blocks.append(Fold(f"Gaps in the time axis ({_gap_count(table)})", (_gap_table(table),)))
    return Section("data", "What it was trained on", tuple(blocks))


def _summary(dataset: DatasetFacts) -> str:
    table = dataset.table
    named = [segment.series for segment in table.segments if segment.series]
    series = f" Series: {', '.join(named)}." if named else ""
    size = f" The cache entry holds {byte_count(dataset.bytes)}." if dataset.bytes else ""
    zone = "UTC" if table.time_zone == "UTC" else "local time as written"
    return (
        f"{table.source[:1].upper()}{table.source[1:]}. One row every {every(table.step)}, "
        f"{_unbroken(table.first_time)} to {_unbroken(table.last_time)} ({zone}).{series}{size}"
    )


def _split_bar(dataset: DatasetFacts) -> Shares:
    shares = (Share(p.name, p.rows, f"{p.name}: {p.rows:,} rows") for p in dataset.parts)
    return Shares("Split in order of time", tuple(shares))


def _split_table(dataset: DatasetFacts) -> Table:
    return Table(
        caption=f"Windows of {dataset.lookback:,} + {dataset.horizon:,} rows by part",
        columns=(
            Column("Part"),
            Column("From"),
            Column("To"),
            Column("Rows", is_number=True),
            Column("Windows", is_number=True),
            Column("Left out for gaps", is_number=True),
        ),
        rows=tuple(
            (
                part.name,
                _moment(part.first_time),
                _moment(part.last_time),
                count(part.rows),
                count(part.windows),
                count(part.windows_left_out),
            )
            for part in dataset.parts
        ),
    )


def _column_table(table: TableFacts) -> Block:
    quality = {column.name: column for column in table.quality.columns}
    rows = tuple(
        (column.name, column.role.value, column.unit or NONE, *_cells(quality.get(column.name)))
        for column in table.columns
    )
    drawn = Table(
        caption="Columns and their missing cells",
        columns=(
            Column("Column"),
            Column("Role"),
            Column("Unit"),
            Column("Missing", is_number=True),
            Column("Filled", is_number=True),
            Column("Still missing", is_number=True),
        ),
        rows=rows,
    )
    if len(rows) <= MOST_COLUMNS_UNFOLDED:
        return drawn
    return Fold(f"Columns and their missing cells ({len(rows)})", (drawn,))


def _cells(quality: ColumnQuality | None) -> tuple[str, str, str]:
    if quality is None:
        return (NONE, NONE, NONE)
    left = quality.missing - quality.interpolated
    return (count(quality.missing), count(quality.interpolated), count(left))


def _repair_table(table: TableFacts) -> Table:
    quality = table.quality
    rows = (
        ("Rows read", quality.rows_read),
        ("Rows of series that were not chosen", quality.rows_of_other_series),
        ("Rows out of order, moved", quality.rows_sorted),
        ("Equal rows left out", quality.duplicates_dropped),
        ("Rows that the time axis has and the table lacks", quality.rows_missing),
        ("Cells filled on a straight line", quality.cells_interpolated),
        ("Cells still missing; windows that touch one are left out", quality.cells_left_missing),
        ("Cells that held a mark such as -9999", sum(c.sentinels for c in quality.columns)),
    )
    return Table(
        caption="What was found and repaired",
        columns=(Column("Finding"), Column("Count", is_number=True)),
        rows=tuple((name, count(value)) for name, value in rows),
    )


def _gap_count(table: TableFacts) -> str:
    total = sum(gaps.count for gaps in table.quality.gap_counts)
    shown = len(table.quality.gaps)
    return f"{total:,}" if total <= shown else f"the longest {shown} of {total:,}"


def _gap_table(table: TableFacts) -> Table:
    return Table(
        caption="Runs of missing rows",
        columns=(Column("First missing row"), Column("Series"), Column("Rows", is_number=True)),
        rows=tuple(
            (_moment(gap.start), gap.series or NONE, count(gap.rows)) for gap in table.quality.gaps
        ),
    )


def _unbroken(time: str) -> str:
    """Return a moment that no line break divides."""
    return _moment(time).replace("-", "\N{NON-BREAKING HYPHEN}").replace(" ", "\N{NO-BREAK SPACE}")


def _moment(time: str) -> str:
    return time.replace("T", " ").removesuffix(":00").removesuffix(" 00:00") if time else NONE
