"""The service goes, trainers stay: who comes next adopts them, or resumes what was lost."""

import os
import signal

import pytest

from azuraforge_api.app import create_app
from azuraforge_api.backends.local.adoption import find_trainer
from azuraforge_api.security.principal import Role
from azuraforge_api.settings import Settings
from azuraforge_api_harness.running import JOBS, long_job, phase_of, submit, until, wait_for
from azuraforge_api_harness.service import Service, open_client

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]


class Restartable:
    """A service that can be ended and started on the same folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def __aenter__(self) -> Service:
        self._app = create_app(self.settings)
        self._lifespan = self._app.router.lifespan_context(self._app)
        await self._lifespan.__aenter__()
        roles = (Role.VIEWER, Role.EDITOR, Role.ADMIN, None)
        clients = [await open_client(self._app, role) for role in roles]
        return Service(self._app, *clients)

    async def __aexit__(self, *error: object) -> None:
        await self._lifespan.__aexit__(None, None, None)


async def test_a_trainer_is_adopted(settings: Settings) -> None:
    """Its process goes on through the restart; it keeps its place, and a waiting job waits on."""
    async with Restartable(settings) as service:
        uid = await submit(service, long_job())
        await wait_for(service, uid, "Running")
        waiting = await submit(service, long_job("waiting"))
        trainer = find_trainer(settings.runs_folder / uid)
        assert trainer is not None
    assert find_trainer(settings.runs_folder / uid) == trainer
    async with Restartable(settings) as service:
        assert await phase_of(service, uid) == "Running"
        stored = await _steps(service, uid)

        async def grows() -> bool:
            return await _steps(service, uid) > stored

        await until(grows)
        assert find_trainer(settings.runs_folder / uid) == trainer
        assert await phase_of(service, waiting) == "Pending"
        await service.editor.patch(f"{JOBS}/{uid}", json={"cancel": True})
        await wait_for(service, uid, "Cancelled")
        await wait_for(service, waiting, "Running")


async def test_a_trainer_that_was_killed_meanwhile_is_resumed(settings: Settings) -> None:
    """The plan starts the next attempt, which goes on from the last checkpoint."""
    async with Restartable(settings) as service:
        uid = await submit(service, long_job(epochs=150, retry={"backoff": {"initialSeconds": 1}}))

        async def has_checkpoint() -> bool:
            job = (await service.viewer.get(f"{JOBS}/{uid}")).json()
            return bool((job["status"].get("checkpoint") or {}).get("step"))

        await until(has_checkpoint)
    trainer = find_trainer(settings.runs_folder / uid)
    assert trainer is not None
    os.killpg(trainer.pid, signal.SIGKILL)
    async with Restartable(settings) as service:
        await wait_for(service, uid, "Succeeded", "Failed")
        job = (await service.viewer.get(f"{JOBS}/{uid}")).json()
        assert job["status"]["phase"] == "Succeeded", job["status"]
    events = sorted(path.name for path in (settings.runs_folder / uid / "events").iterdir())
    assert events == ["0.jsonl", "1.jsonl"]


async def test_a_deletion_is_carried_out_by_the_next_service(settings: Settings) -> None:
    """A trainer of a deleted job is not forgotten when the service ends at once."""
    async with Restartable(settings) as service:
        uid = await submit(service, long_job())
        await wait_for(service, uid, "Running")
        await service.editor.delete(f"{JOBS}/{uid}")
    async with Restartable(settings) as service:
        await wait_for(service, uid, "Cancelled")
        assert find_trainer(settings.runs_folder / uid) is None


async def _steps(service: Service, uid: str) -> int:
    job = (await service.viewer.get(f"{JOBS}/{uid}")).json()
    return int((job["status"].get("progress") or {}).get("step") or 0)
