"""Attempts that are stopped from outside, by people and by the cluster."""

import pytest

from azuraforge_e2e.job_documents import LONG_TRAINING
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


@pytest.mark.telling
def test_an_evicted_attempt_costs_a_preemption_and_resumes(workspace: Workspace) -> None:
    """Eviction is on the preemption budget; the next attempt goes on from the checkpoint."""
    workspace.submit("evicted", LONG_TRAINING)
    pod = workspace.wait_for_running_pod("evicted", 0)
    workspace.wait_for_checkpoint("evicted")
    workspace.api.evict(workspace.namespace, pod["metadata"]["name"])

    assert workspace.wait_for_resumption("evicted", 1) > 0
    status = workspace.status("evicted")
    assert (status["preemptions"], status["failures"]) == (1, 0)
    assert status["attempts"][0]["reason"] == "Preempted"


def test_a_drained_node_costs_a_preemption(workspace: Workspace) -> None:
    """`kubectl drain` lets the attempt save its checkpoint; the job goes on when it is over."""
    workspace.submit("drained", LONG_TRAINING)
    workspace.wait_for_running_pod("drained", 0)
    workspace.wait_for_checkpoint("drained")
    [node] = workspace.api.list("Node")
    name = node["metadata"]["name"]
    try:
        workspace.kubectl(
            "drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s",
            "--pod-selector=azuraforge.io/job-name=drained",
        )  # fmt: skip
    finally:
        workspace.kubectl("uncordon", name)

    assert workspace.wait_for_resumption("drained", 1) > 0
    status = workspace.status("drained")
    assert (status["preemptions"], status["failures"]) == (1, 0)


@pytest.mark.telling
def test_a_suspended_job_saves_a_checkpoint_and_goes_on_from_it(workspace: Workspace) -> None:
    """Suspend ends the pod at a checkpoint and costs nothing; resume is the next attempt."""
    workspace.submit("paused", LONG_TRAINING)
    workspace.wait_for_running_pod("paused", 0)
    workspace.wait_for_checkpoint("paused")
    workspace.change("paused", {"suspend": True})
    status = workspace.wait_for_phase("paused", "Suspended")
    workspace.wait_for_no_pod("paused")
    assert (status["preemptions"], status["failures"]) == (0, 0)

    workspace.change("paused", {"suspend": False})
    assert workspace.wait_for_resumption("paused", 1) == status["checkpoint"]["step"]


def test_a_cancelled_job_ends_for_good_and_keeps_its_files(workspace: Workspace) -> None:
    """Cancel is terminal: the pod ends, checkpoints stay, and nothing brings the job back."""
    workspace.submit("dropped", LONG_TRAINING)
    workspace.wait_for_running_pod("dropped", 0)
    workspace.wait_for_checkpoint("dropped")
    workspace.change("dropped", {"cancel": True})
    workspace.wait_for_phase("dropped", "Cancelled")

    workspace.wait_for_no_pod("dropped")
    files = workspace.node.files(workspace.run_folder("dropped"))
    assert [name for name in files if name.startswith("checkpoints/")]
    with pytest.raises(AssertionError, match="cancel"):
        workspace.change("dropped", {"cancel": False})
