"""Kueue's part, played by the tests: it suspends children and lets them go, and changes them.

Kueue reads its label on the child, keeps the child suspended, chooses its nodes when it admits it,
and suspends it again when it takes the admission back. All of that is done here to the child's own
object on a real API server, with a real Job controller behind it.
"""

import json

import pytest

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.job_documents import LONG_TRAINING, job_document
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
_PRIORITY_LABEL = "kueue.x-k8s.io/priority-class"
_HASTY = {"startSeconds": 2}
_CHOSEN_NODES = {"kubernetes.io/os": "linux"}


def test_a_queued_job_waits_for_its_admission_and_leaves_the_child_to_the_queue(
    workspace: Workspace,
) -> None:
    """`queue` makes a suspended child with Kueue's label; no start deadline runs yet."""
    document = job_document(
        "patient", workspace.namespace, {"queue": {"name": "team-a"}, "deadlines": _HASTY}
    )
    document["metadata"]["labels"] = {_PRIORITY_LABEL: "urgent", "team": "a"}
    workspace.api.create(document)
    child = _wait_for_child(workspace, "patient")
    workspace.wait_for_phase("patient", "Queued")

    assert child["spec"]["suspend"] is True
    assert child["metadata"]["labels"][_QUEUE_LABEL] == "team-a"
    assert child["metadata"]["labels"][_PRIORITY_LABEL] == "urgent"
    _wait_past_start_deadline(workspace, "patient")
    assert workspace.pods("patient") == []

    _admit(workspace, child)
    status = workspace.wait_for_phase("patient", "Succeeded")
    assert status["queuedSeconds"] >= _HASTY["startSeconds"]
    assert (status["nextAttempt"], status["preemptions"]) == (1, 0)
    [after] = workspace.children("patient")
    assert after["metadata"]["uid"] == child["metadata"]["uid"]
    assert after["spec"]["template"]["spec"]["nodeSelector"] == _CHOSEN_NODES


def test_a_child_that_its_queue_takes_back_waits_and_goes_on(workspace: Workspace) -> None:
    """A label on the job suffices; a child suspended while it runs is Queued, and resumes."""
    document = job_document("taken-back", workspace.namespace, LONG_TRAINING)
    document["metadata"]["labels"] = {_QUEUE_LABEL: "team-a"}
    workspace.api.create(document)
    first = workspace.wait_for_running_pod("taken-back", 0)
    workspace.wait_for_checkpoint("taken-back")
    [child] = workspace.children("taken-back")
    assert child["metadata"]["labels"][_QUEUE_LABEL] == "team-a"

    _take_back(workspace, child)
    status = workspace.wait_for_phase("taken-back", "Queued")
    assert (status["preemptions"], status["failures"]) == (1, 0)
    workspace.wait_for_no_pod("taken-back")

    _admit(workspace, child)
    again = workspace.wait_for_running_pod("taken-back", 0)
    assert again["metadata"]["uid"] != first["metadata"]["uid"]
    workspace.wait_for("the resumption", lambda: _resumed_from(workspace, "taken-back") > 0)
    assert workspace.status("taken-back")["nextAttempt"] == 1


def test_a_job_that_is_never_admitted_fails_in_its_time(workspace: Workspace) -> None:
    """`queueSeconds` ends the wait for admission; no pod has ever been there."""
    workspace.submit("hopeless", {"queue": {"name": "team-a"}, "deadlines": {"queueSeconds": 3}})
    status = workspace.wait_for_phase("hopeless", "Failed")

    assert status["reason"] == "QueueDeadlineExceeded"
    assert "deadlines.queueSeconds" in status["message"]
    assert workspace.pods("hopeless") == []
    workspace.wait_for("the child's end", lambda: not workspace.children("hopeless"))


def _wait_for_child(workspace: Workspace, name: str) -> Document:
    def look() -> Document | None:
        return next(iter(workspace.children(name)), None)

    return workspace.wait_for(f"a child of {name}", look)


def _admit(workspace: Workspace, child: Document) -> None:
    """Let a child go, to nodes that the queue has chosen, as Kueue does on admission."""
    template = {"spec": {"nodeSelector": _CHOSEN_NODES}}
    change = {"spec": {"suspend": False, "template": template}}
    workspace.api.patch("Job", workspace.namespace, child["metadata"]["name"], change)


def _take_back(workspace: Workspace, child: Document) -> None:
    """Suspend a child that runs, and forget its start, so that other nodes can be chosen."""
    name = child["metadata"]["name"]
    workspace.api.patch("Job", workspace.namespace, name, {"spec": {"suspend": True}})
    never = {"status": {"startTime": None}}
    workspace.api.patch("Job", workspace.namespace, name, never, part="/status")


def _wait_past_start_deadline(workspace: Workspace, name: str) -> None:
    """Wait until a short job that needs no queue is done, which takes longer than the deadline."""
    workspace.submit("meanwhile")
    workspace.wait_for_phase("meanwhile", "Succeeded")
    assert workspace.status(name)["phase"] == "Queued"


def _resumed_from(workspace: Workspace, name: str) -> int:
    """Return the step that the newest pod of a job's first attempt went on from."""
    text = workspace.node.read(workspace.run_folder(name) / "events" / "0.jsonl")
    events = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    opened = [event for event in events if event["type"] == "dataset_ready"]
    return int(opened[-1].get("resumedFromStep") or 0) if opened else 0
