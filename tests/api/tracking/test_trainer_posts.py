"""A real trainer posts to a real server that cannot see its folder: all of the run arrives."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from azuraforge_api.settings import Settings
from azuraforge_api.tokens.trainer_tokens import TrainerTokens
from azuraforge_api.tracking.service import read_events
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service
from azuraforge_contract import environment
from azuraforge_contract.run_folder import RunFolder

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("settings", ["sqlite"], indirect=True),
]


@asynccontextmanager
async def _served(service: Service) -> AsyncIterator[str]:
    """Serve an application that is running already; gives its address."""
    config = uvicorn.Config(service.app, port=0, lifespan="off", ws="none", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


async def test_a_run_that_the_service_cannot_see_arrives_whole(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    """Events, figures and the end are there when the trainer has ended, as it wrote them."""
    uid = await stored_job(service)
    tokens = TrainerTokens(service.database, settings.trainer_tokens_folder)
    await tokens.issue(uid)
    run = RunFolder(tmp_path / "elsewhere" / uid)
    job = json.loads(json.dumps(job_document()))
    job["metadata"]["uid"] = uid
    (tmp_path / "job.json").write_text(json.dumps(job))
    async with _served(service) as url:
        trainer = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "azuraforge_trainer", cwd=tmp_path,
            env={
                **os.environ,
                environment.JOB_FILE: str(tmp_path / "job.json"),
                environment.ATTEMPT: "0",
                environment.CACHE_DIR: str(tmp_path / "cache"),
                environment.RUN_DIR: str(run.root),
                environment.TRACKING_URL: url,
                environment.TRACKING_TOKEN_FILE: str(tokens.path(uid)),
            },
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, log = await trainer.communicate()
    assert trainer.returncode == 0, log.decode()
    written = run.events_file(0).read_text().splitlines()
    async with service.database.read() as session:
        events = await read_events(session, (await service.job(session, uid)).id)
    assert [event.line for event in events] == written
    assert json.loads(written[-1])["type"] == "finished"
    answer = await service.viewer.get(f"/api/v1/runs/{uid}/metrics")
    assert "validation.mse" in {each["name"] for each in answer.json()}
