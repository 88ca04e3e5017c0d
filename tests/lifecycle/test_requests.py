"""What people ask for: suspend, resume, cancel. Nothing of it costs an attempt."""

from typing import TYPE_CHECKING, Any

import pytest

from azuraforge_contract.status import CheckpointStatus
from azuraforge_lifecycle.actions import CreateAttempt, DeleteAttempt, ObserveLive
from azuraforge_lifecycle.observed import ChildPhase

if TYPE_CHECKING:
    from tests.lifecycle.conftest import Story


def test_suspend_deletes_the_child_waits_for_its_end_and_costs_nothing(
    new_story: "type[Story]",
) -> None:
    """The checkpoint is what its last words name; the clock stands; resuming is the next index."""
    story = new_story()
    story.until_running()
    story.ask(suspend=True)
    stopping = "Attempt 0 is being stopped at a checkpoint, in at most 60 s."
    assert story.turn(5) == {
        "status": {"reason": "Suspending", "message": stopping},
        "conditions": {
            "Running": "True Suspending",
            "Progressing": "False Suspending",
            "Suspended": "False Stopping",
        },
        "actions": [DeleteAttempt(0, 60)],
        "events": [f"Normal Stopping: {stopping}"],
    }
    story.see(0, is_deleting=True)
    assert story.turn(5) == {}
    told = new_story.words("Preempted", checkpoint=CheckpointStatus(step=42))
    story.see(0, ChildPhase.FAILED, exit_code=75, termination=told)
    suspended = story.turn()
    assert suspended["status"].pop("attempts")[0]["reason"] == "Stopped"
    assert suspended == {
        "status": {
            "phase": "Suspended",
            "reason": "Suspended",
            "message": "Suspended at step 42. Set suspend to false to go on.",
            "active_seconds": 10.0,
            "active_since": None,
            "checkpoint": {"step": 42},
        },
        "conditions": {
            "Running": "False Suspended",
            "Progressing": "False Suspended",
            "CheckpointAvailable": "True CheckpointSaved",
            "Suspended": "True Suspended",
        },
        "events": [
            "Normal CheckpointSaved: A checkpoint is saved.",
            "Normal Suspended: The job is suspended.",
            "Normal AttemptStopped: Attempt 0: Stopped. It was stopped as asked.",
        ],
    }
    assert story.turn(3600) == {}
    story.children.clear()
    story.ask(suspend=False)
    resumed = story.turn()
    assert resumed["actions"] == [CreateAttempt(1)]
    assert resumed["events"] == [
        "Normal Resumed: The job goes on.",
        "Normal AttemptCreated: Attempt 1 is created.",
    ]
    assert resumed["status"]["attempts"][1] == {"index": 1, "resumed_from_step": 42}
    assert "active_seconds" not in resumed["status"]


@pytest.mark.parametrize("facts", [{"exit_code": 137}, {"exit_code": 143}, {"exit_code": 70}, {}])
def test_however_a_stopped_attempt_ends_nothing_is_counted(
    new_story: "type[Story]", facts: dict[str, Any]
) -> None:
    """Killed after the grace period, dead before its handlers were set, or gone without a code."""
    story = new_story()
    story.until_running()
    story.ask(suspend=True)
    story.turn()
    story.see(0, ChildPhase.FAILED, is_deleting=True, **facts)
    changed = story.turn()["status"]
    assert changed["phase"] == "Suspended"
    assert not {"failures", "preemptions"} & changed.keys()


def test_a_stopped_child_that_is_gone_is_suspended_once_a_live_reading_proves_it(
    new_story: "type[Story]",
) -> None:
    """A cache may not have heard of the child yet, so its silence proves nothing."""
    story = new_story()
    story.until_running()
    story.ask(suspend=True)
    story.turn()
    story.children.clear()
    assert story.turn(is_live=False) == {"actions": [ObserveLive()]}
    assert story.turn()["status"]["phase"] == "Suspended"


def test_a_request_to_stop_that_was_taken_back_still_ends_the_attempt_first(
    new_story: "type[Story]",
) -> None:
    """Its deletion cannot be undone; the next attempt goes on and nothing is counted."""
    story = new_story()
    story.until_running()
    story.ask(suspend=True)
    story.turn()
    story.ask(suspend=False)
    assert story.turn()["actions"] == [DeleteAttempt(0, 60)]
    story.see(0, ChildPhase.FAILED, exit_code=75)
    changed = story.turn()
    assert changed["actions"] == [CreateAttempt(1)]
    assert not {"failures", "preemptions"} & changed["status"].keys()


def test_success_while_being_stopped_is_success(new_story: "type[Story]") -> None:
    """What is finished is finished."""
    story = new_story()
    story.until_running()
    story.ask(cancel=True)
    story.turn()
    story.see(0, ChildPhase.SUCCEEDED, exit_code=0)
    assert story.turn()["status"]["phase"] == "Succeeded"


@pytest.mark.parametrize("wish", ["suspend", "cancel"])
def test_a_job_that_should_not_run_never_gets_a_child(new_story: "type[Story]", wish: str) -> None:
    """Asked for before the first attempt, it is so at once."""
    story = new_story(**{wish: True})
    changed = story.turn()
    assert "actions" not in changed
    assert changed["status"]["phase"] == {"suspend": "Suspended", "cancel": "Cancelled"}[wish]


def test_an_attempt_that_was_announced_but_not_made_is_not_made_any_more(
    new_story: "type[Story]",
) -> None:
    """Suspended between the status write and the creation: only a live reading settles it."""
    story = new_story()
    story.turn()
    story.ask(suspend=True)
    assert story.turn(is_live=False) == {"actions": [ObserveLive()]}
    changed = story.turn()
    assert changed["status"]["phase"] == "Suspended"
    assert changed["status"]["attempts"][0]["message"] == "It was stopped before it ran."


def test_cancel_stops_as_suspend_does_and_then_ends_for_good(new_story: "type[Story]") -> None:
    """Terminal, with everything kept; taking the wish back changes nothing."""
    story = new_story()
    story.until_running()
    story.ask(cancel=True)
    first = story.turn(5)
    assert first["actions"] == [DeleteAttempt(0, 60)]
    assert first["status"]["reason"] == "Cancelling"
    story.see(0, ChildPhase.FAILED, exit_code=70, is_deleting=True)
    changed = story.turn()
    assert changed["status"]["phase"] == "Cancelled"
    assert changed["status"]["completion_time"] == new_story.at(15)
    assert changed["conditions"] == {
        "Running": "False Cancelled",
        "Progressing": "False Cancelled",
        "Suspended": "False NotSuspended",
        "Complete": "False Cancelled",
        "Failed": "False Cancelled",
    }
    story.ask(cancel=False)
    story.children.clear()
    assert story.turn() == {}


def test_cancel_wins_over_a_failure_that_it_met(new_story: "type[Story]") -> None:
    """A child that had failed by itself keeps its reason; the job is cancelled, nothing counted."""
    story = new_story(retry={"maxAttempts": 1})
    story.until_running()
    story.ask(cancel=True)
    story.see(0, ChildPhase.FAILED, exit_code=70)
    changed = story.turn()["status"]
    assert (changed["phase"], changed["attempts"][0]["reason"]) == ("Cancelled", "InternalError")


@pytest.mark.parametrize(("is_suspended", "phase"), [(True, "Queued"), (False, "Starting")])
def test_a_child_that_has_not_begun_is_stopped_too(
    new_story: "type[Story]", is_suspended: bool, phase: str
) -> None:
    """The phase stays what it was until the child is gone."""
    story = new_story(queue={"name": "q"}, suspend=False)
    story.turn()
    story.see(0, ChildPhase.WAITING, is_suspended=is_suspended)
    story.turn()
    story.ask(cancel=True)
    assert story.turn()["actions"] == [DeleteAttempt(0, 60)]
    assert story.status is not None
    assert story.status.phase == phase
    story.children.clear()
    assert story.turn()["status"]["phase"] == "Cancelled"
