"""Who may fill: the steps of the protocol one by one, on a clock that the test sets."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.cache.lease import Lease, LeaseLost, LeaseTiming, LeaseWatch
from azuraforge_core.cache.lease_files import Holder
from azuraforge_core.process_identity import ProcessIdentity

DIGEST = "ab" * 32
TIMING = LeaseTiming(lease_seconds=60, heartbeat_seconds=10)


@dataclass
class Clock:
    """A monotonic clock that stands still until the test moves it."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """Return the file of a lease held by a process of a machine that cannot be judged."""
    path = tmp_path / f"{DIGEST}.1"
    path.write_bytes(Holder("a-token", "another-host").as_bytes())
    yield path
    assert path.parent.is_dir()


def watch(folder: Path, clock: Clock) -> LeaseWatch:
    """Return a new asker's view."""
    return LeaseWatch(folder, DIGEST, TIMING, clock)


def acquired(watcher: LeaseWatch) -> Lease:
    """Return the lease that the watcher gets now."""
    lease = watcher.try_acquire()
    assert lease is not None
    return lease


def watch_in_silence(watcher: LeaseWatch, clock: Clock, seconds: float) -> Lease | None:
    """Look every ten seconds for so long; return the lease if it was given."""
    for _ in range(int(seconds / 10)):
        if lease := watcher.try_acquire():
            return lease
        clock.seconds += 10
    return watcher.try_acquire()


def test_first_asker_gets_the_lease_and_the_second_waits(tmp_path: Path, clock: Clock) -> None:
    """One of two askers holds; after its release the other may."""
    first = acquired(watch(tmp_path, clock))
    assert watch(tmp_path, clock).try_acquire() is None
    assert first.is_held()
    first.release()
    with acquired(watch(tmp_path, clock)) as second:
        assert second.is_held()
        assert not first.is_held()
    assert list(tmp_path.iterdir()) == []


def test_lease_of_another_entry_does_not_count(tmp_path: Path, clock: Clock) -> None:
    """Each entry has its own lease."""
    with acquired(watch(tmp_path, clock)), acquired(LeaseWatch(tmp_path, "cd" * 32, TIMING, clock)):
        assert len(list(tmp_path.iterdir())) == 2


def test_silent_lease_is_taken_over(tmp_path: Path, held: Path, clock: Clock) -> None:
    """A lease that did not change for its whole time of watching goes to the watcher."""
    watcher = watch(tmp_path, clock)
    assert watch_in_silence(watcher, clock, 50) is None
    assert watcher.holder_host == "another-host"
    clock.seconds += 10
    with acquired(watcher):
        assert not held.exists()
        assert [path.name for path in tmp_path.iterdir()] == [f"{DIGEST}.2"]


def test_beating_lease_is_never_taken_over(tmp_path: Path, held: Path, clock: Clock) -> None:
    """A beat, whatever time it shows, starts the watching anew."""
    watcher = watch(tmp_path, clock)
    for beat in range(30):
        assert watch_in_silence(watcher, clock, 40) is None
        os.utime(held, (1000 - beat, 1000 - beat))


def test_pause_of_the_watcher_is_no_silence_of_the_holder(
    tmp_path: Path, held: Path, clock: Clock
) -> None:
    """A watcher that was itself frozen for an hour counts that as one beat at most."""
    assert held.exists()
    watcher = watch(tmp_path, clock)
    assert watcher.try_acquire() is None
    clock.seconds += 3600
    assert watcher.try_acquire() is None
    assert watch_in_silence(watcher, clock, 40) is None


def test_only_one_of_two_watchers_takes_over(tmp_path: Path, held: Path, clock: Clock) -> None:
    """Two watchers who both saw the holder dead: the second meets the first one's lease."""
    assert held.exists()
    one, other = watch(tmp_path, clock), watch(tmp_path, clock)
    for _ in range(6):
        assert one.try_acquire() is None
        assert other.try_acquire() is None
        clock.seconds += 10
    with acquired(one) as lease:
        assert other.try_acquire() is None
        assert lease.is_held()


def test_claim_on_a_lease_that_was_released_meanwhile_is_withdrawn(
    tmp_path: Path, clock: Clock
) -> None:
    """A claim whose predecessor is gone says nothing: the asker has to look again."""
    watcher = watch(tmp_path, clock)
    assert watcher._claim(2, predecessor=1) is None
    assert list(tmp_path.iterdir()) == []


def test_claim_below_a_newer_one_is_withdrawn(tmp_path: Path, held: Path, clock: Clock) -> None:
    """A claim that is not the newest says nothing."""
    newer = held.rename(tmp_path / f"{DIGEST}.5")
    assert watch(tmp_path, clock)._claim(1, predecessor=0) is None
    assert list(tmp_path.iterdir()) == [newer]


def test_holder_learns_of_a_takeover(tmp_path: Path, clock: Clock) -> None:
    """A holder who was judged dead holds no more, and its release harms nobody."""
    old = acquired(watch(tmp_path, clock))
    with acquired_after(tmp_path, clock) as new:
        assert not old.is_held()
        assert old.is_lost
        with pytest.raises(LeaseLost):
            old.check()
        old.release()
        assert new.is_held()


def acquired_after(folder: Path, clock: Clock) -> Lease:
    """Take over from a holder that is alive but seen silent: its heartbeat is ten seconds long."""
    lease = watch_in_silence(watch(folder, clock), clock, 60)
    assert lease is not None
    return lease


def test_lease_of_a_dead_process_is_taken_over_at_once(tmp_path: Path, clock: Clock) -> None:
    """A holder of this machine that is gone is not waited for."""
    here = ProcessIdentity.of_this_process()
    if here is None:
        pytest.skip("this system has no /proc")
    gone = ProcessIdentity(here.boot, here.namespace, here.pid, start="0")
    (tmp_path / f"{DIGEST}.1").write_bytes(Holder("a", "here", gone).as_bytes())
    with acquired(watch(tmp_path, clock)) as lease:
        assert lease.is_held()


@given(st.binary(max_size=40))
def test_torn_lease_file_has_no_name(content: bytes) -> None:
    """Whatever a lease file holds, reading it names nobody and raises nothing."""
    assert Holder.from_bytes(content) == Holder("")


@pytest.mark.parametrize("change", [{"boot": "other"}, {"namespace": "0:1"}])
def test_process_of_another_machine_is_never_judged(change: dict[str, str]) -> None:
    """Death is only said of processes whose numbers mean the same here."""
    here = ProcessIdentity.of_this_process()
    if here is None:
        pytest.skip("this system has no /proc")
    assert not here.is_certainly_dead()
    there = ProcessIdentity(**{**here.as_document(), "start": "0", **change})
    assert not there.is_certainly_dead()


def test_lease_must_outlast_its_heartbeat() -> None:
    """A lease that one late heartbeat would end is refused."""
    with pytest.raises(ValueError, match="two heartbeats"):
        LeaseTiming(lease_seconds=10, heartbeat_seconds=6)
