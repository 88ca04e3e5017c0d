"""What ``azuraforge backtest`` does: opens the job, works through the folds in sight, says the end.

Training happens in this process: there is nothing to retry and no lifecycle to follow, and what is
finished is kept fold by fold.
"""

import contextlib
import itertools
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import typer
from rich.text import Text

from azuraforge_cli.backtest_progress import FoldBar, FoldDisplay, FoldLines
from azuraforge_cli.backtest_table import backtest_table
from azuraforge_cli.cache_folder import find_cache_folder
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.job_source import checked_job, read_source
from azuraforge_contract.errors import PreemptedError
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.quantity import parse_quantity
from azuraforge_core.backtest.folder import BacktestFolder
from azuraforge_core.backtest.folds import BacktestWindow, FoldSettings
from azuraforge_core.backtest.results import BacktestResult
from azuraforge_core.backtest.run import Backtest, BacktestRequest, open_backtest
from azuraforge_core.device import open_device
from azuraforge_core.training.threads import available_cores

__all__ = ["BACKTESTS", "BacktestCommand", "backtest_job"]

BACKTESTS: Final = Path("backtests")
"""Where backtests lie when nobody says otherwise, relative to the current folder."""
_KILLED: Final = 130
"""What shells report of a command ended by Ctrl-C."""


@dataclass(frozen=True)
class BacktestCommand:
    """What was typed after ``azuraforge backtest``."""

    file: Path
    settings: tuple[str, ...]
    folds: int
    window: str
    refit: bool
    first: float
    out: Path | None
    device: str | None


class StopRequest:
    """Whether somebody pressed Ctrl-C: once for the next checkpoint, twice for now."""

    def __init__(self) -> None:
        self.is_requested = False

    def receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        """Note a request, or end at once where there was one already.

        Raises:
            KeyboardInterrupt: it is the second.
        """
        if self.is_requested:
            raise KeyboardInterrupt
        self.is_requested = True
        # Not through a buffered stream: the handler may have interrupted one that is being written.
        os.write(sys.stderr.fileno(), b"\nStopping at a checkpoint; Ctrl-C again stops at once.\n")

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM while a block runs; one that is ignored (nohup) stays so."""
        taken = [
            number
            for number in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(number) != signal.SIG_IGN
        ]
        previous = {number: signal.signal(number, self.receive) for number in taken}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def backtest_job(command: BacktestCommand, *, as_json: bool) -> int:
    """Carry out a backtest; return the exit code of the command.

    Raises:
        JobFileError: the job or the folder is not what it should be.
        DataError: the table cannot be used, or has too few rows for these folds.
        AcceleratorError: the job asks for a GPU that cannot be used.
        DivergedError: the loss became NaN or infinite in some fold.
        StorageError: the folder cannot be written.
    """
    source = read_source(command.file, command.settings, command.device)
    job = checked_job(source)
    settings = FoldSettings(
        command.folds, BacktestWindow(command.window), command.refit, command.first
    )
    cpu = job.spec.resources.cpu
    request = BacktestRequest(
        job=job.metadata.name,
        pipeline=job.spec.pipeline,
        config=job.spec.config,
        seed=job.spec.seed,
        settings=settings,
        device=open_device(job.spec.device),
        threads=available_cores() if cpu is None else max(1, int(parse_quantity(cpu))),
        cache=find_cache_folder(),
    )
    with contextlib.chdir(source.folder):  # what relative paths in the job are relative to
        opened = open_backtest(request)
    folder = command.out or _default_folder(opened)
    BacktestFolder(folder).claim(opened.plan)
    return _carry_out(opened, folder, as_json=as_json)


def _default_folder(opened: Backtest) -> Path:
    """Return the folder in which this very backtest was begun, or one that is free."""
    for number in itertools.count(1):
        folder = BACKTESTS / f"{opened.plan.job}-{number}"
        if not folder.exists() or BacktestFolder(folder).holds(opened.plan):
            return folder
    raise AssertionError  # unreachable: the numbers do not end


def _carry_out(opened: Backtest, folder: Path, *, as_json: bool) -> int:
    """Work through the folds; stdout belongs to the result alone ``as_json``."""
    place = BacktestFolder(folder)
    stop = StopRequest()
    display = _choose_display(opened, as_json=as_json)
    try:
        with stop.listening(), contextlib.closing(display):
            display.open(opened.plan, folder)
            result = opened.run(folder, display, stop)
    except PreemptedError:
        finished = len(list(place.finished(opened.plan.folds)))
        _say_how_to_go_on(finished, opened.plan.folds, folder)
        return ExitCode.PREEMPTED
    except KeyboardInterrupt:
        typer.echo("Stopped at once. The same command goes on.", err=True)
        return _KILLED
    if as_json:
        typer.echo(result.model_dump_json(indent=2, by_alias=True))
    else:
        _print_result(result, place)
    return ExitCode.SUCCEEDED


def _choose_display(opened: Backtest, *, as_json: bool) -> FoldDisplay:
    if as_json:
        return FoldLines(to_stderr=True)
    return FoldBar(open_console(), opened.plan.folds) if sys.stdout.isatty() else FoldLines()


def _say_how_to_go_on(finished: int, folds: int, folder: Path) -> None:
    typer.echo(
        f"Stopped: {finished} of {folds} folds are finished and kept in {folder}. "
        "To go on, give the same command again.",
        err=True,
    )


def _print_result(result: BacktestResult, place: BacktestFolder) -> None:
    typer.echo()
    typer.echo("Scaled MSE in each fold, how often the truth lay in the bands, and p against ridge")
    console = open_console()
    console.print(backtest_table(result))
    typer.echo()
    console.print(Text(result.verdict.headline, style="bold"))
    typer.echo(result.verdict.detail)
    typer.echo()
    for name, path in (("Report", place.page), ("Table", place.table_file)):
        typer.echo(f"{name + ':':<8}{path}")
