"""An attempt's life as the planner sees it: created, running, ended, and what follows from its end.

Each test is a row of the table of semantics: a status and what is observed go in; every changed
field of the status, every changed condition, every action and the time to look again come out.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from azuraforge_contract.status import CheckpointStatus, DatasetStatus, Progress
from azuraforge_contract.termination import TerminationMessage
from azuraforge_lifecycle.actions import CreateAttempt
from azuraforge_lifecycle.config_hash import hash_config
from azuraforge_lifecycle.observed import ChildPhase, Notice, Report

if TYPE_CHECKING:
    from tests.lifecycle.conftest import Story

GIB: Final = 1024**3


def words(reason: str = "Told", message: str = "In its own words.") -> str:
    """Return a termination message."""
    return TerminationMessage(reason=reason, message=message).encode()


def test_an_accepted_job_is_announced_and_created_with_one_write(new_story: "type[Story]") -> None:
    """The first status holds all conditions, and says which attempt will be made before it is."""
    assert new_story().turn() == {
        "status": {
            "observed_generation": 1,
            "phase": "Starting",
            "reason": "AttemptStarting",
            "message": "Attempt 0 is starting.",
            "next_attempt": 1,
            "config_hash": hash_config({}),
            "accelerator": {"requested": "cpu"},
            "attempts": [{"index": 0}],
            "job_ref": "nyc-0",
        },
        "conditions": {
            "Accepted": "True Accepted",
            "Queued": "False NotQueued",
            "DataReady": "Unknown NotReported",
            "AcceleratorReady": "True CpuRequested",
            "Running": "False AttemptStarting",
            "Progressing": "False AttemptStarting",
            "CheckpointAvailable": "False NoCheckpoint",
            "Suspended": "False NotSuspended",
            "Published": "False NotPublished",
            "Complete": "False Unfinished",
            "Failed": "False Unfinished",
        },
        "actions": [CreateAttempt(0)],
        "events": [
            "Normal Accepted: Pipeline, config and image were accepted.",
            "Normal AttemptCreated: Attempt 0 is created.",
        ],
    }


def test_a_running_child_makes_a_running_job_and_then_nothing_more_to_write(
    new_story: "type[Story]",
) -> None:
    """One write when it starts; looking again writes nothing."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.RUNNING, node="node-7", pod="nyc-0-x", image="repo@sha256:1")
    assert story.turn(5) == {
        "status": {
            "phase": "Running",
            "reason": "AttemptRunning",
            "message": "Attempt 0 is running on node-7.",
            "start_time": new_story.at(0),
            "active_since": new_story.at(0),
            "image": "repo@sha256:1",
            "attempts": [
                {"index": 0, "node": "node-7", "pod": "nyc-0-x", "start": new_story.at(0)}
            ],
        },
        "conditions": {"Running": "True AttemptRunning", "Progressing": "True AttemptRunning"},
        "events": ["Normal AttemptRunning: Attempt 0 runs."],
    }
    assert story.turn(60) == {}


def test_a_child_that_is_scheduled_but_not_running_is_no_write(
    new_story: "type[Story]",
) -> None:
    """Writes are few: announced, running, ended."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.WAITING, pod="nyc-0-x")
    assert story.turn(1) == {"again": 1799.0}
    story.see(0, ChildPhase.WAITING, node="node-7")
    assert story.turn(1) == {"again": 1798.0}


def test_success_ends_the_job_with_what_its_last_words_say(new_story: "type[Story]") -> None:
    """Facts come from the termination message; the clock stops at the child's own end."""
    story = new_story()
    story.until_running()
    told = new_story.words(
        "Completed",
        "Beats ridge by 6 %.",
        progress=Progress(percentage=100, step=500),
        checkpoint=CheckpointStatus(step=500, path="checkpoints/500"),
        dataset=DatasetStatus(cache="Hit", digest="d"),
        resumed_from_step=0,
    )
    story.now += timedelta(seconds=30)
    story.see(0, ChildPhase.SUCCEEDED, exit_code=0, termination=told)
    assert story.turn(2) == {
        "status": {
            "phase": "Succeeded",
            "reason": "Succeeded",
            "message": "Beats ridge by 6 %.",
            "completion_time": new_story.at(40),
            "active_seconds": 30.0,
            "active_since": None,
            "progress": {"percentage": 100.0, "step": 500, "attempt": 0},
            "checkpoint": {"path": "checkpoints/500", "step": 500},
            "dataset": {"cache": "Hit", "digest": "d"},
            "attempts": [
                {
                    "index": 0,
                    "reason": "Completed",
                    "message": "Beats ridge by 6 %.",
                    "exit_code": 0,
                    "node": "node-7",
                    "resumed_from_step": 0,
                    "start": new_story.at(10),
                    "end": new_story.at(40),
                }
            ],
        },
        "conditions": {
            "DataReady": "True DataReady",
            "Running": "False Succeeded",
            "Progressing": "False Succeeded",
            "CheckpointAvailable": "True CheckpointSaved",
            "Complete": "True Succeeded",
            "Failed": "False Succeeded",
        },
        "events": [
            "Normal DataReady: The data is open.",
            "Normal CheckpointSaved: A checkpoint is saved.",
            "Normal Succeeded: Succeeded. Beats ridge by 6 %.",
        ],
    }
    assert story.turn(1000) == {}


def test_a_run_that_nobody_watched_is_known_in_one_turn(new_story: "type[Story]") -> None:
    """The operator was down from the creation to the end; times and clocks are the child's."""
    story = new_story(queue={"name": "q"})
    story.turn()
    start, end = story.now + timedelta(seconds=5), story.now + timedelta(seconds=65)
    story.see(0, ChildPhase.SUCCEEDED, exit_code=0, started_at=start, ended_at=end)
    changed = story.turn(9000)["status"]
    assert changed["phase"] == "Succeeded"
    assert (changed["start_time"], changed["completion_time"]) == (
        new_story.at(5),
        new_story.at(65),
    )
    assert (changed["queued_seconds"], changed["active_seconds"]) == (5.0, 60.0)


@pytest.mark.parametrize(
    ("code", "reason", "remedy"),
    [
        (64, "BadConfig", "Correct it in a new job."),
        (65, "BadData", "Read the log for why."),
        (71, "GpuOutOfMemory", "Lower the batch size."),
        (76, "Diverged", "Lower the learning rate or clip the gradient."),
        (78, "AcceleratorUnavailable", "Run azuraforge doctor on the node."),
    ],
)
def test_what_would_fail_again_fails_at_once(
    new_story: "type[Story]", code: int, reason: str, remedy: str
) -> None:
    """No retry burns a GPU on a typo; reason and remedy are named even by a wordless child."""
    story = new_story(device="gpu")
    story.until_running()
    story.see(0, ChildPhase.FAILED, exit_code=code)
    changed = story.turn(2)
    attempt = changed["status"].pop("attempts")[0]
    message = changed["status"].pop("message")
    assert message == attempt["message"]
    assert message.endswith(remedy)
    assert (attempt["exit_code"], attempt["reason"]) == (code, reason)
    ready = {65: {"DataReady": "False BadData"}, 78: {"AcceleratorReady": f"False {reason}"}}
    assert changed == {
        "status": {
            "phase": "Failed",
            "reason": reason,
            "completion_time": new_story.at(12),
            "active_since": None,
        },
        "conditions": {
            **ready.get(code, {}),
            "Running": f"False {reason}",
            "Progressing": f"False {reason}",
            "Complete": f"False {reason}",
            "Failed": f"True {reason}",
        },
        "events": [
            f"Warning AttemptFailed: Attempt 0: {reason}. {message}",
            f"Warning Failed: {reason}. {message}",
        ],
    }


@pytest.mark.parametrize(
    ("code", "told", "reason", "message"),
    [
        (69, None, "SourceUnreachable", "The data source did not answer."),
        (70, None, "InternalError", "The trainer failed. Read the log for why."),
        (70, words("Stalled", "No step for 900 s."), "Stalled", "No step for 900 s."),
        (70, words("not a word", ""), "InternalError", "The trainer failed. Read the log for why."),
        (74, None, "StorageError", "A disk or volume failed. Check free space."),
        (1, None, "AttemptFailed", "It ended with exit code 1."),
        (
            139,
            words("Unfinished", ""),
            "AttemptFailed",
            "It ended with exit code 139 (SIGSEGV: native code failed; read the log for where).",
        ),
        (
            137,
            None,
            "AttemptFailed",
            "It ended with exit code 137 (SIGKILL: killed by someone or something beside it).",
        ),
        (70, words("Unfinished", ""), "InternalError", "The trainer failed. Read the log for why."),
    ],
)
def test_what_may_do_better_is_tried_again_after_a_wait(
    new_story: "type[Story]", code: int, told: str | None, reason: str, message: str
) -> None:
    """The attempt is counted; the phase is Pending, the reason BackOff, until the next is due."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.FAILED, exit_code=code, termination=told)
    wait = (
        f"Attempt 0 ended: {reason}. {message} 1 of 3 attempts have failed; "
        f"the next starts at {new_story.at(22)}."
    )
    assert story.turn(2) == {
        "status": {
            "phase": "Pending",
            "reason": "BackOff",
            "message": wait,
            "active_since": None,
            "failures": 1,
            "retry_time": new_story.at(22),
            "attempts": [
                {
                    "index": 0,
                    "reason": reason,
                    "message": message,
                    "exit_code": code,
                    "node": "node-7",
                    "start": new_story.at(10),
                    "end": new_story.at(10),
                }
            ],
        },
        "conditions": {"Running": "False BackOff", "Progressing": "False BackOff"},
        "events": [
            f"Warning AttemptFailed: Attempt 0: {reason}. {message}",
            f"Normal BackOff: {wait}",
        ],
        "again": 10.0,
    }
    assert story.turn(4) == {"again": 6.0}
    assert story.turn(6)["actions"] == [CreateAttempt(1)]


def test_the_wait_doubles_up_to_its_limit_and_the_last_attempt_fails_the_job(
    new_story: "type[Story]",
) -> None:
    """``maxAttempts`` counts the first; its last failure is the job's."""
    story = new_story(retry={"maxAttempts": 4, "backoff": {"initialSeconds": 10, "maxSeconds": 15}})
    story.turn()
    waits = []
    for index in range(4):
        story.see(index, ChildPhase.FAILED, exit_code=70)
        last = story.turn()
        waits.append(last.get("again"))
        story.turn(15)
    assert waits == [10.0, 15.0, 15.0, None]
    assert last["status"]["phase"] == "Failed"
    assert last["status"]["reason"] == "InternalError"
    assert last["status"]["message"] == (
        "The trainer failed. Read the log for why. It was the last of 4 attempts."
    )


def test_a_clock_that_was_set_back_makes_no_wait_longer_than_the_longest(
    new_story: "type[Story]",
) -> None:
    """A retry that seems a day away begins its wait anew."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.FAILED, exit_code=70)
    story.turn()
    assert story.turn(-86400)["again"] == 10.0
    assert story.turn(10)["actions"] == [CreateAttempt(1)]


def test_out_of_memory_names_limit_and_use_and_fails_without_a_new_checkpoint(
    new_story: "type[Story]",
) -> None:
    """Trying again from the same step would end alike."""
    story = new_story()
    story.until_running()
    told = new_story.words("Unfinished", "", memory_bytes=int(7.9 * GIB))
    facts = {"exit_code": 137, "is_oom_killed": True, "memory_limit_bytes": 8 * GIB}
    story.see(0, ChildPhase.FAILED, termination=told, **facts)
    changed = story.turn(2)["status"]
    assert (changed["phase"], changed["reason"], changed["failures"]) == ("Failed", "OOMKilled", 1)
    assert changed["message"] == (
        "OOMKilled on node-7, limit 8 GiB, last reported use 7.9 GiB. "
        "No checkpoint was saved since it began, so it would end alike again. "
        "Raise resources.memory."
    )


def test_out_of_memory_is_tried_again_once_a_checkpoint_moved_on(new_story: "type[Story]") -> None:
    """Progress was made, so another attempt may finish; resuming to no avail ends it."""
    story = new_story()
    story.until_running()
    told = new_story.words("Unfinished", "", checkpoint=CheckpointStatus(step=10))
    story.see(0, ChildPhase.FAILED, exit_code=137, is_oom_killed=True, termination=told)
    changed = story.turn(2)["status"]
    assert (changed["phase"], changed["failures"]) == ("Pending", 1)
    assert changed["attempts"][0]["message"] == "OOMKilled on node-7."
    story.turn(10)
    report = Report(checkpoint=CheckpointStatus(step=10), memory_bytes=GIB)
    story.see(1, ChildPhase.FAILED, exit_code=137, is_oom_killed=True, report=report)
    changed = story.turn(2)["status"]
    assert changed["phase"] == "Failed"
    assert changed["message"].startswith("OOMKilled, last reported use 1 GiB. No checkpoint")


def test_out_of_memory_is_not_tried_again_where_nothing_is_resumed(
    new_story: "type[Story]",
) -> None:
    """With ``resume: Never`` the next attempt starts afresh and ends alike."""
    story = new_story(checkpoint={"resume": "Never"})
    story.until_running()
    told = new_story.words("Unfinished", "", checkpoint=CheckpointStatus(step=10))
    story.see(0, ChildPhase.FAILED, exit_code=137, is_oom_killed=True, termination=told)
    assert story.turn(2)["status"]["phase"] == "Failed"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (
            {"exit_code": 75, "termination": words("Preempted", "Saved step 20.")},
            "Saved step 20.",
        ),
        ({"exit_code": 75}, "It was asked to stop and saved a checkpoint."),
        (
            {"exit_code": 137, "disruption": "EvictionByEvictionAPI"},
            "It was preempted on node-7: EvictionByEvictionAPI.",
        ),
        (
            {"disruption": "Evicted", "notice": Notice("Evicted", "The node was low on memory.")},
            "It was preempted on node-7: Evicted. The node was low on memory.",
        ),
        (
            {"exit_code": 143, "is_deleting": True},
            "It was preempted on node-7: deleted by someone.",
        ),
        ({}, "It was preempted on node-7: no exit code is known."),
        ({"exit_code": 70, "disruption": "DeletionByTaintManager"}, None),
    ],
)
def test_a_preemption_has_its_own_budget_and_is_resumed_at_once(
    new_story: "type[Story]", facts: dict[str, Any], message: str | None
) -> None:
    """Eviction, drain, a lost node and exit 75 are not the job's doing: no attempt is counted."""
    story = new_story()
    story.until_running()
    story.see(0, ChildPhase.FAILED, **facts)
    changed = story.turn(2)
    ended, opened = changed["status"].pop("attempts")
    assert ended["reason"] == "Preempted"
    assert message is None or ended["message"] == message
    assert opened == {"index": 1}
    assert changed == {
        "status": {
            "phase": "Starting",
            "reason": "AttemptStarting",
            "message": "Attempt 1 is starting.",
            "active_since": None,
            "next_attempt": 2,
            "preemptions": 1,
            "job_ref": "nyc-1",
        },
        "conditions": {
            "Running": "False AttemptStarting",
            "Progressing": "False AttemptStarting",
        },
        "actions": [CreateAttempt(1)],
        "events": [
            f"Warning AttemptPreempted: Attempt 0: Preempted. {ended['message']}",
            "Normal AttemptCreated: Attempt 1 is created.",
        ],
    }


def test_preemptions_end_with_their_budget(new_story: "type[Story]") -> None:
    """One more than survived fails the job; the count never exceeds the budget."""
    story = new_story(retry={"maxPreemptions": 1})
    story.until_running()
    story.see(0, ChildPhase.FAILED, exit_code=75)
    story.turn()
    story.see(1, ChildPhase.FAILED, exit_code=75)
    changed = story.turn()["status"]
    assert (changed["phase"], changed["reason"]) == ("Failed", "TooManyPreemptions")
    assert changed["message"] == (
        "It was asked to stop and saved a checkpoint. "
        "It has survived 1 preemptions, the most allowed."
    )
    assert "preemptions" not in changed


def test_a_node_that_refuses_an_attempt_is_not_asked_again_at_once(
    new_story: "type[Story]",
) -> None:
    """Twenty rejections within a second would use up the budget for nothing."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.FAILED, notice=Notice("OutOfcpu", "Node has too little CPU."))
    changed = story.turn()
    assert changed["again"] == 10.0
    assert changed["status"]["preemptions"] == 1
    assert changed["status"]["message"] == (
        "Attempt 0 ended: Preempted. It was preempted: OutOfcpu. Node has too little CPU. "
        f"0 of 3 attempts have failed; the next starts at {new_story.at(10)}."
    )


def test_a_device_that_the_node_cannot_give_fails_the_job(new_story: "type[Story]") -> None:
    """An UnexpectedAdmissionError comes from a broken device plugin; its words are shown."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.FAILED, notice=Notice("UnexpectedAdmissionError", "no GPU is healthy"))
    changed = story.turn()["status"]
    assert (changed["phase"], changed["reason"]) == ("Failed", "UnexpectedAdmissionError")
    assert changed["message"] == "The node refused it: no GPU is healthy."


def test_a_container_that_cannot_start_is_told_in_the_runtimes_words(
    new_story: "type[Story]",
) -> None:
    """Exit code 128 of the runtime is counted like any unknown one."""
    story = new_story()
    story.turn()
    story.see(0, ChildPhase.FAILED, exit_code=128, notice=Notice("StartError", "exec: not found"))
    ended = story.turn()["status"]["attempts"][0]
    assert ended["message"] == "It ended with exit code 128. StartError: exec: not found."
