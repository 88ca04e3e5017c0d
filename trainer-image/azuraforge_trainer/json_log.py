"""The log: one line of JSON per message on standard error, for people and for Loki alike."""

import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from typing import Any, Final, TextIO

__all__ = ["JsonFormatter", "configure_logging"]

_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_LEVELS: Final = {"WARNING": "warning", "CRITICAL": "error"}


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; what a call passes in ``extra`` becomes fields.

    Args:
        identity: fields of every line: ``job``, ``run``, ``attempt``.
    """

    def __init__(self, identity: dict[str, Any]) -> None:
        super().__init__()
        self._identity = identity

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without a line end."""
        fields: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": _LEVELS.get(record.levelname, record.levelname.lower()),
            "component": "trainer",
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
            **self._identity,
        }
        fields |= {
            name: value
            for name, value in vars(record).items()
            if name not in _OWN_FIELDS | {"event"}
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str, separators=(",", ":"))


def configure_logging(identity: dict[str, Any], stream: TextIO | None = None) -> logging.Logger:
    """Send all logging and all warnings of the process through one handler; return our logger."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(identity))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logger = logging.getLogger("azuraforge")
    logger.setLevel(logging.INFO)
    return logger
