"""One series of new rows on the grid of the training data: sorted, regular, short holes filled.

Called by `read_rows` for each series.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.calendar_features import calendar_features
from azuraforge_core.data.config import DatasetConfig
from azuraforge_core.data.missing_cells import fill_short_gaps
from azuraforge_core.data.quality import QualityLog
from azuraforge_core.data.raw_table import RawSeries
from azuraforge_core.data.regular_grid import (
    drop_equal_rows,
    regularize,
    sort_rows,
    take_rows_as_steps,
)
from azuraforge_core.data.steps import Step, infer_step, iso
from azuraforge_core.prediction.continuation import GridRows, continue_history
from azuraforge_core.prediction.known_rows import KnownRows, columns_of, step_of
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.situation import subject_of
from azuraforge_core.store.model_folder import SeriesHistory

__all__ = ["RowGrid"]

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RowGrid:
    """New rows of one series, holes not filled yet.

    Attributes:
        series: its name.
        rows: their times and values; NaN where missing.
        forecaster: the model.
        config: how training cleaned its table.
        notes: what was repaired, one sentence each.
    """

    series: str
    rows: GridRows
    forecaster: Forecaster
    config: DatasetConfig
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, rows: RawSeries, forecaster: Forecaster, config: DatasetConfig, *, is_utc: bool
    ) -> "RowGrid":
        """Sort rows and put them onto the model's grid.

        Raises:
            DataError: they contradict one another, or follow another step.
        """
        log = QualityLog()
        step = step_of(forecaster.manifest)
        ordered = sort_rows(rows, log)
        if config.spacing == "rows":
            grid = take_rows_as_steps(ordered)
        else:
            is_split = config.series_column is not None
            distinct = drop_equal_rows(ordered, log, is_utc=is_utc, is_split=is_split)
            _check_step(distinct, step)
            grid = regularize(distinct, step, log, is_utc=is_utc)
        data = [c.name for c in forecaster.manifest.columns if c.role != "calendar"]
        return cls(
            series=rows.name,
            rows=GridRows(grid.times, np.stack([grid.column(name) for name in data])),
            forecaster=forecaster,
            config=config,
            notes=(*_repairs(log), *log.warnings),
        )

    def known_rows(self, at: int | None) -> tuple[KnownRows, tuple[str, ...]]:
        """Divide the rows into those seen and those ahead, and fill short holes.

        Returns:
            The rows that a forecast needs, and what was done for them, one sentence each.

        Raises:
            DataError: no row has a value, or none stands at that time.
        """
        seen = self._seen(at)
        observed, lookback = self._observed, self.forecaster.shape.lookback
        missing = self.config.missing
        longest_gap = missing.max_gap if missing.policy == "interpolate" else 0
        rows = GridRows(self.rows.times, self.rows.values.copy())
        rows.values[:observed, seen:] = np.nan  # after `at`, nobody has observed anything yet
        if seen < lookback:
            longer = self._continued(rows, longest_gap)
            seen, rows = seen + len(longer.times) - len(rows.times), longer
            self._check_length(seen)
        first = max(0, seen - lookback)
        missing_before = int(np.isnan(rows.values[:, first:seen]).sum())
        for row, channel in enumerate(rows.values):
            fill_short_gaps(channel[:seen] if row < observed else channel, longest_gap)
        filled = missing_before - int(np.isnan(rows.values[:, first:seen]).sum())
        times = rows.times[first:seen]
        known = KnownRows(
            series=self.series,
            times=times,
            values=self._with_calendar(times, rows.values[:, first:seen]),
            ahead_times=rows.times[seen:],
            ahead=rows.values[observed:, seen:].astype(np.float32),
        )
        return known, self._notes_on(times, filled)

    def _check_length(self, seen: int) -> None:
        manifest = self.forecaster.manifest
        if seen >= manifest.window.lookback:
            return
        history = self._history()
        end = f", which ends at {iso(history.times[-1])}" if history and len(history.times) else ""
        raise DataError(
            f"{subject_of(self.series)} has {len(self.rows.times)} rows, {seen} of them up to now, "
            f"but the model looks back {manifest.window.lookback}"
            + (f"; they do not continue its stored history{end}." if end else "."),
            remedy=f"Bring at least {manifest.window.lookback} rows with values"
            + (", or rows that go on where the stored history ends." if end else "."),
        )

    def _notes_on(self, times: Int64Array, filled: int) -> tuple[str, ...]:
        """Return what was done for the rows seen, one sentence each."""
        first = int(self.rows.times[0])
        stored = int(np.count_nonzero(times < first))
        notes = []
        if stored:
            notes.append(f"{stored} rows of the stored history stand before {iso(first)}.")
        if filled:
            cells = "1 missing cell was" if filled == 1 else f"{filled} missing cells were"
            notes.append(f"{cells} filled on a straight line.")
        return tuple(notes)

    def _history(self) -> SeriesHistory | None:
        """Return the end of this series' training data."""
        names = self.forecaster.manifest.data.series
        if self.series not in names:
            return None
        return self.forecaster.histories[names.index(self.series)]

    @property
    def _observed(self) -> int:
        """How many of the channels are observed: targets and past columns, the first ones."""
        return len(columns_of(self.forecaster.manifest, "target", "past"))

    def _continued(self, rows: GridRows, longest_gap: int) -> GridRows:
        """Return the rows with the stored history in front, where they continue it."""
        history = self._history()
        if history is None:
            return rows
        step = None if self.config.spacing == "rows" else step_of(self.forecaster.manifest)
        return continue_history(history, rows, step, longest_gap) or rows

    def _seen(self, at: int | None) -> int:
        """Return how many rows have been seen."""
        times, observed = self.rows.times, self._observed
        if at is not None:
            found = np.flatnonzero(times == at)
            if len(found):
                return int(found[0]) + 1
            raise DataError(
                f"{subject_of(self.series)} has no row at {iso(at)}; it has rows from "
                f"{iso(times[0])} to {iso(times[-1])}.",
                remedy="Name the time of the last row to look at.",
            )
        has_value = np.isfinite(self.rows.values[:observed]).any(axis=0)
        if not has_value.any():
            names = [c.name for c in self.forecaster.manifest.columns[:observed]]
            raise DataError(
                f"{subject_of(self.series)} has no value of {', '.join(names[:5])} in any row.",
                remedy="Fill in the rows up to now; only rows to be forecast have these empty.",
            )
        return int(np.flatnonzero(has_value)[-1]) + 1

    def _with_calendar(self, times: Int64Array, values: Float64Array) -> npt.NDArray[np.float32]:
        manifest = self.forecaster.manifest
        channels: list[npt.NDArray[Any]] = list(values)
        if columns_of(manifest, "calendar"):
            step = step_of(manifest)
            channels += [feature.values for feature in calendar_features(times, step)]
        return np.stack([channel.astype(np.float32) for channel in channels])


def _check_step(rows: RawSeries, step: Step) -> None:
    """Refuse rows whose usual distance is not the model's step; single stray rows come later."""
    if len(rows.times) < 2:  # noqa: PLR2004 - a step lies between two rows
        return
    positions = step.positions(rows.times, int(rows.times[0]))
    if (np.diff(positions) == 1).all():  # as usual, and sooner told than by counting
        return
    if np.isnan(positions).mean() <= 0.5:  # noqa: PLR2004 - most rows
        distances, counts = np.unique(np.diff(positions), return_counts=True)
        if distances[np.argmax(counts)] == 1:
            return
    found = infer_step(rows.times)
    raise DataError(
        f"{subject_of(rows.name)} has a row every {found}, but the model was trained on one "
        f"every {step}.",
        remedy=f"Resample the rows to one every {step}.",
    )


def _repairs(log: QualityLog) -> list[str]:
    repairs = []
    if log.rows_sorted:
        repairs.append(f"{log.rows_sorted} rows stood out of order and were sorted.")
    if log.duplicates_dropped:
        repairs.append(f"{log.duplicates_dropped} repeated rows were dropped.")
    return repairs
