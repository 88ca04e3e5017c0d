"""Where the windows of a part begin, without a list of them.

Used by `ForecastDataset`. A table of millions of rows has millions of windows; they are kept as a
few runs of evenly spaced starts, cut where a window would touch a missing cell or leave its series.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from azuraforge_core.data.config import WindowConfig
from azuraforge_core.data.split import PartRows

__all__ = ["MissingRuns", "WindowStarts", "find_missing_runs", "find_starts"]

Int64Array = npt.NDArray[np.int64]

CHUNK_ROWS: Final = 1 << 14


@dataclass(frozen=True)
class MissingRuns:
    """Runs of rows in which some channel is missing, as ``(start, stop)`` pairs in order.

    Attributes:
        inputs: runs in which any channel is missing.
        outputs: runs in which a channel is missing that the horizon needs.
    """

    inputs: tuple[tuple[int, int], ...]
    outputs: tuple[tuple[int, int], ...]


class WindowStarts:
    """The starts of a part's windows, in order of time.

    Args:
        runs: first start and number of starts of every run.
        stride: rows between two starts of a run.
        left_out: windows left out because they touch a missing cell.
    """

    def __init__(self, runs: Sequence[tuple[int, int]], *, stride: int, left_out: int) -> None:
        self._firsts = np.array([first for first, _ in runs], dtype=np.int64)
        self._offsets = np.cumsum([0, *(count for _, count in runs)]).astype(np.int64)
        self._stride = stride
        self.left_out = left_out

    def __len__(self) -> int:
        """Return how many windows there are."""
        return int(self._offsets[-1])

    def take(self, numbers: npt.ArrayLike) -> Int64Array:
        """Return the starts of some windows.

        Args:
            numbers: integers ``(batch,)``, the windows' numbers from 0.

        Returns:
            int64 ``(batch,)`` positions on the time axis.

        Raises:
            IndexError: a number is not that of a window.
        """
        wanted = np.asarray(numbers, dtype=np.int64)
        if wanted.size and not 0 <= int(wanted.min()) <= int(wanted.max()) < len(self):
            raise IndexError(f"windows are numbered 0 to {len(self) - 1}")
        run = np.searchsorted(self._offsets, wanted, side="right") - 1
        starts: Int64Array = self._firsts[run] + (wanted - self._offsets[run]) * self._stride
        return starts

    def batches(self, size: int) -> Iterator[Int64Array]:
        """Yield all starts in order, ``(batch,)`` at a time; the last batch may be smaller."""
        for first in range(0, len(self), size):
            yield self.take(np.arange(first, min(first + size, len(self))))

    def thinned(self, most: int) -> "WindowStarts":
        """Return at most so many of these starts, evenly spread within every run."""
        every = -(-len(self) // most) if most else 1
        runs = [
            (int(first), -(-int(count) // every))
            for first, count in zip(self._firsts, np.diff(self._offsets), strict=True)
        ]
        return WindowStarts(runs, stride=self._stride * every, left_out=self.left_out)


def find_missing_runs(values: npt.NDArray[np.float32], outputs: Sequence[int]) -> MissingRuns:
    """Look once through a table, in small pieces, for rows with missing cells.

    Args:
        values: float32 ``(channel, time)``, NaN where missing.
        outputs: the channels that the horizon needs.
    """
    rows = values.shape[1]
    inputs_seen: list[Int64Array] = []
    outputs_seen: list[Int64Array] = []
    for first in range(0, rows, CHUNK_ROWS):
        missing = np.isnan(values[:, first : first + CHUNK_ROWS])
        inputs_seen.append(np.flatnonzero(missing.any(axis=0)) + first)
        outputs_seen.append(np.flatnonzero(missing[list(outputs)].any(axis=0)) + first)
    return MissingRuns(_runs(inputs_seen), _runs(outputs_seen))


def find_starts(
    parts: Iterable[PartRows], missing: MissingRuns, window: WindowConfig, *, stride: int
) -> WindowStarts:
    """Return the starts of all windows whose horizon lies in a part and that miss nothing.

    Args:
        parts: the part's rows in every series. A window may look back over a part's border, never
            over a series'.
        missing: runs of rows with missing cells.
        window: lookback and horizon in rows.
        stride: rows between two starts.
    """
    blocked = _blocked_starts(missing, window)
    runs: list[tuple[int, int]] = []
    possible = 0
    for part in parts:
        first = max(part.start - window.lookback, part.series_start)
        last = part.stop - window.rows
        if last < first:
            continue
        possible += (last - first) // stride + 1
        for low, high in _free_stretches(first, last, blocked):
            aligned = first + -(-(low - first) // stride) * stride
            if aligned <= high:
                runs.append((aligned, (high - aligned) // stride + 1))
    kept = sum(count for _, count in runs)
    return WindowStarts(runs, stride=stride, left_out=possible - kept)


def _blocked_starts(missing: MissingRuns, window: WindowConfig) -> list[tuple[int, int]]:
    """Return, in order, stretches (both ends included) of starts whose window misses something."""
    blocked = [(start - window.lookback + 1, stop - 1) for start, stop in missing.inputs]
    blocked += [
        (start - window.rows + 1, stop - 1 - window.lookback) for start, stop in missing.outputs
    ]
    return sorted(blocked)


def _free_stretches(
    first: int, last: int, blocked: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the stretches of ``first … last`` (both included) that no blocked stretch covers."""
    free = first
    for low, high in blocked:
        if low > last:
            break
        if low > free:
            yield free, low - 1
        free = max(free, high + 1)
    if free <= last:
        yield free, last


def _runs(pieces: list[Int64Array]) -> tuple[tuple[int, int], ...]:
    rows = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)
    if not len(rows):
        return ()
    breaks = np.flatnonzero(np.diff(rows) > 1)
    starts = rows[np.concatenate([[0], breaks + 1])]
    stops = rows[np.concatenate([breaks, [len(rows) - 1]])] + 1
    return tuple(zip(starts.tolist(), stops.tolist(), strict=True))
