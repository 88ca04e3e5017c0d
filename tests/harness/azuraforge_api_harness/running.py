"""Jobs that really run, and the trainers that a test must not leave behind."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from azuraforge_api.backends.local.adoption import find_trainer
from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.service import Service

__all__ = ["end_trainers", "long_job", "phase_of", "submit", "until", "wait_for"]

JOBS = "/api/v1/jobs"


def long_job(name: str = "night", epochs: int = 100_000, **spec: Any) -> dict[str, Any]:
    """Return a job that trains, an event every few milliseconds, until somebody stops it."""
    document: dict[str, Any] = job_document(name, **spec)
    document["spec"]["config"]["training"] = {"epochs": epochs, "early_stopping": None}
    return document


async def submit(service: Service, document: Any) -> str:
    """Create a job and return its uid."""
    answer = await service.editor.post(JOBS, json=document)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["metadata"]["uid"])


async def phase_of(service: Service, uid: str) -> str:
    """Return a job's phase."""
    return str((await service.viewer.get(f"{JOBS}/{uid}")).json()["status"].get("phase", "Pending"))


async def wait_for(service: Service, uid: str, *phases: str, seconds: float = 120.0) -> None:
    """Wait until a job is in one of the phases."""

    async def has_come() -> bool:
        return await phase_of(service, uid) in phases

    await until(has_come, seconds=seconds)


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = 120.0) -> None:
    """Wait until a condition holds."""
    give_up = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < give_up, f"not within {seconds:g} seconds"
        await asyncio.sleep(0.1)


def end_trainers(runs: Path) -> None:
    """Kill the trainers of the runs in a folder."""
    for run in runs.glob("*"):
        trainer = find_trainer(run)
        if trainer is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(trainer.pid, signal.SIGKILL)
