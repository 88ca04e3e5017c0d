"""Fillers that die or freeze at any moment."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import SourceUnreachableError
from azuraforge_core.cache import (
    CacheKey,
    CacheOutcome,
    CacheWriter,
    LeaseTiming,
    SharedCache,
    Waiting,
)

Fill = Callable[[CacheWriter], None]
Asker = subprocess.Popen[str]
StartAsker = Callable[..., Asker]

RAMP = np.arange(4000).reshape(4, 1000)
BEFORE_PUBLISHING = ["Leased", "Started", "Fill", "Written", "Finished"]
SHORT = (0.6, 0.1, 0.02)
"""Lease, heartbeat and poll in seconds, for tests that wait for a lease to die of silence."""
LONGER = (1.5, 0.1, 0.02)
"""The same where a busy machine must not silence a filler that lives."""


def heard(asker: Asker) -> dict[str, Any]:
    """Return the next thing that an asker says; a silent one ends the test by its time limit."""
    assert asker.stdout is not None
    said: dict[str, Any] = json.loads(asker.stdout.readline())
    return said


def go_on(asker: Asker) -> None:
    """Let an asker that stopped go on."""
    assert asker.stdin is not None
    asker.stdin.write("\n")
    asker.stdin.flush()


def left_over(root: Path) -> list[Path]:
    """Return unfinished entries and leases."""
    return [*(root / "filling").iterdir(), *(root / "leases").iterdir()]


def unreachable(_: CacheWriter) -> None:
    """Fail as a source that does not answer."""
    raise SourceUnreachableError("The weather service did not answer.")


@pytest.mark.parametrize("stage", BEFORE_PUBLISHING)
def test_waiter_takes_over_from_a_killed_filler(
    root: Path, key: CacheKey, fill: Fill, start_asker: StartAsker, stage: str
) -> None:
    """Whoever waits for a filler that is killed fills the entry itself, and nothing is left."""
    filler = start_asker(stop_at=stage)
    assert heard(filler) == {"reached": stage}

    def kill(_: Waiting) -> None:
        filler.kill()
        assert filler.wait() == -signal.SIGKILL

    entry = SharedCache(root).open_or_fill(key, fill, wait_progress=kill)
    assert entry.outcome is CacheOutcome.MISS
    assert np.array_equal(entry.array("values"), RAMP)
    assert left_over(root) == []


@pytest.mark.parametrize("stage", ["MovedIn", "Published"])
def test_entry_is_there_once_it_was_moved_in(
    root: Path, key: CacheKey, fill: Fill, start_asker: StartAsker, stage: str
) -> None:
    """A filler killed after the rename has done its work; what it left goes with the next fill."""
    filler = start_asker(stop_at=stage)
    assert heard(filler) == {"reached": stage}
    filler.kill()
    filler.wait()
    entry = SharedCache(root).open_or_fill(key, fill)
    assert entry.outcome is CacheOutcome.HIT
    assert np.array_equal(entry.array("values"), RAMP)
    SharedCache(root).open_or_fill(key, fill, max_age_hours=0)
    assert left_over(root) == []


@pytest.mark.parametrize("stage", BEFORE_PUBLISHING)
def test_killed_refresh_keeps_the_old_entry(
    root: Path, key: CacheKey, fill: Fill, start_asker: StartAsker, stage: str
) -> None:
    """A filler killed while it replaces an entry leaves the old one in its place."""
    SharedCache(root).open_or_fill(key, fill)
    filler = start_asker(stop_at=stage, max_age_hours=0, offset=7)
    assert heard(filler) == {"reached": stage}
    filler.kill()
    filler.wait()
    assert SharedCache(root).open_or_fill(key, fill).outcome is CacheOutcome.HIT
    entry = SharedCache(root).open_or_fill(key, unreachable, max_age_hours=0)
    assert entry.outcome is CacheOutcome.STALE
    assert np.array_equal(entry.array("values"), RAMP)
    assert left_over(root) == []


@pytest.mark.parametrize("max_age_hours", [None, 0.0])
def test_refresh_killed_between_its_renames_is_undone(
    root: Path,
    key: CacheKey,
    fill: Fill,
    start_asker: StartAsker,
    max_age_hours: float | None,
) -> None:
    """Killed when the old entry is away and the new one not in, the old one is put back."""
    SharedCache(root).open_or_fill(key, fill)
    filler = start_asker(stop_at="MovedAway", max_age_hours=0, offset=7)
    assert heard(filler) == {"reached": "MovedAway"}
    assert not (root / key.digest[:2] / key.digest).exists()
    filler.kill()
    filler.wait()
    entry = SharedCache(root).open_or_fill(key, unreachable, max_age_hours=max_age_hours)
    assert entry.outcome is (CacheOutcome.HIT if max_age_hours is None else CacheOutcome.STALE)
    assert np.array_equal(entry.array("values"), RAMP)
    assert left_over(root) == []


def test_refresh_killed_after_its_renames_stands(
    root: Path, key: CacheKey, fill: Fill, start_asker: StartAsker
) -> None:
    """Killed when the new entry is in, the new one stays and the old one is retired later."""
    SharedCache(root).open_or_fill(key, fill)
    filler = start_asker(stop_at="MovedIn", max_age_hours=0, offset=7)
    assert heard(filler) == {"reached": "MovedIn"}
    filler.kill()
    filler.wait()
    entry = SharedCache(root).open_or_fill(key, unreachable)
    assert np.array_equal(entry.array("values"), RAMP + 7)
    SharedCache(root).open_or_fill(key, unreachable, max_age_hours=0)
    assert left_over(root) == []
    assert len(list((root / "retired").iterdir())) == 1


@pytest.mark.parametrize("stage", BEFORE_PUBLISHING)
def test_frozen_filler_loses_its_lease(
    root: Path, key: CacheKey, fill: Fill, start_asker: StartAsker, stage: str
) -> None:
    """A filler that falls silent is replaced, and learns it before it publishes anything."""
    filler = start_asker(stop_at=stage, timing=SHORT)
    assert heard(filler) == {"reached": stage}
    filler.send_signal(signal.SIGSTOP)
    timing = LeaseTiming(*SHORT)
    entry = SharedCache(root, timing=timing).open_or_fill(key, fill)
    assert entry.outcome is CacheOutcome.MISS
    filler.send_signal(signal.SIGCONT)
    go_on(filler)
    assert heard(filler) == {"outcome": "Hit", "total": float(RAMP.sum())}
    assert SharedCache(root).open_or_fill(key, fill).manifest.publication == (
        entry.manifest.publication
    )
    assert left_over(root) == []


def test_heartbeat_keeps_a_slow_filler(
    root: Path, key: CacheKey, fill: Fill, start_asker: StartAsker, tmp_path: Path
) -> None:
    """A filler that takes longer than its lease is waited for as long as it beats."""
    filler = start_asker(stop_at="Fill", timing=LONGER)
    assert heard(filler) == {"reached": "Fill"}
    released = False

    def release_after_two_leases(waiting: Waiting) -> None:
        nonlocal released
        assert waiting.holder_host
        if waiting.waited_seconds > 2 * LONGER[0] and not released:
            released = True
            go_on(filler)

    cache = SharedCache(root, timing=LeaseTiming(*LONGER))
    entry = cache.open_or_fill(key, fill, wait_progress=release_after_two_leases)
    assert entry.outcome is CacheOutcome.HIT
    assert heard(filler)["outcome"] == "Miss"
    assert (tmp_path / "fills").read_text() == "fill\n"
