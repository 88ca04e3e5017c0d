"""The cluster's own parts go away and come back; jobs do not notice."""

import pytest

from azuraforge_e2e.job_documents import LONG_TRAINING
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


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
