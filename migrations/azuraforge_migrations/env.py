"""Runs revisions on the connection that ``azuraforge_api.database.migrations`` hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON

from azuraforge_api.database.base import UtcTime
from azuraforge_api.database.tables import METADATA


def _render(kind: str, value: Any, autogenerate: Any) -> str | Literal[False]:
    """Write our types into revisions as what they are in the database: history imports no code."""
    if kind == "type" and isinstance(value, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, JSON):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by copying it
    render_item=_render,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
