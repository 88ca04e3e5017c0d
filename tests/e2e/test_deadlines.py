"""Attempts that never start."""

import pytest

from azuraforge_e2e.release import ALLOWED_IMAGES
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


def test_an_unschedulable_job_fails_in_the_schedulers_words(workspace: Workspace) -> None:
    """A job that no node can take is Failed after `startSeconds`, with what the scheduler says."""
    wishes = {"nodeSelector": {"azuraforge.io/no-such": "node"}}
    workspace.submit("homeless", {"podOverrides": wishes, "deadlines": {"startSeconds": 6}})
    status = workspace.wait_for_phase("homeless", "Failed")

    assert status["reason"] in {"StartDeadlineExceeded", "Unschedulable"}
    assert "didn't match Pod's node affinity/selector" in status["message"]


def test_an_image_that_cannot_be_pulled_fails_in_the_kubelets_words(workspace: Workspace) -> None:
    """An image that is not there is Failed after `startSeconds`, with what the kubelet says."""
    image = f"{ALLOWED_IMAGES}no-such-image:1"
    workspace.submit("imageless", {"image": image, "deadlines": {"startSeconds": 15}})
    status = workspace.wait_for_phase("imageless", "Failed")

    assert image in status["message"]


def test_a_job_without_time_left_is_stopped(workspace: Workspace) -> None:
    """`activeSeconds` ends a job that runs longer, and its checkpoint stays."""
    training = {"epochs": 100_000, "early_stopping": None, "batch_size": 64}
    config = {"model": {"kind": "dlinear"}, "training": training}
    workspace.submit("endless", {"config": config, "deadlines": {"activeSeconds": 15}})
    status = workspace.wait_for_phase("endless", "Failed")

    assert status["reason"] == "ActiveDeadlineExceeded"
    workspace.wait_for("the pod's end", lambda: not workspace.pods("endless"))
    files = workspace.node.files(workspace.run_folder("endless"))
    assert [name for name in files if name.startswith("checkpoints/")]
