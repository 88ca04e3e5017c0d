"""The children of a TrainingJob as the planner takes them, from the facts of Jobs and pods."""

from collections.abc import Iterable
from dataclasses import replace

from azuraforge_lifecycle.actions import attempt_name
from azuraforge_lifecycle.observed import Child, ChildPhase, Owner
from azuraforge_operator.observation.job_facts import JobFacts
from azuraforge_operator.observation.pod_facts import PodFacts, PodPhase

__all__ = ["assemble_children"]

_PHASES = {
    PodPhase.WAITING: ChildPhase.WAITING,
    PodPhase.RUNNING: ChildPhase.RUNNING,
    PodPhase.SUCCEEDED: ChildPhase.SUCCEEDED,
    PodPhase.FAILED: ChildPhase.FAILED,
}


def assemble_children(
    name: str,
    uid: str,
    jobs: Iterable[JobFacts],
    pods: Iterable[PodFacts],
    *,
    wanted: Iterable[int] = (),
) -> tuple[Child, ...]:
    """Return every child of a TrainingJob, and who else bears the names that it wants.

    Args:
        name: the TrainingJob's name.
        uid: its identity.
        jobs: Jobs of its namespace that are its own or bear a name of its children.
        pods: pods of its namespace that carry its label.
        wanted: indexes whose names it needs, though others may bear them.
    """
    wanted_names = {attempt_name(name, index): index for index in wanted}
    ours: dict[int, JobFacts] = {}
    others: dict[int, JobFacts] = {}
    for job in jobs:
        index = _index_in(job.name, name)
        if job.controller == uid and index is not None:
            ours[index] = job
        elif job.name in wanted_names:
            others[wanted_names[job.name]] = job
    own_pods = _by_attempt(pod for pod in pods if pod.job_uid == uid)
    found = [_child(index, job, own_pods.pop(index, [])) for index, job in ours.items()]
    found += [_child_of_pods(index, left) for index, left in own_pods.items()]
    taken = {child.index for child in found}
    found += [_occupant(i, job, name) for i, job in others.items() if i not in taken]
    return tuple(sorted(found, key=lambda child: child.index))


def _index_in(child: str, name: str) -> int | None:
    """Return the index of the attempt that a child's name names."""
    text = child.removeprefix(f"{name}-")
    return int(text) if text != child and text.isdecimal() else None


def _by_attempt(pods: Iterable[PodFacts]) -> dict[int, list[PodFacts]]:
    found: dict[int, list[PodFacts]] = {}
    for pod in pods:
        if pod.attempt is not None:
            found.setdefault(pod.attempt, []).append(pod)
    return found


def _child(index: int, job: JobFacts, pods: list[PodFacts]) -> Child:
    current = [pod for pod in pods if _is_of_this_admission(job, pod)]
    pod = _telling(current) if current else None
    base = Child(
        index=index,
        phase=_phase(job, pod),
        created_at=job.created_at,
        is_deleting=job.is_deleting,
        is_suspended=job.is_suspended,
    )
    return base if pod is None else _with_pod(base, pod)


def _child_of_pods(index: int, pods: list[PodFacts]) -> Child:
    """Return a child whose Job is deleted, but whose pods are not or have left last words."""
    pod = _telling(pods)
    phase = _PHASES[pod.phase]
    base = Child(index=index, phase=phase, created_at=pod.created_at, is_deleting=True)
    return replace(_with_pod(base, pod), is_deleting=True)


def _with_pod(child: Child, pod: PodFacts) -> Child:
    """Return a child with what its pod tells.

    Where it is going to run is told once it does: each word sooner would be a write of the status.
    """
    has_begun = pod.phase is not PodPhase.WAITING
    return replace(
        child,
        is_deleting=child.is_deleting or pod.is_deleting,
        started_at=pod.started_at,
        ended_at=pod.ended_at,
        exit_code=pod.exit_code,
        is_oom_killed=pod.is_oom_killed,
        disruption=pod.disruption,
        notice=pod.notice,
        termination=pod.termination,
        memory_limit_bytes=pod.memory_limit_bytes,
        node=pod.node if has_begun else None,
        pod=pod.name if has_begun else None,
        image=pod.image,
    )


def _telling(pods: list[PodFacts]) -> PodFacts:
    """Return the pod that says how the attempt is: a live one before the latest ended one."""
    return max(pods, key=lambda pod: (not pod.phase.has_ended, pod.created_at, pod.name))


def _is_of_this_admission(job: JobFacts, pod: PodFacts) -> bool:
    """Whether an ended pod belongs to the run that the queue has admitted last.

    A queue that takes an admission back has the pod deleted; its last words say nothing of the
    next run of the same Job.
    """
    if not job.is_queued or not pod.phase.has_ended or job.is_suspended:
        return True
    if job.started_at is None:
        return not pod.is_gone
    return pod.created_at >= job.started_at


def _phase(job: JobFacts, pod: PodFacts | None) -> ChildPhase:
    if pod is None:
        return _phase_of_job(job)
    is_taken_back = job.is_suspended and not job.is_failed and pod.phase is PodPhase.FAILED
    return ChildPhase.WAITING if is_taken_back else _PHASES[pod.phase]


def _phase_of_job(job: JobFacts) -> ChildPhase:
    if job.is_complete:
        return ChildPhase.SUCCEEDED
    return ChildPhase.FAILED if job.is_failed else ChildPhase.WAITING


def _occupant(index: int, job: JobFacts, name: str) -> Child:
    """Return someone else's Job that bears the name of an attempt."""
    was_ours = job.job_name == name and job.controller is not None
    is_predecessor = was_ours and job.job_uid == job.controller
    return Child(
        index=index,
        phase=ChildPhase.WAITING,
        created_at=job.created_at,
        owner=Owner.PREDECESSOR if is_predecessor else Owner.FOREIGN,
        is_deleting=job.is_deleting,
    )
