"""Entries that are not what was written: found, moved away, filled again."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from azuraforge_core.cache import (
    CacheKey,
    CacheOutcome,
    CacheWriter,
    EntryState,
    SharedCache,
    list_entries,
    verify,
)
from azuraforge_core.cache.key import canonical_json
from azuraforge_core.cache.manifest import _checksum

Fill = Callable[[CacheWriter], None]


def flip_bit(path: Path, position: int) -> None:
    """Turn one bit of a file over."""
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 4]))


def flip_array(folder: Path) -> None:
    """Turn a bit of the numbers over."""
    flip_bit(folder / "values.npy", 9000)


def flip_header(folder: Path) -> None:
    """Turn a bit of a header over."""
    flip_bit(folder / "values.npy", 20)


def flip_array_secretly(folder: Path) -> None:
    """Turn a bit over and set the modification time back."""
    before = (folder / "values.npy").stat()
    flip_array(folder)
    os.utime(folder / "values.npy", ns=(before.st_atime_ns, before.st_mtime_ns))


def flip_manifest(folder: Path) -> None:
    """Turn a bit of a fact over: the manifest stays readable JSON."""
    path = folder / "manifest.json"
    flip_bit(path, path.read_bytes().index(b'"a"') + 1)


def truncate(folder: Path) -> None:
    """Cut the last page off."""
    os.truncate(folder / "values.npy", (folder / "values.npy").stat().st_size - 4096)


def extend(folder: Path) -> None:
    """Append bytes."""
    with (folder / "values.npy").open("ab") as file:
        file.write(b"more")


def empty(folder: Path) -> None:
    """Empty the array's file."""
    os.truncate(folder / "values.npy", 0)


def remove_array(folder: Path) -> None:
    """Remove an array's file."""
    (folder / "times.npy").unlink()


def remove_manifest(folder: Path) -> None:
    """Remove the manifest."""
    (folder / "manifest.json").unlink()


def cut_manifest(folder: Path) -> None:
    """Cut the manifest in the middle."""
    os.truncate(folder / "manifest.json", 100)


def list_as_manifest(folder: Path) -> None:
    """Put JSON of another form in the manifest's place."""
    (folder / "manifest.json").write_text("[1, 2]")


def borrow_manifest(folder: Path) -> None:
    """Rename the key in the manifest, checksum included."""
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    del document["checksum"]
    document["key"] = {"another": "key"}
    document["checksum"] = _checksum(document)
    path.write_text(json.dumps(document))


DAMAGES = {
    flip_array: "values.npy do not match",
    flip_header: "values.npy do not match",
    flip_array_secretly: "values.npy do not match",
    flip_manifest: "its own checksum",
    truncate: "values.npy has 16000 bytes instead of 20096",
    extend: "values.npy has 20100 bytes instead of 20096",
    empty: "values.npy has 0 bytes",
    remove_array: "times.npy is missing",
    remove_manifest: "manifest is missing",
    cut_manifest: "cannot be read",
    list_as_manifest: "cannot be read",
    borrow_manifest: "belongs to another entry",
}


@pytest.mark.parametrize("same_process", [True, False])
@pytest.mark.parametrize(("damage", "reason"), DAMAGES.items())
def test_damaged_entry_is_moved_away_and_filled_again(
    root: Path,
    key: CacheKey,
    fill: Fill,
    damage: Callable[[Path], None],
    reason: str,
    same_process: bool,
) -> None:
    """Whatever happened to an entry's bytes, the next asker gets whole ones, a person a trace."""
    cache = SharedCache(root)
    cache.open_or_fill(key, fill)
    damage(root / key.digest[:2] / key.digest)
    entry = (cache if same_process else SharedCache(root)).open_or_fill(key, fill)
    assert entry.outcome is CacheOutcome.MISS
    assert np.array_equal(entry.array("values"), np.arange(4000).reshape(4, 1000))
    kept = [each for each in list_entries(root) if each.state is EntryState.QUARANTINED]
    assert len(kept) == 1
    assert reason in kept[0].problem
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.HIT


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_finds_what_opening_finds(
    root: Path, key: CacheKey, fill: Fill, damage: Callable[[Path], None]
) -> None:
    """Verifying a cache names the damage and moves the entry away."""
    SharedCache(root).open_or_fill(key, fill)
    assert [(found.problem, found.quarantined) for found in verify(root)] == [("", False)]
    damage(root / key.digest[:2] / key.digest)
    (found,) = verify(root)
    assert found.problem
    assert found.quarantined
    assert list(verify(root)) == []
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.MISS


def test_damage_that_leaves_no_trace_is_found_by_the_next_whole_reading(
    root: Path, key: CacheKey, fill: Fill
) -> None:
    """A disk that decays leaves all times alone: found once nobody vouches for the bytes."""
    SharedCache(root).open_or_fill(key, fill)
    folder = root / key.digest[:2] / key.digest
    flip_array(folder)
    marker = folder / "verified.json"
    document = json.loads(marker.read_text())
    for name, state in document["files"].items():
        now = (folder / name).stat()
        state[:] = [now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns]
    marker.write_text(json.dumps(document))
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.HIT
    an_hour_ago = marker.stat().st_mtime - 3601
    os.utime(marker, (an_hour_ago, an_hour_ago))
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.MISS


def test_whole_entry_is_read_once_by_all(
    root: Path, key: CacheKey, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that open an entry within the hour do not read its bytes for checking again."""
    SharedCache(root).open_or_fill(key, fill)

    def read(_: Path) -> str:
        raise AssertionError("read all bytes although somebody vouches for them")

    monkeypatch.setattr("azuraforge_core.cache.verification.sha256_of", read)
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.HIT


def test_entry_of_a_newer_release_is_left_alone(root: Path, key: CacheKey, fill: Fill) -> None:
    """An entry in a newer format is neither opened nor touched: the job uses a private copy."""
    SharedCache(root).open_or_fill(key, fill)
    path = root / key.digest[:2] / key.digest / "manifest.json"
    document = json.loads(path.read_text())
    del document["checksum"]
    document["formatVersion"] = 2
    document["checksum"] = _checksum(document)
    path.write_text(canonical_json(document))
    entry = SharedCache(root).open_or_fill(key, fill)
    assert entry.outcome is CacheOutcome.UNCACHED
    assert "a newer release" in entry.reason
    (found,) = verify(root)
    assert ("formatVersion 2" in found.problem, found.quarantined) == (True, False)
    assert json.loads(path.read_text()) == document
