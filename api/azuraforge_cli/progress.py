"""A bar for work whose size is known, on stderr, where a person looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["showing_progress"]


@contextmanager
def showing_progress(
    what: str, total: int, *, is_shown: bool, unit: str = "bytes"
) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how much more is done; a pipe gets no bar.

    Args:
        what: a word in front.
        total: of the work.
        is_shown: false: no bar.
        unit: what is counted: bytes or rows.
    """
    if not is_shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress  # noqa: PLC0415 - a pipe does not pay for it
    from rich.console import Console  # noqa: PLC0415 - as above

    figures = (
        (progress.DownloadColumn(), progress.TransferSpeedColumn())
        if unit == "bytes"
        else (progress.MofNCompleteColumn(),)
    )
    with progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        *figures,
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.advance(task, more)
