"""The client of the Open-Meteo historical weather archive (https://open-meteo.com/en/docs).

One request gives hourly variables of one place as JSON: ``hourly.time`` and one list per variable,
``hourly_units`` beside them. An impossible request is answered 400 with
``{"error": true, "reason": "…"}``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx
import polars as pl
import tenacity

from azuraforge_contract.errors import DataError, SourceUnreachableError
from azuraforge_core.data.roles import vector_columns
from azuraforge_core.data.source_config import ArchiveSource
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.sources.conventions import archive_wind_vectors
from azuraforge_core.data.sources.url import RETRY_WAIT, without_secrets

__all__ = ["archive_identity", "open_archive"]

ATTEMPTS: Final = 5
_TOO_MANY_REQUESTS = 429
_REQUEST_TIMEOUT = 408
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


@contextmanager
def open_archive(
    source: ArchiveSource, *, wait: tenacity.wait.wait_base = RETRY_WAIT
) -> Iterator[SourceTable]:
    """Fetch the place's history.

    Args:
        source: place, days and variables.
        wait: pauses between tries.

    Raises:
        DataError: the archive refuses the request, or answers in another format.
        SourceUnreachableError: it did not answer, however often asked.
    """
    document: dict[str, Any] = {}
    for attempt in tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=wait,
        retry=tenacity.retry_if_exception_type(SourceUnreachableError),
        reraise=True,
    ):
        with attempt:
            document = _request(source)
    frame = _frame(document, source)

    def read(columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        yield frame.select(columns)

    yield SourceTable(
        "The Open-Meteo archive",
        f"the Open-Meteo archive at {source.latitude:g}° N, {source.longitude:g}° E",
        tuple(frame.columns),
        "time",
        read,
        units=_units(document),
        wind_vectors=archive_wind_vectors(source.variables),
        is_utc=True,
    )


def archive_identity(source: ArchiveSource) -> dict[str, Any]:
    """Return what the table depends on: the request."""
    return source.model_dump(mode="json", exclude={"timeout_seconds"})


def _request(source: ArchiveSource) -> dict[str, Any]:
    query = {
        "latitude": str(source.latitude),
        "longitude": str(source.longitude),
        "start_date": source.start.isoformat(),
        "end_date": source.end.isoformat(),
        "hourly": ",".join(source.variables),
        "timezone": "UTC",
    }
    try:
        response = httpx.get(
            source.endpoint, params=query, timeout=source.timeout_seconds, follow_redirects=True
        )
    except httpx.HTTPError as error:
        raise SourceUnreachableError(
            f"The Open-Meteo archive at {without_secrets(source.endpoint)} did not answer: "
            f"{type(error).__name__} {error}".rstrip()
            + ".",
            remedy="Check the network; the job tries again.",
        ) from error
    _check_status(response)
    try:
        document = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SourceUnreachableError(
            f"The Open-Meteo archive sent no JSON but {response.text[:80]!r}.",
            remedy="Check source.endpoint and any proxy in between.",
        ) from error
    return document if isinstance(document, dict) else {}


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in {_TOO_MANY_REQUESTS, _REQUEST_TIMEOUT} or status >= _SERVER_ERROR:
        raise SourceUnreachableError(
            f"The Open-Meteo archive answered {status}{_reason(response)}.",
            remedy="The job tries again; ask for fewer days or variables if it persists.",
        )
    if status >= _CLIENT_ERROR:
        raise DataError(
            f"The Open-Meteo archive refuses the request ({status}){_reason(response)}.",
            remedy="Correct the source's place, days and variables.",
        )


def _reason(response: httpx.Response) -> str:
    try:
        document = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return ""
    reason = document.get("reason") if isinstance(document, dict) else None
    return f": {str(reason)[:300]}" if reason else ""


def _frame(document: Mapping[str, Any], source: ArchiveSource) -> pl.DataFrame:
    hourly = document.get("hourly")
    if not isinstance(hourly, dict) or not isinstance(hourly.get("time"), list):
        raise DataError(
            f"The Open-Meteo archive's answer has no hourly.time, only {sorted(document)[:10]}.",
            remedy="Check source.endpoint.",
        )
    missing = [name for name in source.variables if not isinstance(hourly.get(name), list)]
    if missing:
        raise DataError(
            f"The Open-Meteo archive's answer lacks {', '.join(map(repr, missing))}.",
            remedy="Check the names of source.variables.",
        )
    rows = {len(hourly[name]) for name in ("time", *source.variables)}
    if len(rows) > 1:
        raise DataError(
            f"The Open-Meteo archive's lists differ in length: {sorted(rows)}.",
            remedy="Ask again.",
        )
    return pl.DataFrame(
        {
            "time": pl.Series(hourly["time"], dtype=pl.String, strict=False),
            **{
                name: pl.Series(hourly[name], dtype=pl.Float64, strict=False)
                for name in source.variables
            },
        }
    )


def _units(document: Mapping[str, Any]) -> dict[str, str]:
    units = document.get("hourly_units")
    if not isinstance(units, dict):
        return {}
    vectors = {
        name: str(units[vector.speed_column])
        for vector in archive_wind_vectors(tuple(units))
        for name in vector_columns(vector)
    }
    return {str(name): str(unit) for name, unit in units.items()} | vectors
