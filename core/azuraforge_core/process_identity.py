"""Whether a process that wrote its identity down still runs, though its number may be used again.

The cache's lease asks it, to take over from a killed filler at once instead of after a silent
lease, and whoever runs jobs on this machine, for trainers that an ended process has left behind.
"""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["ProcessIdentity", "is_same_process"]

_GONE_STATES = "ZXx"


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, told apart from every other that ever ran in its process namespace."""

    boot: str
    """The kernel's boot identity: equal for all containers of one machine since its start."""
    namespace: str
    """Process namespace: only within one do process numbers mean the same."""
    pid: int
    start: str
    """Clock ticks from boot to the process's start: numbers are used again, with another start."""

    @classmethod
    def of_this_process(cls) -> "ProcessIdentity | None":
        """Return this process's identity, or None where the system does not tell (no ``/proc``)."""
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            namespace = Path("/proc/self/ns/pid").stat()
        except OSError:
            return None
        state = _state_and_start(os.getpid())
        if state is None:
            return None
        return cls(boot, f"{namespace.st_dev}:{namespace.st_ino}", os.getpid(), state[1])

    @classmethod
    def from_document(cls, document: object) -> "ProcessIdentity | None":
        """Read one back; None for whatever is none."""
        if not isinstance(document, dict):
            return None
        try:
            return cls(**document)
        except TypeError:
            return None

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    def is_certainly_dead(self) -> bool:
        """Return whether it ran here and runs no more; False also means "cannot tell"."""
        here = ProcessIdentity.of_this_process()
        if here is None or (here.boot, here.namespace) != (self.boot, self.namespace):
            return False
        return not is_same_process(self.pid, self.start)


def is_same_process(pid: int, start: str) -> bool:
    """Return whether a process of this machine runs, zombies excepted.

    Args:
        pid: its number, in this process's namespace.
        start: clock ticks from boot to its start, by which it is told from a later one.
    """
    found = _state_and_start(pid)
    return found is not None and found[0] not in _GONE_STATES and found[1] == start


def _state_and_start(pid: int) -> tuple[str, str] | None:
    """Return fields 3 and 22 of ``/proc/<pid>/stat``; the name before them may hold spaces."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0], fields[19]
