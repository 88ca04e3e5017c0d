"""A table opened for forecasting: parts, scaling and windows over arrays that stay on the disk.

Opened by the pipelines from a cache entry, used by training, baselines, evaluation and the report.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from azuraforge_contract.errors import DataError
from azuraforge_core.data.config import DatasetConfig, ScalingName, WindowConfig
from azuraforge_core.data.facts import ColumnRole, TableFacts
from azuraforge_core.data.scaler import Scaler, fit_scaler
from azuraforge_core.data.split import Part, PartRows, split_rows
from azuraforge_core.data.steps import iso
from azuraforge_core.data.window_starts import WindowStarts, find_missing_runs, find_starts
from azuraforge_core.models.shape import WindowShape

__all__ = ["ForecastDataset"]


@dataclass(frozen=True)
class ForecastDataset:
    """A table with its splits, scaler and windows.

    Attributes:
        values: float32 ``(channel, time)``, usually mapped; NaN where missing.
        times: int64 ``(time,)`` seconds since 1970.
        facts: columns, step, series, quality.
        window: lookback, horizon and training stride in rows.
        scaler: fitted on training rows alone.
        part_rows: part → its rows in every series.
        window_starts: part → where its windows begin.
        notes: what a person should know of splitting and scaling, one sentence each.
    """

    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.int64]
    facts: TableFacts
    window: WindowConfig
    scaler: Scaler
    part_rows: dict[Part, tuple[PartRows, ...]]
    window_starts: dict[Part, WindowStarts]
    notes: tuple[str, ...]

    @classmethod
    def open(
        cls,
        values: npt.NDArray[np.float32],
        times: npt.NDArray[np.int64],
        facts: TableFacts,
        config: DatasetConfig,
        window: WindowConfig,
    ) -> "ForecastDataset":
        """Split, fit the scaler and find the windows; reads the table once, in small pieces.

        Raises:
            DataError: some part has no window.
        """
        _check_length(facts, window)
        splits = [split_rows(segment, config.split) for segment in facts.segments]
        unscaled = cls(
            values, times, facts, window, Scaler.identity(len(facts.columns)), {}, {}, ()
        )
        rows = {part: tuple(split[part] for split in splits) for part in Part}
        return unscaled.divided(rows, config.scaling)

    def divided(
        self, rows: dict[Part, tuple[PartRows, ...]], scaling: ScalingName
    ) -> "ForecastDataset":
        """Return the same table with other parts, its scaler fitted on their training rows.

        Args:
            rows: part → its rows in every series.
            scaling: as in the job's ``dataset.scaling``.

        Raises:
            DataError: some part has no window.
        """
        facts, window = self.facts, self.window
        outputs = facts.channels(ColumnRole.TARGET, ColumnRole.FUTURE, ColumnRole.CALENDAR)
        missing = find_missing_runs(self.values, outputs)
        starts = {
            part: find_starts(
                rows[part], missing, window, stride=window.stride if part is Part.TRAIN else 1
            )
            for part in Part
        }
        for part in Part:
            _check_windows(part, rows[part], starts[part], window)
        scaler, notes = Scaler.identity(len(facts.columns)), tuple[str, ...]()
        if scaling == "standard":
            train = [(part.start, part.stop) for part in rows[Part.TRAIN]]
            scaler, notes = fit_scaler(self.values, facts.columns, train)
        left_out = tuple(
            f"{starts[part].left_out} {part} windows touch missing cells and were left out."
            for part in Part
            if starts[part].left_out
        )
        return replace(
            self,
            scaler=scaler,
            part_rows=rows,
            window_starts=starts,
            notes=(*notes, *left_out),
        )

    @property
    def shape(self) -> WindowShape:
        """The static sizes of a window, for models."""
        return WindowShape(
            lookback=self.window.lookback,
            horizon=self.window.horizon,
            targets=len(self.facts.target_names),
            channels=len(self.facts.columns),
            future_channels=len(self.facts.channels(ColumnRole.FUTURE, ColumnRole.CALENDAR)),
        )

    def starts(self, part: Part) -> WindowStarts:
        """Return where a part's windows begin."""
        return self.window_starts[part]

    def rows(self, part: Part) -> int:
        """Return how many rows a part has, over all series."""
        return sum(max(0, rows.stop - rows.start) for rows in self.part_rows[part])

    def series_at(self, position: int) -> str:
        """Return the series that holds a position of the time axis."""
        return next(s.series for s in self.facts.segments if s.start <= position < s.stop)

    def time_at(self, position: int) -> str:
        """Return the time stamp at a position of the time axis, ISO 8601."""
        return iso(int(self.times[position]))

    def in_units(self, scaled: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return scaled targets ``(…, target)`` in their original units."""
        targets = len(self.facts.target_names)
        return np.asarray(
            scaled.astype(np.float64) * self.scaler.std[:targets] + self.scaler.mean[:targets]
        )


def _check_length(facts: TableFacts, window: WindowConfig) -> None:
    longest = max(segment.rows for segment in facts.segments)
    if longest < window.rows:
        which = "The longest series" if len(facts.segments) > 1 else "The table"
        raise DataError(
            f"{which} has {longest} rows, but one window takes {window.rows} (lookback "
            f"{window.lookback} and horizon {window.horizon}).",
            remedy="Shorten the window, or bring more rows.",
        )


def _check_windows(
    part: Part, rows: tuple[PartRows, ...], starts: WindowStarts, window: WindowConfig
) -> None:
    if len(starts):
        return
    if starts.left_out:
        raise DataError(
            f"Each of the {starts.left_out} {part} windows touches a missing cell.",
            remedy="Raise missing.max_gap, shorten the window, or leave out columns with many "
            "missing cells.",
        )
    longest = max(part_rows.stop - part_rows.start for part_rows in rows)
    needed = window.rows if part is Part.TRAIN else window.horizon
    raise DataError(
        f"The {part} part is empty: it has {longest} rows, but its first window needs {needed}.",
        remedy="Change the split, shorten the window, or bring more rows.",
    )
