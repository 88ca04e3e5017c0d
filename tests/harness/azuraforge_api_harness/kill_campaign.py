"""Kills the service, or its database, again and again while jobs tell events; counts what is there.

Used by the tests with a few kills and by ``benchmarks/service_kills.py`` with many. Everything is
real: trainer processes that post and write their files, a service that is ``azuraforge up``.
"""

import datetime as dt
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from azuraforge_api_harness.paced_plugin import PIPELINE, write_paced_plugin
from azuraforge_api_harness.postgres_server import PostgresServer
from azuraforge_api_harness.running import end_trainers
from azuraforge_api_harness.service_process import ServiceProcess

__all__ = ["CampaignResult", "KillCampaign", "Victim"]

Victim = Literal["service", "database"]
_JOBS = "/api/v1/jobs"
_DEADLINE_SECONDS = 900.0
_FIRST_LINES = 10
"""A job that has told so many is training."""


@dataclass
class CampaignResult:
    """What was found when all jobs had ended.

    Attributes:
        events_in_files: lines of all event files.
        events_stored: events that the API tells of all jobs.
        lost: lines that it does not tell.
        doubled: events that it tells more than once.
        points: of the training loss, over all jobs.
        steps_in_files: lines that have such a point.
        versions: job → versions of its model in the library.
        posts_taken: posts of trainers that were answered with 200.
        seconds: from the first kill to the last.
        events_per_second: of each job, by its file.
    """

    events_in_files: int = 0
    events_stored: int = 0
    lost: int = 0
    doubled: int = 0
    points: int = 0
    steps_in_files: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    posts_taken: int = 0
    seconds: float = 0.0
    events_per_second: list[float] = field(default_factory=list)

    def is_right(self, jobs: int) -> bool:
        """Return whether every event is stored once and every model registered once."""
        return (
            self.events_stored == self.events_in_files > 0
            and (self.lost, self.doubled) == (0, 0)
            and self.points == self.steps_in_files
            and list(self.versions.values()) == [1] * jobs
        )

    def summary(self) -> str:
        """Return it in a line."""
        models = sum(self.versions.values())
        return (
            f"{self.events_stored} of {self.events_in_files} events stored, {self.lost} lost, "
            f"{self.doubled} doubled; {self.points} of {self.steps_in_files} points; {models} "
            f"models of {len(self.versions)} jobs; {self.posts_taken} posts taken; kills over "
            f"{self.seconds:.0f} s"
        )


@dataclass
class KillCampaign:
    """Jobs, and kills while they go on.

    Attributes:
        folder: for everything.
        victim: what is killed.
        kills: how often.
        jobs: how many at the same time.
        seed: of the moments of the kills.
        server: the database; None: SQLite.
        pause_seconds: longest time between what is up again and its next end.
        events_per_second: of each job.
    """

    folder: Path
    victim: Victim
    kills: int
    jobs: int
    seed: int = 1
    server: PostgresServer | None = None
    pause_seconds: float = 3.0
    events_per_second: float = 20.0

    def run(self) -> CampaignResult:
        """Carry the campaign out and return what was found."""
        go_on = self.folder / "go-on"
        go_on.touch()
        site = self.folder / "site"
        write_paced_plugin(site, while_there=go_on, events_per_second=self.events_per_second)
        with self._service(site) as service:
            service.start()
            service.wait_until_ready()
            uids = [self._submit(service, f"job-{number}") for number in range(self.jobs)]
            _wait(lambda: all(self._lines(service, uid) > _FIRST_LINES for uid in uids))
            began = time.monotonic()
            self._kill_often(service)
            seconds = time.monotonic() - began
            go_on.unlink()
            names = [self._wait_for_end(service, uid) for uid in uids]
            found = self._count(service, uids)
            found.seconds = seconds
            for name in names:
                versions = service.get(f"/api/v1/models/{name}/versions").json()["items"]
                found.versions[name] = len(versions)
            return found

    @contextmanager
    def _service(self, site: Path) -> Iterator[ServiceProcess]:
        path = os.pathsep.join([str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
        environment = {"PYTHONPATH": path, "AZURAFORGE_LOCAL_CPU_JOBS": str(self.jobs)}
        if self.server is not None:
            environment["AZURAFORGE_DATABASE_URL"] = self.server.create_database("kills")
        service = ServiceProcess(self.folder / "data", environment)
        try:
            yield service
        finally:
            service.kill()
            service.client.close()
            end_trainers(service.data / "runs")

    def _submit(self, service: ServiceProcess, name: str) -> str:
        config = {
            "dataset": {
                "source": {"kind": "sample"},
                "series": ["JFK"],
                "target_columns": ["temp"],
            },
            "window": {"lookback": 24, "horizon": 6},
            "model": {"kind": "ridge"},
        }
        document = {
            "apiVersion": "azuraforge.io/v1alpha1",
            "kind": "TrainingJob",
            "metadata": {"name": name},
            "spec": {
                "pipeline": PIPELINE,
                "device": "cpu",
                "resources": {"cpu": 1},
                "config": config,
            },
        }
        answer = service.client.post(_JOBS, json=document)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["metadata"]["uid"])

    def _kill_often(self, service: ServiceProcess) -> None:
        moments = random.Random(self.seed)  # noqa: S311 - moments, not secrets
        for number in range(self.kills):
            if self.victim == "database":
                assert self.server is not None
                time.sleep(moments.uniform(0, self.pause_seconds))
                self.server.kill()
                continue
            if number % 2:  # every second one hits a service that is just starting, or ending one
                service.wait_until_ready()
            time.sleep(moments.uniform(0, self.pause_seconds))
            service.kill()
            service.start()
        service.wait_until_ready()

    def _wait_for_end(self, service: ServiceProcess, uid: str) -> str:
        """Wait until a job has succeeded and is in the library; return its name."""
        found: dict[str, Any] = {}

        def has_ended() -> bool:
            found.update(service.get(f"{_JOBS}/{uid}").json())
            phase = found["status"].get("phase")
            assert phase not in {"Failed", "Cancelled"}, found["status"]
            return phase == "Succeeded" and "model" in found["status"]

        _wait(has_ended)
        return str(found["metadata"]["name"])

    def _count(self, service: ServiceProcess, uids: Sequence[str]) -> CampaignResult:
        result = CampaignResult()
        with ThreadPoolExecutor(len(uids)) as threads:  # a stream waits for last words at its end
            streams = threads.map(lambda uid: service.get(f"{_JOBS}/{uid}/events").text, uids)
            for uid, stream in zip(uids, streams, strict=True):
                self._count_run(service, uid, stream, result)
        log = (service.data / "service.log").read_text().splitlines()
        result.posts_taken = sum('"POST' in line and "/events 200" in line for line in log)
        return result

    def _count_run(
        self, service: ServiceProcess, uid: str, stream: str, result: CampaignResult
    ) -> None:
        files = sorted((service.data / "runs" / uid / "events").iterdir())
        written = [line for file in files for line in file.read_text().splitlines()]
        told = [row.removeprefix("data: ") for row in stream.splitlines() if '"sequence"' in row]
        result.events_in_files += len(written)
        result.events_stored += len(told)
        result.lost += len(set(written) - set(told))
        result.doubled += len(told) - len(set(told))
        steps = [json.loads(line) for line in written if '"type":"step"' in line]
        result.steps_in_files += len(steps)
        metrics = service.get(f"/api/v1/runs/{uid}/metrics").json()
        result.points += sum(each["points"] for each in metrics if each["name"] == "train.loss")
        result.events_per_second.append(_pace(steps))

    @staticmethod
    def _lines(service: ServiceProcess, uid: str) -> int:
        file = service.data / "runs" / uid / "events" / "0.jsonl"
        return len(file.read_bytes().splitlines()) if file.exists() else 0


def _pace(steps: list[dict[str, Any]]) -> float:
    """Return how many steps were told in a second."""
    times = [dt.datetime.fromisoformat(each["time"]) for each in (steps[0], steps[-1])]
    return round((len(steps) - 1) / (times[1] - times[0]).total_seconds(), 2)


def _wait(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < give_up, "not within a quarter of an hour"
        time.sleep(0.1)
