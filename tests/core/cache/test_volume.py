"""Cache volumes that are full, read-only or absent: the job runs all the same."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from azuraforge_contract.errors import DataError, SourceUnreachableError, StorageError
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_core.cache import (
    CacheKey,
    CacheOutcome,
    CacheWriter,
    PrunePolicy,
    SharedCache,
    list_entries,
    prune,
    verify,
)
from azuraforge_core.cache.layout import LAST_USED

Fill = Callable[[CacheWriter], None]
MakeVolume = Callable[[str, int], Path]
MakeReadOnly = Callable[[Path], None]

MEBIBYTE = 1 << 20


def fill_four_mebibytes(writer: CacheWriter) -> None:
    """Write more than a small volume holds."""
    values = writer.create_array("values", (MEBIBYTE,), "<f4")
    values[...] = 1.0


def fill_and_explain(writer: CacheWriter) -> None:
    """Write too much, and take any failure for bad data."""
    try:
        fill_four_mebibytes(writer)
    except Exception as error:
        raise DataError("The table cannot be read.") from error


def unreachable(_: CacheWriter) -> None:
    """Fail as a source that does not answer."""
    raise SourceUnreachableError("The weather service did not answer.")


@pytest.mark.parametrize("fill_much", [fill_four_mebibytes, fill_and_explain])
def test_full_volume_is_no_failure(
    make_volume: MakeVolume, tmp_path: Path, key: CacheKey, fill: Fill, fill_much: Fill
) -> None:
    """With a full cache volume a job gets a private copy, and the cache keeps nothing of it."""
    volume = make_volume("small", MEBIBYTE)
    private = tmp_path / "private"
    private.mkdir()
    cache = SharedCache(volume / "cache", fallback_folder=private)
    entry = cache.open_or_fill(key, fill_much)
    assert entry.outcome is CacheOutcome.UNCACHED
    assert "cache volume is full" in entry.reason
    assert str(volume) in entry.reason
    assert entry.array("values").sum() == MEBIBYTE
    assert [path for path in volume.rglob("*") if path.is_file()] == []
    assert list(private.iterdir()) == []
    small = CacheKey.of({"source": "small"})
    assert cache.open_or_fill(small, fill).outcome is CacheOutcome.MISS


def test_volume_without_room_for_a_lease_is_no_failure(
    make_volume: MakeVolume, key: CacheKey, fill: Fill
) -> None:
    """Not even a lease fits: a job gets a private copy."""
    volume = make_volume("small", MEBIBYTE)
    with pytest.raises(OSError, match="No space"), (volume / "ballast").open("wb") as ballast:
        ballast.write(bytes(2 * MEBIBYTE))
    assert SharedCache(volume / "cache").open_or_fill(key, fill).outcome is CacheOutcome.UNCACHED


def test_no_room_anywhere_is_a_storage_error(make_volume: MakeVolume, key: CacheKey) -> None:
    """Where a private copy does not fit either the job fails with exit code 74 and a remedy."""
    volume, private = make_volume("small", MEBIBYTE), make_volume("private", MEBIBYTE)
    cache = SharedCache(volume, fallback_folder=private)
    with pytest.raises(StorageError, match="no room for the data set") as caught:
        cache.open_or_fill(key, fill_four_mebibytes)
    assert caught.value.exit_code is ExitCode.STORAGE_ERROR
    assert str(private) in caught.value.message
    assert "azuraforge cache prune" in caught.value.remedy
    assert list(private.iterdir()) == []


def test_read_only_volume_serves_what_it_has(
    make_volume: MakeVolume, make_read_only: MakeReadOnly, key: CacheKey, fill: Fill
) -> None:
    """A volume that is mounted read-only is opened and not marked; what it lacks is private."""
    volume = make_volume("cache", MEBIBYTE)
    SharedCache(volume).open_or_fill(key, fill).close()
    mark = volume / key.digest[:2] / key.digest / LAST_USED
    before = mark.stat().st_mtime_ns
    make_read_only(volume)
    entry = SharedCache(volume).open_or_fill(key, unreachable)
    assert entry.outcome is CacheOutcome.HIT
    assert np.array_equal(entry.array("values"), np.arange(4000).reshape(4, 1000))
    assert mark.stat().st_mtime_ns == before
    private = SharedCache(volume).open_or_fill(CacheKey.of({"source": "other"}), fill)
    assert private.outcome is CacheOutcome.UNCACHED
    assert "read-only" in private.reason
    assert np.array_equal(private.array("values"), np.arange(4000).reshape(4, 1000))


def test_read_only_volume_and_an_old_entry(
    make_volume: MakeVolume, make_read_only: MakeReadOnly, key: CacheKey, fill: Fill
) -> None:
    """An entry too old is fetched privately, and used when its source does not answer."""
    volume = make_volume("cache", MEBIBYTE)
    SharedCache(volume).open_or_fill(key, fill).close()
    make_read_only(volume)
    fresh = SharedCache(volume).open_or_fill(key, fill, max_age_hours=0)
    assert fresh.outcome is CacheOutcome.UNCACHED
    old = SharedCache(volume).open_or_fill(key, unreachable, max_age_hours=0)
    assert old.outcome is CacheOutcome.STALE


def test_read_only_volume_and_a_damaged_entry(
    make_volume: MakeVolume, make_read_only: MakeReadOnly, key: CacheKey, fill: Fill
) -> None:
    """A damaged entry that cannot be moved away is not used."""
    volume = make_volume("cache", MEBIBYTE)
    SharedCache(volume).open_or_fill(key, fill).close()
    os.truncate(volume / key.digest[:2] / key.digest / "values.npy", 5000)
    make_read_only(volume)
    entry = SharedCache(volume).open_or_fill(key, fill)
    assert entry.outcome is CacheOutcome.UNCACHED
    assert entry.array("values").sum() == np.arange(4000).sum()
    (found,) = verify(volume)
    assert "values.npy has 5000 bytes" in found.problem
    assert not found.quarantined


def test_root_that_cannot_be_is_no_failure(tmp_path: Path, key: CacheKey, fill: Fill) -> None:
    """Where a file stands in the cache's place a job gets a private copy."""
    (tmp_path / "file").write_text("no folder")
    entry = SharedCache(tmp_path / "file").open_or_fill(key, fill)
    assert entry.outcome is CacheOutcome.UNCACHED
    assert list_entries(tmp_path / "file") == []


def test_volume_that_cannot_be_pruned_is_a_storage_error(
    make_volume: MakeVolume, make_read_only: MakeReadOnly, key: CacheKey, fill: Fill
) -> None:
    """Pruning a read-only volume says so, with a remedy."""
    volume = make_volume("cache", MEBIBYTE)
    SharedCache(volume).open_or_fill(key, fill).close()
    os.utime(volume / key.digest[:2] / key.digest / LAST_USED, (1, 1))
    make_read_only(volume)
    assert len(prune(volume, PrunePolicy(max_bytes=0), dry_run=True).removed) == 1
    with pytest.raises(StorageError, match="Read-only file system") as caught:
        prune(volume, PrunePolicy(max_bytes=0))
    assert caught.value.remedy


def test_error_of_a_private_fill_is_the_callers(tmp_path: Path, key: CacheKey) -> None:
    """Without the cache, too, a fill's own error reaches the caller and nothing is left."""
    (tmp_path / "file").write_text("no folder")
    private = tmp_path / "private"
    private.mkdir()
    cache = SharedCache(tmp_path / "file", fallback_folder=private)
    with pytest.raises(SourceUnreachableError, match="did not answer"):
        cache.open_or_fill(key, unreachable)
    assert list(private.iterdir()) == []
