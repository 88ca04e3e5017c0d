"""Asks workers, one question at a time each, and replaces those that hang or die.

Opened by ``app``; used by predictions, exports and comparisons. Workers start when they are needed
first. A worker that has a model in its memory is asked about that model again where it is free.
"""

import asyncio
import contextlib
import logging
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from typing import Any, Final

from azuraforge_api.problems.problem import FieldProblem, Problem
from azuraforge_api.settings import Settings
from azuraforge_api.system.metrics import Metrics
from azuraforge_api.workers.frames import Frame, encode_frame, read_frame
from azuraforge_contract.environment import DATASETS_DIR

__all__ = ["WorkerPool", "open_workers"]

_ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
"""Workers stand side by side; each alone would take the whole machine."""
_CLOSE_SECONDS: Final = 5.0
_logger: Final = logging.getLogger("azuraforge.api.workers")


@dataclass(eq=False)
class _Worker:
    process: Process
    keys: dict[str, None] = field(default_factory=dict)
    """What it was asked about, which it may still have in its memory."""

    async def ask(self, question: bytes) -> Frame:
        assert self.process.stdin is not None  # noqa: S101 - for the type checker: piped
        assert self.process.stdout is not None  # noqa: S101 - as above
        self.process.stdin.write(question)
        await self.process.stdin.drain()
        return await read_frame(self.process.stdout)

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class WorkerPool:
    """Workers of one process of the service.

    Args:
        count: how many work at the same time.
        deadline_seconds: how long one question may take, the wait for a worker included.
        environment: added to theirs.
        metrics: count what they do.
    """

    def __init__(
        self, count: int, deadline_seconds: float, environment: dict[str, str], metrics: Metrics
    ) -> None:
        self._deadline_seconds = deadline_seconds
        self._environment = environment
        self._metrics = metrics
        self._places = asyncio.Semaphore(count)
        self._idle: list[_Worker] = []
        self._busy: set[asyncio.Task[Frame]] = set()

    async def ask(
        self, task: str, facts: dict[str, Any], body: bytes = b"", *, key: str = ""
    ) -> Frame:
        """Let a worker do something.

        Args:
            task: what, of `workers.program`.
            facts: its header.
            body: passed on as it is.
            key: what it is about; a worker that knows it is preferred.

        Raises:
            Problem: it took too long, the worker died, or the task itself found one.
        """
        question = encode_frame(Frame({"task": task, **facts}, body))
        work = asyncio.create_task(self._carry_out(task, question, key))
        self._busy.add(work)
        work.add_done_callback(self._busy.discard)
        # A caller who goes away leaves a worker that is heard out, not one out of step.
        return await asyncio.shield(work)

    async def close(self) -> None:
        """End all workers."""
        for work in tuple(self._busy):
            work.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        idle, self._idle = self._idle, []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.gather(*(worker.end() for worker in idle))

    async def _carry_out(self, task: str, question: bytes, key: str) -> Frame:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline_seconds), self._places:
                answer = await self._with_worker(question, key)
        except TimeoutError:
            self._note(task, "late", began)
            _logger.warning("task %s took too long", task, extra={"event": "worker_late"})
            raise Problem(
                "deadline-exceeded",
                f"It took longer than {self._deadline_seconds:g} seconds.",
                remedy="Ask for less at once, or again when less is going on.",
            ) from None
        except (asyncio.IncompleteReadError, OSError) as error:
            self._note(task, "died", began)
            _logger.exception("task %s: the worker died", task, extra={"event": "worker_died"})
            raise Problem(
                "unavailable",
                "The worker that did this has died; another one takes its place.",
                remedy="Send the same again; the log tells more if it happens again.",
            ) from error
        self._note(task, "refused" if "problem" in answer.header else "done", began)
        if "isLoaded" in answer.header:
            self._metrics.model_lookups.labels("hit" if answer.header["isLoaded"] else "miss").inc()
        return _checked(answer)

    def _note(self, task: str, outcome: str, began: float) -> None:
        self._metrics.task_seconds.labels(task, outcome).observe(time.perf_counter() - began)

    async def _with_worker(self, question: bytes, key: str) -> Frame:
        worker = self._take(key) or await self._start()
        try:
            answer = await worker.ask(question)
        except BaseException:
            await worker.end()
            raise
        worker.keys[key] = None
        self._idle.append(worker)
        return answer

    def _take(self, key: str) -> _Worker | None:
        """Return an idle worker that lives: one that knows the key, else the last one asked."""
        self._idle = [each for each in self._idle if each.process.returncode is None]
        if not self._idle:
            return None
        known = next((each for each in self._idle if key in each.keys), self._idle[-1])
        self._idle.remove(known)
        return known

    async def _start(self) -> _Worker:
        self._metrics.worker_starts.inc()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # never a module of the working directory
            "-m",
            "azuraforge_api.workers.program",
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, **_ONE_THREAD, **self._environment},
            start_new_session=True,  # Ctrl-C is for the service; workers end with their line
        )
        return _Worker(process)


def open_workers(settings: Settings, metrics: Metrics) -> WorkerPool:
    """Return the workers that the settings describe; none runs yet."""
    return WorkerPool(
        settings.prediction_workers,
        settings.prediction_deadline_seconds,
        {
            "AZURAFORGE_PREDICTION_CACHE_BYTES": str(settings.prediction_cache_bytes),
            DATASETS_DIR: str(settings.datasets_folder),
        },
        metrics,
    )


def _checked(answer: Frame) -> Frame:
    told = answer.header.get("problem")
    if told is None:
        return answer
    raise Problem(
        told["code"],
        told["detail"],
        remedy=told["remedy"],
        errors=[FieldProblem(**each) for each in told["errors"]],
    )
