"""Killed, asked to stop, interrupted: the next attempt ends with the very same bytes."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

PREEMPTED = 75


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), (signal.SIGTERM, PREEMPTED), (signal.SIGINT, PREEMPTED)],
    ids=["SIGKILL", "SIGTERM", "SIGINT"],
)
def test_an_interrupted_run_ends_with_the_same_model(
    long_job: Any, uninterrupted: bytes, number: signal.Signals, code: int
) -> None:
    """After kill -9, eviction and Ctrl-C the next attempt resumes bit by bit."""
    assert long_job.interrupt(number, when="checkpoint_saved") == code
    assert not long_job.run.model.exists()
    word = long_job.termination
    assert word.reason == ("Preempted" if code == PREEMPTED else "Unfinished")
    assert word.step >= word.checkpoint.step > 0
    assert (long_job.run.root / word.checkpoint.path).is_file()
    assert word.memory_bytes > 10 * 1024**2
    if code == PREEMPTED:
        assert word.step == word.checkpoint.step
        last = long_job.events()[-1]
        assert (last.type, last.exit_code) == ("failed", PREEMPTED)
    resumed, log = long_job.finish(attempt=1)
    assert resumed == 0, log
    (ready,) = [event for event in long_job.events(1) if event.type == "dataset_ready"]
    assert ready.resumed_from_step > 0
    assert long_job.termination.resumed_from_step == ready.resumed_from_step
    assert long_job.weights == uninterrupted


def test_the_same_attempt_may_run_again(long_job: Any, uninterrupted: bytes) -> None:
    """A queue that takes its admission back and admits again: one event file, counted on."""
    assert long_job.interrupt(signal.SIGKILL, when="checkpoint_saved") == -9
    before = long_job.events()
    code, log = long_job.finish()
    assert code == 0, log
    events = long_job.events()
    assert events[: len(before)] == before
    assert [event.sequence for event in events] == list(range(len(events)))
    assert [event.type for event in events].count("started") == 2
    assert long_job.termination.resumed_from_step > 0
    assert long_job.weights == uninterrupted


def test_a_stop_while_the_data_is_opened_needs_no_checkpoint(
    plugin_job: Callable[[str], Any],
) -> None:
    """Before training nothing has to be saved: the attempt ends at once, with 75."""
    job = plugin_job("pass")
    plugin = job.folder / "site" / "odd_plugin.py"
    waits = "        import threading; threading.Event().wait()\n        return OddRun("
    plugin.write_text(plugin.read_text().replace("        return OddRun(", waits))
    assert job.interrupt(signal.SIGTERM, when="started") == 75
    assert job.termination.reason == "Preempted"
    assert job.termination.checkpoint is None


def test_a_second_request_ends_the_process_at_once(plugin_job: Callable[[str], Any]) -> None:
    """A trainer that does not come to a stop is ended by the second signal."""
    job = plugin_job(
        "import threading, sys\n"
        "print('waiting', file=sys.stderr, flush=True)\n"
        "while True: threading.Event().wait(0.01)"
    )
    with job.start() as process:
        try:
            while "waiting" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 75
    assert job.termination.message == "Asked to stop twice; ended at once."


def test_a_finished_training_is_not_repeated(make_job: Callable[..., Any]) -> None:
    """An attempt that died while it published goes on with measuring and publishing."""
    job = make_job()
    assert job.finish(0)[0] == 0
    before = job.weights
    for path in job.run.model.iterdir():
        path.unlink()
    assert job.finish(1)[0] == 0
    assert [event for event in job.events(1) if event.type == "epoch"] == []
    assert job.weights == before
    assert job.termination.checkpoint.step == job.termination.resumed_from_step


def test_never_trains_afresh(make_job: Callable[..., Any], make_spec: Callable[..., Any]) -> None:
    """`checkpoint.resume: Never` repeats all epochs."""
    job = make_job({**make_spec(), "checkpoint": {"resume": "Never"}})
    assert (job.finish(0)[0], job.finish(1)[0]) == (0, 0)
    assert len([event for event in job.events(1) if event.type == "epoch"]) == 2


def test_another_jobs_checkpoint_is_the_start(
    make_job: Callable[..., Any], make_spec: Callable[..., Any]
) -> None:
    """`resumeFrom` takes up the checkpoint in the folder beside this run's."""
    first = make_job(uid="uid-1")
    assert first.finish()[0] == 0
    second = make_job({**make_spec(), "resumeFrom": "uid-1"}, uid="uid-2")
    assert second.finish()[0] == 0
    (ready,) = [event for event in second.events() if event.type == "dataset_ready"]
    assert ready.resumed_from_step == ready.total_epochs * ready.steps_per_epoch
    assert second.weights == first.weights


def test_a_torn_event_line_is_cut_off(make_job: Callable[..., Any]) -> None:
    """An attempt that is started again goes on numbering after the last whole line."""
    job = make_job()
    path = job.run.events_file(0)
    path.parent.mkdir(parents=True)
    whole = (
        '{"formatVersion":1,"run":"uid-1","attempt":0,"sequence":0,'
        '"time":"2026-01-01T00:00:00Z","type":"started","pipeline":"p","device":"cpu"}\n'
    )
    path.write_text(whole + '{"formatVersion":1,"run":"ui')
    assert job.finish()[0] == 0
    events = job.events()
    assert [event.sequence for event in events] == list(range(len(events)))
    assert events[0].pipeline == "p"
