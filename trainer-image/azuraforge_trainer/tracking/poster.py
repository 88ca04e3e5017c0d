"""The thread that sends events while an attempt goes on; opened by `TrainerProcess`.

It looks into the event file about once a second. What does not get through is sent again later, at
growing intervals; when the attempt ends, what is left has a few seconds, and then it is left: who
reads the run's folder finds it there.
"""

import contextlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from azuraforge_trainer.environment import AttemptEnvironment
from azuraforge_trainer.tracking.backlog import Backlog, Batch
from azuraforge_trainer.tracking.post import Answer, EventPost, Outcome

__all__ = ["EventPoster", "posting"]

_LOOK_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 10.0
_REFUSALS: Final = 12
"""So many in a row, within some minutes, and nothing is sent any more. Not at the first: the API
may not know of the job yet, and a token may be renewed."""


class EventPoster:
    """Sends what is appended to an event file.

    Args:
        post: sends one batch.
        path: the file.
        logger: told when sending begins to fail, works again, or is given up.
    """

    def __init__(self, post: EventPost, path: Path, logger: logging.Logger) -> None:
        self._post = post
        self._backlog = Backlog(path)
        self._logger = logger
        self._ending = threading.Event()
        self._left = threading.Event()
        self._failures = 0
        self._refusals = 0
        self._pause = 0.0
        self._thread = threading.Thread(target=self._run, name="event-poster", daemon=True)

    def start(self) -> None:
        """Send from now on."""
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Send what is left, for so long at most; a request that hangs is left behind."""
        self._ending.set()
        self._thread.join(seconds)
        self._left.set()

    def _run(self) -> None:
        try:
            while self._take_turn() and not self._left.is_set():
                (self._left if self._ending.is_set() else self._ending).wait(self._pause)
        except Exception:  # the thread's edge: a bug of ours must not be a stranger's failed job
            self._logger.exception("Sending events has ended.", extra={"event": "tracking_bug"})

    def _take_turn(self) -> bool:
        """Send all there is; return whether there may be more to do later."""
        is_last = self._ending.is_set()  # asked first: what was written before it is seen below
        self._pause = _LOOK_SECONDS
        while (batch := self._next()) is not None:
            answer = self._post.send(batch.content)
            if answer.outcome in {Outcome.LATER, Outcome.REFUSED}:
                is_there = answer.retry_after_seconds > 0  # and worth the seconds that are left
                return self._put_off(answer) and (is_there or not is_last)
            self._note_arrival(batch, answer)
        return not is_last

    def _next(self) -> Batch | None:
        try:
            return self._backlog.next()
        except OSError:  # the run's volume; the attempt itself will tell
            return None

    def _note_arrival(self, batch: Batch, answer: Answer) -> None:
        self._backlog.sent(batch)
        if answer.outcome is Outcome.UNREADABLE:
            self._log("tracking_refused", f"Events are left to the file: {answer.detail}")
        elif self._failures:
            self._log("tracking_back", "Events are sent again.")
        self._failures = self._refusals = 0

    def _put_off(self, answer: Answer) -> bool:
        """Choose the pause before the next try; return whether there is to be one."""
        if self._failures == 0:
            self._log("tracking_away", f"Events cannot be sent now: {answer.detail}")
        self._failures += 1
        self._refusals = self._refusals + 1 if answer.outcome is Outcome.REFUSED else 0
        if self._refusals >= _REFUSALS:
            self._log("tracking_given_up", f"Events are left to the file: {answer.detail}")
            return False
        grown = min(_LOOK_SECONDS * 2 ** (self._failures - 1), _LONGEST_PAUSE_SECONDS)
        spread = random.uniform(0.5, 1.5)  # noqa: S311 - so that trainers do not come all at once
        self._pause = max(grown * spread, min(answer.retry_after_seconds, _LONGEST_PAUSE_SECONDS))
        return True

    def _log(self, event: str, message: str) -> None:
        if not self._left.is_set():  # the process may be closing the log
            self._logger.info(message, extra={"event": event})


@contextlib.contextmanager
def posting(
    environment: AttemptEnvironment,
    run: str,
    logger: logging.Logger,
    flush_seconds: Callable[[], float],
) -> Iterator[None]:
    """Send what an attempt writes into its event file inside this block, where there is an address.

    Args:
        environment: of the attempt.
        run: uid of the job.
        logger: where log lines go.
        flush_seconds: asked at the end: the most by which it may be delayed.
    """
    if environment.tracking_url is None:
        yield
        return
    attempt = environment.attempt
    try:
        post = EventPost(environment.tracking_url, environment.tracking_token_file, run, attempt)
    except (ValueError, OSError) as error:
        logger.warning("Events are left to the file: %s", error, extra={"event": "tracking_wrong"})
        yield
        return
    poster = EventPoster(post, environment.run.events_file(attempt), logger)
    poster.start()
    try:
        yield
    finally:
        poster.close(flush_seconds())
