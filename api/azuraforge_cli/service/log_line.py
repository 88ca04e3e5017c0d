"""A line of a trainer's log as people read it; the line itself is JSON, for programs."""

import json
from datetime import UTC, datetime

__all__ = ["readable_line"]


def readable_line(text: str) -> str:
    """Return ``2026-01-31 18:00:00  info     Step 40: loss 0.5.``, its traceback below it.

    Args:
        text: as it was printed; what is no line of AzuraForge's log stays as it is.
    """
    try:
        fields = json.loads(text)
        moment = datetime.fromisoformat(fields["ts"]).astimezone(UTC)
        level, message = str(fields["level"]), fields["message"]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return text
    line = f"{moment:%Y-%m-%d %H:%M:%S}  {level:<7}  {message}"
    return f"{line}\n{fields['traceback']}" if fields.get("traceback") else line
