"""Events as JSON lines, for scripts.

The first line is ``{"type": "run", …}``, the last one ``{"type": "status", …}``; between them are
the lines of the event files as the trainer wrote them.
"""

import json

import typer

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_local.display import RunTitle
from azuraforge_local.event_tail import SeenEvent

__all__ = ["JsonDisplay"]


class JsonDisplay:
    """Prints each event's own line."""

    def __init__(self) -> None:
        self._status = JobStatus()

    def open(self, title: RunTitle) -> None:
        """Print which run it is and where."""
        self._print(
            {
                "type": "run",
                "run": title.uid,
                "name": title.job,
                "folder": None if title.folder is None else str(title.folder),
                "resumed": title.is_resumed,
            }
        )

    def show_event(self, seen: SeenEvent) -> None:
        """Print the event as it stands in its file."""
        typer.echo(seen.line)

    def show_status(self, status: JobStatus) -> None:
        """Keep the status for the last line."""
        self._status = status

    def show_transition(self, transition: RecordEvent) -> None:
        """Do nothing: the final status says it."""

    def tick(self, seconds_to_retry: float | None) -> None:
        """Do nothing: scripts read events."""

    def show_request(self, sentence: str) -> None:
        """Say it where it does not mix with the JSON."""
        typer.echo(sentence, err=True)

    def close(self) -> None:
        """Print the final status."""
        self._print({"type": "status", "status": self._status.to_document()})

    @staticmethod
    def _print(document: dict[str, object]) -> None:
        typer.echo(json.dumps({"formatVersion": FORMAT_VERSION, **document}, ensure_ascii=False))
