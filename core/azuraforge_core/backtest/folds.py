"""Which rows each fold trains on and is tested on; pure.

A rolling origin (Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of
Forecasting 16, 2000): the last part of the rows is cut into consecutive test folds, and whatever
lies before a fold, and nothing else, is there to train on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from azuraforge_contract.errors import DataError
from azuraforge_core.data.config import SplitConfig, WindowConfig
from azuraforge_core.data.facts import Segment
from azuraforge_core.data.split import Part, PartRows

__all__ = ["FEWEST_FOLDS", "BacktestWindow", "Fold", "FoldSettings", "cut_folds"]

FEWEST_FOLDS: Final = 2
"""One fold is a run with a test part."""


class BacktestWindow(StrEnum):
    """What a later fold trains on."""

    EXPANDING = "expanding"
    """All rows before it."""
    SLIDING = "sliding"
    """As many of the latest rows before it as the first fold had."""


@dataclass(frozen=True)
class FoldSettings:
    """How the rows are cut.

    Attributes:
        folds: how many, at least 2.
        window: what a later fold trains on.
        refit: whether each fold trains a model of its own, or all are tested with the first's.
        first: part of the rows that lies before the first fold, in (0, 1).
    """

    folds: int
    window: BacktestWindow = BacktestWindow.EXPANDING
    refit: bool = True
    first: float = 0.5


@dataclass(frozen=True)
class Fold:
    """One fold.

    Attributes:
        number: counts from 1, in order of time.
        parts: part → its rows in every series.
    """

    number: int
    parts: dict[Part, tuple[PartRows, ...]]


def cut_folds(
    segments: Sequence[Segment], split: SplitConfig, window: WindowConfig, settings: FoldSettings
) -> tuple[Fold, ...]:
    """Cut every series into folds.

    Validation is the end of what lies before a fold; its share of it is the one that the job's
    split gives it among training and validation. Rows behind a split's last boundary stay unused.

    Raises:
        DataError: some part of some fold holds no window in any series.
    """
    folds = tuple(
        _fold(number, segments, split, window, settings) for number in range(1, settings.folds + 1)
    )
    _check(folds, window, settings)
    return folds


def _fold(
    number: int,
    segments: Sequence[Segment],
    split: SplitConfig,
    window: WindowConfig,
    settings: FoldSettings,
) -> Fold:
    cuts = [_cut(number, segment, split, window, settings) for segment in segments]
    return Fold(number, {part: tuple(cut[part] for cut in cuts) for part in Part})


def _cut(
    number: int,
    segment: Segment,
    split: SplitConfig,
    window: WindowConfig,
    settings: FoldSettings,
) -> dict[Part, PartRows]:
    """Return the parts of one fold in one series."""
    rows = segment.rows if split.boundaries is None else min(segment.rows, split.boundaries[2])
    origins = [_origin(rows, k, settings) for k in range(settings.folds + 1)]
    test, test_end = origins[number - 1], origins[number]
    trained_to = test if settings.refit else origins[0]
    begin = trained_to - origins[0] if settings.window is BacktestWindow.SLIDING else 0
    validation = _validation_rows(trained_to - begin, split, window)
    start = segment.start
    return {
        # A window must not reach back over the rows that a sliding training part has left behind.
        Part.TRAIN: PartRows(start + begin, start + begin, start + trained_to - validation),
        Part.VALIDATION: PartRows(start, start + trained_to - validation, start + trained_to),
        Part.TEST: PartRows(start, start + test, start + test_end),
    }


def _origin(rows: int, number: int, settings: FoldSettings) -> int:
    """Return the row at which test fold ``number`` + 1 begins."""
    first = int(settings.first * rows)
    return first + (rows - first) * number // settings.folds


def _validation_rows(before: int, split: SplitConfig, window: WindowConfig) -> int:
    if split.boundaries is not None:
        train_end, validation_end, _ = split.boundaries
        share = (validation_end - train_end) / validation_end
    else:
        share = split.validation / (split.train + split.validation)
    return min(before, max(window.horizon, int(share * before)))


def _check(folds: Sequence[Fold], window: WindowConfig, settings: FoldSettings) -> None:
    shortest = min(folds, key=lambda fold: _longest(fold, Part.TEST))
    found = _longest(shortest, Part.TEST)
    if found < window.horizon:
        tested = sum(_longest(fold, Part.TEST) for fold in folds)
        most = tested // window.horizon
        raise DataError(
            f"Fold {shortest.number} of {settings.folds} has {found} rows to test on, but a "
            f"forecast of window.horizon {window.horizon} needs as many.",
            remedy=f"At most {most} folds fit into these rows."
            if most >= FEWEST_FOLDS
            else "Bring more rows, or shorten window.horizon.",
        )
    trained = _longest(folds[0], Part.TRAIN)
    if trained < window.rows:
        raise DataError(
            f"Fold 1 has {trained} rows to train on, but its first window needs {window.rows} "
            f"(lookback {window.lookback} and horizon {window.horizon}).",
            remedy="Begin the folds later with --first, shorten the window, or bring more rows.",
        )


def _longest(fold: Fold, part: Part) -> int:
    return max(rows.stop - rows.start for rows in fold.parts[part])
