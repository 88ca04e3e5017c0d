"""Whether the process is alive, and whether it is ready.

Alive means: the event loop turns, and the watches do. It does not mean that the API server
answers, for a restart of the operator would not mend that; nor that this replica leads.
"""

import asyncio
import functools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azuraforge_operator.metrics import Metrics
from azuraforge_operator.serving.watch_pulse import WATCH_SECONDS, WatchPulse

__all__ = ["Health", "Verdict"]

_TICK_SECONDS: Final = 0.5
_REMEMBERED_TICKS: Final = 60
_MOST_LAG_SECONDS: Final = 10.0
_MOST_WATCH_AGE_SECONDS: Final = 5.0 * WATCH_SECONDS
"""Four watch requests in a row that could not be opened; an API server's restart takes less."""


@dataclass(frozen=True)
class Verdict:
    """Whether all is well.

    Attributes:
        is_well: whether it is.
        words: what is not, a sentence each.
    """

    is_well: bool
    words: str


class Health:
    """Measures the loop and asks the watches.

    Args:
        pulse: of the watches.
        metrics: where the figures go.
        knows_plugins: whether the plugins have been read.
    """

    def __init__(
        self, pulse: WatchPulse, metrics: Metrics, knows_plugins: Callable[[], bool]
    ) -> None:
        self._pulse = pulse
        self._knows_plugins = knows_plugins
        self._lags: deque[float] = deque([0.0], maxlen=_REMEMBERED_TICKS)
        self._last_tick = time.monotonic()
        metrics.loop_lag_seconds.set_function(self.lag_seconds)
        for plural in pulse.ages_seconds():
            age = functools.partial(self._age_seconds, plural)
            metrics.watch_age_seconds.labels(plural).set_function(age)

    async def measure(self) -> None:
        """Measure the loop's lag until cancelled."""
        while True:
            self._last_tick = time.monotonic()
            await asyncio.sleep(_TICK_SECONDS)
            self._lags.append(max(0.0, time.monotonic() - self._last_tick - _TICK_SECONDS))

    def lag_seconds(self) -> float:
        """Return the longest delay of the loop in the last half minute."""
        return max(self._lags)

    def _age_seconds(self, plural: str) -> float:
        return self._pulse.ages_seconds()[plural]

    def check_alive(self) -> Verdict:
        """Return whether the process should go on living."""
        problems = []
        lag = self.lag_seconds()
        if lag > _MOST_LAG_SECONDS:
            problems.append(f"The event loop lags by {lag:.1f} s.")
        for plural, age in self._pulse.ages_seconds().items():
            if age > _MOST_WATCH_AGE_SECONDS:
                problems.append(f"The watch of {plural} has given no sign of life for {age:.0f} s.")
        return Verdict(not problems, " ".join(problems) or "alive")

    def check_ready(self) -> Verdict:
        """Return whether everything has been read once."""
        problems = []
        if not self._pulse.is_complete:
            problems.append("Objects are still being listed.")
        if not self._knows_plugins():
            problems.append("Plugins are still being read.")
        return Verdict(not problems, " ".join(problems) or "ready")
