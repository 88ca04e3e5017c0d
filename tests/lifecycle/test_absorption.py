"""What stays true whoever meddles: ends, facts, indexes, and at most one child at a time."""

from typing import TYPE_CHECKING, Any

import pytest

from azuraforge_contract.status import AcceleratorStatus, CheckpointStatus, ModelStatus, Progress
from azuraforge_lifecycle.actions import CreateAttempt, DeleteAttempt, DeleteJob, ObserveLive
from azuraforge_lifecycle.observed import ChildPhase, Report

if TYPE_CHECKING:
    from tests.lifecycle.conftest import Story


def test_a_child_that_someone_deletes_is_waited_for(new_story: "type[Story]") -> None:
    """It may still run; the next attempt is made when it has ended, at the preemption budget."""
    story = new_story()
    story.until_running()
    story.see(0, is_deleting=True, disruption="DeletionByTaintManager")
    assert story.turn() == {
        "status": {
            "reason": "AttemptDeleted",
            "message": ("Attempt 0 is being deleted (DeletionByTaintManager); waits for its end."),
        },
        "conditions": {"Running": "True AttemptDeleted", "Progressing": "False AttemptDeleted"},
    }
    assert story.turn(3600) == {}
    story.see(0, ChildPhase.FAILED)
    assert story.turn()["actions"] == [CreateAttempt(1)]


def test_a_child_deleted_behind_our_back_is_replaced_once_it_is_proven_gone(
    new_story: "type[Story]",
) -> None:
    """Never twice the same attempt once it has run; a child that never ran is made again."""
    story = new_story()
    story.turn()
    assert story.turn(is_live=False) == {"actions": [CreateAttempt(0)]}
    story.see(0, ChildPhase.RUNNING)
    story.turn()
    story.children.clear()
    assert story.turn(is_live=False) == {"actions": [ObserveLive()]}
    changed = story.turn()
    assert changed["actions"] == [CreateAttempt(1)]
    assert changed["status"]["preemptions"] == 1
    assert changed["status"]["attempts"][0]["reason"] == "AttemptLost"


def test_a_cache_that_shows_the_past_does_not_turn_the_job_back(new_story: "type[Story]") -> None:
    """Running, then an old view of the same child waiting: nothing is written."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.WAITING, started_at=None)
    assert story.turn(is_live=False) == {"actions": [ObserveLive()]}


@pytest.mark.parametrize("is_open", [True, False])
def test_a_child_that_should_not_be_there_is_deleted(
    new_story: "type[Story]", is_open: bool
) -> None:
    """A frozen executor woke up and made an attempt that was long given up."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.FAILED, exit_code=75)
    story.turn()
    if is_open:
        story.see(1, ChildPhase.RUNNING)
    story.see(0, ChildPhase.RUNNING)
    changed = story.turn()
    assert changed["actions"] == [DeleteAttempt(0, 60)]
    if not is_open:
        assert changed["status"]["message"] == (
            "Waits until attempt 0, which should no longer run, has ended."
        )


def test_no_attempt_is_opened_beside_a_stray(new_story: "type[Story]") -> None:
    """Between two attempts, a stray has to end first."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.FAILED, exit_code=70)
    story.turn()
    story.see(0, ChildPhase.RUNNING, is_deleting=True)
    assert story.turn(10)["status"]["reason"] == "StrayAttempt"
    story.see(0, ChildPhase.FAILED)
    assert story.turn()["actions"] == [CreateAttempt(1)]


def test_a_finished_job_is_never_brought_back(new_story: "type[Story]") -> None:
    """Its child may be deleted by whomever, and a child that turns up is deleted."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.SUCCEEDED, exit_code=0)
    story.turn()
    story.children.clear()
    assert story.turn(100) == {}
    story.see(0, ChildPhase.RUNNING)
    assert story.turn() == {"actions": [DeleteAttempt(0, 60)]}


def test_the_time_to_live_removes_children_and_the_job_only_once_it_is_published(
    new_story: "type[Story]",
) -> None:
    """A model that is nowhere else must not be lost with its job."""
    story = new_story(cleanup={"ttlSecondsAfterFinished": 100})
    story.until_running()
    story.see(0, ChildPhase.SUCCEEDED, exit_code=0)
    assert story.turn()["again"] == 100.0
    assert story.turn(40) == {"again": 60.0}
    assert story.turn(60) == {"actions": [DeleteAttempt(0, 60)]}
    story.see(0, ChildPhase.SUCCEEDED, exit_code=0, is_deleting=True)
    assert story.turn() == {}
    story.children.clear()
    published = story.turn(model=ModelStatus(name="nyc", version=1))
    assert published == {
        "status": {"model": {"name": "nyc", "version": 1}},
        "conditions": {"Published": "True Published"},
        "actions": [DeleteJob()],
        "events": ["Normal Published: The model is in the library."],
    }
    assert story.turn(is_deletion_requested=True) == {}


def test_a_job_that_never_had_an_attempt_can_be_cleaned_up(new_story: "type[Story]") -> None:
    """Cancelled before anything was made."""
    story = new_story(cancel=True, cleanup={"ttlSecondsAfterFinished": 0})
    story.turn()
    assert story.turn() == {}


def test_a_job_that_is_being_deleted_is_left_to_the_garbage_collector(
    new_story: "type[Story]",
) -> None:
    """Its children go with it; nothing new is made."""
    story = new_story()
    assert story.turn(is_deletion_requested=True) == {}
    story.status = None
    story.until_running()
    assert story.turn(is_deletion_requested=True) == {}


def test_the_image_of_the_first_attempt_is_that_of_all(new_story: "type[Story]") -> None:
    """An upgrade of the plugin never changes a running job's code."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.RUNNING, image="repo@sha256:1")
    story.turn()
    story.see(0, ChildPhase.FAILED, exit_code=75, image="repo@sha256:2")
    assert story.turn()["actions"] == [CreateAttempt(1, image="repo@sha256:1")]


def test_what_an_attempt_tells_while_it_runs_is_shown_and_never_goes_back(
    new_story: "type[Story]",
) -> None:
    """Events may be seen out of order; progress and checkpoint only move on within an attempt."""
    story = new_story(device="gpu")
    story.until_running()

    def report(step: int, **facts: Any) -> dict[str, Any]:
        told = Report(
            progress=Progress(step=step),
            checkpoint=facts.get("checkpoint"),
            **{name: value for name, value in facts.items() if name != "checkpoint"},
        )
        story.see(0, ChildPhase.RUNNING, report=told)
        changed: dict[str, Any] = story.turn().get("status", {})
        return changed

    gpu = AcceleratorStatus(name="H100", memory_gi=80)
    first = report(5, accelerator=gpu, checkpoint=CheckpointStatus(step=4))
    assert first == {
        "progress": {"step": 5, "attempt": 0},
        "accelerator": {"requested": "1 nvidia.com/gpu", "name": "H100", "memory_gi": 80.0},
        "checkpoint": {"step": 4},
    }
    assert story.status is not None
    assert story.status.conditions[3].status == "True"
    assert report(3, checkpoint=CheckpointStatus(step=2)) == {}
    timed = CheckpointStatus(step=6, time=new_story.at(60))
    assert report(7, checkpoint=timed)["checkpoint"]["step"] == 6
    early = CheckpointStatus(step=9, time=new_story.at(50))
    assert report(8, checkpoint=early) == {"progress": {"step": 8, "attempt": 0}}
    afresh = CheckpointStatus(step=1, time=new_story.at(70))
    assert report(8, checkpoint=afresh)["checkpoint"]["step"] == 1
    story.see(0, ChildPhase.FAILED, exit_code=75)
    story.turn()
    story.see(1, ChildPhase.RUNNING, report=Report(progress=Progress(step=2)))
    assert story.turn()["status"]["progress"] == {"step": 2, "attempt": 1}


def test_the_last_ten_attempts_are_kept_and_older_children_removed(
    new_story: "type[Story]",
) -> None:
    """Nothing grows without bound, however often a job is preempted."""
    story = new_story(retry={"maxPreemptions": 50})
    story.turn()
    for index in range(12):
        story.see(index, ChildPhase.RUNNING)
        story.turn()
        story.see(index, ChildPhase.FAILED, exit_code=75)
        last = story.turn()
    assert [attempt["index"] for attempt in last["status"]["attempts"]] == list(range(3, 13))
    removed = [DeleteAttempt(index, 60) for index in range(3)]
    assert last["actions"] == [*removed, CreateAttempt(12)]


def test_a_status_that_was_lost_is_taken_up_from_the_children(new_story: "type[Story]") -> None:
    """Indexes once used are never used again, and the latest child is the open attempt."""
    story = new_story()
    story.see(2, ChildPhase.FAILED, exit_code=70)
    story.see(3, ChildPhase.RUNNING)
    changed = story.turn()["status"]
    assert (changed["next_attempt"], changed["phase"]) == (4, "Running")
    assert [attempt["index"] for attempt in changed["attempts"]] == [3]
    story.see(7, ChildPhase.RUNNING)
    changed = story.turn()
    assert changed["actions"] == [DeleteAttempt(7, 60)]
    assert changed["status"] == {"next_attempt": 8}


def test_every_condition_follows_the_generation(new_story: "type[Story]") -> None:
    """A change of the spec is acknowledged in one write; transition times stay."""
    story = new_story()
    story.until_running()
    assert story.status is not None
    times = [condition.last_transition_time for condition in story.status.conditions]
    metadata = story.job.metadata.model_copy(update={"generation": 2})
    story.job = story.job.model_copy(update={"metadata": metadata})
    assert story.turn(5) == {"status": {"observed_generation": 2}}
    assert [condition.last_transition_time for condition in story.status.conditions] == times
    assert {condition.observed_generation for condition in story.status.conditions} == {2}


def test_a_long_message_is_one_line_that_can_be_read(new_story: "type[Story]") -> None:
    """A trainer's traceback does not end up in the status."""
    story = new_story()
    story.until_running()
    story.see(
        0, ChildPhase.FAILED, exit_code=65, termination=new_story.words("BadData", "a line\n" * 400)
    )
    message = story.turn()["status"]["message"]
    assert len(message) == 1024
    assert "\n" not in message
    assert message.endswith("…")


def test_a_lost_status_keeps_the_start_deadline(new_story: "type[Story]") -> None:
    """The time of waiting counts from the child's creation, which nothing can lose."""
    story = new_story()
    story.see(0, ChildPhase.WAITING)
    assert story.turn(100)["again"] == 1700.0


@pytest.mark.parametrize(
    ("spec", "requested"),
    [
        ({}, "1 nvidia.com/gpu"),
        ({"gpu": {"resourceName": "amd.com/gpu"}}, "1 amd.com/gpu"),
        ({"podOverrides": {"resourceClaims": [{"name": "a"}, {"name": "b"}]}}, "a, b"),
        ({"gpu": {}, "podOverrides": {"resourceClaims": [{"name": "nic"}]}}, "1 nvidia.com/gpu"),
    ],
)
def test_what_is_asked_for_is_shown_and_is_no_promise(
    new_story: "type[Story]", spec: dict[str, Any], requested: str
) -> None:
    """`kubectl get tj` shows the GPU asked for; it is ready only once an attempt has found it."""
    story = new_story(device="gpu", **spec)
    first = story.turn()
    assert first["status"]["accelerator"] == {"requested": requested}
    assert first["conditions"]["AcceleratorReady"] == "Unknown NotReported"
    found = AcceleratorStatus(requested="gpu", observed="GPU-1", name="H100")
    story.see(0, ChildPhase.RUNNING, report=Report(accelerator=found))
    changed = story.turn()
    assert changed["status"]["accelerator"]["requested"] == requested
    assert changed["conditions"]["AcceleratorReady"] == "True AcceleratorReady"
    assert "Normal AcceleratorReady: H100" in changed["events"]
