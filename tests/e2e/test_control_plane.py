"""The operator and the cluster's own parts go away and come back; jobs do not notice."""

import random

import pytest

from azuraforge_e2e.job_documents import LONG_TRAINING
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_SHORT_JOBS = 10


@pytest.mark.telling
def test_an_operator_that_is_killed_again_and_again_finishes_every_job_once(
    workspace: Workspace,
) -> None:
    """SIGKILL of the operator at random moments: every job has its model, none ran twice."""
    names = [f"job-{index}" for index in range(_SHORT_JOBS)]
    chance = random.Random(0)  # noqa: S311 - moments, no secrets
    small = {"resources": {"cpu": "200m", "memory": "400Mi"}}
    for name in names:
        workspace.submit(name, small)
        if chance.random() < 0.3:
            _kill_operator(workspace)
    for name in names:
        if chance.random() < 0.2:
            _kill_operator(workspace)
        workspace.wait_for_phase(name, "Succeeded", seconds=400)

    for name in names:
        assert len(workspace.children(name)) == 1
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
        workspace.api.delete("Pod", pod["metadata"]["namespace"], leader, gracePeriodSeconds=0)
        workspace.wait_for("another leader", lambda: release.leader() != leader)
        status = workspace.wait_for_phase("handed-over", "Succeeded")
        assert status["nextAttempt"] == 1
        assert len(workspace.children("handed-over")) == 1
    finally:
        release.scale(1)


def test_a_restart_of_the_api_server_harms_no_job(workspace: Workspace) -> None:
    """The API server goes and comes back: a running job goes on, a new one is carried out."""
    workspace.submit("through", LONG_TRAINING)
    before = workspace.wait_for_running_pod("through", 0)
    workspace.node.restart_api_server()
    workspace.submit("after")
    workspace.wait_for_phase("after", "Succeeded", seconds=300)

    pod = workspace.wait_for_running_pod("through", 0)
    assert pod["metadata"]["uid"] == before["metadata"]["uid"]
    status = workspace.status("through")
    assert (status["failures"], status["preemptions"]) == (0, 0)
    [operator] = workspace.release.wait_until_ready()
    assert "OOMKilled" not in str(operator["status"])


def test_a_restart_of_the_kubelet_harms_no_job(workspace: Workspace) -> None:
    """The kubelet restarts: the attempt goes on in the same pod, and the job ends well."""
    workspace.submit("kept")
    before = workspace.wait_for_running_pod("kept", 0)
    workspace.node.restart_kubelet()
    status = workspace.wait_for_phase("kept", "Succeeded", seconds=300)

    assert [attempt["pod"] for attempt in status["attempts"]] == [before["metadata"]["name"]]


def test_an_upgrade_leaves_a_running_job_alone(workspace: Workspace) -> None:
    """An upgrade of operator and definition replaces the operator; the running attempt goes on."""
    workspace.submit("upgraded", LONG_TRAINING)
    before = workspace.wait_for_running_pod("upgraded", 0)
    operators = {pod["metadata"]["uid"] for pod in workspace.release.pods()}
    try:
        workspace.release.install(
            operator__podAnnotations__upgrade="one", operator__logLevel="debug"
        )
        assert not operators & {pod["metadata"]["uid"] for pod in workspace.release.pods()}
        workspace.submit("after")
        workspace.wait_for_phase("after", "Succeeded")

        pod = workspace.wait_for_running_pod("upgraded", 0)
        assert pod["metadata"]["uid"] == before["metadata"]["uid"]
        assert workspace.status("upgraded")["nextAttempt"] == 1
    finally:
        workspace.release.install()


def test_an_operator_that_starts_beside_finished_jobs_writes_nothing(workspace: Workspace) -> None:
    """A restart of the operator leaves finished jobs as they are: no version changes."""
    names = [f"done-{index}" for index in range(5)]
    for name in names:
        workspace.submit(name, {"config": {"window": {"lookback": -1}}})
    for name in names:
        workspace.wait_for_phase(name, "Failed")
    workspace.submit("done-well")
    workspace.wait_for_phase("done-well", "Succeeded")
    before = _versions(workspace)
    workspace.release.restart()
    workspace.submit("after")
    workspace.wait_for_phase("after", "Succeeded")

    after = _versions(workspace)
    assert {name: after[name] for name in before} == before


def _kill_operator(workspace: Workspace) -> None:
    for pod in workspace.release.pods():
        if workspace.node.pids(pod["metadata"]["uid"], "azuraforge_operator"):
            workspace.release.kill(pod)


def _versions(workspace: Workspace) -> dict[str, str]:
    jobs = workspace.api.list("TrainingJob", workspace.namespace)
    return {job["metadata"]["name"]: job["metadata"]["resourceVersion"] for job in jobs}
