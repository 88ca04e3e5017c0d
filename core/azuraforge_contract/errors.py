"""The failures that AzuraForge explains to people, as one tree.

::

    AzuraForgeError
    ├── WillNotRetry                    the same attempt would fail again
    │   ├── JobFileError            64  the job file or its config is wrong
    │   ├── DataError               65  the data cannot be trained on
    │   ├── GpuOutOfMemoryError     71  model and batch do not fit the GPU
    │   ├── DivergedError           76  the loss became NaN or infinite
    │   └── AcceleratorError        78  the requested GPU cannot be used
    └── WillRetry                       another attempt may succeed
        ├── SourceUnreachableError  69  the data source did not answer
        ├── InternalError           70  a bug of ours
        │   └── StalledError        70  no step within the allowance
        ├── StorageError            74  a disk or volume failed
        └── PreemptedError          75  asked to stop; a checkpoint was saved

Whoever raises one says what happened (``message``: what, got, expected) and what to do about it
(``remedy``). Whoever catches one at a process's edge prints both and exits with ``exit_code``; no
traceback is shown for a user's mistake.
"""

from typing import ClassVar

from azuraforge_contract.exit_codes import ExitCode

__all__ = [
    "AcceleratorError",
    "AzuraForgeError",
    "DataError",
    "DivergedError",
    "GpuOutOfMemoryError",
    "InternalError",
    "JobFileError",
    "PreemptedError",
    "SourceUnreachableError",
    "StalledError",
    "StorageError",
    "WillNotRetry",
    "WillRetry",
]


class AzuraForgeError(Exception):
    """A failure with a cause and a remedy, fit to be shown to a person."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL_ERROR
    reason: ClassVar[str] = "InternalError"
    """CamelCase word for ``status.reason`` and the termination message."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(message)

    def __str__(self) -> str:
        """Return the message followed by the remedy, one sentence each."""
        return f"{self.message} {self.remedy}".strip()


class WillNotRetry(AzuraForgeError):  # noqa: N818 - a property of errors, not an error
    """The same attempt would fail again, so no GPU time is spent on one."""


class WillRetry(AzuraForgeError):  # noqa: N818 - a property of errors, not an error
    """Another attempt may succeed."""


class JobFileError(WillNotRetry):
    """The job file or the pipeline's config is wrong."""

    exit_code = ExitCode.BAD_CONFIG
    reason = "BadConfig"


class DataError(WillNotRetry):
    """The data cannot be trained on as it is."""

    exit_code = ExitCode.BAD_DATA
    reason = "BadData"


class GpuOutOfMemoryError(WillNotRetry):
    """Model and batch do not fit the GPU's memory."""

    exit_code = ExitCode.GPU_OUT_OF_MEMORY
    reason = "GpuOutOfMemory"


class DivergedError(WillNotRetry):
    """The loss became NaN or infinite."""

    exit_code = ExitCode.DIVERGED
    reason = "Diverged"


class AcceleratorError(WillNotRetry):
    """The requested GPU cannot be used."""

    exit_code = ExitCode.ACCELERATOR_UNAVAILABLE
    reason = "AcceleratorUnavailable"


class SourceUnreachableError(WillRetry):
    """The data source did not answer."""

    exit_code = ExitCode.SOURCE_UNREACHABLE
    reason = "SourceUnreachable"


class InternalError(WillRetry):
    """A bug of ours."""


class StalledError(InternalError):
    """No step was finished within the allowance."""

    reason = "Stalled"


class StorageError(WillRetry):
    """A disk or volume failed."""

    exit_code = ExitCode.STORAGE_ERROR
    reason = "StorageError"


class PreemptedError(WillRetry):
    """The attempt was asked to stop and saved a checkpoint."""

    exit_code = ExitCode.PREEMPTED
    reason = "Preempted"
