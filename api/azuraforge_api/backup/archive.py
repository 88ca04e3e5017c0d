"""What stands in a backup: names, and the documents at its beginning and its end.

A gzipped tar file: ``backup.json`` first, so that a reader knows at once whether it can go on; a
file of JSON lines for each table; data sets and runs as they lie in the service's folders; last
``manifest.json`` with the SHA-256 of all before it, so that an archive that was cut off has none.
"""

import re
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = [
    "DATASETS", "FORMAT_VERSION", "HEADER", "LEFT_OUT", "MANIFEST", "RUNS", "TABLES",
    "ArchiveHeader", "ArchiveManifest", "FileFacts", "is_content",
]  # fmt: skip

FORMAT_VERSION: Final = 1
HEADER: Final = "backup.json"
MANIFEST: Final = "manifest.json"
TABLES: Final = "tables"
RUNS: Final = "runs"
DATASETS: Final = "datasets"
LEFT_OUT: Final = frozenset({"login_links", "sessions", "webhook_deliveries"})
"""Tables whose rows live for minutes, and messages that a restored service must not send again."""
_CONTENT: Final = re.compile(
    r"tables/[a-z_]{1,63}\.jsonl"
    r"|datasets/[0-9a-f]{2}/[0-9a-f]{64}/data"
    r"|runs/[A-Za-z0-9][A-Za-z0-9.-]{0,62}(/[^/\x00]{1,255}){1,16}"
)


def is_content(name: str) -> bool:
    """Return whether a name may stand in a backup; none of those leads out of its folder."""
    return bool(_CONTENT.fullmatch(name)) and not {".", ".."} & set(name.split("/"))


class _Document(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class ArchiveHeader(_Document):
    """What the archive is."""

    kind: Literal["AzuraForgeBackup"] = "AzuraForgeBackup"
    format_version: int
    release: str
    """Of whoever made it."""
    schema_revision: str
    """Which tables and columns it has."""
    created_at: datetime
    has_runs: bool
    """Whether the runs are in it wholly, and not only what models and reports need."""


class FileFacts(_Document):
    """One file."""

    bytes: int
    sha256: str


class ArchiveManifest(_Document):
    """What is in the archive."""

    rows: dict[str, int]
    """Rows by table."""
    files: dict[str, FileFacts]
    """By name, tables included."""
    missing: tuple[str, ...]
    """Files that the database speaks of and that were not there."""
