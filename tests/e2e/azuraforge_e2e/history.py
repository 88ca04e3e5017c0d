"""What the service knows of jobs, held against what their trainers have written."""

import json
from collections import Counter
from collections.abc import Iterable

from azuraforge_client import Client, ServiceError
from azuraforge_client.resources.job_documents import Job
from azuraforge_e2e.api_server import Document
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform
from azuraforge_e2e.workspace import Workspace

__all__ = ["History"]


class History:
    """Compares the service with the runs' folders.

    Args:
        platform: the service.
        home: the namespace of the jobs.
    """

    def __init__(self, platform: Platform, home: Workspace) -> None:
        self._platform = platform
        self._home = home

    def events(self, job: str) -> list[Document]:
        """Return all events, as the trainers have written them."""
        folder = self._home.run_folder(job) / "events"
        events = [
            json.loads(line)
            for file in self._home.node.files(folder)
            for line in self._home.node.read(folder / file).splitlines()
        ]
        return sorted(events, key=lambda each: (each["attempt"], each["sequence"]))

    def written(self, job: str) -> list[str]:
        """Return ATTEMPT.SEQUENCE of all events, as the trainers have written them."""
        return [f"{each['attempt']}.{each['sequence']}" for each in self.events(job)]

    def compare(self, client: Client, jobs: Iterable[str]) -> str:
        """Wait until ended jobs' histories are stored, and return what was compared.

        Raises:
            AssertionError: an event is missing or doubled, or a model is not there exactly once.
        """
        counted = models = 0
        for name in jobs:
            job = self.wait_for_end(client, name)
            told = client.jobs.events(job.uid)
            stored = [str(each.identity) for each in told if each.kind == "run"]
            written = self.written(name)
            assert written, f"{name} has written no events"
            missing = Counter(written) - Counter(stored)
            doubled = Counter(stored) - Counter(written)
            assert (dict(missing), dict(doubled)) == ({}, {}), f"{name}: missing, doubled"
            assert stored == written, f"{name}: events are not in order"
            counted += len(written)
            models += _check_model(client, job)
        uids = [each.uid for each in client.jobs.list()]
        assert len(uids) == len(set(uids)), uids
        return f"0 lost, 0 doubled of {counted} events; {models} models, each once"

    def wait_for_end(self, client: Client, name: str) -> Job:
        """Return a job once the service shows the phase that the cluster shows, and its model."""
        phase = self._home.status(name)["phase"]

        def look() -> Job | None:
            try:
                job = client.jobs.get(name)
            except ServiceError:  # the service comes back, or has not heard of the job yet
                return None
            is_whole = phase != "Succeeded" or job.status.model is not None
            return job if job.status.phase == phase and is_whole else None

        return wait_for(f"{name} {phase}", look, seconds=180, explain=self._platform.describe)


def _check_model(client: Client, job: Job) -> int:
    """Return how many models a job has registered; more than one is a mistake."""
    if job.status.model is None:
        return 0
    versions = client.models.versions(job.status.model.name)
    assert [each.version for each in versions if each.run == job.uid] == [job.status.model.version]
    return 1
