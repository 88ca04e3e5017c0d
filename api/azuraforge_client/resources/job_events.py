"""A job's events, followed to its end over broken connections and restarts of the service."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from azuraforge_client.calls import API, Call, Follow, Route, nothing
from azuraforge_client.resources.job_documents import JobStatus
from azuraforge_client.streams import EventReader

__all__ = ["JobEvent", "follow_events"]

_EVENTS: Final = Route("GET", f"{API}/jobs/{{job}}/events")
_RUN: Final = "run"
_STATUS: Final = "status"


@dataclass(frozen=True)
class JobEvent:
    """Something that happened in a job.

    Attributes:
        kind: ``run`` (the trainer told it) or ``status`` (the job's status changed).
        identity: ATTEMPT.SEQUENCE of what a trainer told: what a later following goes on after.
        data: of a ``run`` event as the trainer wrote it, else the status.
    """

    kind: str
    identity: str | None
    data: dict[str, Any]

    @property
    def status(self) -> JobStatus | None:
        """The job's status, where that is what changed."""
        return JobStatus.model_validate(self.data) if self.kind == _STATUS else None


class _JobEvents(Follow[JobEvent]):
    """Each event once: what was told before a connection broke is not told again."""

    def __init__(self, job: str, after: str | None, namespace: str | None) -> None:
        self._address = _EVENTS.address(job=job)
        self._query = {"namespace": namespace}
        self._after = after
        self._status = ""
        self._phase = ""
        self._has_news = True
        self._reader = EventReader()

    def call(self) -> Call[None]:
        self._reader = EventReader()
        headers = {"Accept": "text/event-stream"}
        if self._after is not None:
            headers["Last-Event-ID"] = self._after
        return Call(_EVENTS, self._address, nothing, query=self._query, headers=headers)

    def take(self, line: str) -> Iterator[JobEvent]:
        event = self._reader.take(line)
        if event is None or (event.kind == _STATUS and event.data == self._status):
            return  # each connection begins with the status, also when it is known
        data = json.loads(event.data)
        self._has_news = True
        self._after = event.identity or self._after
        if event.kind == _STATUS:
            self._status = event.data
            self._phase = data.get("phase", "")
        yield JobEvent(event.kind, event.identity, data)

    def has_ended(self) -> bool:
        # A deleted job's stream ends in whatever phase it was: a second one brings no news.
        is_over = JobStatus(phase=self._phase).is_terminal or not self._has_news
        self._has_news = False
        return is_over


def follow_events(
    job: str, *, after: str | None = None, namespace: str | None = None
) -> Follow[JobEvent]:
    """Follow a job to its end.

    Args:
        job: uid or name.
        after: identity of the last event that is known; None: from the first one on.
        namespace: where a name is looked for.
    """
    return _JobEvents(job, after, namespace)
