"""A pod's log as a container runtime writes it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["PodLog"]

_PART_BYTES = 16 * 1024
"""Containerd cuts what is printed into pieces of this size."""


class PodLog:
    """The log of one container.

    Args:
        folder: of all pods' logs.
        namespace: the pod's.
        pod: its name.
        uid: its uid.
        container: the container's name.
    """

    def __init__(self, folder: Path, namespace: str, pod: str, uid: str, container: str) -> None:
        self._path = folder / f"{namespace}_{pod}_{uid}" / container / "0.log"
        self._path.parent.mkdir(parents=True)
        self._time = datetime.now(UTC)

    def write(self, *lines: str, stream: str = "stderr") -> None:
        """Append lines; each is a microsecond later than the one before."""
        with self._path.open("a") as file:
            for line in lines:
                self._time += timedelta(microseconds=1)
                stamp = self._time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
                file.write(f"{stamp} {stream} F {line}\n")

    def write_bytes(self, line: bytes, *, stream: str = "stderr") -> None:
        """Append one line, cut where containerd cuts it, in the middle of a character too."""
        starts = range(0, max(len(line), 1), _PART_BYTES)
        for start in starts:
            tag = "F" if start == starts[-1] else "P"
            self.write_part(line[start : start + _PART_BYTES], tag, stream=stream)

    def write_part(self, part: bytes, tag: str, *, stream: str = "stderr") -> None:
        """Append one piece of a line; its tag says whether it is the last one."""
        self._time += timedelta(microseconds=1)
        stamp = self._time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        self.spoil(f"{stamp} {stream} {tag} ".encode() + part + b"\n")

    def spoil(self, content: bytes) -> None:
        """Append bytes that no container runtime writes."""
        with self._path.open("ab") as file:
            file.write(content)

    def rotate(self) -> None:
        """Move what was written aside, as the kubelet does with a full file."""
        self._path.rename(self._path.with_name(f"0.log.{self._time:%Y%m%d-%H%M%S%f}"))

    def remove(self) -> None:
        """Remove it with its folder, as the kubelet does with a pod's."""
        for path in self._path.parent.iterdir():
            path.unlink()
        self._path.parent.rmdir()
        self._path.parent.parent.rmdir()
