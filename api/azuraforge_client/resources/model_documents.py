"""Models as the service tells of them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from azuraforge_client.documents import Document

__all__ = ["Alias", "AliasMove", "Lineage", "Model", "ModelFile", "ModelVersion", "VersionSummary"]

Figures = dict[str, float | None]


class ParentRun(Document):
    """The run whose checkpoint training started from."""

    run: str
    model: str | None = None
    version: int | None = None


class Lineage(Document):
    """Where a version comes from."""

    job: str
    namespace: str
    run: str
    """uid of the job, which is the run's."""
    parent: ParentRun | None = None
    data: dict[str, Any]
    """Digest, source in words, series, rows, first and last time."""
    versions: dict[str, str]
    """Package to version of the code that trained it."""
    device: str
    seed: int


class VersionSummary(Document):
    """One version, as lists show it."""

    model: str
    version: int
    """From 1."""
    aliases: list[str]
    run: str
    """uid of the run that made it."""
    pipeline: str
    kind: str
    """The architecture."""
    metrics: Figures
    """Dotted name to figure; None where it is no number."""
    baselines: dict[str, Figures] = Field(default_factory=dict)
    """What simple methods reach on the same data."""
    digest: str
    """SHA-256 of the weights."""
    bytes: int
    notes: str = ""
    created_by: str
    created_at: datetime
    revision: int = 0
    """Counts its changes; the entity tag."""
    files_gone_at: datetime | None = None
    """When its files were removed after their retention."""


class ModelVersion(VersionSummary):
    """One version."""

    lineage: Lineage
    manifest: dict[str, Any]
    """What the model is: window, columns with their scales, step, config."""


class Model(Document):
    """One name in the library."""

    name: str
    created_at: datetime
    aliases: dict[str, int]
    """Alias to the number that it stands for."""
    latest: VersionSummary


class Alias(Document):
    """An alias."""

    model: str
    alias: str
    version: int
    moved: bool
    """Whether this request moved it."""


class AliasMove(Document):
    """One move of an alias."""

    alias: str
    from_number: int | None
    """None: it was new."""
    to_number: int | None
    """None: it was taken away."""
    moved_at: datetime
    moved_by: str
    reason: str = ""


class ModelFile(Document):
    """One file of a version."""

    path: str
    bytes: int
