"""Jobs as the API sends and takes them: the object of the job file, with its status."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from azuraforge_api.http.api_model import PLAIN, ApiModel, ApiRequest, JsonObject, Moment
from azuraforge_api.http.paging import Limit, PageToken
from azuraforge_contract.status import Phase

__all__ = [
    "JobChange",
    "JobMetadata",
    "JobQuery",
    "JobResource",
    "JobSort",
    "NamespaceName",
    "NewRun",
    "Owner",
]

NamespaceName = Annotated[str, Field(max_length=63, pattern=PLAIN)] | None
"""Where jobs are looked for; None: anywhere."""
Owner = Annotated[str, Field(max_length=200, pattern=PLAIN)] | None
"""Whose things a list shows; None: everybody's."""


class JobMetadata(ApiModel):
    """Which job this is."""

    name: str
    """Unique in its namespace among jobs that are there; older ones of that name are history."""
    namespace: str
    uid: str
    """Its identity, for ever."""
    labels: dict[str, str]
    created_by: str
    """The principal that created it by REST, or kubectl."""
    creation_timestamp: datetime
    finish_timestamp: datetime | None
    deletion_timestamp: datetime | None
    """When its object was deleted; the history stays."""
    generation: int
    version: int
    """Counts its changes; the entity tag."""


class JobResource(ApiModel):
    """One job."""

    api_version: Literal["azuraforge.io/v1alpha1"] = "azuraforge.io/v1alpha1"
    kind: Literal["TrainingJob"] = "TrainingJob"
    metadata: JobMetadata
    spec: dict[str, Any]
    """As in a job file, defaults written out."""
    status: dict[str, Any]
    """As `kubectl get trainingjob -o yaml` shows it."""
    links: dict[str, str] = Field(default_factory=dict)
    """Where else to look, where there is a Grafana: `logs`, exactly its lines; `dashboard`."""


class JobSort(StrEnum):
    """Orders of the list of jobs."""

    NEWEST = "-created"
    OLDEST = "created"
    NAME = "name"


class JobQuery(ApiRequest):
    """Which jobs a list shows."""

    phase: Annotated[tuple[Phase, ...], Field(max_length=16)] = ()
    """Any of these."""
    pipeline: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """Of this plugin."""
    created_by: Owner = None
    """Of this owner."""
    namespace: NamespaceName = None
    """In this namespace."""
    text: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """A part of the name."""
    label: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^=]{1,317}=.{0,63}$")], ...], Field(max_length=16)
    ] = ()
    """NAME=VALUE, all of them."""
    created_after: Moment | None = None
    """Not older."""
    created_before: Moment | None = None
    """Older."""
    sort: JobSort = JobSort.NEWEST
    """The order."""
    limit: Limit = 50
    """Items of a page at most."""
    page: PageToken = None
    """`next` of the page before; none: the first."""


class JobChange(ApiRequest):
    """What may be changed of a job; a field that is left out stays."""

    suspend: bool | None = None
    """true: stop at a checkpoint; false: go on."""
    cancel: Literal[True] | None = None
    """true: end it for good; there is no way back."""


class NewRun(ApiRequest):
    """A new job made from one that was."""

    name: str | None = Field(default=None, max_length=52)
    """Its name; none: that of the old one with the next free number."""
    config: JsonObject | None = None
    """Merged into the old config; null takes a field out."""
