"""The live picture of a run in a terminal: progress, losses, rate and what is left.

Redrawn by ``tick`` from the executor's own loop, without a thread, so that nothing here can hold
up a signal or a fork.
"""

from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from azuraforge_cli.display.figures import (
    bytes_text,
    count_text,
    duration_text,
    loss_text,
    rate_text,
    sparkline,
)
from azuraforge_cli.display.run_view import RunView
from azuraforge_cli.display.sentences import transition_sentence, validation_loss
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_local.display import RunTitle
from azuraforge_local.event_tail import SeenEvent

__all__ = ["LiveDisplay", "picture"]

_COLORS: Final = {
    Phase.RUNNING: "green",
    Phase.SUCCEEDED: "green",
    Phase.FAILED: "red",
    Phase.SUSPENDED: "yellow",
    Phase.CANCELLED: "yellow",
}
_BAR_WIDTH: Final = 40


class LiveDisplay:
    """Draws the run in place; failed attempts stay above the picture as lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._view = RunView()
        self._title: RunTitle | None = None
        self._request = ""

    def open(self, title: RunTitle) -> None:
        """Start drawing."""
        self._title = title
        self._live.start()

    def show_event(self, seen: SeenEvent) -> None:
        """Take an event into the picture."""
        self._view.apply(seen.event)

    def show_status(self, status: JobStatus) -> None:
        """Take a status into the picture."""
        self._view.status = status

    def show_transition(self, transition: RecordEvent) -> None:
        """Leave a line about it above the picture."""
        sentence = transition_sentence(transition)
        if sentence is not None:
            self._console.print(Text(sentence, style="yellow"))

    def tick(self, seconds_to_retry: float | None) -> None:
        """Draw the picture as it is now."""
        if self._title is not None:
            drawn = picture(self._title, self._view, self._request, seconds_to_retry)
            self._live.update(drawn, refresh=True)

    def show_request(self, sentence: str) -> None:
        """Show the sentence below the picture."""
        self._request = sentence
        self.tick(None)

    def close(self) -> None:
        """Draw once more and give the terminal back."""
        self._request = ""
        self.tick(None)
        self._live.stop()


def picture(
    title: RunTitle, view: RunView, request: str, seconds_to_retry: float | None
) -> RenderableType:
    """Return what is drawn of a run now."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column()
    for name, content in _rows(title, view):
        rows.add_row(name, content)
    notes = [Text(request, style="yellow")] if request else []
    if seconds_to_retry is not None:
        sentence = f"{view.status.message} Next attempt in {duration_text(seconds_to_retry)}."
        notes.append(Text(sentence.strip(), style="yellow"))
    return Group(_headline(title, view), rows, *notes)


def _headline(title: RunTitle, view: RunView) -> Text:
    phase = view.status.phase
    activity = f" ({view.activity})" if phase is Phase.RUNNING else ""
    return Text.assemble(
        (title.job, "bold"),
        f"  {title.pipeline} on {_device(title, view)}  ",
        (f"{phase}{activity}", _COLORS.get(phase, "cyan")),
    )


def _device(title: RunTitle, view: RunView) -> str:
    accelerator = view.started.accelerator if view.started else None
    return accelerator.name if accelerator and accelerator.name else title.device


def _rows(title: RunTitle, view: RunView) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = []
    if title.folder is not None:
        rows.append(("folder", Text(str(title.folder))))
    if view.dataset is not None:
        windows = "/".join(count_text(number) for number in view.dataset.windows.values())
        dataset = view.dataset.dataset
        table = f"{count_text(view.dataset.rows)} rows, {bytes_text(dataset.bytes)}"
        rows.append(("data", f"{table}, cache {dataset.cache}; {windows} windows"))
    rows.append(("attempt", _attempt(title, view)))
    if view.dataset is not None and view.dataset.total_epochs:
        rows.append(("progress", _progress(view)))
    if view.step is not None:
        rows.append(("loss", _loss(view)))
        rows.append(("learning rate", f"{view.step.learning_rate:.2g}"))
    if len(view.validation_losses) > 1:
        rows.append(("validation", sparkline(view.validation_losses)))
    return rows


def _attempt(title: RunTitle, view: RunView) -> str:
    failures = view.status.failures
    resumed = view.dataset.resumed_from_step if view.dataset else None
    parts = [
        f"{failures + 1} of {title.max_attempts}"
        if failures < title.max_attempts
        else str(failures),
        *([f"{view.status.preemptions} stopped and resumed"] if view.status.preemptions else []),
        *([] if resumed is None else [f"resumed from step {count_text(resumed)}"]),
    ]
    return ", ".join(parts)


def _progress(view: RunView) -> RenderableType:
    line = Table.grid(padding=(0, 1))
    percentage = view.step.percentage if view.step else 0.0
    if view.activity == "finished":
        percentage = 100.0
    total = view.dataset.total_epochs if view.dataset else 0
    epoch = view.step.epoch if view.step else 0
    cells: list[RenderableType] = [
        ProgressBar(total=100, completed=percentage, width=_BAR_WIDTH),
        f"{percentage:3.0f} %",
        f"epoch {epoch}/{total}",
    ]
    if view.step is not None and view.activity == "training":
        cells.append(rate_text(view.step.samples_per_second))
        cells.append(f"{duration_text(view.step.eta_seconds)} left")
    line.add_row(*cells)
    return line


def _loss(view: RunView) -> str:
    latest = view.epochs[max(view.epochs)] if view.epochs else None
    parts = [f"training {loss_text(view.step.loss if view.step else None)}"]
    if latest is not None:
        parts.append(f"validation {loss_text(validation_loss(latest.metrics))}")
    if view.best is not None:
        best = loss_text(validation_loss(view.best.metrics))
        parts.append(f"best {best} (epoch {view.best.epoch})")
    return "  ".join(parts)
