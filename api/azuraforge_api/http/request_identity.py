"""Which request is being carried out, for whatever is logged on its way.

``envelope`` sets it; tasks that a request starts inherit it. Who configures the log calls
`log_request_ids` afterwards.
"""

import logging
from contextvars import ContextVar
from typing import Final

__all__ = ["current_request", "log_request_ids"]

current_request: Final = ContextVar("azuraforge_request", default="")
"""The identity of the request; empty where work is done for none."""


class _RequestIds(logging.Filter):
    """Writes the identity onto records that do not carry one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        identity = current_request.get()
        if identity and not hasattr(record, "request_id"):
            record.request_id = identity
        return True


def log_request_ids() -> None:
    """Let every line of the process's log name the request that it is about."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(_RequestIds())
