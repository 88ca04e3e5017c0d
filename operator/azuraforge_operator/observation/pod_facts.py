"""What matters of a trainer's pod: how far it is, why it waits, how it ended."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from azuraforge_contract.quantity import parse_quantity
from azuraforge_contract.termination import TerminationMessage
from azuraforge_lifecycle.observed import Notice
from azuraforge_operator.names import ATTEMPT_LABEL, CONTAINER, JOB_NAME_LABEL, JOB_UID_LABEL
from azuraforge_operator.observation.image_pin import pin_image
from azuraforge_operator.observation.raw import Raw, attempt_label, parse_time, shared

__all__ = ["PodFacts", "PodPhase", "read_pod"]

_ON_ITS_WAY: Final = {"ContainerCreating", "PodInitializing"}
"""What the kubelet says of a container that nothing is wrong with."""
_PLAIN_ENDS: Final = {"Completed", "Error", "OOMKilled", ""}
"""Reasons of an end that say no more than the exit code does."""
_UNKNOWN_CODE: Final = "ContainerStatusUnknown"
"""The kubelet's reason for an exit code that it made up, since it lost the container."""


class PodPhase(Enum):
    """How far a pod is."""

    WAITING = "no process runs yet"
    RUNNING = "a process runs, or may still run on a node that does not answer"
    SUCCEEDED = "it has ended well"
    FAILED = "it has ended otherwise"

    @property
    def has_ended(self) -> bool:
        """Whether no process of it runs or will run."""
        return self in {PodPhase.SUCCEEDED, PodPhase.FAILED}


@dataclass(frozen=True, kw_only=True, slots=True)
class PodFacts:
    """A pod of an attempt.

    Attributes:
        name: its name.
        uid: its identity.
        resource_version: version of the object that this was read from.
        job_name: the TrainingJob that its label names; None without one.
        job_uid: uid of the TrainingJob that its label names; None without one.
        attempt: index of the attempt; None without its label.
        created_at: when it was created.
        phase: how far it is.
        is_deleting: whether its deletion was asked for.
        is_gone: whether the object is deleted, and only its last words are kept.
        node: where it runs.
        started_at: when its process began.
        ended_at: when its process ended.
        exit_code: of its process; None when none is known.
        is_oom_killed: whether the kernel killed it for its memory.
        disruption: why it was taken away; None when undisturbed.
        notice: the scheduler's or kubelet's words on why it waits or could not run.
        termination: text of the termination message.
        memory_limit_bytes: its memory limit.
        image: what runs, with digest where a registry knows one.
    """

    name: str
    uid: str
    resource_version: str
    job_name: str | None
    job_uid: str | None
    attempt: int | None
    created_at: datetime
    phase: PodPhase
    is_deleting: bool = False
    is_gone: bool = False
    node: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    is_oom_killed: bool = False
    disruption: str | None = None
    notice: Notice | None = None
    termination: str | None = None
    memory_limit_bytes: int | None = None
    image: str | None = None


def read_pod(raw: Raw) -> PodFacts:
    """Return the facts in a raw Pod."""
    metadata, spec, status = raw["metadata"], raw.get("spec") or {}, raw.get("status") or {}
    labels = metadata.get("labels") or {}
    created = parse_time(metadata["creationTimestamp"])
    if created is None:
        raise ValueError(f"Pod {metadata['name']} has no time of creation")
    phase = _phase(status)
    container = _container_status(status)
    end = (container.get("state") or {}).get("terminated") or {}
    is_known = end.get("reason") != _UNKNOWN_CODE
    disruption = _disruption(status)
    return PodFacts(
        name=metadata["name"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        job_name=shared(labels.get(JOB_NAME_LABEL)),
        job_uid=shared(labels.get(JOB_UID_LABEL)),
        attempt=attempt_label(labels.get(ATTEMPT_LABEL)),
        created_at=created,
        phase=phase,
        is_deleting=metadata.get("deletionTimestamp") is not None,
        node=shared(spec.get("nodeName")),
        started_at=_started_at(container),
        ended_at=parse_time(end.get("finishedAt")),
        exit_code=end.get("exitCode") if is_known else None,
        is_oom_killed=end.get("reason") == "OOMKilled",
        disruption=disruption,
        notice=_notice(status, phase, container, is_disturbed=disruption is not None),
        termination=_own_words(end),
        memory_limit_bytes=_memory_limit(spec),
        image=shared(_image(spec, container)),
    )


def _phase(status: Raw) -> PodPhase:
    match status.get("phase"):
        case "Succeeded":
            return PodPhase.SUCCEEDED
        case "Failed":
            return PodPhase.FAILED
        case "Pending" | None:
            return PodPhase.WAITING
        case _:  # Unknown: the node does not answer
            return PodPhase.RUNNING


def _container_status(status: Raw) -> Raw:
    found = status.get("containerStatuses") or ()
    return next((each for each in found if each["name"] == CONTAINER), {})


def _started_at(container: Raw) -> datetime | None:
    state = container.get("state") or {}
    running, ended = state.get("running") or {}, state.get("terminated") or {}
    return parse_time(running.get("startedAt") or ended.get("startedAt"))


def _disruption(status: Raw) -> str | None:
    for condition in status.get("conditions") or ():
        if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
            return condition.get("reason") or "DisruptionTarget"
    return status["reason"] if status.get("reason") in {"Evicted", "NodeLost"} else None


def _notice(status: Raw, phase: PodPhase, container: Raw, *, is_disturbed: bool) -> Notice | None:
    state = container.get("state") or {}
    if phase is PodPhase.FAILED:
        return _notice_of_end(status, state.get("terminated") or {}, is_disturbed=is_disturbed)
    if phase is not PodPhase.WAITING:
        return None
    waiting = state.get("waiting") or {}
    if waiting.get("reason") and waiting["reason"] not in _ON_ITS_WAY:
        return Notice(waiting["reason"], waiting.get("message") or "")
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            reason = condition.get("reason") or "Unschedulable"
            held = reason == "SchedulingGated"
            return None if held else Notice(reason, condition.get("message") or "")
    return None


def _notice_of_end(status: Raw, end: Raw, *, is_disturbed: bool) -> Notice | None:
    """Return what is said of a failure: of the whole pod, of its container, or by its log."""
    if status.get("reason"):
        return Notice(status["reason"], status.get("message") or "")
    reason = end.get("reason") or ""
    if reason not in _PLAIN_ENDS:
        return Notice(reason, end.get("message") or "")
    text = end.get("message")
    if text and not is_disturbed and TerminationMessage.decode(text) is None:
        return Notice(reason or "Error", _last_log_line(text))
    return None


def _own_words(end: Raw) -> str | None:
    """Return the termination message, where it is one and not the end of the log."""
    text = end.get("message")
    return text if text and TerminationMessage.decode(text) is not None else None


def _last_log_line(text: str) -> str:
    """Return the message of the last line of a log, be it JSON or plain."""
    line = text.strip().rpartition("\n")[2]
    try:
        found: Any = json.loads(line)
    except json.JSONDecodeError:
        return line
    return str(found.get("message", line)) if isinstance(found, dict) else line


def _memory_limit(spec: Raw) -> int | None:
    for container in spec.get("containers") or ():
        if container["name"] == CONTAINER:
            limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
            return _bytes(limit) if limit is not None else None
    return None


def _bytes(quantity: str) -> int | None:
    try:
        return int(parse_quantity(str(quantity)))
    except ValueError:  # such as 1e9, which another client may write
        return None


def _image(spec: Raw, container: Raw) -> str | None:
    """Return what runs; known once its container has been started."""
    image_id = container.get("imageID")
    if not image_id:
        return None
    asked = next(
        (each["image"] for each in spec.get("containers") or () if each["name"] == CONTAINER), None
    )
    return pin_image(asked, image_id) if asked else None
