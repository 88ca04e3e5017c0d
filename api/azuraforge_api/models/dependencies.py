"""What endpoints about one version ask for: the version, and where its files lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from fastapi import Path as PathParameter

from azuraforge_api.http.dependencies import AppBackend, AppDatabase
from azuraforge_api.models.service import FoundVersion, get_version, run_of
from azuraforge_api.security.authentication import Viewer

__all__ = ["AliasName", "ModelName", "ServedVersion", "VersionFiles", "VersionReference"]

_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
ModelName = Annotated[
    str,
    PathParameter(alias="model", max_length=63, pattern=_LABEL, description="Name of the model."),
]
VersionReference = Annotated[
    str,
    PathParameter(
        alias="version",
        max_length=63,
        pattern=_LABEL,
        description="A number, an alias, or latest.",
    ),
]
AliasName = Annotated[
    str,
    PathParameter(
        alias="alias",
        max_length=63,
        pattern=_LABEL,
        description="A word such as champion.",
    ),
]


@dataclass(frozen=True)
class ServedVersion:
    """A version whose files are in reach.

    Attributes:
        found: the version and its model.
        run: the run's folder.
    """

    found: FoundVersion
    run: Path

    @property
    def title(self) -> str:
        """Return what files made of it are called."""
        return f"{self.found.model.name}-{self.found.version.number}"


async def _served(
    _: Viewer,
    database: AppDatabase,
    backend: AppBackend,
    name: ModelName,
    reference: VersionReference,
) -> ServedVersion:
    async with database.read() as session:
        found = await get_version(session, name, reference)
    return ServedVersion(found, run_of(backend, found))


VersionFiles = Annotated[ServedVersion, Depends(_served)]
"""The version that an address names; viewers may."""
