"""What the service needs of a place where jobs run."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from azuraforge_contract.training_job import TrainingJob

__all__ = ["Backend", "LogLine", "SpecChange"]


@dataclass(frozen=True)
class SpecChange:
    """What may be changed of a job that is there; None: stays as it is.

    Attributes:
        suspend: whether it shall stand still at a checkpoint.
        cancel: True ends it for good; there is no way back.
    """

    suspend: bool | None = None
    cancel: bool | None = None


@dataclass(frozen=True)
class LogLine:
    """One line that a trainer printed.

    Attributes:
        attempt: index of the attempt.
        number: counts the attempt's lines from 1; 0 is a word of the service about the log.
        text: without its line end.
    """

    attempt: int
    number: int
    text: str


class Backend(Protocol):
    """Carries jobs out, and tells the mirror of every change."""

    async def start(self) -> None:
        """Take up what is there: jobs of an earlier process of the service go on."""

    async def close(self) -> None:
        """Stop looking after jobs; they go on where that is possible."""

    async def create(self, job: TrainingJob) -> TrainingJob:
        """Create a job and return it with its uid and creation time, recorded in the mirror.

        Args:
            job: checked; its ``metadata.annotations`` say who created it.

        Raises:
            Problem: the name is taken, or the place does not answer.
        """
        ...

    async def change(self, uid: str, change: SpecChange) -> None:
        """Change a job.

        Raises:
            Problem: it is gone or has ended.
        """

    async def delete(self, uid: str) -> None:
        """Delete a job with its processes or pods; its history stays in the mirror.

        Raises:
            Problem: it is gone.
        """

    def run_folder(self, uid: str) -> Path | None:
        """Return where the run's files lie, if this service can reach them."""
        ...

    def read_logs(self, uid: str, *, attempt: int | None, follow: bool) -> AsyncIterator[LogLine]:
        """Read what a job's trainers printed, oldest first.

        Args:
            uid: the job.
            attempt: only this attempt; None: all of them.
            follow: go on until the job has ended.
        """
        ...
