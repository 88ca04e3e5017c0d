"""From an opened source to a checked table on a regular grid, written column by column.

Called by `fill_table`, which holds the cache's writer. Raw columns are float64 in memory; the
finished array is written one row at a time, so that only the filler pays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.calendar_features import calendar_feature_names, calendar_features
from azuraforge_core.data.column_checks import check_information, check_range, replace_sentinels
from azuraforge_core.data.config import DatasetConfig
from azuraforge_core.data.facts import ColumnFact, ColumnRole, Segment, TableFacts
from azuraforge_core.data.missing_cells import fill_short_gaps
from azuraforge_core.data.quality import ColumnQuality, QualityLog
from azuraforge_core.data.raw_table import RawSeries, read_table
from azuraforge_core.data.regular_grid import (
    GridSeries,
    common_step,
    drop_equal_rows,
    regularize,
    sort_rows,
    take_rows_as_steps,
)
from azuraforge_core.data.roles import ColumnPlan, plan_columns
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.steps import Step, iso
from azuraforge_core.data.time_bins import TimeBins
from azuraforge_core.data.wind import add_wind_columns

__all__ = ["TableBuild", "build_table"]


@dataclass
class TableBuild:
    """A table ready to be written.

    Attributes:
        series: the series on their grids, in order.
        columns: the channels: targets, past, future, calendar.
        step: the time between two rows.
    """

    series: tuple[GridSeries, ...]
    columns: tuple[ColumnFact, ...]
    step: Step
    is_utc: bool
    origin: str
    config: DatasetConfig
    sentinels: dict[str, int]
    log: QualityLog

    @property
    def rows(self) -> int:
        """Grid rows of all series."""
        return sum(len(part.times) for part in self.series)

    def times(self) -> npt.NDArray[np.int64]:
        """Return the time axis, int64 ``(row,)``."""
        return np.concatenate([part.times for part in self.series])

    def channels(self) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the channels in order, float64 ``(row,)``, short gaps filled; counts as it goes.

        Raises:
            DataError: a cell is missing and the policy is ``error``.
        """
        bins = TimeBins(self.times())
        self.log.rows_by_stretch = bins.count()
        for column in self.columns:
            if column.role is not ColumnRole.CALENDAR:
                yield self._data_channel(column.name, bins)
        if any(column.role is ColumnRole.CALENDAR for column in self.columns):
            for feature in calendar_features(self.times(), self.step):
                yield feature.values

    def facts(self) -> TableFacts:
        """Return the facts; to be called after all channels were taken."""
        stops = np.cumsum([len(part.times) for part in self.series]).tolist()
        first = min(int(part.times[0]) for part in self.series)
        last = max(int(part.times[-1]) for part in self.series)
        return TableFacts(
            source=self.origin,
            columns=self.columns,
            step=self.step,
            time_zone="UTC" if self.is_utc else "unknown",
            first_time=iso(first),
            last_time=iso(last),
            segments=tuple(
                Segment(series=part.name, start=stop - len(part.times), stop=stop)
                for part, stop in zip(self.series, stops, strict=True)
            ),
            quality=self.log.close(),
        )

    def _data_channel(self, name: str, bins: TimeBins) -> npt.NDArray[np.float64]:
        policy = self.config.missing
        longest = policy.max_gap if policy.policy == "interpolate" else 0
        parts, missing = [], []
        for part in self.series:
            values = part.column(name)
            absent = np.isnan(values)
            missing.append(absent)
            if policy.policy == "error" and absent.any():
                _refuse_missing(part, name, absent)
            fill_short_gaps(values, longest)
            parts.append(values)
        values, absent = np.concatenate(parts), np.concatenate(missing)
        filled = absent & ~np.isnan(values)
        quality = ColumnQuality(
            name=name,
            missing=int(absent.sum()),
            interpolated=int(filled.sum()),
            sentinels=self.sentinels.get(name, 0),
            missing_by_stretch=bins.count(absent) if absent.any() else (),
            interpolated_by_stretch=bins.count(filled) if filled.any() else (),
        )
        self.log.columns.append(quality)
        return values


def build_table(source: SourceTable, config: DatasetConfig) -> TableBuild:
    """Read, check and repair a table.

    Raises:
        DataError: the table cannot be trained on; the message says why and what to do.
    """
    log = QualityLog()
    plan = plan_columns(source, config)
    raw = read_table(source, plan, config.series, log)
    check_range(raw.series)
    sentinels = replace_sentinels(raw.series, config.missing.sentinels, log)
    add_wind_columns(raw.series, plan.wind_vectors)
    columns = _channel_facts(source, plan, raw.series)
    for part in raw.series:
        part.columns = {c.name: part.columns[c.name] for c in columns}
    check_information(raw.series, log)
    if config.spacing == "rows":
        ordered = [sort_rows(part, log) for part in raw.series]
        step = common_step(ordered)
        series = tuple(take_rows_as_steps(part) for part in ordered)
    else:
        is_split = plan.series_column is not None
        ordered = [
            drop_equal_rows(sort_rows(part, log), log, is_utc=raw.is_utc, is_split=is_split)
            for part in raw.series
        ]
        step = common_step(ordered)
        series = tuple(regularize(part, step, log, is_utc=raw.is_utc) for part in ordered)
    calendar = calendar_feature_names(step) if config.calendar_features else ()
    return TableBuild(
        series=series,
        columns=(*columns, *(ColumnFact(name=n, role=ColumnRole.CALENDAR) for n in calendar)),
        step=step,
        is_utc=raw.is_utc,
        origin=source.origin,
        config=config,
        sentinels=sentinels,
        log=log,
    )


def _channel_facts(
    source: SourceTable, plan: ColumnPlan, series: Sequence[RawSeries]
) -> tuple[ColumnFact, ...]:
    read = series[0].columns
    targets = [n for n in plan.targets if n in read] if plan.targets_are_open else plan.targets
    if not targets:
        raise DataError(
            f"{source.name} has no column of numbers to forecast.",
            remedy="Name the target columns, and check the delimiter and the decimal mark.",
        )
    roles = (
        (ColumnRole.TARGET, targets),
        (ColumnRole.PAST, plan.past),
        (ColumnRole.FUTURE, plan.future),
    )
    return tuple(
        ColumnFact(name=name, role=role, unit=source.units.get(name, ""))
        for role, names in roles
        for name in names
    )


def _refuse_missing(part: GridSeries, name: str, absent: npt.NDArray[np.bool_]) -> None:
    first = int(np.argmax(absent))
    where = f"Series {part.name!r}: c" if part.name else "C"
    raise DataError(
        f"{where}olumn {name!r} has no value at {iso(part.times[first])} "
        f"({int(absent.sum())} of {len(absent)} rows).",
        remedy="Fill it in, or set missing.policy to interpolate or drop.",
    )
