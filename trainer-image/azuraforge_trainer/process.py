"""The process around an attempt: its log, watchdog, last word and exit code."""

import contextlib
import logging
import os
import time
from typing import Final

from azuraforge_contract.errors import AzuraForgeError, InternalError, StalledError
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.json_log import JsonFormatter, configure_logging
from azuraforge_contract.training_job import TrainingJob
from azuraforge_trainer.attempt import Attempt
from azuraforge_trainer.environment import (
    AttemptEnvironment,
    read_environment,
    termination_file,
)
from azuraforge_trainer.event_file import EventFile
from azuraforge_trainer.job_input import keep_job, read_job
from azuraforge_trainer.last_word import LastWord
from azuraforge_trainer.outcome import explain_failure
from azuraforge_trainer.reporter import AttemptReporter
from azuraforge_trainer.stall_watchdog import StallWatchdog
from azuraforge_trainer.stop_request import StopRequest
from azuraforge_trainer.tracking.poster import posting

__all__ = ["TrainerProcess"]

_COMPLETED: Final = "Completed"
_FLUSH_SECONDS: Final = 5.0
_HASTY_FLUSH_SECONDS: Final = 1.0
"""Where somebody asked to stop: the checkpoint is saved, and who asked may not wait for long."""


class TrainerProcess:
    """One attempt as a process; the signal handler and the watchdog's thread share it.

    Args:
        stop: whether somebody asked to stop; installed already.
    """

    def __init__(self, stop: StopRequest) -> None:
        self._began = time.monotonic()
        self._stop = stop
        self._stop.end_now = self._end_now
        self._last_word = LastWord(termination_file(os.environ))
        self._logger = configure_logging(JsonFormatter("trainer"))
        self._reporter: AttemptReporter | None = None

    def run(self) -> int:
        """Carry the attempt out and return the exit code; nothing leaves this as an exception."""
        try:
            environment = read_environment(os.environ)
            job = read_job(environment.job_file)
            identity = {
                "job": job.metadata.name,
                "run": job.uid,
                "attempt": environment.attempt,
            }
            self._logger = configure_logging(JsonFormatter("trainer", identity))
            with (
                EventFile(environment.run.events_file(environment.attempt)) as file,
                posting(environment, job.uid, self._logger, self._flush_seconds),
            ):
                return self._attempt(job, environment, file)
        except BaseException as error:  # noqa: BLE001 - the process's edge: all is explained here
            return self._fail(error)

    def _attempt(self, job: TrainingJob, environment: AttemptEnvironment, file: EventFile) -> int:
        watchdog = StallWatchdog(job.spec.deadlines.no_progress_seconds, self._give_up)
        reporter = AttemptReporter(
            run=job.uid,
            attempt=environment.attempt,
            file=file,
            last_word=self._last_word,
            logger=self._logger,
            rearm=watchdog.rearm,
        )
        self._reporter = reporter
        watchdog.start()
        try:
            keep_job(job, environment.run)
            Attempt(job, environment, reporter, watchdog, self._stop, self._began).run()
        except BaseException as error:  # noqa: BLE001 - the process's edge: all is explained here
            return self._fail(error)
        finally:
            watchdog.stop()
        self._last_word.write(_COMPLETED, "The model is finished.")
        return ExitCode.SUCCEEDED

    def _flush_seconds(self) -> float:
        """Return for how long the end may wait for events that were not sent yet."""
        return _HASTY_FLUSH_SECONDS if self._stop.is_requested else _FLUSH_SECONDS

    def _fail(self, error: BaseException) -> int:
        """Tell the failure everywhere and return its exit code."""
        failure = explain_failure(error)
        self._logger.error(
            str(failure),
            extra={"event": "failed", "reason": failure.reason, "step": self._last_word.step},
            exc_info=error if isinstance(failure, InternalError) else None,
        )
        self._tell(failure)
        return failure.exit_code

    def _tell(self, failure: AzuraForgeError) -> None:
        self._last_word.write(failure.reason, str(failure))
        if self._reporter is not None:
            with contextlib.suppress(AzuraForgeError):  # the volume may be what failed
                self._reporter.failed(failure)

    def _end_now(self) -> None:
        """End on a second request to stop, without saving anything more."""
        self._last_word.write("Preempted", "Asked to stop twice; ended at once.")
        os._exit(ExitCode.PREEMPTED)

    def _give_up(self) -> None:
        """End a stalled attempt; on the watchdog's thread, the stacks are in the log already."""
        stalled = StalledError(
            "Nothing was finished for longer than spec.deadlines.noProgressSeconds allows.",
            remedy="The log holds the stacks of all threads; raise the allowance if the machine "
            "is merely slow.",
        )
        self._tell(stalled)
        logging.getLogger("azuraforge").error(str(stalled), extra={"event": "failed"})
        os._exit(ExitCode.INTERNAL_ERROR)
