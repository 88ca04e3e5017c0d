"""What is removed, and what stays."""

import pytest

from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


def test_a_finished_jobs_pods_are_removed_after_their_time_to_live(workspace: Workspace) -> None:
    """`ttlSecondsAfterFinished` removes child and pods; the job, its status and its files stay."""
    workspace.submit("brief", {"cleanup": {"ttlSecondsAfterFinished": 2}})
    status = workspace.wait_for_phase("brief", "Succeeded")
    workspace.wait_for(
        "the child's end", lambda: not workspace.children("brief") and not workspace.pods("brief")
    )

    after = workspace.status("brief")
    assert after["phase"] == "Succeeded"
    assert after["completionTime"] == status["completionTime"]
    assert after["nextAttempt"] == 1
    assert "model/model.safetensors" in workspace.node.files(workspace.run_folder("brief"))


def test_deleting_a_job_deletes_its_child_and_pod(workspace: Workspace) -> None:
    """`kubectl delete tj` takes the running child and its pod along."""
    workspace.submit("gone")
    workspace.wait_for_running_pod("gone", 0)
    workspace.api.delete("TrainingJob", workspace.namespace, "gone")

    workspace.wait_for(
        "the end of all", lambda: not workspace.children("gone") and not workspace.pods("gone")
    )
