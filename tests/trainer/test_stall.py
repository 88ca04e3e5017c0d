"""The stall watchdog: an attempt that finishes nothing is given up, however it hangs."""

from collections.abc import Callable
from typing import Any


def test_a_stalled_attempt_shows_its_stacks_and_ends_with_70(
    plugin_job: Callable[[str], Any],
) -> None:
    """The log holds the line that hangs, the last word the reason."""
    job = plugin_job("import threading\nthreading.Event().wait()")
    job.spec["deadlines"] = {"noProgressSeconds": 1}
    code, log = job.finish()
    assert code == 70, log
    assert "odd_plugin.py" in log
    assert "in fit" in log
    assert job.termination.reason == "Stalled"
    assert "noProgressSeconds" in job.termination.message
    assert job.events()[-1].reason == "Stalled"


def test_a_hang_that_keeps_the_interpreter_is_ended_too(
    plugin_job: Callable[[str], Any],
) -> None:
    """Native code that never gives the interpreter back is ended without it, stacks shown."""
    job = plugin_job("import ctypes\nctypes.PyDLL(None).sleep(1000)")
    job.spec["deadlines"] = {"noProgressSeconds": 1}
    code, log = job.finish()
    assert code != 0
    assert "Timeout (" in log
    assert "odd_plugin.py" in log


def test_work_that_goes_on_is_left_alone(plugin_job: Callable[[str], Any]) -> None:
    """Each sign of life re-arms the watchdog: short steps outlast the allowance together."""
    job = plugin_job(
        "import time\n"
        "observer = self._setup.context.observer\n"
        "until = time.monotonic() + 4\n"
        "while time.monotonic() < until: observer.alive()\n"
        "raise KeyError('the end was reached')"
    )
    job.spec["deadlines"] = {"noProgressSeconds": 2}
    code, log = job.finish()
    assert code == 70, log
    assert "the end was reached" in job.termination.message


def test_opening_data_is_no_stall(plugin_job: Callable[[str], Any]) -> None:
    """What comes before and after training has a longer allowance than a step."""
    job = plugin_job("raise KeyError('the end was reached')")
    plugin = job.folder / "site" / "odd_plugin.py"
    waits = "        import time; time.sleep(2)\n        return OddRun("
    plugin.write_text(plugin.read_text().replace("        return OddRun(", waits))
    job.spec["deadlines"] = {"noProgressSeconds": 1}
    code, log = job.finish()
    assert code == 70, log
    assert "the end was reached" in job.termination.message


def test_a_job_may_switch_the_watchdog_off(plugin_job: Callable[[str], Any]) -> None:
    """`noProgressSeconds: null` watches nothing, and the attempt runs as ever."""
    job = plugin_job("super().fit()")
    job.spec["deadlines"] = {"noProgressSeconds": None}
    code, log = job.finish()
    assert code == 0, log
