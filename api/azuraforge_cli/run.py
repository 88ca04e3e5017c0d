"""What ``azuraforge run`` does: opens the run, carries it out in sight, says how it ended."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from azuraforge_cli.cache_folder import find_cache_folder
from azuraforge_cli.display.json_lines import JsonDisplay
from azuraforge_cli.display.live import LiveDisplay
from azuraforge_cli.display.plain import PlainDisplay
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.opened_run import OpenedRun, RunRequest, open_run
from azuraforge_cli.result import exit_code_of, print_result
from azuraforge_contract.status import JobStatus
from azuraforge_local.display import Display, RunTitle
from azuraforge_local.executor_lock import hold_executor_lock
from azuraforge_local.foreground_executor import ForegroundExecutor
from azuraforge_local.interrupts import listen_for_interrupts
from azuraforge_local.status_file import read_status
from azuraforge_local.trainer_process import TrainerSetting

__all__ = ["RunRequest", "run_job"]

_KILLED: Final = 130
"""What shells report of a command ended by Ctrl-C."""


def run_job(request: RunRequest, *, as_json: bool) -> int:
    """Carry out a request; return the exit code of the command.

    Raises:
        JobFileError: the job is wrong, or the folder is not what the request says.
        StorageError: the run's folder cannot be written.
    """
    opened = open_run(request)
    with hold_executor_lock(opened.folder):
        status = read_status(opened.folder)
        if status is not None and status.phase.is_terminal:
            was_killed = False
            if as_json:
                with _shown(opened, as_json=True) as display:
                    display.show_status(status)
        else:
            status, was_killed = _carry_out(opened, as_json=as_json)
    if not as_json:
        print_result(opened.folder, opened.stored.job, status)
    return _KILLED if was_killed else exit_code_of(status)


def _carry_out(opened: OpenedRun, *, as_json: bool) -> tuple[JobStatus, bool]:
    setting = TrainerSetting(
        run=opened.folder.absolute(),
        working_directory=opened.stored.working_directory,
        cache=find_cache_folder(),
    )
    with listen_for_interrupts() as interrupts, _shown(opened, as_json=as_json) as display:
        executor = ForegroundExecutor(opened.stored.job, setting, display, interrupts)
        status = executor.carry_out()
        return status, interrupts.wants_kill


@contextmanager
def _shown(opened: OpenedRun, *, as_json: bool) -> Iterator[Display]:
    job = opened.stored.job
    title = RunTitle(
        job=job.metadata.name,
        uid=job.uid,
        pipeline=job.spec.pipeline,
        device=job.spec.device,
        folder=opened.folder,
        is_resumed=opened.is_resumed,
        max_attempts=job.spec.retry.max_attempts,
    )
    display = _choose_display(as_json=as_json)
    with closing(display):
        display.open(title)
        yield display


def _choose_display(*, as_json: bool) -> Display:
    if as_json:
        return JsonDisplay()
    return LiveDisplay(open_console()) if sys.stdout.isatty() else PlainDisplay()
