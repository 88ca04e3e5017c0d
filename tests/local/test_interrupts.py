"""Requests to stop, as signals to this very process."""

import os
import signal
import subprocess
import sys
import time

from azuraforge_local.interrupts import listen_for_interrupts


def test_the_first_request_stops_and_the_second_kills() -> None:
    """Ctrl-C asks for a checkpoint, Ctrl-C again does not wait for it."""
    with listen_for_interrupts() as interrupts:
        assert not interrupts.wants_stop
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.wants_stop
        assert not interrupts.wants_kill
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.wants_kill


def test_a_signal_and_the_end_of_a_child_cut_a_wait_short() -> None:
    """Nobody waits out a tick to see that a trainer has ended."""
    with listen_for_interrupts() as interrupts:
        begun = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)
        interrupts.wait(60)
        child = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""])
        interrupts.wait(60)
        assert child.wait(60) == 0
        assert time.monotonic() - begun < 60


def test_what_was_ignored_stays_ignored_and_all_is_put_back() -> None:
    """A run under nohup does not end with its terminal, and no handler outlives the run."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sigint = signal.getsignal(signal.SIGINT)
    try:
        with listen_for_interrupts() as interrupts:
            os.kill(os.getpid(), signal.SIGHUP)
            interrupts.wait(0)
            assert not interrupts.wants_stop
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGINT) == sigint
