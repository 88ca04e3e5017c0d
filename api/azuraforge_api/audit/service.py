"""Notes changes; called by ``http.envelope`` after every write that was carried out.

Events of trainers are no changes of a person and are left out: they are many, and stored anyway.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from azuraforge_api.audit.tables import AuditRow
from azuraforge_api.database.database import Database

__all__ = ["AuditLog", "Change"]

_logger: Final = logging.getLogger("azuraforge.api.audit")
_PATH_LENGTH: Final = 500


@dataclass(frozen=True)
class Change:
    """One write that was carried out."""

    principal: str
    method: str
    path: str
    status: int
    request_id: str


class AuditLog:
    """The record of changes.

    Args:
        database: where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, change: Change) -> None:
        """Keep a change; where the database cannot, the log has it."""
        row = AuditRow(
            time=datetime.now(UTC),
            principal=change.principal,
            method=change.method,
            path=change.path[:_PATH_LENGTH],
            status=change.status,
            request_id=change.request_id,
        )
        try:
            async with self._database.write() as session:
                session.add(row)
        except (SQLAlchemyError, OSError):
            facts = {"event": "audit_lost", "request_id": change.request_id}
            _logger.exception("A change is not in the audit log: %s", change, extra=facts)
