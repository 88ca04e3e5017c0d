"""How much memory this process holds, as the kernel counts it against a limit.

Called by the last word: a process that the kernel kills for its memory cannot say so any more.
"""

from pathlib import Path
from typing import Final

__all__ = ["memory_in_use"]

_STATUS: Final = Path("/proc/self/status")
_COUNTED: Final = frozenset({"RssAnon", "RssShmem"})
"""Pages of files are left out: the kernel drops them where memory is short."""
_KIBIBYTE: Final = 1024


def memory_in_use(status: Path = _STATUS) -> int | None:
    """Return the bytes held without pages of files, or None where the system does not tell."""
    try:
        lines = status.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    parts = (line.split() for line in lines)
    found = [int(part[1]) for part in parts if part and part[0].rstrip(":") in _COUNTED]
    return sum(found) * _KIBIBYTE if found else None
