"""What a run leaves and says: logs and files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from azuraforge_client.calls import API, Call, Download, Follow, Progress, Route, nothing, parsed_as
from azuraforge_client.documents import Document

__all__ = ["Artifact", "LogLine", "download_artifact", "list_artifacts", "read_logs"]

_JOB: Final = f"{API}/jobs/{{job}}"
_LOGS: Final = Route("GET", f"{_JOB}/logs")
_ARTIFACTS: Final = Route("GET", f"{_JOB}/artifacts")
_ARTIFACT: Final = Route("GET", f"{_JOB}/artifacts/{{path}}")


class Artifact(Document):
    """One file of a run."""

    path: str
    """Below the run's folder."""
    bytes: int
    """Its size."""


@dataclass(frozen=True)
class LogLine:
    """One line that a trainer printed.

    Attributes:
        attempt: index of the attempt.
        number: counts the attempt's lines from 1.
        text: without its line end.
    """

    attempt: int
    number: int
    text: str


class _Logs(Follow[LogLine]):
    """Each line once: a stream that broke off begins anew, and what was read is passed over."""

    quiet_seconds: ClassVar[float] = 600.0  # trainers may be silent for long

    def __init__(
        self, job: str, attempt: int | None, *, is_followed: bool, namespace: str | None
    ) -> None:
        self._address = _LOGS.address(job=job)
        self._query = {"attempt": attempt, "follow": is_followed, "namespace": namespace}
        self._last = (-1, 0)

    def call(self) -> Call[None]:
        headers = {"Accept": "application/x-ndjson"}
        return Call(_LOGS, self._address, nothing, query=self._query, headers=headers)

    def take(self, line: str) -> Iterator[LogLine]:
        if not line:
            return
        told = json.loads(line)
        found = LogLine(told["attempt"], told["number"], told["text"])
        if (found.attempt, found.number) > self._last:
            self._last = (found.attempt, found.number)
            yield found

    def has_ended(self) -> bool:
        return True  # an answer that is cut off is an error, not an end


def read_logs(
    job: str, *, attempt: int | None = None, follow: bool = False, namespace: str | None = None
) -> Follow[LogLine]:
    """Read what trainers printed.

    Args:
        job: uid or name.
        attempt: only this one; None: all.
        follow: whether to go on to the job's end.
        namespace: where a name is looked for.
    """
    return _Logs(job, attempt, is_followed=follow, namespace=namespace)


def list_artifacts(job: str, *, namespace: str | None = None) -> Call[list[Artifact]]:
    """Return the files of a run."""
    address = _ARTIFACTS.address(job=job)
    return Call(_ARTIFACTS, address, parsed_as(list[Artifact]), query={"namespace": namespace})


def download_artifact(
    job: str,
    path: str,
    to: Path,
    *,
    progress: Progress | None = None,
    namespace: str | None = None,
) -> Download:
    """Fetch a file of a run into a file or folder; return where it lies."""
    address = _ARTIFACT.address(job=job, path=path)
    query = {"namespace": namespace}
    return Download(Call(_ARTIFACT, address, nothing, query=query), to, progress)
