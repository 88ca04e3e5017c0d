"""A job's life told step by step, for the tests of single situations."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from azuraforge_contract.status import JobStatus
from azuraforge_contract.termination import TerminationMessage
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.actions import Plan, RecordEvent
from azuraforge_lifecycle.observed import ACCEPTED, Child, ChildPhase, Observed
from azuraforge_lifecycle.planner import plan

START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Story:
    """A job through its life: each turn plans, stores, and returns what the plan changed."""

    def __init__(self, **spec: Any) -> None:
        self.job = TrainingJob.model_validate(
            {
                "apiVersion": "azuraforge.io/v1alpha1",
                "kind": "TrainingJob",
                "metadata": {"name": "nyc", "uid": "u"},
                "spec": {"pipeline": "p", "device": "cpu", **spec},
            }
        )
        self.status: JobStatus | None = None
        self.children: dict[int, Child] = {}
        self.now = START

    @staticmethod
    def at(seconds: float) -> str:
        """Return how a status writes the time so long after the start."""
        text = (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")

    @staticmethod
    def words(reason: str = "Told", message: str = "In its own words.", **facts: Any) -> str:
        """Return a termination message."""
        return TerminationMessage(reason=reason, message=message, **facts).encode()

    def ask(self, **fields: object) -> None:
        """Change the spec."""
        spec = self.job.spec.model_copy(update=fields)
        self.job = self.job.model_copy(update={"spec": spec})

    def see(self, index: int = 0, phase: ChildPhase = ChildPhase.RUNNING, **fields: Any) -> None:
        """Let a child be seen, created where it is new."""
        new = Child(index=index, phase=phase, created_at=self.now)
        if phase is ChildPhase.RUNNING and "started_at" not in fields:
            known = self.children.get(index)
            fields["started_at"] = (known.started_at if known else None) or self.now
        if phase.has_ended:
            fields.setdefault("ended_at", self.now)
        child = self.children.get(index, new)
        self.children[index] = dataclasses.replace(child, phase=phase, **fields)

    def plan(self, **seen: Any) -> Plan:
        """Return the plan without storing anything."""
        observed = Observed(
            **{
                "status": self.status,
                "children": tuple(self.children.values()),
                "is_live": True,
                "acceptance": ACCEPTED,
                **seen,
            }
        )
        return plan(self.job, observed, self.now)

    def turn(self, after: float = 0.0, **seen: Any) -> dict[str, Any]:
        """Let time pass, plan, store, and return what was changed."""
        self.now += timedelta(seconds=after)
        decided = self.plan(**seen)
        before, self.status = self.status, decided.status
        return difference(before or JobStatus(), decided)

    def until_running(self) -> None:
        """Go to where attempt 0 runs since second 10."""
        self.turn()
        self.now += timedelta(seconds=10)
        self.see(0, ChildPhase.RUNNING, node="node-7")
        self.turn()


def difference(before: JobStatus, decided: Plan) -> dict[str, Any]:
    """Return all that a plan changes."""
    old, new = before.model_dump(mode="json"), decided.status.model_dump(mode="json")
    changed = {name: new[name] for name in new if name != "conditions" and new[name] != old[name]}
    if "attempts" in changed:
        changed["attempts"] = [
            {name: value for name, value in attempt.items() if value is not None}
            for attempt in changed["attempts"]
        ]
    for name in ("progress", "checkpoint", "dataset", "accelerator", "model"):
        if name in changed:
            known = {key: value for key, value in changed[name].items() if value not in (None, [])}
            changed[name] = known
    words = {found.type: f"{found.status} {found.reason}" for found in before.conditions}
    conditions = {
        str(found.type): f"{found.status} {found.reason}"
        for found in decided.status.conditions
        if words.get(found.type) != f"{found.status} {found.reason}"
    }
    events = [
        f"{action.type} {action.reason}: {action.message}"
        for action in decided.actions
        if isinstance(action, RecordEvent)
    ]
    actions = [action for action in decided.actions if not isinstance(action, RecordEvent)]
    whole: dict[str, Any] = {
        "status": changed,
        "conditions": conditions,
        "actions": actions,
        "events": events,
        "again": decided.requeue_after_seconds,
    }
    return {name: value for name, value in whole.items() if value not in ({}, [], None)}


@pytest.fixture
def new_story() -> type[Story]:
    """Return the class, since test modules cannot import one another."""
    return Story
