"""What one can do with data sets; called by the endpoints."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.database.database import Database
from azuraforge_api.datasets.files import DatasetFiles
from azuraforge_api.datasets.previews import Previews
from azuraforge_api.datasets.repository import (
    find_dataset,
    find_version,
    list_versions,
    lock_datasets,
    next_number,
    stored_bytes,
    unfinished_specs,
    unused_digests,
)
from azuraforge_api.datasets.schemas import (
    DatasetPreview,
    DatasetVersion,
    ReadingOptions,
    UploadQuery,
)
from azuraforge_api.datasets.sources import dataset_names
from azuraforge_api.datasets.tables import DatasetRow, DatasetVersionRow
from azuraforge_api.http.upload import ReceivedFile
from azuraforge_api.problems.problem import Problem
from azuraforge_api.settings import Settings
from azuraforge_contract.dataset_folder import find_sources

__all__ = ["DatasetLibrary", "get_version", "open_datasets", "reading_options", "version_of"]


@dataclass(frozen=True)
class _Upload:
    """An upload that was looked at."""

    file: ReceivedFile
    preview: DatasetPreview
    options: dict[str, Any]
    file_name: str


@dataclass(frozen=True)
class DatasetLibrary:
    """The data sets of a service.

    Attributes:
        database: names and versions.
        files: their bytes.
        previews: looks at files.
        quota_bytes: space for all of them; 0: no limit.
    """

    database: Database
    files: DatasetFiles
    previews: Previews
    quota_bytes: int

    async def upload(
        self, name: str, query: UploadQuery, pieces: AsyncIterator[bytes], creator: str
    ) -> tuple[DatasetVersion, bool]:
        """Store a file as the newest version of a data set; say whether it is a new one.

        Raises:
            Problem: it is not a table, is cut off, or there is no room for it.
        """
        async with self.files.receive(pieces) as received:
            if received.bytes == 0:
                raise Problem("data-error", "The file is empty.", remedy="Send its bytes as body.")
            known = await self._known(name, received.digest)
            if known is not None:
                return version_of(name, known), False
            options = reading_options(query)
            preview = await self.previews.look(received.path, options)
            if preview.time_column:
                options["time_column"] = preview.time_column
            upload = _Upload(received, preview, options, query.file_name)
            async with self.database.write() as session:
                await lock_datasets(session)
                row, is_new = await self._stored(session, name, upload, creator)
        return version_of(name, row), is_new

    async def delete(self, name: str, number: int | None) -> None:
        """Delete a version, or all of them: first for people, then the bytes that nobody needs.

        Raises:
            Problem: there is none, or a job that has not ended uses it.
        """
        async with self.database.write() as session:
            await lock_datasets(session)
            row = await find_dataset(session, name)
            versions = await list_versions(session, row.id) if row else []
            chosen = [each for each in versions if number in {None, each.number}]
            if not chosen:
                raise _absent(name, number)
            await _check_unused(session, name, [each.number for each in chosen])
            for each in chosen:
                each.deleted_at = datetime.now(UTC)
        await self._remove_files([each.digest for each in chosen])

    async def _known(self, name: str, digest: str) -> DatasetVersionRow | None:
        async with self.database.read() as session:
            row = await find_dataset(session, name)
            versions = await list_versions(session, row.id) if row else []
        return next((each for each in versions if each.digest == digest), None)

    async def _stored(
        self, session: AsyncSession, name: str, upload: _Upload, creator: str
    ) -> tuple[DatasetVersionRow, bool]:
        row = await find_dataset(session, name)
        now = datetime.now(UTC)
        if row is None:
            row = DatasetRow(name=name, created_by=creator, created_at=now)
            session.add(row)
            await session.flush()
        for each in await list_versions(session, row.id):
            if each.digest == upload.file.digest:
                return each, False  # another upload of the same bytes was faster
        await self._check_quota(session, upload.file)
        version = DatasetVersionRow(
            dataset_id=row.id,
            number=await next_number(session, row.id),
            digest=upload.file.digest,
            bytes=upload.file.bytes,
            file_name=upload.file_name,
            options=upload.options,
            preview=upload.preview.model_dump(mode="json"),
            created_by=creator,
            created_at=now,
        )
        session.add(version)
        await session.flush()
        await asyncio.to_thread(self.files.place, upload.file)
        return version, True

    async def _check_quota(self, session: AsyncSession, file: ReceivedFile) -> None:
        if not self.quota_bytes or not await unused_digests(session, [file.digest]):
            return
        used = await stored_bytes(session)
        if used + file.bytes > self.quota_bytes:
            raise Problem(
                "quota-exceeded",
                f"All data sets take {used} of {self.quota_bytes} bytes; {file.bytes} more do not "
                "fit (AZURAFORGE_DATASET_QUOTA_BYTES).",
                remedy="Delete versions that nobody needs, or ask an admin to raise the quota.",
            )

    async def _remove_files(self, digests: Sequence[str]) -> None:
        async with self.database.write() as session:
            await lock_datasets(session)
            for digest in await unused_digests(session, digests):
                await asyncio.to_thread(self.files.remove, digest)


def open_datasets(settings: Settings, database: Database) -> DatasetLibrary:
    """Return the data sets of a service."""
    return DatasetLibrary(
        database,
        DatasetFiles(settings.datasets_folder),
        Previews(settings.maximum_upload_bytes),
        settings.dataset_quota_bytes,
    )


async def get_version(session: AsyncSession, name: str, number: int | None) -> DatasetVersionRow:
    """Return a version; None as number: the newest.

    Raises:
        Problem: there is none.
    """
    row = await find_version(session, name, number)
    if row is None:
        raise _absent(name, number)
    return row


def reading_options(query: ReadingOptions) -> dict[str, Any]:
    """Return what a job's source would say to read a file so."""
    return query.model_dump(exclude={"file_name"}, exclude_defaults=True)


def version_of(name: str, row: DatasetVersionRow) -> DatasetVersion:
    """Return a version as the API shows it."""
    return DatasetVersion(
        dataset=name,
        version=row.number,
        digest=row.digest,
        bytes=row.bytes,
        file_name=row.file_name,
        form=row.preview["form"],
        rows=row.preview["rows"],
        created_by=row.created_by,
        created_at=row.created_at,
        source={"kind": "dataset", "name": name, "version": row.number, **row.options},
    )


async def _check_unused(session: AsyncSession, name: str, numbers: Sequence[int]) -> None:
    users = [
        job
        for job, spec in await unfinished_specs(session)
        for _, source in find_sources(spec.get("config"))
        if (source.get("name"), source.get("version")) in dataset_names(name, numbers)
    ]
    if users:
        raise Problem(
            "conflict",
            f"{name} is used by jobs that have not ended: {', '.join(sorted(users)[:10])}.",
            remedy="Wait for them, or cancel them.",
        )


def _absent(name: str, number: int | None) -> Problem:
    version = "" if number is None else f" version {number}"
    return Problem(
        "not-found",
        f"There is no data set {name!r}{version}.",
        remedy="`azuraforge datasets list`, or GET /api/v1/datasets, shows them.",
    )
