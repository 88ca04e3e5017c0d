"""The service as a container runs it: migrate, then serve, told everything by the environment."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import jwt
import pytest

from azuraforge_api.database.database import Database
from azuraforge_api.deployment.migrating import migrate
from azuraforge_api.deployment.pod_settings import read_pod_settings
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.repository import find_live_token
from azuraforge_contract.errors import JobFileError, SourceUnreachableError, StorageError

if TYPE_CHECKING:
    from azuraforge_api_harness.postgres_server import PostgresServer

TOKEN = "t" * 40
START_SECONDS = 180.0  # machines that run tests are busy


def run_module(data: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start ``python -m azuraforge_api`` with the environment of a pod."""
    variables = {"AZURAFORGE_DATA_DIR": str(data), "AZURAFORGE_ADMIN_TOKEN": TOKEN, **environment}
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "azuraforge_api", *arguments],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def served(tmp_path: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Return a process that serves a migrated database, and its address."""
    first = run_module(tmp_path, "migrate")
    said, _ = first.communicate(timeout=START_SECONDS)
    assert first.returncode == 0, said
    process = run_module(tmp_path, "serve", "--host", "127.0.0.1", "--port", str(port))
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.communicate()


def wait_until_ready(url: str) -> None:
    """Wait until the service answers that it is ready."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.TransportError:
            threading.Event().wait(0.05)
    raise AssertionError(f"{url} is not ready")


def test_a_migrated_service_takes_the_preset_token_and_drains_on_sigterm(
    served: tuple[subprocess.Popen[str], str],
) -> None:
    """Ready at the head of the schema; the chart's token opens it; SIGTERM ends it with 0."""
    process, url = served
    wait_until_ready(url)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert httpx.get(f"{url}/api/v1/jobs", headers=headers).status_code == 200
    assert httpx.get(f"{url}/api/v1/jobs").status_code == 401
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0
    assert all(json.loads(line)["component"] == "api" for line in said.splitlines())


def test_a_wrong_setting_is_named_in_a_line_of_json(tmp_path: Path) -> None:
    """The container's log says which variable is wrong; no traceback, exit code 64."""
    process = run_module(tmp_path, "serve", AZURAFORGE_PREDICTION_WORKERS="many")
    said, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 64
    [line] = said.splitlines()
    assert "AZURAFORGE_PREDICTION_WORKERS: " in json.loads(line)["message"]


def test_two_starters_at_once_and_a_third_later_migrate_once(
    settings: Settings, tmp_path: Path
) -> None:
    """Init containers of several replicas neither clash nor make two tokens."""
    given = settings.model_copy(update={"admin_token": Settings(admin_token=TOKEN).admin_token})

    async def all_of_them() -> None:
        await asyncio.gather(*(migrate(given, wait_seconds=30) for _ in range(2)))
        await migrate(given, wait_seconds=30)

    asyncio.run(all_of_them())
    assert (tmp_path / "datasets").is_dir()


def test_a_preset_token_that_was_changed_opens_nothing_any_more(settings: Settings) -> None:
    """Whoever changes the secret and upgrades has changed the locks."""

    async def known_after(*tokens: str) -> list[bool]:
        for token in tokens:
            preset = Settings(admin_token=token).admin_token
            await migrate(settings.model_copy(update={"admin_token": preset}), wait_seconds=30)
        database = Database(settings.sqlalchemy_url)
        async with database.read() as session:
            found = [await find_live_token(session, token) is not None for token in tokens]
        await database.close()
        return found

    assert asyncio.run(known_after("o" * 40, "n" * 40)) == [False, True]


def test_a_database_that_comes_later_is_waited_for(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The server's pod may be slower than ours; nothing is restarted for that."""
    server: PostgresServer = request.getfixturevalue("postgres")
    server.create_database("later", "at_head")
    folder = tmp_path / "server"
    url = f"postgresql://azuraforge@/later?host={folder}"
    appears = threading.Timer(0.5, folder.symlink_to, (server.folder,))
    appears.start()
    asyncio.run(migrate(Settings(data_dir=tmp_path / "data", database_url=url), wait_seconds=60))
    appears.join()
    server.drop_database("later")


def test_a_database_that_never_comes_is_told(tmp_path: Path, port: int) -> None:
    """After the time that was given: what did not answer, and where to look."""
    given = Settings(data_dir=tmp_path, database_url=f"postgresql://a:b@127.0.0.1:{port}/c")
    with pytest.raises(SourceUnreachableError, match="Connect call failed") as told:
        asyncio.run(migrate(given, wait_seconds=0))
    assert "AZURAFORGE_DATABASE_URL" in told.value.remedy


def test_a_volume_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A claim that belongs to somebody else: a sentence with user and group."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError) as told:
        asyncio.run(migrate(Settings(data_dir=tmp_path / "file"), wait_seconds=0))
    assert "10001" in told.value.remedy


def test_trainers_tokens_come_from_the_issuer_of_the_pods_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks the cluster's issuer up; one that is named goes before it."""
    token = tmp_path / "token"
    token.write_text(jwt.encode({"iss": "https://cluster.example"}, "k" * 32, algorithm="HS256"))
    assert read_pod_settings(token).cluster_issuer is None
    monkeypatch.setenv("AZURAFORGE_BACKEND", "kubernetes")
    assert read_pod_settings(token).cluster_issuer == "https://cluster.example"
    assert read_pod_settings(tmp_path / "none").cluster_issuer is None
    monkeypatch.setenv("AZURAFORGE_CLUSTER_ISSUER", "https://named.example")
    assert read_pod_settings(token).cluster_issuer == "https://named.example"


def test_a_password_beside_the_address_reaches_the_database(tmp_path: Path) -> None:
    """A secret may hold any characters; the address stays readable."""
    given = Settings(
        data_dir=tmp_path,
        database_url="postgresql://azuraforge@db/azuraforge",
        database_password="p@ss/wörd",  # noqa: S106 - of nothing
    )
    assert given.sqlalchemy_url == (
        "postgresql+asyncpg://azuraforge:p%40ss%2Fw%C3%B6rd@db/azuraforge"
    )


def test_wrong_settings_are_all_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A line for each, as the environment calls it."""
    monkeypatch.setenv("AZURAFORGE_BACKEND", "cloud")
    monkeypatch.setenv("AZURAFORGE_DATABASE_POOL_SIZE", "0")
    with pytest.raises(JobFileError) as told:
        read_pod_settings(tmp_path / "none")
    assert "AZURAFORGE_BACKEND: " in told.value.message
    assert "AZURAFORGE_DATABASE_POOL_SIZE: " in told.value.message
