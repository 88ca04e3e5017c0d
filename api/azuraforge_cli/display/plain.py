"""One line for each event: for files, pipes and CI logs."""

import typer

from azuraforge_cli.display.sentences import event_sentence, transition_sentence
from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_local.display import RunTitle
from azuraforge_local.event_tail import SeenEvent

__all__ = ["PlainDisplay"]


class PlainDisplay:
    """Prints a line when something happened, and nothing in between."""

    def open(self, title: RunTitle) -> None:
        """Print what is about to run, and where."""
        verb = "resuming" if title.is_resumed else "run"
        typer.echo(f"{verb:<12}{title.job}: {title.pipeline} on {title.device}")
        if title.folder is not None:
            typer.echo(f"{'folder':<12}{title.folder}")

    def show_event(self, seen: SeenEvent) -> None:
        """Print the event's line, if it has one."""
        sentence = event_sentence(seen.event)
        if sentence is not None:
            typer.echo(sentence)

    def show_status(self, status: JobStatus) -> None:
        """Do nothing: every change that matters is a transition."""

    def show_transition(self, transition: RecordEvent) -> None:
        """Print what the events do not say already."""
        sentence = transition_sentence(transition)
        if sentence is not None:
            typer.echo(sentence)

    def tick(self, seconds_to_retry: float | None) -> None:
        """Do nothing: lines do not move."""

    def show_request(self, sentence: str) -> None:
        """Print the sentence."""
        typer.echo(sentence)

    def close(self) -> None:
        """Do nothing: nothing was changed."""
