"""The two tracking servers that ``ingest.py`` compares, behind one small protocol."""

import secrets
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import httpx
from benchmarks.ingest_load import Post
from benchmarks.ingest_shapes import SERIES, event_posts, mlflow_posts
from benchmarks.local_server import free_port, serve

from azuraforge_api.database.database import Database
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.trainer_tokens import TrainerTokens
from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.postgres_server import PostgresServer
from azuraforge_contract.training_job import parse_training_job

__all__ = ["Azuraforge", "Mlflow", "Tracker"]

_READ_SECONDS = 120


class Tracker(Protocol):
    """A tracking server."""

    @property
    def process(self) -> int:
        """The id of its first process."""

    async def prepare(self, events: int, per_post: int) -> tuple[str, list[Post]]:
        """Create a run; return its name and the posts that fill it."""

    async def count_points(self, run: str) -> int:
        """Return how many points of a run its series endpoint returns."""


@dataclass(frozen=True)
class Azuraforge:
    """``azuraforge up`` on PostgreSQL.

    Attributes:
        process: its id.
        port: of the loopback interface.
        token: an admin's.
        settings: as the server has them.
    """

    process: int
    port: int
    token: str
    settings: Settings

    @classmethod
    @contextmanager
    def started(cls, postgres: PostgresServer, folder: Path) -> Iterator["Azuraforge"]:
        """Start the service on a database of its own."""
        port, token = free_port(), secrets.token_urlsafe(32)
        url = postgres.create_database("azuraforge")
        environment = {"AZURAFORGE_ADMIN_TOKEN": token, "AZURAFORGE_DATABASE_URL": url}
        command = [sys.executable, "-m", "azuraforge_cli", "up"]
        command += ["--data", str(folder), "--port", str(port)]
        with serve(command, environment, f"http://127.0.0.1:{port}/readyz") as process:
            yield cls(process, port, token, Settings(data_dir=folder, database_url=url))

    async def prepare(self, events: int, per_post: int) -> tuple[str, list[Post]]:
        """Record a job as its backend would, with a token for its trainer; nothing trains."""
        uid = str(uuid.uuid4())
        job = parse_training_job(job_document("ingest"))
        metadata = job.metadata.model_copy(
            update={"uid": uid, "creation_timestamp": datetime.now(UTC).isoformat()}
        )
        running = {"metadata": metadata, "status": {"phase": "Running"}}
        database = Database(self.settings.sqlalchemy_url, pool_size=1)
        try:
            await JobMirror(database, JobFeed()).record(job.model_copy(update=running))
            tokens = TrainerTokens(database, self.settings.trainer_tokens_folder)
            await tokens.issue(uid)
        finally:
            await database.close()
        headers = f"Authorization: Bearer {tokens.path(uid).read_text(encoding='ascii')}\r\n"
        headers += "Content-Type: application/x-ndjson\r\n"
        path = f"/api/v1/runs/{uid}/events?attempt=0"
        bodies = event_posts(uid, events, per_post)
        return uid, [Post(self.port, path, headers, body) for body in bodies]

    async def count_points(self, run: str) -> int:
        """Ask for all series of a run at once, as many points as the endpoint returns."""
        async with httpx.AsyncClient(timeout=_READ_SECONDS) as client:
            answer = await client.get(
                f"http://127.0.0.1:{self.port}/api/v1/runs/{run}/series",
                params={"name": SERIES, "maxPoints": 10_000},
                headers={"Authorization": f"Bearer {self.token}"},
            )
        answer.raise_for_status()
        return sum(len(series["values"]) for series in answer.json()["series"])


@dataclass(frozen=True)
class Mlflow:
    """``mlflow server`` on PostgreSQL.

    Attributes:
        process: its id.
        port: of the loopback interface.
    """

    process: int
    port: int

    @classmethod
    @contextmanager
    def started(
        cls, postgres: PostgresServer, folder: Path, programs: Path, workers: int
    ) -> Iterator["Mlflow"]:
        """Start MLflow on a database of its own, with so many processes."""
        name = f"mlflow_{workers}"
        postgres.create_database(name)
        store = f"postgresql+psycopg2://azuraforge@/{name}?host={postgres.folder}"
        port = free_port()
        folder.mkdir(exist_ok=True)
        command = [str(programs / "mlflow"), "server", "--port", str(port)]
        command += ["--backend-store-uri", store, "--workers", str(workers)]
        command += ["--default-artifact-root", str(folder / name)]
        environment = {"PATH": f"{programs}:/usr/bin:/bin", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with serve(command, environment, f"http://127.0.0.1:{port}/health") as process:
            yield cls(process, port)

    async def prepare(self, events: int, per_post: int) -> tuple[str, list[Post]]:
        """Create a run in the default experiment."""
        body = {"experiment_id": "0", "start_time": 1, "run_name": "ingest"}
        async with httpx.AsyncClient(timeout=_READ_SECONDS) as client:
            answer = await client.post(f"{self._api}/runs/create", json=body)
        answer.raise_for_status()
        run = str(answer.json()["run"]["info"]["run_id"])
        path, headers = "/api/2.0/mlflow/runs/log-batch", "Content-Type: application/json\r\n"
        bodies = mlflow_posts(run, events, per_post)
        return run, [Post(self.port, path, headers, body) for body in bodies]

    async def count_points(self, run: str) -> int:
        """Ask for the history of each metric of a run."""
        points = 0
        async with httpx.AsyncClient(timeout=_READ_SECONDS) as client:
            for name in SERIES:
                query = {"run_id": run, "metric_key": name}
                answer = await client.get(f"{self._api}/metrics/get-history", params=query)
                answer.raise_for_status()
                points += len(answer.json().get("metrics", ()))
        return points

    @property
    def _api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/2.0/mlflow"
