"""Rows that a forecast starts from, read and checked as the training data were.

Called with a person's file, with what an API client sent, or with a source's newest table. The
steps are those of `build_table`; only what was settled in training is not inferred again: columns,
step, scales. A column that never changes is fine here, for a few rows may well be all alike.
"""

from collections.abc import Sequence

import numpy as np

from azuraforge_contract.errors import DataError
from azuraforge_core.data.column_checks import check_range, replace_sentinels
from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.raw_table import RawSeries, RawTable, read_table
from azuraforge_core.data.roles import ColumnPlan, plan_columns
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.steps import iso
from azuraforge_core.data.wind import add_wind_columns
from azuraforge_core.prediction.known_rows import GivenRows, KnownRows, columns_of
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.remedies import for_rows
from azuraforge_core.prediction.row_grid import RowGrid
from azuraforge_core.prediction.row_source import ConformedTable, conform
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["read_numbers", "read_rows"]

_FAR_AWAY = 10.0
"""Standard deviations of the training rows: a column that far off is probably in another unit."""


def read_rows(
    source: SourceTable,
    forecaster: Forecaster,
    *,
    at: int | None = None,
    only_trained: bool = False,
) -> GivenRows:
    """Read the rows that a forecast shall start from.

    Rows behind the last one with a target or a past column say what is known ahead. Where there are
    fewer rows than the model looks back and they continue its stored history, that comes first.

    Args:
        source: the table.
        forecaster: the model.
        at: forecast as of this time, seconds since 1970: later targets and past columns are not
            looked at; None: as of the last row.
        only_trained: whether to leave series that the model was not trained on out without a word.

    Raises:
        DataError: the table is not one that the model can work on.
    """
    try:
        table = conform(source, forecaster.manifest)
        log = QualityLog()
        plan = plan_columns(table.source, table.config)
        raw = read_table(table.source, plan, (), log)
        _look_over(raw, table, plan, log)
    except DataError as error:
        raise for_rows(error) from error
    return _on_grid(raw, table, log, forecaster, at=at, only_trained=only_trained)


def read_numbers(
    raw: RawTable, table: ConformedTable, plan: ColumnPlan, forecaster: Forecaster
) -> GivenRows:
    """Read rows that are numbers and time stamps already; otherwise as `read_rows`.

    Args:
        raw: the rows; changed in place.
        table: what was settled of their header.
        plan: the columns that they have.
        forecaster: the model.

    Raises:
        DataError: the rows are none that the model can work on.
    """
    log = QualityLog()
    try:
        _look_over(raw, table, plan, log)
    except DataError as error:
        raise for_rows(error) from error
    return _on_grid(raw, table, log, forecaster, at=None, only_trained=False)


def _on_grid(
    raw: RawTable,
    table: ConformedTable,
    log: QualityLog,
    forecaster: Forecaster,
    *,
    at: int | None,
    only_trained: bool,
) -> GivenRows:
    notes = [*table.notes, *log.warnings, *_zone_notes(raw, forecaster.manifest)]
    known: list[KnownRows] = []
    refused: list[tuple[str, str]] = []
    chosen, left_out = _known_series(raw.series, forecaster.manifest)
    notes += [] if only_trained else left_out
    for part in chosen:
        try:
            grid = RowGrid.of(part, forecaster, table.config, is_utc=raw.is_utc)
            found, done = grid.known_rows(at)
            known.append(found)
            notes += [*grid.notes, *done]
        except DataError as error:
            explained = for_rows(error)
            if len(chosen) == 1:
                raise explained from error
            refused.append((part.name, str(explained)))
    notes += [note for rows in known for note in _far_notes(rows, forecaster)]
    return GivenRows(tuple(known), tuple(dict.fromkeys(notes)), tuple(refused))


def _look_over(raw: RawTable, table: ConformedTable, plan: ColumnPlan, log: QualityLog) -> None:
    """Check the numbers as read, and replace or add what training did."""
    check_range(raw.series)
    replace_sentinels(raw.series, table.config.missing.sentinels, log)
    add_wind_columns(raw.series, plan.wind_vectors)


def _known_series(
    series: Sequence[RawSeries], manifest: ModelManifest
) -> tuple[list[RawSeries], list[str]]:
    """Return the series that the model knows, and a sentence about the others."""
    names = manifest.data.series
    if len(series) == 1 and len(names) == 1 and not (series[0].name and names[0]):
        series[0].name = names[0] or series[0].name
        return list(series), []
    known = [part for part in series if part.name in names]
    others = [part.name for part in series if part.name not in names]
    if not known:
        raise DataError(
            f"The rows have series {_listed(others)}; the model was trained on {_listed(names)}.",
            remedy="Name the series as in training, or train a model on these.",
        )
    if not others:
        return known, []
    return known, [f"The model was not trained on series {_listed(others)}: left out."]


def _zone_notes(raw: RawTable, manifest: ModelManifest) -> list[str]:
    trained_on_utc = manifest.step.time_zone == "UTC"
    if raw.is_utc == trained_on_utc:
        return []
    if trained_on_utc:
        return ["The time stamps carry no UTC offset and were taken as UTC, as in training."]
    note = (
        "The time stamps carry a UTC offset, those of the training data did not: they were taken "
        "in UTC. If the training data were in local time, write the rows in local time, too."
    )
    return [note]


def _far_notes(rows: KnownRows, forecaster: Forecaster) -> list[str]:
    """Return a sentence for every column far from all that training saw."""
    notes = []
    recent = rows.values[:, -forecaster.shape.lookback :].astype(np.float64)
    for channel in columns_of(forecaster.manifest, "target", "past", "future"):
        column = forecaster.manifest.columns[channel]
        values = recent[channel][np.isfinite(recent[channel])]
        if not len(values):
            continue
        away = (values.mean() - column.mean) / column.std
        if abs(away) > _FAR_AWAY:
            unit = f" {column.unit}" if column.unit else ""
            notes.append(
                f"Column {column.name!r} averages {values.mean():.4g} up to "
                f"{iso(int(rows.times[-1]))}; in training it averaged {column.mean:.4g}{unit} and "
                f"varied by {column.std:.2g}. Is it in another unit?"
            )
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown  # noqa: PLR2004 - ten
