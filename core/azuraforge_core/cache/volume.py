"""What may be wrong with the cache's volume, in words. No job fails for it: it runs uncached.

Used around every access to the volume, and nowhere around a pipeline's own code, whose errors are
its own.
"""

import contextlib
import errno
from collections.abc import Iterator

from azuraforge_contract.errors import StorageError

__all__ = ["VolumeTrouble", "using_volume"]

_WORDS = {
    errno.ENOSPC: "the cache volume is full",
    errno.EDQUOT: "the quota of the cache volume is used up",
    errno.EROFS: "the cache volume is read-only",
    errno.EACCES: "this user may not write to the cache volume",
    errno.EPERM: "this user may not write to the cache volume",
}


class VolumeTrouble(Exception):  # noqa: N818 -- no error of the job: the reason it runs uncached
    """The cache volume cannot be used for this request.

    No ``OSError`` on purpose: it passes through a pipeline's fill function, which may handle those
    of its own source.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@contextlib.contextmanager
def using_volume() -> Iterator[None]:
    """Turn a failure of the volume into :class:`VolumeTrouble` with a reason for people."""
    try:
        yield
    except StorageError as error:
        raise VolumeTrouble(_reason(error.__cause__ or error)) from error
    except OSError as error:
        raise VolumeTrouble(_reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError):
        known = _WORDS.get(error.errno or 0)
        return known or f"the cache volume fails ({error.strerror or error})"
    return str(error)
