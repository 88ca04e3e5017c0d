"""What is known of the attempts of a run, as the planner takes it: read from the run's folder.

Called by ``run_executor`` at every turn, and by ``azuraforge status``. The folder is the source
of truth; what is kept between two turns only saves reading the event files from the start again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from azuraforge_contract.events import StepFinished
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.run_folder import RunFolder
from azuraforge_lifecycle.observed import Child, ChildPhase, Report
from azuraforge_local.attempt_files import AttemptFiles, ProcessRecord, list_attempts
from azuraforge_local.attempt_report import exit_code_told, updated
from azuraforge_local.event_tail import EventTail, SeenEvent
from azuraforge_local.process_identity import is_running

__all__ = ["AttemptWatch", "observe_children"]

_REPORT_EVERY_SECONDS: Final = 1.0
"""Every change of a report is a write of the status; steps alone make none more often."""


@dataclass
class AttemptWatch:
    """One attempt, followed from its record to its end.

    Attributes:
        files: where the attempt's records lie.
        record: which process it is.
    """

    files: AttemptFiles
    record: ProcessRecord
    is_deleting: bool = False
    """Whether it was asked to stop by this executor."""
    _tail: EventTail = field(init=False)
    _report: Report = field(default_factory=Report, init=False)
    _reported: Report = field(default_factory=Report, init=False)
    _next_report: float = field(default=0.0, init=False)
    _exit_code_told: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._tail = EventTail(RunFolder(self.files.run).events_file(self.files.attempt))

    def read_events(self) -> list[SeenEvent]:
        """Return the events that are new, and take them into the report."""
        found = self._tail.read()
        for seen in found:
            self._report = updated(self._report, seen.event)
            told = exit_code_told(seen.event)
            self._exit_code_told = self._exit_code_told if told is None else told
        is_news = any(not isinstance(seen.event, StepFinished) for seen in found)
        if is_news or time.monotonic() >= self._next_report:
            self._reported = self._report
            self._next_report = time.monotonic() + _REPORT_EVERY_SECONDS
        return found

    def child(self, *, is_alive: bool) -> Child:
        """Return the attempt as the planner sees it.

        Args:
            is_alive: whether its process runs; asked before its events were read, so that the
                events of an ended attempt are complete.
        """
        started = datetime.fromisoformat(self.record.created)
        if is_alive:
            return Child(
                index=self.record.attempt,
                phase=ChildPhase.RUNNING,
                created_at=started,
                started_at=started,
                is_deleting=self.is_deleting,
                report=self._reported,
                pod=f"process {self.record.pid}",
            )
        ended = self.files.read_exit()
        known = ended.exit_code if ended else None
        code = self._exit_code_told if known is None else known
        return Child(
            index=self.record.attempt,
            phase=ChildPhase.SUCCEEDED if code == ExitCode.SUCCEEDED else ChildPhase.FAILED,
            created_at=started,
            started_at=started,
            ended_at=datetime.fromisoformat(ended.ended) if ended else None,
            exit_code=code,
            is_deleting=self.is_deleting,
            termination=self.files.read_termination(),
            report=self._report,
            pod=f"process {self.record.pid}",
        )


def observe_children(
    run: Path,
    is_alive: Callable[[ProcessRecord], bool] = lambda found: is_running(found.pid, found.start),
) -> tuple[Child, ...]:
    """Return every attempt of a run, read afresh."""
    children = []
    for files in list_attempts(run):
        record = files.read_process()
        if record is None:
            continue
        watch = AttemptWatch(files, record)
        alive = is_alive(record)
        watch.read_events()
        children.append(watch.child(is_alive=alive))
    return tuple(children)
