"""What a job may have to wait for, and for how long: queue, node, image, plugin, name, time."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from azuraforge_contract.status import CheckpointStatus
from azuraforge_contract.termination import TerminationMessage
from azuraforge_lifecycle.actions import CreateAttempt, DeleteAttempt, ObserveLive
from azuraforge_lifecycle.observed import Acceptance, ChildPhase, Notice, Owner, Verdict
from azuraforge_lifecycle.reasons import Reason

if TYPE_CHECKING:
    from tests.lifecycle.conftest import Story


def words(reason: str = "Told", message: str = "In its own words.") -> str:
    """Return a termination message."""
    return TerminationMessage(reason=reason, message=message).encode()


def test_a_queued_job_is_created_suspended_and_only_its_queue_deadline_runs(
    new_story: "type[Story]",
) -> None:
    """The phase is Queued, never Running, until the queue admits it."""
    limits = {"queueSeconds": 500, "startSeconds": 30, "activeSeconds": 30}
    story = new_story(queue={"name": "team-a"}, deadlines=limits)
    first = story.turn()
    assert first["actions"] == [CreateAttempt(0, suspended_for_queue=True)]
    assert first["status"]["phase"] == "Queued"
    assert first["status"]["message"] == "Attempt 0 waits for admission by queue team-a."
    assert first["status"]["queued_since"] == new_story.at(0)
    assert first["conditions"]["Queued"] == "True Queued"
    story.see(0, ChildPhase.WAITING, is_suspended=True)
    assert story.turn(400) == {"again": 100.0}
    story.see(0, ChildPhase.WAITING, is_suspended=False)
    assert story.turn(50) == {
        "status": {
            "phase": "Starting",
            "reason": "AttemptStarting",
            "message": "Attempt 0 is starting.",
            "queued_seconds": 450.0,
            "queued_since": None,
        },
        "conditions": {
            "Queued": "False Admitted",
            "Running": "False AttemptStarting",
            "Progressing": "False AttemptStarting",
        },
        "events": ["Normal Admitted: The queue has admitted the attempt."],
        "again": 30.0,
    }
    assert story.turn(20) == {"again": 10.0}


def test_a_queue_that_takes_its_admission_back_preempts(new_story: "type[Story]") -> None:
    """The same child waits again; its run is counted as time and as a preemption."""
    story = new_story(queue={"name": "team-a"}, retry={"maxPreemptions": 1})
    story.until_running()
    story.see(0, ChildPhase.WAITING, is_suspended=True, started_at=None)
    assert story.turn(60, is_live=False) == {"actions": [ObserveLive()]}
    requeued = story.turn()
    assert requeued["events"] == [
        "Normal Queued: The attempt waits for admission by its queue.",
        "Warning Requeued: The queue has taken its admission back.",
    ]
    changed = requeued["status"]
    assert (changed["phase"], changed["preemptions"], changed["active_seconds"]) == (
        "Queued",
        1,
        60.0,
    )
    story.see(0, ChildPhase.RUNNING, is_suspended=False, started_at=story.now)
    story.turn()
    story.see(0, ChildPhase.WAITING, is_suspended=True, started_at=None)
    again = story.turn(10)
    assert again["status"]["reason"] == "TooManyPreemptions"
    assert again["actions"] == [DeleteAttempt(0, 60)]


def test_an_admission_that_is_taken_back_is_charged_while_the_pod_still_goes_away(
    new_story: "type[Story]",
) -> None:
    """The first look after the end may find the pod's remains; the preemption counts once."""
    story = new_story(queue={"name": "team-a"})
    story.until_running()
    story.see(0, ChildPhase.WAITING, is_suspended=True, is_deleting=True, started_at=None)
    changed = story.turn(60)["status"]
    assert (changed["phase"], changed["preemptions"]) == ("Queued", 1)
    story.see(0, ChildPhase.WAITING, is_suspended=True, is_deleting=False)
    assert "preemptions" not in story.turn(1)["status"]


def test_a_queue_of_the_cluster_may_hold_back_a_job_that_names_none(
    new_story: "type[Story]",
) -> None:
    """Kueue can be set up to manage jobs without a queue name."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.WAITING, is_suspended=True)
    changed = story.turn()["status"]
    assert changed["message"] == "Attempt 0 waits for admission by queue of the cluster."


@pytest.mark.parametrize(
    ("limits", "reason", "message"),
    [
        (
            {"queueSeconds": 100},
            "QueueDeadlineExceeded",
            "It has waited 100 s for admission, as long as deadlines.queueSeconds allows.",
        ),
        ({"queueSeconds": None}, None, None),
    ],
)
def test_a_job_waits_for_its_queue_no_longer_than_it_may(
    new_story: "type[Story]", limits: dict[str, Any], reason: str | None, message: str | None
) -> None:
    """Past ``queueSeconds`` the job fails and its child is deleted; without it, it waits."""
    story = new_story(queue={"name": "q"}, deadlines=limits)
    story.turn()
    story.see(0, ChildPhase.WAITING, is_suspended=True)
    changed = story.turn(100)
    if reason is None:
        assert changed == {}
        return
    assert changed["actions"] == [DeleteAttempt(0, 60)]
    assert changed["status"]["phase"] == "Failed"
    assert (changed["status"]["reason"], changed["status"]["message"]) == (reason, message)
    assert changed["status"]["queued_seconds"] == 100.0


@pytest.mark.parametrize(
    ("notice", "reason", "told"),
    [
        (
            Notice("Unschedulable", "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."),
            "Unschedulable",
            " Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        ),
        (
            Notice("ErrImagePull", "manifest unknown"),
            "ImagePullBackOff",
            " ErrImagePull: manifest unknown.",
        ),
        (None, "StartDeadlineExceeded", ""),
    ],
)
def test_an_attempt_that_cannot_start_fails_with_the_clusters_own_words(
    new_story: "type[Story]", notice: Notice | None, reason: str, told: str
) -> None:
    """Scheduler and kubelet say best what is wrong."""
    story = new_story(deadlines={"startSeconds": 60})
    story.turn()
    story.see(0, ChildPhase.WAITING, notice=notice, node="node-7", pod="nyc-0-x")
    assert story.turn(20)["again"] == 40.0
    assert story.turn(40)["actions"] == [DeleteAttempt(0, 60)]
    assert story.status is not None
    assert (story.status.phase, story.status.reason) == ("Failed", reason)
    assert (story.status.attempts[0].node, story.status.attempts[0].pod) == ("node-7", "nyc-0-x")
    limit = "It did not start within 60 s, as deadlines.startSeconds asks."
    assert story.status.message == limit + told


def test_the_same_trouble_in_other_words_is_no_write(new_story: "type[Story]") -> None:
    """Kubelet alternates between two reasons and rewords the scheduler's sentence every time."""
    story = new_story(deadlines={"startSeconds": None})
    story.turn()
    story.see(0, ChildPhase.WAITING, notice=Notice("ErrImagePull", "manifest unknown"))
    assert story.turn() == {
        "status": {
            "reason": "ImagePullBackOff",
            "message": "Attempt 0 cannot start yet. manifest unknown.",
        },
        "conditions": {
            "Running": "False ImagePullBackOff",
            "Progressing": "False ImagePullBackOff",
        },
        "events": ["Warning AttemptWaiting: Attempt 0 cannot start yet. manifest unknown."],
    }
    story.see(0, ChildPhase.WAITING, notice=Notice("ImagePullBackOff", "Back-off pulling image"))
    assert story.turn(30) == {}


def test_the_time_of_running_is_summed_over_attempts(new_story: "type[Story]") -> None:
    """``activeSeconds`` covers all attempts; no attempt is opened when nothing of it is left."""
    story = new_story(deadlines={"activeSeconds": 100})
    story.until_running()
    story.now += timedelta(seconds=60)
    story.see(0, ChildPhase.FAILED, exit_code=75)
    story.turn()
    story.see(1, ChildPhase.RUNNING)
    assert story.turn()["again"] == 40.0
    changed = story.turn(40)
    assert changed["actions"] == [DeleteAttempt(1, 60)]
    assert (changed["status"]["phase"], changed["status"]["active_seconds"]) == ("Failed", 100.0)
    assert changed["status"]["reason"] == "ActiveDeadlineExceeded"


def test_no_attempt_is_opened_when_the_time_of_running_is_used_up(new_story: "type[Story]") -> None:
    """A preemption in the last second does not buy another attempt."""
    story = new_story(deadlines={"activeSeconds": 100})
    story.until_running()
    story.now += timedelta(seconds=100)
    story.see(0, ChildPhase.FAILED, exit_code=75)
    changed = story.turn()
    assert "actions" not in changed
    assert changed["status"]["reason"] == "ActiveDeadlineExceeded"
    assert changed["status"]["message"] == (
        "It has run for 100 s, as long as deadlines.activeSeconds allows."
    )


def test_the_last_words_after_a_deadline_are_still_noted(new_story: "type[Story]") -> None:
    """The job has failed, but the checkpoint saved at its end is what a new job resumes from."""
    story = new_story(deadlines={"activeSeconds": 5})
    story.until_running()
    story.turn(5)
    story.see(0, is_deleting=True)
    assert story.turn() == {}
    told = new_story.words("Preempted", checkpoint=CheckpointStatus(step=7))
    story.see(0, ChildPhase.FAILED, exit_code=75, termination=told)
    changed = story.turn(1)
    assert changed["status"]["checkpoint"] == {"step": 7}
    assert changed["status"]["attempts"][0]["exit_code"] == 75
    assert changed["status"].keys() == {"checkpoint", "attempts"}
    assert story.turn() == {}


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (Reason.INVALID_CONFIG, "spec.config.training.epochs: should be at least 1, got 0."),
        (Reason.IMAGE_NOT_ALLOWED, "spec.image: evil/x is not among the allowed images."),
    ],
)
def test_a_refused_job_fails_before_any_child(
    new_story: "type[Story]", reason: Reason, message: str
) -> None:
    """The spec cannot be changed, so the path and the reason are the last word."""
    story = new_story()
    refused = Acceptance(Verdict.REFUSED, reason, message)
    changed = story.turn(acceptance=refused)
    assert "actions" not in changed
    assert changed["status"]["phase"] == "Failed"
    assert (changed["status"]["reason"], changed["status"]["message"]) == (reason, message)
    assert changed["conditions"]["Accepted"] == f"False {reason}"
    assert changed["events"] == [
        f"Warning NotAccepted: {message}",
        f"Warning Failed: {reason}. {message}",
    ]
    assert story.turn() == {}


def test_a_missing_plugin_is_waited_for(new_story: "type[Story]") -> None:
    """Pending until it is there, looked for again; once accepted, its removal changes nothing."""
    story = new_story()
    missing = Acceptance(Verdict.WAITING, Reason.PLUGIN_NOT_FOUND, "There is no plugin p.")
    unchecked = story.turn(acceptance=None)
    assert unchecked["status"]["reason"] == "NotChecked"
    assert unchecked["conditions"]["Accepted"] == "Unknown NotChecked"
    first = story.turn(acceptance=missing)
    assert (story.plan(acceptance=None).status.phase, first["again"]) == ("Pending", 30.0)
    assert first["conditions"]["Accepted"] == "False PluginNotFound"
    assert story.turn(30, acceptance=missing) == {"again": 30.0}
    assert story.turn(30)["actions"] == [CreateAttempt(0)]
    story.see(0, ChildPhase.RUNNING)
    story.turn()
    story.see(0, ChildPhase.FAILED, exit_code=75)
    assert story.turn(acceptance=missing)["actions"] == [CreateAttempt(1)]


def test_a_name_that_someone_else_has_taken_fails_the_job(new_story: "type[Story]") -> None:
    """Ours is never mistaken for a stranger's, and a cache alone does not condemn."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.RUNNING, owner=Owner.FOREIGN)
    assert story.turn(is_live=False) == {"actions": [ObserveLive()]}
    changed = story.turn()["status"]
    assert (changed["phase"], changed["reason"]) == ("Failed", "NameTaken")
    assert changed["message"].startswith("Attempt 0 cannot be created: nyc-0 exists")
    assert "active_seconds" not in changed


@pytest.mark.parametrize(
    "facts",
    [{"owner": Owner.PREDECESSOR}, {"owner": Owner.FOREIGN, "is_deleting": True}],
)
def test_a_child_that_is_going_away_under_our_name_is_waited_for(
    new_story: "type[Story]", facts: dict[str, Any]
) -> None:
    """A job deleted and applied again at once finds its predecessor's child."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.RUNNING, **facts)
    waiting = story.turn()
    assert waiting["again"] == 30.0
    assert "actions" not in waiting
    assert (waiting["status"]["phase"], waiting["status"]["reason"]) == ("Pending", "NameInUse")
    story.children.clear()
    assert story.turn()["actions"] == [CreateAttempt(0)]


def test_a_job_can_be_cancelled_while_its_name_is_in_use(new_story: "type[Story]") -> None:
    """Nothing of ours was made, so nothing is stopped."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.RUNNING, owner=Owner.PREDECESSOR)
    story.ask(cancel=True)
    changed = story.turn()
    assert changed["status"]["phase"] == "Cancelled"
    assert "actions" not in changed


def test_a_creation_refused_for_good_fails_the_job_with_the_servers_words(
    new_story: "type[Story]",
) -> None:
    """A policy's refusal would otherwise leave the job starting for ever."""
    story = new_story(queue={"name": "q"})
    story.turn()
    changed = story.turn(3, refusal=Notice("Forbidden", "denied by policy"))["status"]
    assert (changed["phase"], changed["reason"]) == ("Failed", "AttemptRefused")
    assert changed["message"] == "Attempt 0 was refused: Forbidden: denied by policy."
    assert changed["queued_seconds"] == 3.0
