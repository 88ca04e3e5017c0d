"""Models as the API sends and takes them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest
from azuraforge_api.http.paging import Limit, PageToken
from azuraforge_api.jobs.schemas import Owner
from azuraforge_contract.training_job import DnsLabel

__all__ = [
    "Alias",
    "AliasMove",
    "AliasTarget",
    "Direction",
    "ImportQuery",
    "Lineage",
    "ModelFile",
    "ModelQuery",
    "ModelResource",
    "MoveQuery",
    "ParentRun",
    "PromoteIfBetter",
    "VersionChange",
    "VersionQuery",
    "VersionResource",
    "VersionSummary",
]

Figures = dict[str, float | None]


class ParentRun(ApiModel):
    """The run whose checkpoint training started from."""

    run: str
    """Its uid."""
    model: str | None
    """The model that it made, where it made one that is still there."""
    version: int | None
    """And its number."""


class Lineage(ApiModel):
    """Where a version comes from."""

    job: str
    """Name of the job."""
    namespace: str
    """Its namespace."""
    run: str
    """uid of the job, which is the run's."""
    parent: ParentRun | None
    """The run that it went on from."""
    data: dict[str, Any]
    """The data: digest, source in words, series, rows, first and last time."""
    versions: dict[str, str]
    """Package to version of the code that trained it, the plugin among them."""
    device: str
    """Where it was trained."""
    seed: int
    """Seed of all random numbers."""


class VersionSummary(ApiModel):
    """One version, as lists show it."""

    model: str
    """Name of the model."""
    version: int
    """Counts the versions of a model from 1."""
    aliases: list[str]
    """The words that stand for it."""
    run: str
    """uid of the run that made it."""
    pipeline: str
    """The plugin."""
    kind: str
    """The architecture."""
    metrics: Figures
    """Dotted name to figure; null where it is no number."""
    baselines: dict[str, Figures]
    """What simple methods reach on the same data: name to figures."""
    digest: str
    """SHA-256 of the weights."""
    bytes: int
    """Size of the model."""
    notes: str
    """What people wrote about it."""
    created_by: str
    """Whoever created the job."""
    created_at: datetime
    """When it came into the library."""
    revision: int
    """Counts its changes; the entity tag."""
    files_gone_at: datetime | None
    """When its files were removed after their retention; such a version can be read about only."""


class VersionResource(VersionSummary):
    """One version."""

    lineage: Lineage
    """Where it comes from."""
    manifest: dict[str, Any]
    """What the model is: window, columns with their scales, step, config."""


class ModelResource(ApiModel):
    """One name in the library."""

    name: str
    """Its name."""
    created_at: datetime
    """When its first version came."""
    aliases: dict[str, int]
    """Alias to the number that it stands for."""
    latest: VersionSummary
    """Its newest version."""


class ModelQuery(ApiRequest):
    """Which models a list shows."""

    text: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """A part of the name."""
    pipeline: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """With a version of this plugin."""
    alias: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """With this alias."""
    created_by: Owner = None
    """With a version of this owner."""
    limit: Limit = 50
    """Items of a page at most."""
    page: PageToken = None
    """`next` of the page before; none: the first."""


class MoveQuery(ApiRequest):
    """Which page of a model's alias moves is shown."""

    limit: Limit = 50
    """Items of a page at most."""
    page: PageToken = None
    """`next` of the page before; none: the first."""


class VersionQuery(MoveQuery):
    """Which of a model's versions are shown."""

    created_by: Owner = None
    """Of this owner."""


class Direction(StrEnum):
    """Which way a figure is better."""

    LOWER = "lower"
    HIGHER = "higher"


class PromoteIfBetter(ApiRequest):
    """Moves an alias only to a version that is better than the one it stands for."""

    metric: Annotated[str, Field(min_length=1, max_length=200)]
    """A figure of both, such as test.mse."""
    direction: Direction = Direction.LOWER
    """Which way it is better."""


class AliasTarget(ApiRequest):
    """What an alias shall stand for."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The version's number."""
    promote_if_better: PromoteIfBetter | None = None
    """Only if it is better than the version that the alias stands for now; none: in any case."""


class Alias(ApiModel):
    """An alias."""

    model: str
    """Name of the model."""
    alias: str
    """The word."""
    version: int
    """The version that it stands for."""
    moved: bool
    """Whether this request moved it."""


class AliasMove(ApiModel):
    """One move of an alias."""

    alias: str
    """The word."""
    from_number: int | None
    """The version it stood for; null: it was new."""
    to_number: int | None
    """The version it stands for since; null: it was taken away."""
    moved_at: datetime
    """When."""
    moved_by: str
    """Who."""
    reason: str
    """Why, where it was moved on a condition or by a job."""


class VersionChange(ApiRequest):
    """What may be changed of a version."""

    notes: Annotated[str, Field(max_length=20_000, pattern=PLAIN)]
    """What people shall know about it."""


class ModelFile(ApiModel):
    """One file of a version."""

    path: str
    """Below the model's folder."""
    bytes: int
    """Its size."""


class ImportQuery(ApiRequest):
    """Under which name a run is imported."""

    model: DnsLabel | None = None
    """Name in the library; none: what the job says."""
    alias: DnsLabel | None = None
    """Alias that moves to the new version; none: what the job says."""
