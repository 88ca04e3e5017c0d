"""When something shall end, as a person types it: after a while, or at a time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from azuraforge_contract.errors import JobFileError

__all__ = ["expiry_of"]

_WHILE: Final = re.compile(r"([1-9][0-9]{0,5}) ?([hdwy])")
_UNITS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}


def expiry_of(text: str, now: datetime) -> datetime:
    """Return the moment that a text names, with its time zone.

    Args:
        text: ``12h``, ``30d``, ``8w`` or ``1y`` from now; or a time such as ``2027-01-31`` or
            ``2027-01-31T18:00+01:00``, in UTC where it names no zone.
        now: the present, with its time zone.

    Raises:
        JobFileError: it names none, or one that is over.
    """
    moment = _moment(text.strip(), now)
    if moment is None:
        raise JobFileError(
            f"--expires expects a while or a time, got {text!r}.",
            remedy="Write 12h, 30d, 8w or 1y; or a time in UTC such as 2027-01-31.",
        )
    if moment <= now:
        raise JobFileError(
            f"--expires {text}: that is over already.", remedy="Name a time to come."
        )
    return moment


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        if found := _WHILE.fullmatch(text):
            return now + int(found[1]) * _UNITS[found[2]]
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
