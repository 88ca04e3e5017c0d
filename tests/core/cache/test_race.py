"""Many processes that ask at once."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from azuraforge_core.cache import CacheKey, CacheOutcome, CacheWriter, SharedCache, Waiting

StartAsker = Callable[..., subprocess.Popen[str]]

PROCESSES = 8


@pytest.mark.parametrize("kill_first", [False, True])
def test_eight_processes_fill_once(
    start_asker: StartAsker, root: Path, tmp_path: Path, kill_first: bool
) -> None:
    """Of eight processes that ask at once one fills while seven wait; all see the same bytes.

    When a ninth was killed while it filled, one of the eight takes over, and only one.
    """
    waiters = tmp_path / "waiters"
    waiters.mkdir()
    if kill_first:
        filler = start_asker(stop_at="Fill")
        assert filler.stdout is not None
        assert json.loads(filler.stdout.readline()) == {"reached": "Fill"}
    askers = [
        start_asker(stop_at="Ready", waiters=str(waiters), wait_for=PROCESSES - 1)
        for _ in range(PROCESSES)
    ]
    for asker in askers:
        assert asker.stdout is not None
        assert json.loads(asker.stdout.readline()) == {"reached": "Ready"}
    if kill_first:
        filler.kill()
        filler.wait()
    for asker in askers:
        assert asker.stdin is not None
        asker.stdin.write("\n")
        asker.stdin.flush()
    said = [json.loads(asker.communicate()[0]) for asker in askers]
    assert Counter(each["outcome"] for each in said) == {"Miss": 1, "Hit": PROCESSES - 1}
    assert {each["total"] for each in said} == {float(np.arange(4000).sum())}
    assert (tmp_path / "fills").read_text() == "fill\n" * (2 if kill_first else 1)
    assert list((root / "filling").iterdir()) == []
    assert list((root / "leases").iterdir()) == []


def test_two_who_want_fresh_data_fetch_it_once(
    start_asker: StartAsker, root: Path, key: CacheKey, fill: Callable[[CacheWriter], None]
) -> None:
    """What another process fetched since one asked is fresh, however strict the age."""
    SharedCache(root).open_or_fill(key, fill)
    other = start_asker(stop_at="Fill", max_age_hours=0, offset=7)
    assert other.stdout is not None
    assert json.loads(other.stdout.readline()) == {"reached": "Fill"}
    released = False

    def release(_: Waiting) -> None:
        nonlocal released
        assert other.stdin is not None
        if not released:
            released = True
            print(file=other.stdin, flush=True)

    def refuse(_: CacheWriter) -> None:
        raise AssertionError("fetched again what was fetched just now")

    entry = SharedCache(root).open_or_fill(key, refuse, max_age_hours=0, wait_progress=release)
    assert entry.outcome is CacheOutcome.HIT
    assert np.array_equal(entry.array("values"), np.arange(4000).reshape(4, 1000) + 7)
