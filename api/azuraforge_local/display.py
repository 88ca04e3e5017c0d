"""The boundary between carrying a run out and showing it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_local.event_tail import SeenEvent

__all__ = ["Display", "RunDisplay", "RunTitle"]


@dataclass(frozen=True)
class RunTitle:
    """What a run is, in words for its first line.

    Attributes:
        job: the job's name.
        uid: its identity.
        pipeline: the plugin that trains.
        device: ``gpu`` or ``cpu``, as the job says.
        folder: the run's folder as a person would type it; None: it is not on this machine.
        is_resumed: whether an earlier run goes on.
        max_attempts: attempts in all, preemptions not counted.
    """

    job: str
    uid: str
    pipeline: str
    device: str
    folder: Path | None
    is_resumed: bool
    max_attempts: int


class RunDisplay(Protocol):
    """Told what happens in one run while it is carried out; called a few times a second."""

    def show_event(self, seen: SeenEvent) -> None:
        """Show one event."""
        ...

    def show_status(self, status: JobStatus) -> None:
        """Show a status; called at every change."""
        ...

    def show_transition(self, transition: RecordEvent) -> None:
        """Show what the lifecycle wants people to know."""
        ...

    def tick(self, seconds_to_retry: float | None) -> None:
        """Refresh what moves with time.

        Args:
            seconds_to_retry: until the next attempt is due; None while none waits.
        """
        ...


class Display(RunDisplay, Protocol):
    """Shows one run to a person; called from one thread."""

    def open(self, title: RunTitle) -> None:
        """Show what is about to run."""
        ...

    def show_request(self, sentence: str) -> None:
        """Show that a request to stop was understood."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was found; called exactly once, whatever happened."""
        ...
