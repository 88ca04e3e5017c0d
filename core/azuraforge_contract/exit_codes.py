"""The exit code of a trainer process: its one-byte message to whoever started it.

The numbers follow BSD's sysexits where a meaning matches. The lifecycle decides by them whether
an attempt is tried again.
"""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """How an attempt ended, as its process exit code."""

    SUCCEEDED = 0
    BAD_CONFIG = 64
    """The job file or the pipeline's config is wrong; trying again cannot help."""
    BAD_DATA = 65
    """The data cannot be trained on; trying again cannot help."""
    SOURCE_UNREACHABLE = 69
    """The data source did not answer; worth another attempt."""
    INTERNAL_ERROR = 70
    """A bug of ours, or the trainer made no progress; worth another attempt."""
    GPU_OUT_OF_MEMORY = 71
    """The model and batch do not fit the GPU; trying again cannot help."""
    STORAGE_ERROR = 74
    """A disk or volume failed; worth another attempt."""
    PREEMPTED = 75
    """Asked to stop, saved a checkpoint and wants to be resumed."""
    DIVERGED = 76
    """The loss became NaN or infinite; trying again cannot help."""
    ACCELERATOR_UNAVAILABLE = 78
    """The requested GPU cannot be used; the job never falls back to the CPU."""
    KILLED = 137
    """Killed by SIGKILL: out of memory, or by hand."""
