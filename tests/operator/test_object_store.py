"""What the watches told: never older than known, and no more than needed."""

from collections.abc import Callable
from typing import Any

from azuraforge_operator.observation.job_facts import JobFacts, read_job
from azuraforge_operator.observation.pod_facts import PodFacts, read_pod
from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.object_store import ObjectStore

KEY = JobKey("ml", "nyc")
NewJob = Callable[..., dict[str, Any]]
NewPodStatus = Callable[..., dict[str, Any]]


def versioned(raw: dict[str, Any], version: int, **metadata: Any) -> dict[str, Any]:
    """Return an object in a version."""
    return {**raw, "metadata": {**raw["metadata"], "resourceVersion": str(version), **metadata}}


def pod(status: dict[str, Any], version: int = 1, name: str = "p", uid: str = "p") -> PodFacts:
    """Return a pod of the first attempt of a job with uid u."""
    metadata = {
        "name": name,
        "uid": uid,
        "resourceVersion": str(version),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {
            "azuraforge.io/job-name": "nyc",
            "azuraforge.io/job-uid": "u",
            "azuraforge.io/attempt": "0",
        },
    }
    return read_pod({"metadata": metadata, "status": status})


def job(version: int = 1, uid: str = "j") -> JobFacts:
    """Return the Job of the first attempt."""
    metadata = {
        "name": "nyc-0",
        "uid": uid,
        "resourceVersion": str(version),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"azuraforge.io/job-uid": "u"},
    }
    return read_job({"metadata": metadata})


def test_an_object_comes_back_without_what_nobody_reads(new_job: NewJob) -> None:
    """Managed fields and annotations are half of an object and of no use here."""
    store = ObjectStore()
    raw = versioned(new_job(), 5, managedFields=[{}], annotations={"a": "b"})
    assert store.put_training_job(raw) == KEY
    stored = store.training_job(KEY)
    assert stored is not None
    assert stored.unpack() == versioned(new_job(), 5)


def test_jobs_that_look_alike_take_little_room(new_job: NewJob) -> None:
    """Each is kept against the first with a status, and comes back as it was."""
    store = ObjectStore()
    text = "Attempt 0 is running on node-7. The queue has admitted it, and nothing is wrong."
    raws = [
        versioned(new_job(f"job-{number}", uid=f"u-{number}"), number, generation=number)
        | ({"status": {"phase": "Running", "message": f"{number}: {text}"}} if number else {})
        for number in range(20)
    ]
    keys = [store.put_training_job(raw) for raw in raws]
    kept = [store.training_job(key) for key in keys]
    assert [each.unpack() for each in kept if each is not None] == raws
    sizes = [len(each.packed) for each in kept if each is not None]
    assert max(sizes[2:]) < sizes[0] / 2


def test_what_comes_late_is_not_taken_for_new(new_job: NewJob) -> None:
    """A watch's event that is older than our own write's answer changes nothing."""
    store = ObjectStore()
    store.put_training_job(versioned(new_job(), 7))
    store.put_training_job(versioned(new_job(), 6))
    assert store.versions("trainingjobs") == {("ml", "nyc"): "7"}
    store.put_training_job(versioned(new_job(), 6), even_if_older=True)
    assert store.versions("trainingjobs") == {("ml", "nyc"): "6"}


def test_a_late_deletion_does_not_hit_the_successor(new_job: NewJob) -> None:
    """Deleted and applied anew at once: the uid tells the two apart."""
    store = ObjectStore()
    store.put_training_job(versioned(new_job(uid="new"), 7))
    store.remove_training_job(KEY, "old")
    assert list(store) == [KEY]
    store.put_job(KEY, job(uid="new"))
    store.remove_job(KEY, job(uid="old"))
    assert len(store.jobs(KEY)) == 1


def test_the_end_of_a_deleted_pod_is_kept_until_it_is_recorded(
    new_pod_status: NewPodStatus,
) -> None:
    """A pod deleted before its end leaves nothing; after it, its last words."""
    store = ObjectStore()
    store.put_pod(KEY, pod(new_pod_status()))
    store.remove_pod(KEY, pod(new_pod_status()))
    assert store.pods(KEY) == ()
    store.remove_pod(KEY, pod(new_pod_status(phase="Failed", exit_code=75)))
    (kept,) = store.pods(KEY)
    assert (kept.is_gone, kept.exit_code) == (True, 75)
    assert store.versions("pods") == {}
    store.forget_last_words(KEY, "u", open_attempt=0)
    assert len(store.pods(KEY)) == 1
    store.forget_last_words(KEY, "u", open_attempt=1)
    assert store.pods(KEY) == ()


def test_a_live_reading_replaces_what_was_known(new_pod_status: NewPodStatus) -> None:
    """What the API server does not have is forgotten; others' objects and last words stay."""
    store = ObjectStore()
    store.put_job(KEY, job())
    store.put_pod(KEY, pod(new_pod_status()))
    store.remove_pod(KEY, pod(new_pod_status(phase="Failed", exit_code=75), name="gone", uid="g"))
    store.replace_children(KEY, "u", [], [])
    assert store.jobs(KEY) == ()
    assert [each.name for each in store.pods(KEY)] == ["gone"]


def test_nothing_is_left_of_what_is_gone(new_job: NewJob, new_pod_status: NewPodStatus) -> None:
    """An operator that has seen a million jobs is as small as one that has seen none."""
    store = ObjectStore()
    store.put_training_job(versioned(new_job(), 1))
    store.put_job(KEY, job())
    store.put_pod(KEY, pod(new_pod_status()))
    assert store.drop("pods", "ml", "p") == KEY
    assert store.drop("jobs", "ml", "nyc-0") == KEY
    assert store.drop("trainingjobs", "ml", "nyc") == KEY
    assert store.drop("pods", "ml", "p") is None
    assert [store._training_jobs, store._jobs, store._pods] == [{}, {}, {}]
