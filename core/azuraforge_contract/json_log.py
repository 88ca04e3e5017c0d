"""The log of every component: one line of JSON per message, for people and for Loki alike."""

import json
import logging
import sys
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

__all__ = ["JsonFormatter", "configure_logging"]

_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "event"}
_LEVELS: Final = {"WARNING": "warning", "CRITICAL": "error"}


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; what a call passes in ``extra`` becomes fields.

    Args:
        component: which program speaks.
        identity: fields of every line, such as ``job``, ``run``, ``attempt``.
        unprinted: fields of records that libraries put there for themselves.
    """

    def __init__(
        self,
        component: str,
        identity: Mapping[str, Any] | None = None,
        unprinted: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self._component = component
        self._identity = dict(identity or {})
        self._unprinted = _OWN_FIELDS | unprinted

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without a line end."""
        fields: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": _LEVELS.get(record.levelname, record.levelname.lower()),
            "component": self._component,
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
            "logger": record.name,
            **self._identity,
        }
        fields |= {
            name: value for name, value in vars(record).items() if name not in self._unprinted
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str, separators=(",", ":"))


def configure_logging(
    formatter: JsonFormatter, *, level: str = "info", stream: TextIO | None = None
) -> logging.Logger:
    """Send all logging and all warnings of the process through one handler; return our logger.

    Args:
        formatter: says which program speaks.
        level: of our own messages; libraries speak from warnings on.
        stream: where lines go; by default standard error.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logger = logging.getLogger("azuraforge")
    logger.setLevel(level.upper())
    return logger
