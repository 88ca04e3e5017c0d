"""Times in the status document, and the two clocks that run on them.

``now`` and the children's times come from different clocks, and any of them may step back. So time
passed is never negative, the sums only grow, and nothing is derived from a difference twice.
"""

from datetime import UTC, datetime

from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.observed import Child, ChildPhase

__all__ = ["elapsed_seconds", "format_time", "parse_time", "stop_clocks", "turn_clocks"]


def format_time(time: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Return the time in an RFC 3339 text.

    Raises:
        ValueError: ``text`` is no such time.
    """
    return datetime.fromisoformat(text)


def elapsed_seconds(since: datetime | str | None, until: datetime) -> float:
    """Return the seconds passed, never negative; 0 when nothing has begun."""
    if since is None:
        return 0.0
    start = parse_time(since) if isinstance(since, str) else since
    return max(0.0, (until - start).total_seconds())


def turn_clocks(status: JobStatus, child: Child, now: datetime) -> JobStatus:
    """Let the clock run that fits a live child: queued, active, or none."""
    if child.is_queued:
        status = _stop_active(status, now)
        since = status.queued_since or format_time(now)
        return status.model_copy(update={"queued_since": since})
    status = _stop_queued(status, child.started_at or now)
    if child.phase is ChildPhase.WAITING:
        return _stop_active(status, now)
    since = status.active_since or format_time(child.started_at or now)
    return status.model_copy(update={"active_since": since})


def stop_clocks(status: JobStatus, child: Child | None, now: datetime) -> JobStatus:
    """Stop both clocks at an attempt's end, counting a run that nobody watched as well.

    To be called before that run is recorded in the attempt.
    """
    end = (child.ended_at if child else None) or now
    began = child.started_at if child else None
    status = _stop_queued(status, began or end)
    if began is not None and status.active_since is None and not _is_counted(status, began):
        status = status.model_copy(update={"active_since": format_time(began)})
    return _stop_active(status, end)


def _is_counted(status: JobStatus, began: datetime) -> bool:
    """Whether the attempt's run from that time on was counted when its queue took it back."""
    return status.attempts[-1].start == format_time(began)


def _stop_active(status: JobStatus, end: datetime) -> JobStatus:
    seconds = status.active_seconds + elapsed_seconds(status.active_since, end)
    return status.model_copy(update={"active_seconds": round(seconds, 3), "active_since": None})


def _stop_queued(status: JobStatus, end: datetime) -> JobStatus:
    seconds = status.queued_seconds + elapsed_seconds(status.queued_since, end)
    return status.model_copy(update={"queued_seconds": round(seconds, 3), "queued_since": None})
