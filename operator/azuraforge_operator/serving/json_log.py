"""The log: one line of JSON per message on standard error, for people and for Loki alike."""

import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from typing import Any, Final, TextIO

__all__ = ["JsonFormatter", "configure_logging"]

_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_UNPRINTED: Final = _OWN_FIELDS | {"event", "settings", "k8s_skip", "k8s_ref"}
"""Fields of a record that are not printed as they are; the last three are Kopf's."""
_LEVELS: Final = {"WARNING": "warning", "CRITICAL": "error"}


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; what a call passes in ``extra`` becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without a line end."""
        fields: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": _LEVELS.get(record.levelname, record.levelname.lower()),
            "component": "operator",
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
            "logger": record.name,
        }
        fields |= {name: value for name, value in vars(record).items() if name not in _UNPRINTED}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str, separators=(",", ":"))


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Send all logging and all warnings of the process through one handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    logging.getLogger("azuraforge").setLevel(level.upper())
    logging.getLogger("kopf").setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
