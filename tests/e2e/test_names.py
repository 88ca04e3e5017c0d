"""Jobs and children of the same name."""

import pytest

from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


def test_a_foreign_job_of_our_childs_name_is_left_alone(workspace: Workspace) -> None:
    """A batch/v1 Job that somebody else has under the child's name is Failed/NameTaken."""
    container = {
        "name": "theirs",
        "image": "azuraforge/trainer-cpu:dev",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    theirs = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "taken-0", "namespace": workspace.namespace},
        "spec": {"suspend": True, "template": {"spec": pod}},
    }
    before = workspace.api.create(theirs)
    workspace.submit("taken")
    status = workspace.wait_for_phase("taken", "Failed")

    assert status["reason"] == "NameTaken"
    after = workspace.api.get("Job", workspace.namespace, "taken-0")
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"] == before["spec"]


def test_a_job_that_is_applied_again_at_once_is_a_new_one(workspace: Workspace) -> None:
    """Deleting a running job and applying its name at once runs the new one, in its own folder."""
    first = workspace.submit("again")
    workspace.wait_for_running_pod("again", 0)
    workspace.api.delete("TrainingJob", workspace.namespace, "again")
    second = workspace.submit("again")
    status = workspace.wait_for_phase("again", "Succeeded")

    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    assert status["attempts"][0]["exitCode"] == 0
    assert "model/model.safetensors" in workspace.node.files(workspace.run_folder("again"))
    owners = {
        child["metadata"]["ownerReferences"][0]["uid"] for child in workspace.children("again")
    }
    assert owners == {second["metadata"]["uid"]}
