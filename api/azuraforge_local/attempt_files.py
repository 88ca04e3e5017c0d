"""The files of one attempt that the local executor keeps beside the contract's run folder.

::

    attempts/<attempt>.json              which process it is, written by the process itself
    attempts/<attempt>.exit.json         how that process ended, written by who saw it end
    attempts/<attempt>.termination.json  the trainer's last word
    logs/<attempt>.log                   what the trainer printed

Called by everything in this package. A cluster keeps the same facts in Job and Pod objects.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_core.store.atomic import write_file

__all__ = ["AttemptFiles", "ExitRecord", "ProcessRecord", "list_attempts"]


@dataclass(frozen=True)
class ProcessRecord:
    """Which process an attempt is.

    Attributes:
        attempt: index of the attempt.
        pid: process number.
        start: what tells it from other processes of that number; None where the system does not
            say.
        created: RFC 3339 time at which the process was started.
    """

    attempt: int
    pid: int
    start: str | None
    created: str


@dataclass(frozen=True)
class ExitRecord:
    """How an attempt's process ended.

    Attributes:
        exit_code: its exit code, 128 + n for signal n; None where nobody saw it end.
        ended: RFC 3339 time.
    """

    exit_code: int | None
    ended: str


@dataclass(frozen=True)
class AttemptFiles:
    """Paths and records of one attempt in a run's folder."""

    run: Path
    attempt: int

    @property
    def process_file(self) -> Path:
        """Which process it is."""
        return self.run / "attempts" / f"{self.attempt}.json"

    @property
    def exit_file(self) -> Path:
        """How its process ended."""
        return self.run / "attempts" / f"{self.attempt}.exit.json"

    @property
    def termination_file(self) -> Path:
        """The trainer's last word."""
        return self.run / "attempts" / f"{self.attempt}.termination.json"

    @property
    def log_file(self) -> Path:
        """What the trainer printed."""
        return self.run / "logs" / f"{self.attempt}.log"

    def make_folders(self) -> None:
        """Create the folders that the files lie in."""
        self.process_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)

    def read_process(self) -> ProcessRecord | None:
        """Return which process the attempt is, or None before there is one."""
        document = _read(self.process_file)
        if document is None:
            return None
        return ProcessRecord(
            attempt=document["attempt"],
            pid=document["pid"],
            start=document["start"],
            created=document["created"],
        )

    def read_exit(self) -> ExitRecord | None:
        """Return how the process ended, or None where that is not known yet."""
        document = _read(self.exit_file)
        return None if document is None else ExitRecord(document["exitCode"], document["ended"])

    def write_exit(self, record: ExitRecord) -> None:
        """Write down how the process ended."""
        document = {
            "formatVersion": FORMAT_VERSION,
            "exitCode": record.exit_code,
            "ended": record.ended,
        }
        write_file(self.exit_file, json.dumps(document).encode())

    def read_termination(self) -> str | None:
        """Return the trainer's last word as it wrote it, or None where it died without one."""
        try:
            return self.termination_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def remove_records(self) -> None:
        """Forget the attempt; its log and its events stay."""
        for path in (self.process_file, self.exit_file, self.termination_file):
            path.unlink(missing_ok=True)

    def read_log_tail(self, lines: int) -> list[str]:
        """Return the last lines that the trainer printed."""
        try:
            text = self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return text.splitlines()[-lines:]


def list_attempts(run: Path) -> list[AttemptFiles]:
    """Return the attempts of a run that have a process record, in order."""
    names = (path.name.removesuffix(".json") for path in (run / "attempts").glob("*.json"))
    return [AttemptFiles(run, index) for index in sorted(int(n) for n in names if n.isdigit())]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    check_format_version(document.get("formatVersion"), file=str(path))
    return document
