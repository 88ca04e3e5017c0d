"""Which rows each fold gets: every row tested once, none learnt from before its time."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from azuraforge_contract.errors import DataError
from azuraforge_core.backtest.folds import BacktestWindow, Fold, FoldSettings, cut_folds
from azuraforge_core.data.config import SplitConfig, WindowConfig
from azuraforge_core.data.facts import Segment
from azuraforge_core.data.split import Part, PartRows

WINDOW = WindowConfig(lookback=8, horizon=4)

settings = st.builds(
    FoldSettings,
    folds=st.integers(2, 12),
    window=st.sampled_from(BacktestWindow),
    refit=st.booleans(),
    first=st.floats(0.1, 0.9),
)
series = st.lists(st.integers(0, 900), min_size=1, max_size=4)


def segments_of(lengths: list[int]) -> list[Segment]:
    """Return series of some lengths, one behind the other."""
    stops = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    return [
        Segment(series=f"s{i}", start=stop - rows, stop=stop)
        for i, (rows, stop) in enumerate(zip(lengths, stops, strict=True))
    ]


def cut(lengths: list[int], chosen: FoldSettings, split: SplitConfig | None = None) -> list[Fold]:
    """Return the folds, or give the example up where the rows do not suffice."""
    try:
        return list(cut_folds(segments_of(lengths), split or SplitConfig(), WINDOW, chosen))
    except DataError:
        assume(False)
        raise


@given(series, settings)
def test_every_row_behind_the_first_origin_is_tested_once(
    lengths: list[int], chosen: FoldSettings
) -> None:
    """The test parts of a series follow one another without a gap up to its end."""
    folds = cut(lengths, chosen)
    for number, segment in enumerate(segments_of(lengths)):
        tests = [fold.parts[Part.TEST][number] for fold in folds]
        assert tests[0].start == segment.start + int(chosen.first * segment.rows)
        assert tests[-1].stop == segment.stop
        assert all(one.stop == other.start for one, other in pairwise(tests))
        rows = [test.stop - test.start for test in tests]
        assert max(rows) - min(rows) <= 1


@given(series, settings)
def test_nothing_is_learnt_from_what_is_tested(lengths: list[int], chosen: FoldSettings) -> None:
    """Training ends where validation begins, and validation before the fold, in every series."""
    for fold in cut(lengths, chosen):
        for number, segment in enumerate(segments_of(lengths)):
            train, validation, test = (fold.parts[part][number] for part in Part)
            assert segment.start <= train.start <= train.stop == validation.start
            assert validation.stop <= test.start
            assert test.series_start == validation.series_start == segment.start


@given(series, settings)
def test_windows_grow_slide_or_stay(lengths: list[int], chosen: FoldSettings) -> None:
    """Expanding keeps the begin, sliding the length, and without refitting both stay."""
    folds = cut(lengths, chosen)
    for number in range(len(lengths)):
        spans = [
            (fold.parts[Part.TRAIN][number].start, fold.parts[Part.VALIDATION][number].stop)
            for fold in folds
        ]
        if not chosen.refit:
            assert len(set(spans)) == 1
        elif chosen.window is BacktestWindow.EXPANDING:
            assert len({begin for begin, _ in spans}) == 1
        else:
            assert len({end - begin for begin, end in spans}) == 1
        # a window of a sliding fold never sees rows that the fold has left behind
        train = [fold.parts[Part.TRAIN][number] for fold in folds]
        assert all(rows.series_start == rows.start for rows in train)


def test_boundaries_of_a_split_bound_the_rows() -> None:
    """Rows behind the last boundary stay unused, and validation keeps its share."""
    split = SplitConfig(boundaries=(600, 800, 900))
    folds = cut([1000], FoldSettings(3, first=0.5), split)
    assert folds[0].parts[Part.TEST] == (PartRows(0, 450, 600),)
    assert folds[-1].parts[Part.TEST] == (PartRows(0, 750, 900),)
    assert folds[0].parts[Part.VALIDATION] == (PartRows(0, 450 - 112, 450),)  # a quarter of 450


def test_too_many_folds_say_how_many_fit() -> None:
    """A fold shorter than the horizon is refused with the number of folds that would do."""
    with pytest.raises(DataError, match=r"Fold \d+ of 60 has 3 rows to test on") as refused:
        cut_folds(segments_of([400]), SplitConfig(), WINDOW, FoldSettings(60))
    assert refused.value.remedy == "At most 50 folds fit into these rows."
    cut_folds(segments_of([400]), SplitConfig(), WINDOW, FoldSettings(50))


def test_too_few_rows_before_the_first_fold_are_refused() -> None:
    """A first fold without one whole window to train on is refused."""
    with pytest.raises(DataError, match="Fold 1 has 8 rows to train on"):
        cut_folds(segments_of([100]), SplitConfig(), WINDOW, FoldSettings(4, first=0.12))
