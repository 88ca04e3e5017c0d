"""How a run ended, for the person who waited for it.

Called by ``run`` when the display is closed, and for a run that had ended before.
"""

from pathlib import Path
from typing import Final

import typer

from azuraforge_cli.display.figures import duration_text
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.score_table import score_table
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.run_folder import RunFolder
from azuraforge_contract.status import JobStatus, Phase
from azuraforge_contract.training_job import TrainingJob
from azuraforge_local.attempt_files import AttemptFiles

__all__ = ["exit_code_of", "print_result"]

_LOG_LINES: Final = 15
_EXPLAINED: Final = frozenset(ExitCode) - {ExitCode.INTERNAL_ERROR, ExitCode.KILLED}
"""Exit codes that come with a cause and a remedy, so that nobody needs the log."""


def exit_code_of(status: JobStatus) -> int:
    """Return the exit code of a run: 0, 75 where it can go on, else that of its last attempt."""
    match status.phase:
        case Phase.SUCCEEDED:
            return ExitCode.SUCCEEDED
        case Phase.FAILED:
            last = status.attempts[-1].exit_code if status.attempts else None
            return last or ExitCode.INTERNAL_ERROR
        case _:
            return ExitCode.PREEMPTED


def print_result(folder: Path, job: TrainingJob, status: JobStatus) -> None:
    """Print how a run ended: scores and paths, or what went wrong and what to do."""
    if status.phase is Phase.SUCCEEDED:
        _print_success(folder, status)
    elif status.phase is Phase.FAILED:
        _print_failure(folder, status)
    else:
        _print_stop(folder, job, status)


def _print_success(folder: Path, status: JobStatus) -> None:
    paths = RunFolder(folder)
    table = score_table(folder)
    typer.echo()
    if table is not None:
        open_console().print(table)
        typer.echo()
    typer.echo(f"Took {duration_text(status.active_seconds)}.")
    for name, path in (("Report", paths.report_page), ("Model", paths.model_weights)):
        if path.exists():
            typer.echo(f"{name + ':':<8}{path}")


def _print_failure(folder: Path, status: JobStatus) -> None:
    typer.echo(f"Error: {status.message or status.reason}", err=True)
    last = status.attempts[-1] if status.attempts else None
    if last is None:
        return
    if last.exit_code == ExitCode.ACCELERATOR_UNAVAILABLE:
        typer.echo("To train on the CPU instead: azuraforge run -f FILE --device cpu", err=True)
    if last.exit_code not in _EXPLAINED:
        _print_log(AttemptFiles(folder, last.index))


def _print_log(files: AttemptFiles) -> None:
    tail = files.read_log_tail(_LOG_LINES)
    if tail:
        typer.echo(f"The end of {files.log_file}:", err=True)
        for line in tail:
            typer.echo(f"  {line}", err=True)


def _print_stop(folder: Path, job: TrainingJob, status: JobStatus) -> None:
    if job.spec.suspend or job.spec.cancel:
        field = "cancel" if job.spec.cancel else "suspend"
        typer.echo(f"The job says {field}: true, so nothing runs.", err=True)
        return
    step = status.checkpoint.step if status.checkpoint else None
    where = f" at the checkpoint of step {step:,}" if step is not None else " before any checkpoint"
    typer.echo(f"Stopped{where}. To go on: azuraforge run --resume --out {folder}")
