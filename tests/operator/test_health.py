"""Alive as long as the loop turns and the watches do; ready once everything was read."""

from azuraforge_operator.metrics import Metrics
from azuraforge_operator.serving.health import Health
from azuraforge_operator.serving.watch_pulse import WatchPulse


class Setting:
    """A health check with a clock that the test turns."""

    def __init__(self, scopes: int = 1) -> None:
        self.now = 0.0
        self.knows_plugins = True
        self.metrics = Metrics()
        self.pulse = WatchPulse(("jobs", "pods"), scopes, lambda: self.now)
        self.health = Health(self.pulse, self.metrics, lambda: self.knows_plugins)


def test_a_dead_watch_is_found_however_quiet_the_cluster() -> None:
    """One watch that is not opened again for minutes fails the probe, and the probe names it."""
    setting = Setting()
    setting.pulse.note_opened("jobs", "/jobs")
    setting.pulse.note_opened("pods", "/pods")
    setting.now = 290
    assert setting.health.check_alive().is_well
    setting.pulse.note_opened("jobs", "/jobs")
    setting.now = 310
    verdict = setting.health.check_alive()
    assert not verdict.is_well
    assert verdict.words == "The watch of pods has given no sign of life for 310 s."
    value = setting.metrics.registry.get_sample_value
    assert value("azuraforge_operator_watch_age_seconds", {"resource": "jobs"}) == 20


def test_the_quietest_namespace_counts() -> None:
    """With a watch for each namespace, one dead one is as bad as all."""
    setting = Setting(scopes=2)
    for path in ("/a/jobs", "/b/jobs", "/a/pods", "/b/pods"):
        setting.pulse.note_opened(path.rpartition("/")[2], path)
    setting.now = 310
    for path in ("/a/jobs", "/a/pods", "/b/pods"):
        setting.pulse.note_opened(path.rpartition("/")[2], path)
    assert setting.health.check_alive().words.startswith("The watch of jobs")


def test_a_loop_that_lags_is_not_alive() -> None:
    """Something blocks the loop for longer than any request may take."""
    setting = Setting()
    setting.health._lags.append(12.0)
    assert setting.health.check_alive().words == "The event loop lags by 12.0 s."


def test_ready_means_listed_and_plugins_read() -> None:
    """In every namespace, and the plugins too."""
    setting = Setting(scopes=2)
    setting.knows_plugins = False
    for path in ("/a/jobs", "/b/jobs", "/a/pods"):
        setting.pulse.note_opened(path.rpartition("/")[2], path)
    assert setting.health.check_ready().words == (
        "Objects are still being listed. Plugins are still being read."
    )
    setting.pulse.note_opened("pods", "/b/pods")
    setting.knows_plugins = True
    assert setting.health.check_ready().is_well
