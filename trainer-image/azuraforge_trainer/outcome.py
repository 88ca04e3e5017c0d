"""How an attempt ends: every exception is a failure with an exit code, a cause and a remedy."""

import errno
from typing import Final

from azuraforge_contract.errors import (
    AzuraForgeError,
    InternalError,
    PreemptedError,
    StorageError,
)
from azuraforge_core.gpu.classification import classify_cuda_error
from azuraforge_trainer.stop_request import StopNow

__all__ = ["HostMemoryError", "explain_failure"]

_STORAGE_ERRNOS: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ESTALE, errno.ENXIO, errno.ENODEV}
)


class HostMemoryError(InternalError):
    """The machine's memory is too small. Exit 70, so that it is tried again on a freer node."""

    reason = "OutOfMemory"


def explain_failure(error: BaseException) -> AzuraForgeError:
    """Return the failure that an exception means.

    An exception that nobody foresaw is our bug: exit 70; its traceback belongs into the log.
    """
    if isinstance(error, AzuraForgeError):
        return error
    if isinstance(error, StopNow):
        return PreemptedError(
            "Asked to stop.", remedy="Run the job again to go on; finished steps are not repeated."
        )
    if _is_from_gpu(error):
        return classify_cuda_error(error)
    if isinstance(error, MemoryError):
        return HostMemoryError(
            "The machine's memory is too small for this data and model.",
            remedy="Raise spec.resources.memory, or lower config.training.batch_size.",
        )
    if isinstance(error, OSError) and error.errno in _STORAGE_ERRNOS:
        where = f" at {error.filename}" if error.filename else ""
        return StorageError(
            f"A disk or volume failed{where}: {error.strerror}.",
            remedy="Free space or repair the volume; the job goes on from its last checkpoint.",
        )
    return InternalError(
        f"AzuraForge failed unexpectedly: {type(error).__name__}: {error}",
        remedy="The log holds the traceback; please report it.",
    )


def _is_from_gpu(error: BaseException) -> bool:
    modules = (base.__module__ for base in type(error).__mro__)
    return any(module.partition(".")[0] in {"cupy", "cupy_backends", "cuda"} for module in modules)
