"""Whatever happens to a job, in whatever order, its promises hold; and a broken planner is caught.

A small world plays cluster and executor: the executor may die between any two of its steps, its
cache may be old, its turns may be carried out twice, its clock may jump, and its children may end in
every way. The planner is the real one.
"""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from azuraforge_contract.status import AttemptStatus, CheckpointStatus, JobStatus, ModelStatus
from azuraforge_contract.termination import TerminationMessage
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle import (
    between_attempts,
    budgets,
    classification,
    clock,
    during_attempt,
    planner,
)
from azuraforge_lifecycle.actions import (
    Action,
    CreateAttempt,
    DeleteAttempt,
    DeleteJob,
    ObserveLive,
    Plan,
    RecordEvent,
)
from azuraforge_lifecycle.classification import Consequence
from azuraforge_lifecycle.observed import (
    ACCEPTED,
    Acceptance,
    Child,
    ChildPhase,
    Notice,
    Observed,
    Verdict,
)
from azuraforge_lifecycle.reasons import Reason
from azuraforge_lifecycle.view import View

FINAL_CODES: Final = (64, 65, 71, 76, 78)
RETRIED_CODES: Final = (1, 69, 70, 74, 139)
STOPPED_CODES: Final = (75, 143, 137)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_BACKOFF: Final = 40


class World:
    """A job, its stored status, its children and two clocks: the cluster's and the executor's."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.job = TrainingJob.model_validate(
            {
                "apiVersion": "azuraforge.io/v1alpha1",
                "kind": "TrainingJob",
                "metadata": {"name": "job", "uid": "u", "generation": 1},
                "spec": {"pipeline": "p", "device": "cpu", **spec},
            }
        )
        self.time = START
        self.clock_error = timedelta()
        self.documents: list[dict[str, Any] | None] = [None]
        self.children: dict[int, Child] = {}
        self.past: list[tuple[Child, ...]] = [()]
        self.acceptance = ACCEPTED
        self.model: ModelStatus | None = None
        self.is_deleted = False
        self.events: list[RecordEvent] = []
        self.failures = 0
        self.preemptions = 0
        self.asked_to_stop: set[int] = set()
        self.has_ghost = False

    @property
    def now(self) -> datetime:
        return self.time + self.clock_error

    @property
    def status(self) -> JobStatus | None:
        return self.status_at(0)

    def status_at(self, age: int) -> JobStatus | None:
        document = self.documents[max(0, len(self.documents) - 1 - age)]
        return None if document is None else JobStatus.model_validate(document)

    def change_spec(self, **fields: object) -> None:
        generation = self.job.metadata.generation + 1
        self.job = self.job.model_copy(
            update={
                "metadata": self.job.metadata.model_copy(update={"generation": generation}),
                "spec": self.job.spec.model_copy(update=fields),
            }
        )

    def put(self, child: Child) -> None:
        self.children[child.index] = child
        self.past.append(tuple(self.children.values()))

    def remove(self, index: int) -> None:
        self.children.pop(index, None)
        self.past.append(tuple(self.children.values()))

    def end(self, child: Child, code: int | None, **fields: Any) -> None:
        is_success = code == 0
        phase = ChildPhase.SUCCEEDED if is_success else ChildPhase.FAILED
        ended = dataclasses.replace(
            child, phase=phase, exit_code=code, ended_at=self.time, **fields
        )
        self.put(ended)

    def act(self, action: Action) -> None:
        match action:
            case CreateAttempt():
                self._create(action)
            case DeleteAttempt():
                self._delete(action.index)
            case DeleteJob():
                assert self.model is not None, "a job without a published model was removed"
                self.is_deleted = True
            case RecordEvent():
                self.events.append(action)
            case ObserveLive():
                pass

    def _create(self, action: CreateAttempt) -> None:
        if action.index not in self.children:
            phase, created = ChildPhase.WAITING, self.time
            is_suspended = action.suspended_for_queue
            self.put(
                Child(
                    index=action.index, phase=phase, created_at=created, is_suspended=is_suspended
                )
            )

    def _delete(self, index: int) -> None:
        child = self.children.get(index)
        if child is None:
            return
        if child.is_running:
            self.asked_to_stop.add(index)
            self.put(dataclasses.replace(child, is_deleting=True))
        else:
            self.remove(index)


@dataclasses.dataclass
class Turn:
    """A plan that is being carried out."""

    version: int
    plan: Plan
    steps_done: int = 0


class JobMachine(RuleBasedStateMachine):
    """The rules by which the world changes, and what must be true whatever they do."""

    world: World
    turn: Turn | None = None
    last_turn: Turn | None = None
    must_read_live = False

    @initialize(
        attempts=st.integers(1, 3),
        preemptions=st.integers(0, 3),
        queue=st.booleans(),
        active_seconds=st.sampled_from([None, None, 400]),
        start_seconds=st.sampled_from([None, 600]),
        ttl=st.sampled_from([None, 0, 100]),
        resume=st.sampled_from(["IfCompatible", "Never"]),
    )
    def begin(
        self,
        attempts: int,
        preemptions: int,
        queue: bool,
        active_seconds: int | None,
        start_seconds: int | None,
        ttl: int | None,
        resume: str,
    ) -> None:
        backoff = {"initialSeconds": 10, "maxSeconds": LONGEST_BACKOFF}
        self.world = World(
            {
                "retry": {
                    "maxAttempts": attempts,
                    "maxPreemptions": preemptions,
                    "backoff": backoff,
                },
                "queue": {"name": "q"} if queue else None,
                "deadlines": {
                    "activeSeconds": active_seconds,
                    "startSeconds": start_seconds,
                    "queueSeconds": start_seconds,
                },
                "cleanup": {"ttlSecondsAfterFinished": ttl},
                "checkpoint": {"resume": resume},
            }
        )

    # What the executor does

    def observe(self, *, children_age: int = 0, status_age: int = 0) -> None:
        world = self.world
        is_live, self.must_read_live = self.must_read_live, False
        seen = world.past[max(0, len(world.past) - 1 - (0 if is_live else children_age))]
        observed = Observed(
            status=world.status_at(status_age),
            children=seen,
            is_live=is_live,
            acceptance=world.acceptance,
            model=world.model,
        )
        plan = planner.plan(world.job, observed, world.now)
        assert plan == planner.plan(world.job, observed, world.now), "the planner is not pure"
        version = max(0, len(world.documents) - 1 - status_age)
        self.turn = Turn(version, plan)

    def step(self) -> None:
        turn = self.turn
        assert turn is not None
        if turn.steps_done == 0:
            if turn.version != len(self.world.documents) - 1:
                self.turn = None  # someone has stored a newer status
                return
            self.store(turn.plan)
        else:
            action = turn.plan.actions[turn.steps_done - 1]
            self.must_read_live |= isinstance(action, ObserveLive)
            self.world.act(action)
        turn.steps_done += 1
        if turn.steps_done > len(turn.plan.actions):
            self.turn, self.last_turn = None, turn

    def store(self, plan: Plan) -> None:
        world = self.world
        before = world.status
        check_plan(before, plan, world)
        if plan.status != before:
            world.documents.append(plan.status.to_document())
            assert world.status == plan.status, "the status does not survive being stored"

    def full_turn(self, *, is_live: bool) -> Plan:
        self.must_read_live |= is_live
        self.observe()
        assert self.turn is not None
        plan = self.turn.plan
        while self.turn is not None:
            self.step()
        return plan

    def settle(self, turns: int = 6) -> None:
        """Turn until nothing is left to do; with an unchanging world that is soon."""
        for _ in range(turns):
            before = self.world.status
            plan = self.full_turn(is_live=True)
            if plan.status == before and not plan.actions:
                return
        raise AssertionError(f"the plan never becomes empty: {plan.actions}")

    @precondition(lambda self: self.turn is None)
    @rule(children_age=st.integers(0, 4), status_age=st.integers(0, 2))
    def look(self, children_age: int, status_age: int) -> None:
        self.observe(children_age=children_age, status_age=status_age)

    @precondition(lambda self: self.turn is not None)
    @rule()
    def do_one_step(self) -> None:
        self.step()

    @precondition(lambda self: self.turn is not None)
    @rule()
    def crash(self) -> None:
        self.turn, self.must_read_live = None, False

    @precondition(lambda self: self.turn is None and self.last_turn is not None)
    @rule()
    def carry_out_again(self) -> None:
        assert self.last_turn is not None
        self.turn = Turn(self.last_turn.version, self.last_turn.plan)

    @precondition(lambda self: self.turn is None)
    @rule()
    def take_turns(self) -> None:
        self.settle()

    @precondition(lambda self: self.turn is None)
    @rule(is_live=st.booleans())
    def take_one_turn(self, is_live: bool) -> None:
        self.full_turn(is_live=is_live)

    # What happens to children

    def pick(self, number: int, condition: Callable[[Child], bool]) -> Child | None:
        found = [child for child in self.world.children.values() if condition(child)]
        return found[number % len(found)] if found else None

    @rule(number=st.integers(0, 3))
    def admit(self, number: int) -> None:
        if child := self.pick(number, lambda child: child.is_queued):
            self.world.put(dataclasses.replace(child, is_suspended=False))

    @rule(number=st.integers(0, 3))
    def start(self, number: int) -> None:
        child = self.pick(number, lambda child: child.is_live and not child.is_suspended)
        if child and not child.is_running:
            self.world.put(
                dataclasses.replace(child, phase=ChildPhase.RUNNING, started_at=self.world.time)
            )

    @rule(number=st.integers(0, 3))
    def requeue(self, number: int) -> None:
        if child := self.pick(number, lambda child: child.is_running and not child.is_deleting):
            self.world.preemptions += 1
            self.world.put(
                dataclasses.replace(
                    child, phase=ChildPhase.WAITING, is_suspended=True, started_at=None
                )
            )

    @rule(number=st.integers(0, 3), is_loud=st.booleans())
    def wait_in_vain(self, number: int, is_loud: bool) -> None:
        if child := self.pick(number, lambda child: child.is_live and not child.is_running):
            notice = Notice("ErrImagePull" if is_loud else "Unschedulable", "no")
            self.world.put(dataclasses.replace(child, notice=notice))

    @rule(
        number=st.integers(0, 3),
        code=st.sampled_from([0, *FINAL_CODES, *RETRIED_CODES, *RETRIED_CODES, 75]),
        step=st.integers(0, 100),
    )
    def end_by_itself(self, number: int, code: int, step: int) -> None:
        if child := self.pick(number, lambda child: child.is_running and not child.is_deleting):
            self.world.failures += code in RETRIED_CODES
            self.world.preemptions += code == 75
            words = TerminationMessage(reason="Told", checkpoint=CheckpointStatus(step=step))
            self.world.end(child, code, termination=words.encode())

    @rule(number=st.integers(0, 3))
    def run_out_of_memory(self, number: int) -> None:
        if child := self.pick(number, lambda child: child.is_running):
            self.world.failures += 1
            self.world.end(child, 137, is_oom_killed=True)

    @rule(number=st.integers(0, 3), code=st.sampled_from([*STOPPED_CODES, 0, 65, 70]))
    def end_as_asked(self, number: int, code: int) -> None:
        if child := self.pick(number, lambda child: child.is_running and child.is_deleting):
            self.world.preemptions += child.index not in self.world.asked_to_stop
            self.world.end(child, code)

    @rule(number=st.integers(0, 3), reason=st.sampled_from(["EvictionByEvictionAPI", None]))
    def disrupt(self, number: int, reason: str | None) -> None:
        if child := self.pick(number, lambda child: child.is_running and not child.is_deleting):
            self.world.put(dataclasses.replace(child, is_deleting=True, disruption=reason))

    @rule(
        number=st.integers(0, 3), reason=st.sampled_from(["UnexpectedAdmissionError", "OutOfcpu"])
    )
    def reject(self, number: int, reason: str) -> None:
        child = self.pick(number, lambda child: child.is_live and not child.is_running)
        if child and not child.is_suspended:
            self.world.preemptions += 1
            self.world.end(child, None, notice=Notice(reason, "no room"))

    @rule(number=st.integers(0, 3))
    def vanish(self, number: int) -> None:
        if child := self.pick(number, lambda child: True):
            self.world.preemptions += 1
            self.world.remove(child.index)

    @rule(number=st.integers(0, 3))
    def appear_late(self, number: int) -> None:
        """A frozen executor wakes up and creates a child that was given up long ago."""
        status = self.world.status
        if status is not None and status.next_attempt > 1:
            index = number % (status.next_attempt - 1)
            if index not in self.world.children:
                self.world.has_ghost = True
                self.world.act(CreateAttempt(index))

    # What people do, and time

    @rule(suspend=st.booleans())
    def suspend_or_resume(self, suspend: bool) -> None:
        self.world.change_spec(suspend=suspend)

    @rule(is_sure=st.integers(0, 5))
    def cancel(self, is_sure: int) -> None:
        if is_sure == 5:
            self.world.change_spec(cancel=True)

    @rule(is_found=st.booleans())
    def look_for_plugin(self, is_found: bool) -> None:
        missing = Acceptance(Verdict.WAITING, Reason.PLUGIN_NOT_FOUND, "no plugin p")
        self.world.acceptance = ACCEPTED if is_found else missing

    @rule()
    def publish(self) -> None:
        status = self.world.status
        if status is not None and status.phase == "Succeeded":
            self.world.model = ModelStatus(name="m", version=1)

    @rule(seconds=st.sampled_from([0.25, 1.0, 10.0, 45.0, 300.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.time += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([-86400.0, -30.0, 30.0, 3600.0]))
    def step_clock(self, seconds: float) -> None:
        self.world.clock_error += timedelta(seconds=seconds)

    @invariant()
    def at_most_one_child_lives(self) -> None:
        if hasattr(self, "world") and not self.world.has_ghost:
            live = [child.index for child in self.world.children.values() if child.is_live]
            assert len(live) <= 1, f"children {live} live at once"

    def teardown(self) -> None:
        """When nothing goes wrong any more and children succeed, the job ends, and then rests."""
        if not hasattr(self, "world"):
            return
        world = self.world
        self.turn = None
        world.change_spec(suspend=False)
        world.acceptance = ACCEPTED
        for _ in range(60):
            self.settle()
            if world.status is not None and world.status.phase.is_terminal:
                break
            self.be_kind()
            world.time += timedelta(seconds=LONGEST_BACKOFF + 1)
        assert world.status is not None
        assert world.status.phase.is_terminal, f"never ends: {world.status.message}"
        for child in tuple(world.children.values()):
            if child.is_live and child.is_deleting:
                world.end(child, 75)
        self.settle()
        assert not [child for child in world.children.values() if child.is_live]
        created = [event for event in world.events if event.reason is Reason.ATTEMPT_CREATED]
        assert len(created) == len(set(created)), "an event was told twice"

    def be_kind(self) -> None:
        world = self.world
        for child in tuple(world.children.values()):
            if child.is_queued:
                world.put(dataclasses.replace(child, is_suspended=False))
            elif child.is_running and child.is_deleting:
                world.preemptions += 1
                world.end(child, 75)
            elif child.is_running:
                world.end(child, 0)
            elif child.is_live:
                world.put(
                    dataclasses.replace(child, phase=ChildPhase.RUNNING, started_at=world.time)
                )


def check_plan(before: JobStatus | None, plan: Plan, world: World) -> None:
    """Hold every promise that a plan can break, given what was stored before."""
    after = plan.status
    retry, creates = world.job.spec.retry, [a for a in plan.actions if isinstance(a, CreateAttempt)]
    assert len(creates) <= 1
    assert after.failures <= min(retry.max_attempts, world.failures), "a failure too many"
    assert after.preemptions <= min(retry.max_preemptions, world.preemptions)
    assert len({condition.type for condition in after.conditions}) == 11
    generations = {condition.observed_generation for condition in after.conditions}
    assert generations == {after.observed_generation}
    for attempt in after.attempts:
        if attempt.exit_code in FINAL_CODES:
            assert after.phase.is_terminal, f"went on after exit {attempt.exit_code}"
            assert attempt == after.attempts[-1]
    if before is not None:
        check_no_regress(before, after)
        if before.phase.is_terminal:
            assert not creates, "a finished job was brought back"
        if creates and before.retry_time is not None:
            due = datetime.fromisoformat(before.retry_time)
            assert world.now >= due, "the backoff was not waited for"


def check_no_regress(before: JobStatus, after: JobStatus) -> None:
    """What a status has said for good, no later one takes back."""
    for name in ("next_attempt", "failures", "preemptions", "active_seconds", "queued_seconds"):
        assert getattr(after, name) >= getattr(before, name), f"{name} went back"
    for name in ("start_time", "completion_time", "image", "config_hash"):
        known = getattr(before, name)
        assert known is None or getattr(after, name) == known, f"{name} changed"
    if before.phase.is_terminal:
        assert (after.phase, after.reason, after.message) == (
            before.phase,
            before.reason,
            before.message,
        ), "the end was not final"
    if after.failures > before.failures and not after.phase.is_terminal:
        assert after.retry_time is not None or after.phase == "Suspended"
    ended = {attempt.index: attempt for attempt in before.attempts if attempt.reason is not None}
    for attempt in after.attempts:
        known = ended.get(attempt.index)
        assert known is None or _end_of(attempt) == _end_of(known), "an ended attempt changed"


def _end_of(attempt: AttemptStatus) -> tuple[object, ...]:
    return attempt.reason, attempt.message, attempt.start, attempt.end


QUICK: Final = settings(
    max_examples=120,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
BOUNDED: Final = settings(
    QUICK, max_examples=400, derandomize=True, database=None, phases=[Phase.generate]
)


def test_every_promise_holds_whatever_happens() -> None:
    """At most one child, absorbing ends, kept budgets, growing clocks, and rest in the end."""
    run_state_machine_as_test(JobMachine, settings=QUICK)  # type: ignore[no-untyped-call] # hypothesis does not type it


def _count_preemptions_as_failures() -> Any:
    return mock.patch.object(budgets, "_charge_preemption", budgets._charge_failure)


def _bring_finished_jobs_back() -> Any:
    def advance(status: JobStatus, job: TrainingJob, observed: Observed, now: datetime) -> object:
        return planner._advance(status, View(job, observed, now))

    return mock.patch.object(planner, "clean_up", advance)


def _create_while_a_child_is_being_deleted() -> Any:
    decide = during_attempt.decide_during_attempt

    def blind(status: JobStatus, attempt: AttemptStatus, view: View) -> object:
        left = tuple(child for child in view.observed.children if not child.is_deleting)
        seen = dataclasses.replace(view.observed, children=left, is_live=True)
        return decide(status, attempt, dataclasses.replace(view, observed=seen))

    return mock.patch.object(planner, "decide_during_attempt", blind)


def _ignore_backoff() -> Any:
    return mock.patch.object(between_attempts, "seconds_until_retry", lambda *_: 0.0)


def _retry_bad_data() -> Any:
    row = dataclasses.replace(classification._TABLE[65], consequence=Consequence.RETRY)
    return mock.patch.dict(classification._TABLE, {65: row})


def _trust_a_stale_cache() -> Any:
    decide = during_attempt.decide_during_attempt

    def trusting(status: JobStatus, attempt: AttemptStatus, view: View) -> object:
        live = dataclasses.replace(view.observed, is_live=True)
        return decide(status, attempt, dataclasses.replace(view, observed=live))

    return mock.patch.object(planner, "decide_during_attempt", trusting)


def _let_time_run_back() -> Any:
    def elapsed(since: str | datetime | None, until: datetime) -> float:
        start = clock.parse_time(since) if isinstance(since, str) else since
        return 0.0 if start is None else (until - start).total_seconds()

    return mock.patch.object(clock, "elapsed_seconds", elapsed)


def _forget_that_it_asked_to_stop() -> Any:
    return mock.patch.object(during_attempt, "is_stopping", lambda _: False)


MUTANTS: Final[tuple[Callable[[], Any], ...]] = (
    _count_preemptions_as_failures,
    _bring_finished_jobs_back,
    _create_while_a_child_is_being_deleted,
    _ignore_backoff,
    _retry_bad_data,
    _trust_a_stale_cache,
    _let_time_run_back,
    _forget_that_it_asked_to_stop,
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__.strip("_"))
def test_a_broken_planner_is_caught(mutant: Callable[[], Any]) -> None:
    """The machine above fails for each planner that breaks one promise."""
    with mutant(), pytest.raises(AssertionError):
        run_state_machine_as_test(JobMachine, settings=BOUNDED)  # type: ignore[no-untyped-call] # hypothesis does not type it
