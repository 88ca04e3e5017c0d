"""What may leave a cache."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.cache import (
    CacheKey,
    CacheWriter,
    EntryState,
    EntrySummary,
    PrunePolicy,
    SharedCache,
    list_entries,
    prune,
)
from azuraforge_core.cache.layout import LAST_USED, CacheLayout
from azuraforge_core.cache.pruning import _remove, plan_pruning

Fill = Callable[[CacheWriter], None]

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
HOURS = st.floats(0, 1000)


@st.composite
def entries(draw: st.DrawFn) -> list[EntrySummary]:
    """Draw what may lie in a cache."""
    return [
        EntrySummary(
            digest=f"{index:064x}",
            state=draw(st.sampled_from(EntryState)),
            path=Path(str(index)),
            size_bytes=draw(st.integers(0, 1000)),
            last_used_at=NOW - dt.timedelta(hours=draw(HOURS)),
            manifest=None,
            problem="",
        )
        for index in range(draw(st.integers(0, 12)))
    ]


POLICIES = st.builds(
    PrunePolicy,
    max_bytes=st.none() | st.integers(0, 5000),
    older_than_hours=st.none() | HOURS,
    protected_hours=st.floats(24, 200),
    quarantine_hours=HOURS,
)


def unused_hours(entry: EntrySummary) -> float:
    """Return how long nobody used it."""
    return (NOW - entry.last_used_at).total_seconds() / 3600


@given(entries(), POLICIES)
def test_nothing_protected_goes(found: list[EntrySummary], policy: PrunePolicy) -> None:
    """Whatever the limits, nothing goes that was used within the protected hours, 24 at least."""
    due = plan_pruning(found, policy, NOW)
    assert all(unused_hours(entry) >= policy.protected_hours >= 24 for entry in due)
    assert len(due) == len({entry.digest for entry in due})


@given(entries(), POLICIES)
def test_room_is_made_if_it_can_be(found: list[EntrySummary], policy: PrunePolicy) -> None:
    """The limit is kept, or everything that is not protected is gone."""
    due = plan_pruning(found, policy, NOW)
    kept = [entry for entry in found if entry not in due]
    is_within = policy.max_bytes is None or sum(e.size_bytes for e in kept) <= policy.max_bytes
    assert is_within or all(unused_hours(entry) < policy.protected_hours for entry in kept)


@given(entries(), st.integers(0, 5000))
def test_least_recently_used_goes_first(found: list[EntrySummary], max_bytes: int) -> None:
    """No entry goes to make room while one that was used longer ago stays."""
    due = plan_pruning(found, PrunePolicy(max_bytes=max_bytes), NOW)
    gone = [entry for entry in due if entry.state is EntryState.PUBLISHED]
    kept = [e for e in found if e.state is EntryState.PUBLISHED and e not in due]
    if gone and kept:
        assert max(e.last_used_at for e in gone) <= min(e.last_used_at for e in kept)


@given(entries(), POLICIES)
def test_no_more_goes_than_has_to(found: list[EntrySummary], policy: PrunePolicy) -> None:
    """A published entry goes only for its age or for want of room; keeping the last breaks it."""
    due = plan_pruning(found, policy, NOW)
    age = policy.older_than_hours
    for_room = [
        entry
        for entry in due
        if entry.state is EntryState.PUBLISHED and (age is None or unused_hours(entry) < age)
    ]
    if for_room:
        assert policy.max_bytes is not None
        kept_bytes = sum(entry.size_bytes for entry in found if entry not in due)
        assert kept_bytes + for_room[-1].size_bytes > policy.max_bytes


@given(entries(), POLICIES)
def test_pruning_again_finds_nothing(found: list[EntrySummary], policy: PrunePolicy) -> None:
    """What is left after pruning stays when the same policy is applied at once again."""
    due = plan_pruning(found, policy, NOW)
    kept = [entry for entry in found if entry not in due]
    assert plan_pruning(kept, policy, NOW) == []


@pytest.mark.parametrize("hours", [0.0, 23.9, -1.0, float("nan")])
def test_a_day_of_protection_is_the_least(hours: float) -> None:
    """Nobody can allow entries of running jobs to be pruned."""
    with pytest.raises(ValueError, match="never pruned"):
        PrunePolicy(protected_hours=hours)


def make_entries(root: Path, fill: Fill, unused_hours_of: list[float]) -> list[CacheKey]:
    """Fill entries and set the time of their last use."""
    keys = [CacheKey.of({"number": number}) for number in range(len(unused_hours_of))]
    for key, hours in zip(keys, unused_hours_of, strict=True):
        SharedCache(root).open_or_fill(key, fill).close()
        used_at = dt.datetime.now(dt.UTC).timestamp() - hours * 3600
        os.utime(root / key.digest[:2] / key.digest / LAST_USED, (used_at, used_at))
    return keys


def test_prune_removes_and_a_dry_run_only_says(root: Path, fill: Fill) -> None:
    """A dry run reports what pruning then removes; files that somebody maps stay readable."""
    keys = make_entries(root, fill, [100, 50, 1])
    mapped = SharedCache(root).open_or_fill(keys[0], fill)
    used_at = dt.datetime.now(dt.UTC).timestamp() - 100 * 3600
    os.utime(root / keys[0].digest[:2] / keys[0].digest / LAST_USED, (used_at, used_at))
    policy = PrunePolicy(max_bytes=1)
    said = prune(root, policy, dry_run=True)
    assert len(list_entries(root)) == 3
    done = prune(root, policy)
    assert [entry.digest for entry in done.removed] == [keys[0].digest, keys[1].digest]
    assert (said.removed, said.freed_bytes, said.kept_bytes) == (
        done.removed,
        done.freed_bytes,
        done.kept_bytes,
    )
    assert done.is_over_limit
    assert [entry.digest for entry in list_entries(root)] == [keys[2].digest]
    assert mapped.array("values").sum() == sum(range(4000))


def test_entry_that_is_opened_while_it_is_pruned_stays(
    root: Path, key: CacheKey, fill: Fill
) -> None:
    """An entry that was marked after it was listed is put back."""
    SharedCache(root).open_or_fill(key, fill).close()
    mark = root / key.digest[:2] / key.digest / LAST_USED
    os.utime(mark, (1, 1))
    (listed,) = list_entries(root)
    with SharedCache(root).open_or_fill(key, fill):
        assert not _remove(CacheLayout(root), listed)
    assert [entry.state for entry in list_entries(root)] == [EntryState.PUBLISHED]


def test_entry_that_went_while_it_is_pruned_is_no_failure(
    root: Path, key: CacheKey, fill: Fill
) -> None:
    """Two prunings at once do not disturb each other."""
    SharedCache(root).open_or_fill(key, fill).close()
    os.utime(root / key.digest[:2] / key.digest / LAST_USED, (1, 1))
    (listed,) = list_entries(root)
    assert _remove(CacheLayout(root), listed)
    assert not _remove(CacheLayout(root), listed)


def test_what_dead_fillers_left_goes_after_a_day(root: Path) -> None:
    """Unfinished entries and silent leases go, but not those of a filler that beats."""
    layout = CacheLayout(root)
    dead, alive = "aa" * 32, "bb" * 32
    for digest in (dead, alive):
        folder = layout.filling / f"{digest}.token"
        folder.mkdir(parents=True)
        (folder / "values.npy").write_bytes(bytes(100))
        layout.leases.mkdir(exist_ok=True)
        (layout.leases / f"{digest}.1").touch()
        for path in (folder / "values.npy", folder, layout.leases / f"{digest}.1"):
            os.utime(path, (1, 1))
    os.utime(layout.leases / f"{alive}.1")
    assert [entry.digest for entry in prune(root, PrunePolicy()).removed] == [dead]
    assert [path.name for path in layout.leases.iterdir()] == [f"{alive}.1"]
    assert [path.name for path in layout.filling.iterdir()] == [f"{alive}.token"]


def test_absent_cache_has_nothing_to_prune(root: Path) -> None:
    """A cache that was never used lists and prunes as an empty one."""
    assert list_entries(root) == []
    assert prune(root, PrunePolicy(max_bytes=0)).removed == ()
    assert not root.exists()


def test_list_says_what_is_there(root: Path, key: CacheKey, fill: Fill) -> None:
    """An entry is listed with what it was made from, its room, and when it was used."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    SharedCache(root).open_or_fill(key, fill)
    (entry,) = list_entries(root)
    assert entry.manifest is not None
    assert entry.parameters == key.parameters
    assert entry.size_bytes >= entry.manifest.size_bytes == 20096 + 12096
    assert entry.last_used_at > before
    assert not entry.problem
