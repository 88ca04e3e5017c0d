"""Plays trainers, their container runtime and the kubelet: writes pods' logs at a rate.

Started by ``benchmarks/logs_stack.py`` as a process of its own, so that nothing else of the
benchmark holds it up::

    python -m benchmarks.logs_writer FOLDER --pods 10 --rate 5000 --lines 100000

Each line is one of a real trainer: the container runtime's time stamp, stream and tag, and a step
as JSON; line *n* of a pod says that it is step *n*. A full file is moved aside; of those moved
aside the newest stays plain, older ones are compressed, and five files are kept in all: what a
kubelet does by default. Ends when the lines are written or when it is told to (SIGTERM); its last
line on standard output says how many each pod has written, and in how many seconds.
"""

import argparse
import gzip
import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

__all__ = ["job_of", "uid_of"]

_TICK_SECONDS: Final = 0.01
_KEPT_FILES: Final = 5
_NANOSECONDS: Final = 1_000_000_000


def job_of(pod: int) -> str:
    """Return the name of a pod's job."""
    return f"load-{pod:02d}"


def uid_of(pod: int) -> str:
    """Return the uid of a pod."""
    return f"3904656c-41ab-474e-8196-0000000000{pod:02d}"


class _Pod:
    """The log of one trainer's container."""

    def __init__(self, folder: Path, pod: int, rotate_bytes: int, traceback_every: int) -> None:
        name = f"ml_{job_of(pod)}-0-abcde_{uid_of(pod)}"
        self._path = folder / name / "trainer" / "0.log"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab", buffering=1 << 20)
        self._pod = pod
        self._rotate_bytes = rotate_bytes
        self._traceback_every = traceback_every
        self._last = 0
        self.written = 0

    def write(self, count: int) -> None:
        """Append lines and let readers see them."""
        for _ in range(count):
            self._append(_step(self._pod, self.written))
            if self._traceback_every and self.written % self._traceback_every == 0:
                for line in _traceback(self.written):
                    self._append(line)
            self.written += 1
        self._file.flush()
        if self._file.tell() > self._rotate_bytes:
            self._rotate()

    def _append(self, line: str) -> None:
        now = max(time.time_ns(), self._last + 1)
        self._last = now
        self._file.write(f"{_stamp(now)} stderr F {line}\n".encode())

    def _rotate(self) -> None:
        self._file.close()
        moved = self._path.with_name(f"0.log.{datetime.now(UTC):%Y%m%d-%H%M%S%f}")
        self._path.rename(moved)
        self._file = self._path.open("ab", buffering=1 << 20)
        threading.Thread(target=_tidy, args=(moved,)).start()


def _tidy(newest: Path) -> None:
    """Compress what was moved aside before, and remove what is too old."""
    for path in sorted(newest.parent.glob("0.log.2*")):
        if path < newest and path.suffix not in {".gz", ".tmp"}:
            part = path.with_name(f"{path.name}.tmp")
            with path.open("rb") as source, gzip.open(part, "wb", compresslevel=6) as target:
                shutil.copyfileobj(source, target, 1 << 20)
            part.rename(path.with_name(f"{path.name}.gz"))
            path.unlink()
    for path in sorted(newest.parent.glob("0.log.2*"))[: 1 - _KEPT_FILES]:
        path.unlink(missing_ok=True)


def _stamp(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:09d}Z"


def _step(pod: int, number: int) -> str:
    """Return what a trainer prints at a step, as long as one of the weather example."""
    loss = 1.0 / (number + 3)
    return (
        f'{{"ts":"{datetime.now(UTC).isoformat(timespec="milliseconds")}","level":"info",'
        f'"component":"trainer","event":"step","message":"Step {number}: loss {loss:.4f}.",'
        f'"logger":"azuraforge","job":"{job_of(pod)}","run":"{uid_of(pod)}","attempt":0,'
        f'"epoch":{number // 1000},"step":{number},"loss":{loss!r},'
        f'"samples_per_second":10982.559052728484,"eta_seconds":{loss * 1e5!r},'
        f'"percentage":33.333333333333336,"total_epochs":300}}'
    )


def _traceback(number: int) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    yield '  File "/opt/azuraforge/train.py", line 12, in <module>'
    yield "    main()"
    yield ""
    yield f"RuntimeError: number {number}"


def _write(pods: list[_Pod], rate: float, lines: int, ended: threading.Event) -> float:
    """Write at a steady rate, the pods alike; return the seconds it took."""
    began = time.monotonic()
    written = 0
    while written < lines and not ended.is_set():
        due = min(lines, int((time.monotonic() - began) * rate)) // len(pods)
        for pod in pods:
            pod.write(due - pod.written)
        written = sum(pod.written for pod in pods)
        ended.wait(_TICK_SECONDS)
    return time.monotonic() - began


def main() -> None:
    """Write, and tell what was written."""
    parser = argparse.ArgumentParser(description="Write pods' logs at a rate.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pods", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="lines a second, of all pods")
    parser.add_argument("--lines", type=int, required=True, help="a multiple of the pods")
    parser.add_argument("--rotate-bytes", type=int, default=10 * 2**20)
    parser.add_argument("--traceback-every", type=int, default=0, help="steps; 0: none")
    options = parser.parse_args()
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    pods = [
        _Pod(options.folder, number, options.rotate_bytes, options.traceback_every)
        for number in range(options.pods)
    ]
    seconds = _write(pods, options.rate, options.lines, ended)
    print(json.dumps({"perPod": [pod.written for pod in pods], "seconds": round(seconds, 2)}))


if __name__ == "__main__":
    main()
