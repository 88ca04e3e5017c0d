"""The few things that are read from every kind of raw object."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

__all__ = ["Raw", "attempt_label", "controller_uid", "parse_time", "shared"]

Raw = Mapping[str, Any]
"""An object as the API server sends it, parsed from JSON."""


def parse_time(text: str | None) -> datetime | None:
    """Return an RFC 3339 time of the API server, aware; None where it says none."""
    return datetime.fromisoformat(text) if text else None


def controller_uid(metadata: Raw) -> str | None:
    """Return the uid of the object that controls this one."""
    references = metadata.get("ownerReferences") or ()
    return next((found["uid"] for found in references if found.get("controller")), None)


def attempt_label(text: str | None) -> int | None:
    """Return the index in an attempt's label; None where there is none."""
    return int(text) if text is not None and text.isdecimal() else None


def shared(text: str | None) -> str | None:
    """Return a text that many objects carry, kept in memory once."""
    return sys.intern(text) if text is not None else None
