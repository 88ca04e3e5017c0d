"""From raw Jobs and pods to what the planner takes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from azuraforge_lifecycle.observed import Child, ChildPhase, Notice, Owner
from azuraforge_operator.observation.children import assemble_children
from azuraforge_operator.observation.image_pin import pin_image
from azuraforge_operator.observation.job_facts import JobFacts, read_job
from azuraforge_operator.observation.pod_facts import PodFacts, PodPhase, read_pod

NewPodStatus = Callable[..., dict[str, Any]]
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
BEGAN = datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)
ENDED = datetime(2026, 1, 1, 0, 1, 10, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
WORDS = '{"reason":"BadData","message":"No rows."}'
DISRUPTED = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "DeletionByTaintManager",
    "message": "m",
}
UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available.",
}


def raw_pod(status: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return a pod of the first attempt."""
    return {
        "metadata": {
            "name": "nyc-0-x",
            "namespace": "ml",
            "uid": "pod",
            "resourceVersion": "7",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {
                "azuraforge.io/job-name": "nyc",
                "azuraforge.io/job-uid": "u",
                "azuraforge.io/attempt": "0",
            },
            **metadata,
        },
        "spec": {
            "nodeName": "n1",
            "containers": [
                {
                    "name": "trainer",
                    "image": "reg/t:1",
                    "resources": {"limits": {"memory": "1Gi"}},
                }
            ],
        },
        "status": status,
    }


def raw_job(name: str = "nyc-0", *, controller: str | None = "u", **more: Any) -> dict[str, Any]:
    """Return the Job of the first attempt."""
    owners = [{"uid": controller, "controller": True}] if controller else []
    return {
        "metadata": {
            "name": name,
            "namespace": "ml",
            "uid": "job",
            "resourceVersion": "5",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"azuraforge.io/job-name": "nyc", "azuraforge.io/job-uid": controller or ""},
            "ownerReferences": owners,
            **more.pop("metadata", {}),
        },
        **more,
    }


BASE = {
    "name": "nyc-0-x",
    "uid": "pod",
    "resource_version": "7",
    "job_name": "nyc",
    "job_uid": "u",
    "attempt": 0,
    "created_at": CREATED,
    "node": "n1",
    "memory_limit_bytes": 1024**3,
}
RAN = {"started_at": BEGAN, "ended_at": ENDED, "image": f"reg/t@{DIGEST}"}


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        ({"phase": "Pending"}, {"phase": PodPhase.WAITING}),
        (
            {"phase": "Pending", "conditions": (UNSCHEDULABLE,)},
            {
                "phase": PodPhase.WAITING,
                "notice": Notice("Unschedulable", "0/1 nodes are available."),
            },
        ),
        (
            {"phase": "Pending", "conditions": ({**UNSCHEDULABLE, "reason": "SchedulingGated"},)},
            {"phase": PodPhase.WAITING},
        ),
        (
            {"phase": "Running"},
            {"phase": PodPhase.RUNNING, "started_at": BEGAN, "image": f"reg/t@{DIGEST}"},
        ),
        ({"phase": "Unknown"}, {"phase": PodPhase.RUNNING}),
        (
            {"phase": "Succeeded", "exit_code": 0},
            {"phase": PodPhase.SUCCEEDED, "exit_code": 0, **RAN},
        ),
        (
            {"phase": "Failed", "exit_code": 65, "message": WORDS},
            {"phase": PodPhase.FAILED, "exit_code": 65, "termination": WORDS, **RAN},
        ),
        (
            {"phase": "Failed", "exit_code": 137, "reason": "OOMKilled"},
            {"phase": PodPhase.FAILED, "exit_code": 137, "is_oom_killed": True, **RAN},
        ),
        (
            {"phase": "Failed", "exit_code": 1, "message": "Traceback\nImportError: x\n"},
            {
                "phase": PodPhase.FAILED,
                "exit_code": 1,
                "notice": Notice("Error", "ImportError: x"),
                **RAN,
            },
        ),
        (
            {"phase": "Failed", "exit_code": 1, "message": '{"ts":"t","message":"boom"}'},
            {"phase": PodPhase.FAILED, "exit_code": 1, "notice": Notice("Error", "boom"), **RAN},
        ),
        (
            {"phase": "Failed", "exit_code": 128, "reason": "StartError", "message": "no such"},
            {
                "phase": PodPhase.FAILED,
                "exit_code": 128,
                "notice": Notice("StartError", "no such"),
                **RAN,
            },
        ),
        (
            {"phase": "Failed", "exit_code": 75, "message": "log", "conditions": (DISRUPTED,)},
            {
                "phase": PodPhase.FAILED,
                "exit_code": 75,
                "disruption": "DeletionByTaintManager",
                **RAN,
            },
        ),
        (
            {"phase": "Failed", "exit_code": 137, "reason": "ContainerStatusUnknown"},
            {
                "phase": PodPhase.FAILED,
                "notice": Notice("ContainerStatusUnknown", ""),
                **RAN,
            },
        ),
    ],
)
def test_a_pod_is_read_as_these_facts(
    new_pod_status: NewPodStatus, status: dict[str, Any], facts: dict[str, Any]
) -> None:
    """Every state that the kubelet and the scheduler leave a pod in has one meaning."""
    assert read_pod(raw_pod(new_pod_status(**status))) == PodFacts(**{**BASE, **facts})


@pytest.mark.parametrize(
    ("status", "disruption", "notice"),
    [
        (
            {"phase": "Failed", "reason": "Evicted", "message": "low on memory"},
            "Evicted",
            Notice("Evicted", "low on memory"),
        ),
        (
            {"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": "no GPU"},
            None,
            Notice("UnexpectedAdmissionError", "no GPU"),
        ),
        ({"phase": "Running", "reason": "NodeLost"}, "NodeLost", None),
    ],
)
def test_what_is_said_of_a_whole_pod_is_kept(
    status: dict[str, Any], disruption: str | None, notice: Notice | None
) -> None:
    """Evictions, refusals by the node and lost nodes stand in the pod's own status."""
    facts = read_pod(raw_pod(status))
    assert (facts.disruption, facts.notice) == (disruption, notice)


@pytest.mark.parametrize(
    ("waiting", "notice"),
    [
        ({"reason": "ContainerCreating"}, None),
        ({"reason": "ImagePullBackOff", "message": "m"}, Notice("ImagePullBackOff", "m")),
        ({"reason": "CreateContainerConfigError"}, Notice("CreateContainerConfigError", "")),
    ],
)
def test_the_kubelet_says_why_a_container_waits(
    waiting: dict[str, str], notice: Notice | None
) -> None:
    """What is on its way is no trouble; what is not is told in the kubelet's words."""
    container = {"name": "trainer", "state": {"waiting": waiting}}
    assert read_pod(raw_pod({"phase": "Pending", "containerStatuses": [container]})).notice == (
        notice
    )


def job_facts(**more: Any) -> JobFacts:
    """Return the Job of the first attempt as facts."""
    return read_job(raw_job(**more))


def children_of(*jobs: JobFacts, pods: tuple[PodFacts, ...] = ()) -> tuple[Child, ...]:
    """Return the children of the job nyc, which needs attempts 0 and 1."""
    return assemble_children("nyc", "u", jobs, pods, wanted=(0, 1))


def pod_facts(phase: PodPhase, **more: Any) -> PodFacts:
    """Return the pod of the first attempt."""
    return PodFacts(**{**BASE, "phase": phase, **more})


def test_a_job_and_its_pod_are_one_child() -> None:
    """The pod tells how far it is, once it has begun also where."""
    waiting, running = pod_facts(PodPhase.WAITING), pod_facts(PodPhase.RUNNING, started_at=BEGAN)
    common: dict[str, Any] = {"index": 0, "created_at": CREATED, "memory_limit_bytes": 1024**3}
    assert children_of(job_facts(), pods=(waiting,)) == (Child(phase=ChildPhase.WAITING, **common),)
    assert children_of(job_facts(), pods=(running,)) == (
        Child(phase=ChildPhase.RUNNING, started_at=BEGAN, node="n1", pod="nyc-0-x", **common),
    )


@pytest.mark.parametrize(
    ("job", "phase"),
    [
        ({}, ChildPhase.WAITING),
        ({"status": {"conditions": [{"type": "Failed", "status": "True"}]}}, ChildPhase.FAILED),
        (
            {"status": {"conditions": [{"type": "Complete", "status": "True"}]}},
            ChildPhase.SUCCEEDED,
        ),
        (
            {"status": {"conditions": [{"type": "FailureTarget", "status": "True"}]}},
            ChildPhase.WAITING,
        ),
    ],
)
def test_a_job_without_a_pod_tells_itself(job: dict[str, Any], phase: ChildPhase) -> None:
    """A Job that the Job controller has given up has ended, though no pod says how."""
    (child,) = children_of(job_facts(**job))
    assert (child.phase, child.exit_code, child.pod) == (phase, None, None)


def test_a_child_is_there_as_long_as_a_pod_is() -> None:
    """A Job that was deleted may leave a pod that still runs."""
    (child,) = children_of(pods=(pod_facts(PodPhase.RUNNING),))
    assert (child.phase, child.is_deleting) == (ChildPhase.RUNNING, True)


def test_a_live_pod_goes_before_an_ended_one() -> None:
    """Whatever else is there, a process that may run decides."""
    later = datetime(2026, 1, 2, tzinfo=UTC)
    ended = pod_facts(PodPhase.FAILED, name="b", created_at=later, exit_code=1)
    (child,) = children_of(job_facts(), pods=(ended, pod_facts(PodPhase.RUNNING)))
    assert child.phase is ChildPhase.RUNNING


def test_an_admission_taken_back_is_no_end() -> None:
    """The queue suspended the Job: it waits, and its last words tell of a checkpoint."""
    job = job_facts(spec={"suspend": True})
    pod = pod_facts(PodPhase.FAILED, exit_code=75, termination=WORDS)
    (child,) = children_of(job, pods=(pod,))
    assert (child.phase, child.is_queued, child.termination) == (ChildPhase.WAITING, True, WORDS)


@pytest.mark.parametrize("started", ["2026-01-01T00:05:00Z", None])
def test_a_second_admission_forgets_the_pod_of_the_first(started: str | None) -> None:
    """A pod that the queue took away says nothing of the next run of the same Job."""
    labels = {"azuraforge.io/job-name": "nyc", "kueue.x-k8s.io/queue-name": "q"}
    job = job_facts(metadata={"labels": labels}, status={"startTime": started})
    pod = pod_facts(PodPhase.FAILED, exit_code=75, is_gone=True)
    (child,) = children_of(job, pods=(pod,))
    assert (child.phase, child.exit_code) == (ChildPhase.WAITING, None)


@pytest.mark.parametrize(
    ("job", "owner"),
    [
        (raw_job(), Owner.OURS),
        (raw_job(controller="old"), Owner.PREDECESSOR),
        (raw_job(controller=None), Owner.FOREIGN),
        (raw_job(metadata={"labels": {}}, controller="x"), Owner.FOREIGN),
    ],
)
def test_the_controller_decides_whose_child_it_is(job: dict[str, Any], owner: Owner) -> None:
    """By uid, never by name or label."""
    (child,) = children_of(read_job(job))
    assert child.owner is owner


def test_others_are_seen_only_where_their_name_is_needed() -> None:
    """A predecessor's seventh attempt stands in nobody's way."""
    assert children_of(read_job(raw_job("nyc-7", controller="old"))) == ()


@pytest.mark.parametrize(
    ("asked", "image_id", "pinned"),
    [
        ("reg:5000/t:1", f"reg:5000/t@{DIGEST}", f"reg:5000/t@{DIGEST}"),
        ("t:1", f"docker.io/library/t@{DIGEST}", f"t@{DIGEST}"),
        ("me/t", f"docker.io/me/t@{DIGEST}", f"me/t@{DIGEST}"),
        ("localhost/t:1", f"localhost/t@{DIGEST}", f"localhost/t@{DIGEST}"),
        ("t:1", DIGEST, "t:1"),
        ("t:1", f"docker.io/library/import-2026-01-01@{DIGEST}", "t:1"),
        (f"reg/t@{DIGEST}", "reg/t@sha256:" + "b" * 64, f"reg/t@{DIGEST}"),
    ],
)
def test_an_image_is_pinned_where_its_registry_knows_the_digest(
    asked: str, image_id: str, pinned: str
) -> None:
    """An image that was loaded by hand keeps its name: nobody could pull its digest."""
    assert pin_image(asked, image_id) == pinned
