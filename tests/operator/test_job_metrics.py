"""What a job's life adds to the metrics."""

from collections.abc import Callable
from typing import Any

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_operator.job_metrics import record_transition
from azuraforge_operator.metrics import LastValues, Metrics
from azuraforge_operator.reconciling.job_key import JobKey

NewJob = Callable[..., dict[str, Any]]


def at(second: int) -> str:
    """Return a time."""
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z"


ACCEPTED = {
    "type": "Accepted",
    "status": "True",
    "reason": "Accepted",
    "lastTransitionTime": at(2),
    "observedGeneration": 1,
}


def status(**fields: Any) -> JobStatus:
    """Return a status in which the job is accepted."""
    return JobStatus.model_validate({"conditions": [ACCEPTED], **fields})


def test_a_life_is_counted_once(new_job: NewJob) -> None:
    """Two attempts, one preempted after its checkpoint; times, GPU seconds and cache."""
    raw = new_job(device="gpu", gpu={"count": 1})
    raw["metadata"]["creationTimestamp"] = at(0)
    job = TrainingJob.model_validate(raw)
    metrics = Metrics()
    first = {"index": 0, "start": at(10), "end": at(70), "reason": "Preempted"}
    second = {"index": 1, "start": at(80), "end": at(140), "reason": "Completed"}
    life = [
        status(queuedSince=at(2), attempts=[{"index": 0}], nextAttempt=1),
        status(
            queuedSeconds=8, startTime=at(10), attempts=[{**first, "reason": None}], nextAttempt=1
        ),
        status(
            queuedSeconds=8,
            startTime=at(10),
            attempts=[first, {"index": 1}],
            nextAttempt=2,
            checkpoint={"step": 5, "time": at(50)},
            dataset={"cache": "Miss", "bytes": 1000, "seconds": 3},
        ),
        status(
            queuedSeconds=8,
            startTime=at(10),
            phase="Succeeded",
            reason="Succeeded",
            attempts=[first, second],
            nextAttempt=2,
            checkpoint={"step": 5, "time": at(50)},
            dataset={"cache": "Hit", "bytes": 1000, "seconds": 0.1},
        ),
    ]
    before = None
    for after in life:
        record_transition(metrics, job, before, after)
        record_transition(metrics, job, after, after)
        before = after
    value = metrics.registry.get_sample_value
    assert value("azuraforge_job_accepted_seconds_sum") == 2
    assert value("azuraforge_attempt_queued_seconds_sum") == 8
    assert value("azuraforge_job_start_seconds_sum") == 10
    assert value("azuraforge_attempts_total", {"reason": "Preempted"}) == 1
    assert value("azuraforge_attempts_total", {"reason": "Completed"}) == 1
    assert value("azuraforge_gpu_seconds_total", {"outcome": "useful"}) == 40 + 60
    assert value("azuraforge_gpu_seconds_total", {"outcome": "lost"}) == 20
    assert value("azuraforge_cache_opens_total", {"outcome": "Miss"}) == 1
    assert value("azuraforge_cache_opens_total", {"outcome": "Hit"}) == 1
    assert value("azuraforge_attempt_dataset_seconds_sum") == 3.1
    labels = {"phase": "Succeeded", "reason": "Succeeded"}
    assert value("azuraforge_jobs_finished_total", labels) == 1


def test_a_trainers_own_word_is_no_label(new_job: NewJob) -> None:
    """Labels are bounded, whatever an image says."""
    job, metrics = TrainingJob.model_validate(new_job()), Metrics()
    ended = {"index": 0, "reason": "MyVeryOwnWord"}
    record_transition(metrics, job, None, status(attempts=[ended], nextAttempt=1))
    value = metrics.registry.get_sample_value
    assert value("azuraforge_attempts_total", {"reason": "Other"}) == 1


def test_last_values_are_bounded() -> None:
    """The jobs that changed last are exported, the others are not."""
    values = LastValues(kept=2)
    for name in "abac":
        values.note(JobKey("ml", name), JobStatus())
    (family,) = values.collect()
    assert {sample.labels["trainingjob"] for sample in family.samples} == {"a", "c"}
