"""What an attempt has told about itself, taken over into the status.

Called for the child of the last attempt only, so that an older one never overwrites newer facts.
What is told while it runs may be observed out of order; the last words of an ended child may not.
"""

from typing import Any

from azuraforge_contract.status import AcceleratorStatus, CheckpointStatus, JobStatus, Progress
from azuraforge_contract.termination import TerminationMessage
from azuraforge_contract.training_job import Gpu, TrainingJob
from azuraforge_lifecycle.clock import parse_time
from azuraforge_lifecycle.observed import Child, Report

__all__ = ["note_request", "take_over_facts"]


def note_request(status: JobStatus, job: TrainingJob) -> JobStatus:
    """Return the status with the accelerator that the job asks for; what is found comes later."""
    known = status.accelerator or AcceleratorStatus()
    asked = known.model_copy(update={"requested": _requested(job)})
    return status.model_copy(update={"accelerator": asked})


def take_over_facts(status: JobStatus, child: Child) -> JobStatus:
    """Return the status with the facts that the last attempt's child gives."""
    if child.report is not None:
        status = _with_report(status, child.report, is_final=child.phase.has_ended)
    told = TerminationMessage.decode(child.termination)
    if told is not None:
        status = _with_report(status, Report.from_termination(told), is_final=True)
    return status


def _with_report(status: JobStatus, report: Report, *, is_final: bool) -> JobStatus:
    changes: dict[str, Any] = {
        "dataset": report.dataset,
        "accelerator": _found_accelerator(status.accelerator, report.accelerator),
        "progress": _newer_progress(status, report.progress),
        "checkpoint": _newer_checkpoint(status.checkpoint, report.checkpoint, is_final=is_final),
    }
    if report.resumed_from_step is not None:
        last = status.attempts[-1].model_copy(
            update={"resumed_from_step": report.resumed_from_step}
        )
        changes["attempts"] = (*status.attempts[:-1], last)
    told = {name: value for name, value in changes.items() if value is not None}
    return status.model_copy(update=told)


def _requested(job: TrainingJob) -> str:
    spec = job.spec
    if spec.device == "cpu":
        return "cpu"
    claims = spec.pod_overrides.resource_claims if spec.pod_overrides else None
    if spec.gpu is None and claims:
        return ", ".join(str(claim.get("name")) for claim in claims)
    gpu = spec.gpu or Gpu()
    return f"{gpu.count} {gpu.resource}"


def _found_accelerator(
    known: AcceleratorStatus | None, told: AcceleratorStatus | None
) -> AcceleratorStatus | None:
    """Return what an attempt found beside what the job asks for, which the job itself says best."""
    if known is None or told is None:
        return told
    return told.model_copy(update={"requested": known.requested})


def _newer_progress(status: JobStatus, told: Progress | None) -> Progress | None:
    """Return what was told, marked with its attempt, unless what is known is further."""
    if told is None:
        return None
    index = status.attempts[-1].index
    told = told.model_copy(update={"attempt": index})
    known = status.progress
    if known is None or known.attempt != index:
        return told
    return told if (told.step or 0) >= (known.step or 0) else known


def _newer_checkpoint(
    known: CheckpointStatus | None, told: CheckpointStatus | None, *, is_final: bool
) -> CheckpointStatus | None:
    """Return the later checkpoint; a run that starts afresh counts its steps from 0 again."""
    if known is None or told is None or is_final:
        return told
    if known.time is not None and told.time is not None:
        return told if parse_time(told.time) >= parse_time(known.time) else known
    return told if told.step >= known.step else known
