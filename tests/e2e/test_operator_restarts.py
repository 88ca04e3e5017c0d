"""The operator dies, again and again, and comes back; no job is lost and none is done twice."""

import random
import time
from typing import Final

import pytest

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.job_documents import job_document
from azuraforge_e2e.recording import Recording
from azuraforge_e2e.workspace import TERMINAL, Workspace

pytestmark = pytest.mark.cluster

_MOST_KILLS: Final = 12
_FINISHED_JOBS: Final = 500
_WRITES: Final = ("delete", "patch", "post", "put")


@pytest.mark.parametrize("count", [pytest.param(10, marks=pytest.mark.telling), 30])
def test_an_operator_that_is_killed_again_and_again_finishes_every_job_once(
    workspace: Workspace, count: int
) -> None:
    """SIGKILL of the operator at random during 30 jobs: 30 models, and no child was made twice."""
    names = [f"job-{index}" for index in range(count)]
    small = {"resources": {"cpu": "200m", "memory": "400Mi"}}
    with Recording(workspace.api, "Job", workspace.namespace) as children:
        for name in names:
            workspace.submit(name, small)
        kills = _kill_until_finished(workspace, names)

    assert kills >= 3
    assert {name: len(uids) for name, uids in children.uids().items()} == {
        f"{name}-0": 1 for name in names
    }
    for name in names:
        assert len(workspace.pods(name)) == 1
        assert "model/model.safetensors" in workspace.node.files(workspace.run_folder(name))


def test_another_replica_takes_over_from_a_killed_leader(workspace: Workspace) -> None:
    """With two operators one acts; when its process dies for good, the other finishes its jobs."""
    release = workspace.release
    release.scale(2)
    try:
        workspace.submit("handed-over")
        workspace.wait_for_running_pod("handed-over", 0)
        leader = release.leader()
        [pod] = [each for each in release.pods() if each["metadata"]["name"] == leader]
        release.kill(pod)  # it gives up no lease
        release.remove(pod)
        workspace.wait_for("another leader", lambda: release.leader() != leader)
        status = workspace.wait_for_phase("handed-over", "Succeeded")
        assert status["nextAttempt"] == 1
        assert len(workspace.children("handed-over")) == 1
    finally:
        release.scale(1)


def test_an_operator_that_starts_beside_500_finished_jobs_writes_nothing(
    workspace: Workspace,
) -> None:
    """Finished jobs, as a backup restores them, stay as they are to the last byte."""
    workspace.submit("done")
    status = workspace.wait_for_phase("done", "Succeeded")
    workspace.wait_for("the end of other tests' jobs", lambda: not _strangers(workspace))
    workspace.release.scale(0)
    try:
        for index in range(_FINISHED_JOBS - 1):
            _restore(workspace, f"done-{index}", status)
        before = _versions(workspace)
    finally:
        workspace.release.scale(1)
    assert len(before) == _FINISHED_JOBS
    seen = f'azuraforge_jobs{{namespace="{workspace.namespace}",phase="Succeeded"}}'
    workspace.wait_for(
        f"{_FINISHED_JOBS} jobs in the operator's view",
        lambda: workspace.release.metrics().get(seen) == _FINISHED_JOBS,
    )
    assert _writes(workspace) == {}

    workspace.submit("new")
    workspace.wait_for_phase("new", "Succeeded")
    after = _versions(workspace)
    assert {name: after[name] for name in before} == before


def _kill_until_finished(workspace: Workspace, names: list[str]) -> int:
    """Kill the operator at random moments until all jobs have ended well; return how often."""
    chance = random.Random(0)  # noqa: S311 - moments, no secrets
    kills, due = 0, time.monotonic()

    def look() -> bool:
        nonlocal kills, due
        if kills < _MOST_KILLS and time.monotonic() >= due and _kill_operator(workspace):
            kills, due = kills + 1, time.monotonic() + chance.uniform(1, 12)
        phases = {
            job["metadata"]["name"]: (job.get("status") or {}).get("phase")
            for job in workspace.api.list("TrainingJob", workspace.namespace)
        }
        bad = {name: phase for name, phase in phases.items() if phase in TERMINAL - {"Succeeded"}}
        assert not bad, f"{bad}\n{workspace.describe()}"
        return set(phases) == set(names) and set(phases.values()) == {"Succeeded"}

    workspace.wait_for("the end of all jobs", look, seconds=800)
    return kills


def _kill_operator(workspace: Workspace) -> bool:
    """Kill the operator's process if there is one; return whether there was."""
    release = workspace.release
    pods = [pod for pod in release.pods() if release.is_running(pod)]
    for pod in pods:
        release.kill(pod)
        if any(each["restartCount"] for each in pod["status"]["containerStatuses"]):
            # The kubelet would wait longer after each crash; in a new pod it starts at once.
            release.remove(pod)
    return bool(pods)


def _restore(workspace: Workspace, name: str, status: Document) -> None:
    """Create a job that has ended long ago, pods and all."""
    workspace.api.create(job_document(name, workspace.namespace))
    workspace.api.patch(
        "TrainingJob", workspace.namespace, name, {"status": status}, part="/status"
    )


def _strangers(workspace: Workspace) -> list[Document]:
    """Return the jobs of other namespaces, which go with them."""
    return [
        job
        for job in workspace.api.list("TrainingJob")
        if job["metadata"]["namespace"] != workspace.namespace
    ]


def _writes(workspace: Workspace) -> dict[str, float]:
    """Return what the operator has written since it started, but for its lease."""
    return {
        name: count
        for name, count in workspace.release.metrics().items()
        if name.startswith("azuraforge_operator_api_requests_total")
        and any(f'verb="{verb}"' in name for verb in _WRITES)
        and 'resource="leases"' not in name
    }


def _versions(workspace: Workspace) -> dict[str, str]:
    jobs = workspace.api.list("TrainingJob", workspace.namespace)
    return {job["metadata"]["name"]: job["metadata"]["resourceVersion"] for job in jobs}
