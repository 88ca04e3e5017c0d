"""One caller and a cache: filling, opening, failing, ageing."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from azuraforge_contract.errors import DataError, SourceUnreachableError
from azuraforge_core.cache import (
    CacheKey,
    CacheOutcome,
    CacheWriter,
    EntryState,
    SharedCache,
    list_entries,
)
from azuraforge_core.cache.entry import UsageMark
from azuraforge_core.cache.layout import LAST_USED

Fill = Callable[[CacheWriter], None]


def refuse(_: CacheWriter) -> None:
    """Fill nothing: the entry must be there."""
    raise AssertionError("filled although the entry is there")


def unreachable(_: CacheWriter) -> None:
    """Fail as a source that does not answer."""
    raise SourceUnreachableError("The weather service did not answer.")


def files_in(root: Path) -> list[Path]:
    """Return all files beneath ``root``."""
    return [path for path in root.rglob("*") if path.is_file()]


def test_first_fills_second_opens(root: Path, key: CacheKey, fill: Fill) -> None:
    """The first asker fills the entry, the next one finds the same arrays and facts."""
    made = SharedCache(root).open_or_fill(key, fill)
    found = SharedCache(root).open_or_fill(key, refuse)
    assert (made.outcome, found.outcome) == (CacheOutcome.MISS, CacheOutcome.HIT)
    for entry in (made, found):
        assert entry.digest == key.digest
        assert entry.facts == {"columns": ["a", "b", "c", "d"]}
        assert np.array_equal(entry.array("values"), np.arange(4000).reshape(4, 1000))
        assert entry.array("times").dtype == np.int64
        assert not entry.array("values").flags.writeable
    assert made.content_digest == found.content_digest


def test_layout_is_two_levels_of_digest(root: Path, key: CacheKey, fill: Fill) -> None:
    """An entry lies in a folder named by its digest, beside nothing but its marks."""
    SharedCache(root).open_or_fill(key, fill)
    folder = root / key.digest[:2] / key.digest
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", "values.npy", "times.npy", LAST_USED, "verified.json"}
    assert {path.parent for path in files_in(root)} == {folder}


def test_unknown_array_names_those_that_are_there(root: Path, key: CacheKey, fill: Fill) -> None:
    """Asking for an array that is not there says which ones are."""
    entry = SharedCache(root).open_or_fill(key, fill)
    with pytest.raises(KeyError, match=r"'valeus'.*\['times', 'values'\]"):
        entry.array("valeus")


@pytest.mark.parametrize("after_array", [False, True])
def test_error_of_a_fill_is_the_callers(
    root: Path, key: CacheKey, fill: Fill, after_array: bool
) -> None:
    """A fill that fails raises its own error, leaves nothing, and lets the next asker try."""
    raised = DataError("Row 3 is no number.")

    def fail(writer: CacheWriter) -> None:
        if after_array:
            writer.create_array("values", (10,), "<f4")
        raise raised

    with pytest.raises(DataError) as caught:
        SharedCache(root).open_or_fill(key, fail)
    assert caught.value is raised
    assert files_in(root) == []
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.MISS


def test_interrupt_of_a_fill_leaves_nothing(root: Path, key: CacheKey) -> None:
    """Ctrl-C during a fill is no error of the fill, and leaves nothing either."""

    def interrupted(writer: CacheWriter) -> None:
        writer.create_array("values", (10,), "<f4")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SharedCache(root).open_or_fill(key, interrupted)
    assert files_in(root) == []


def test_os_error_of_a_fill_is_no_trouble_of_the_volume(root: Path, key: CacheKey) -> None:
    """A missing source file is reported as such and not taken for a broken cache."""

    def fail(_: CacheWriter) -> None:
        raise FileNotFoundError(2, "No such file", "table.csv")

    with pytest.raises(FileNotFoundError, match=r"table\.csv"):
        SharedCache(root).open_or_fill(key, fail)


def test_a_fill_that_writes_nothing_is_refused(root: Path, key: CacheKey) -> None:
    """An entry without arrays is a mistake of the pipeline and never published."""
    with pytest.raises(ValueError, match="at least one array"):
        SharedCache(root).open_or_fill(key, lambda _: None)
    assert files_in(root) == []


@pytest.mark.parametrize("name", ["", "Values", "../values", "values.npy", "manifest.json"])
def test_names_that_are_no_names_are_refused(root: Path, key: CacheKey, name: str) -> None:
    """An array's name cannot leave the folder or meet another file."""
    with pytest.raises(ValueError, match="lower case"):
        SharedCache(root).open_or_fill(key, lambda writer: writer.save_array(name, [1.0]))


def test_a_taken_name_is_refused(root: Path, key: CacheKey) -> None:
    """An array cannot be created twice."""

    def twice(writer: CacheWriter) -> None:
        writer.save_array("values", [1.0])
        writer.save_array("values", [2.0])

    with pytest.raises(ValueError, match="exists already"):
        SharedCache(root).open_or_fill(key, twice)


def test_facts_must_be_json(root: Path, key: CacheKey) -> None:
    """Facts that JSON cannot say are refused when they are set."""
    with pytest.raises(ValueError, match="JSON"):
        SharedCache(root).open_or_fill(key, lambda writer: writer.set_facts({"x": float("nan")}))


def test_old_entry_is_fetched_anew(root: Path, key: CacheKey, fill: Fill) -> None:
    """An entry older than asked for is replaced, and who has it mapped goes on reading it."""
    old = SharedCache(root).open_or_fill(key, fill)
    before = old.array("values")
    fresh = SharedCache(root).open_or_fill(
        key, lambda writer: writer.save_array("values", np.ones((4, 1000), "<f4")), max_age_hours=0
    )
    assert fresh.outcome is CacheOutcome.MISS
    assert fresh.array("values").sum() == 4000
    assert np.array_equal(before, np.arange(4000).reshape(4, 1000))
    states = sorted(summary.state for summary in list_entries(root))
    assert states == [EntryState.PUBLISHED, EntryState.RETIRED]
    opened = SharedCache(root).open_or_fill(key, refuse, max_age_hours=1)
    assert (opened.outcome, opened.array("values").sum()) == (CacheOutcome.HIT, 4000)


def test_old_entry_serves_while_its_source_is_down(root: Path, key: CacheKey, fill: Fill) -> None:
    """An entry that is too old is used and says so when its source does not answer."""
    SharedCache(root).open_or_fill(key, fill)
    entry = SharedCache(root).open_or_fill(key, unreachable, max_age_hours=0)
    assert entry.outcome is CacheOutcome.STALE
    assert "0.0 hours ago" in entry.reason
    assert "did not answer" in entry.reason
    assert np.array_equal(entry.array("values"), np.arange(4000).reshape(4, 1000))
    assert [summary.state for summary in list_entries(root)] == [EntryState.PUBLISHED]


def test_source_that_is_down_is_an_error_without_an_entry(root: Path, key: CacheKey) -> None:
    """Without any entry a source that does not answer fails the request, unchanged."""
    with pytest.raises(SourceUnreachableError, match="did not answer"):
        SharedCache(root).open_or_fill(key, unreachable, max_age_hours=1)


def test_opening_marks_as_used(root: Path, key: CacheKey, fill: Fill) -> None:
    """Opening an entry sets the time of its last use."""
    SharedCache(root).open_or_fill(key, fill).close()
    mark = root / key.digest[:2] / key.digest / LAST_USED
    os.utime(mark, (0, 0))
    SharedCache(root).open_or_fill(key, refuse).close()
    assert mark.stat().st_mtime > 0


def test_open_entry_stays_marked_even_when_replaced(tmp_path: Path) -> None:
    """An entry in use is marked again and again, also after it was moved away."""
    folder = tmp_path / "entry"
    folder.mkdir()
    mark = UsageMark(folder, interval_seconds=0.01)
    moved = folder.rename(tmp_path / "retired")
    for _ in range(2):
        os.utime(moved / LAST_USED, (0, 0))
        while (moved / LAST_USED).stat().st_mtime == 0:
            pass
    mark.end()


def test_group_may_use_what_the_owner_made(root: Path, key: CacheKey, fill: Fill) -> None:
    """Pods of other users in the volume's group may open, mark, replace and prune entries."""
    before = os.umask(0o077)
    try:
        SharedCache(root).open_or_fill(key, fill)
    finally:
        os.umask(before)
    for path in (root, *root.rglob("*")):
        mode = path.stat().st_mode
        assert mode >> 3 & 0o7 == mode >> 6 & 0o7, path
