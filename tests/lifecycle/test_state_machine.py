"""Whatever happens to a job, in whatever order, its promises hold; and a broken planner is caught.

A small world plays the cluster and the executor: the executor may die between any two of its steps,
its cache may be old, its turns may be carried out twice, its clock may jump, and its children may
end in every way. The planner is the real one.
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
RETRIED_CODES: Final = (1, 69, 70, 74)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_BACKOFF: Final = 40
MISSING: Final = Acceptance(Verdict.WAITING, Reason.PLUGIN_NOT_FOUND, "There is no plugin p.")


class World:
    """A job, its stored status, its children, and two clocks: the cluster's and the executor's."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
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
        self.acceptance = MISSING
        self.model: ModelStatus | None = None
        self.is_deleted = False
        self.events: list[RecordEvent] = []
        self.failures = 0
        self.preemptions = 0
        self.asked_to_stop: set[int] = set()
        self.has_ghost = False

    @property
    def now(self) -> datetime:
        """What the executor's clock shows."""
        return self.time + self.clock_error

    @property
    def version(self) -> int:
        """How often the status was stored."""
        return len(self.documents) - 1

    def status_of(self, version: int) -> JobStatus | None:
        """Return a status as it was stored."""
        document = self.documents[version]
        return None if document is None else JobStatus.model_validate(document)

    @property
    def status(self) -> JobStatus | None:
        """The status as it is stored."""
        return self.status_of(self.version)

    @property
    def is_over(self) -> bool:
        """Whether the job has ended."""
        return self.status is not None and self.status.phase.is_terminal

    def change_spec(self, **fields: object) -> None:
        """Change the spec as a person does."""
        generation = self.job.metadata.generation + 1
        metadata = self.job.metadata.model_copy(update={"generation": generation})
        spec = self.job.spec.model_copy(update=fields)
        self.job = self.job.model_copy(update={"metadata": metadata, "spec": spec})

    def publish(self) -> None:
        """Put the finished model into the library."""
        if self.status is not None and self.status.phase == "Succeeded":
            self.model = ModelStatus(name="m", version=1)

    def live_children(self) -> list[Child]:
        """Return the children of which a process runs or may yet run."""
        return [child for child in self.children.values() if child.may_run]

    def given_up(self) -> list[int]:
        """Return the attempts that have ended and whose children are gone."""
        attempts = self.status.attempts if self.status is not None else ()
        ended = [attempt.index for attempt in attempts if attempt.reason is not None]
        return [index for index in ended if index not in self.children]

    def change(self, child: Child, **fields: Any) -> None:
        """Change a child, or add it."""
        self.children[child.index] = dataclasses.replace(child, **fields)
        self.past.append(tuple(self.children.values()))

    def remove(self, index: int) -> None:
        """Take a child out of the world."""
        self.children.pop(index, None)
        self.past.append(tuple(self.children.values()))

    def end(self, child: Child, code: int | None, **fields: Any) -> None:
        """Let a child end."""
        phase = ChildPhase.SUCCEEDED if code == 0 else ChildPhase.FAILED
        self.change(child, phase=phase, exit_code=code, ended_at=self.time, **fields)

    def act(self, action: Action) -> None:
        """Do what a plan asks for."""
        match action:
            case CreateAttempt(index, is_suspended):
                created = Child(index=index, phase=ChildPhase.WAITING, created_at=self.time)
                if index not in self.children:
                    self.change(created, is_suspended=is_suspended)
            case DeleteAttempt(index):
                self._delete(index)
            case DeleteJob():
                assert self.model is not None, "a job without a published model was removed"
                self.is_deleted = True
                for index in tuple(self.children):
                    self.remove(index)  # as the garbage collector does
            case RecordEvent():
                self.events.append(action)

    def _delete(self, index: int) -> None:
        child = self.children.get(index)
        if child is not None and child.is_running:
            self.asked_to_stop.add(index)
            self.change(child, is_deleting=True)
        else:
            self.remove(index)


Happening = Callable[[World, Child], None]


def start(world: World, child: Child) -> None:
    """A process begins to run."""
    world.change(child, phase=ChildPhase.RUNNING, is_suspended=False, started_at=world.time)


def vanish(world: World, child: Child) -> None:
    """Someone deletes a child, and it is gone at once."""
    world.preemptions += 1
    world.remove(child.index)


def be_rejected(world: World, child: Child) -> None:
    """The node refuses a child for want of room."""
    world.preemptions += 1
    world.end(child, None, notice=Notice("OutOfcpu", "no room"))


def be_rejected_for_good(world: World, child: Child) -> None:
    """The node cannot give a child its device."""
    world.end(child, None, notice=Notice("UnexpectedAdmissionError", "no device"))


def be_requeued(world: World, child: Child) -> None:
    """The queue takes its admission back."""
    world.preemptions += 1
    world.change(child, phase=ChildPhase.WAITING, is_suspended=True, started_at=None)


def run_out_of_memory(world: World, child: Child) -> None:
    """The kernel kills a child."""
    world.failures += 1
    world.end(child, 137, is_oom_killed=True)


def change(**fields: Any) -> Happening:
    """Return the happening that a child changes."""
    return lambda world, child: world.change(child, **fields)


def end_by(code: int, *, step: int | None = None) -> Happening:
    """Return the happening that a child ends with a code, perhaps naming a checkpoint."""

    def happen(world: World, child: Child) -> None:
        is_forced = child.is_deleting or code == 75
        world.preemptions += is_forced and child.index not in world.asked_to_stop
        world.failures += code in RETRIED_CODES and not is_forced
        words = None
        if step is not None:
            saved = CheckpointStatus(step=step)
            words = TerminationMessage(reason="Told", checkpoint=saved).encode()
        world.end(child, code, termination=words)

    return happen


HAPPENINGS_ANY: Final = (vanish,)
HAPPENINGS_WAITING: Final = (
    vanish,
    start,
    start,
    change(is_suspended=False),
    change(notice=Notice("ErrImagePull", "no")),
    change(notice=Notice("ImagePullBackOff", "again")),
    be_rejected,
    be_rejected_for_good,
)
HAPPENINGS_RUNNING: Final = (
    vanish,
    be_requeued,
    run_out_of_memory,
    change(is_deleting=True),
    change(is_deleting=True, disruption="EvictionByEvictionAPI"),
    end_by(0, step=100),
    end_by(1),
    end_by(65),
    end_by(70, step=10),
    end_by(75, step=20),
    end_by(78, step=1),
)
HAPPENINGS_DELETED: Final = (
    vanish,
    run_out_of_memory,
    end_by(0),
    end_by(65),
    end_by(70),
    end_by(75, step=30),
    end_by(137),
)


def possible_happenings(child: Child) -> tuple[Happening, ...]:
    """Return what may happen to a child as it is."""
    if not child.may_run:
        return HAPPENINGS_ANY
    if not child.is_running:
        return HAPPENINGS_WAITING
    return HAPPENINGS_DELETED if child.is_deleting else HAPPENINGS_RUNNING


def suspend_or_resume(world: World) -> None:
    """A person wants the opposite of before."""
    world.change_spec(suspend=not world.job.spec.suspend)


def cancel(world: World) -> None:
    """A person ends the job."""
    world.change_spec(cancel=True)


def remove_plugin(world: World) -> None:
    """A person uninstalls the plugin."""
    world.acceptance = MISSING


REQUESTS: Final = (*[suspend_or_resume] * 5, cancel, remove_plugin, World.publish)


@dataclasses.dataclass
class Turn:
    """A plan that is being carried out: the status is stored, then the actions are done."""

    version: int
    plan: Plan
    steps_done: int = 0


class JobMachine(RuleBasedStateMachine):
    """The rules by which the world changes, and what must be true whatever they do."""

    world: World
    turn: Turn | None = None
    last_turn: Turn | None = None
    must_read_live = False
    may_have_ghosts = False

    @initialize(
        budget=st.tuples(st.integers(1, 3), st.integers(0, 3)),
        queue=st.sampled_from([None, {"name": "q"}]),
        deadlines=st.tuples(st.sampled_from([None, None, 400]), st.sampled_from([None, 600])),
        ttl=st.sampled_from([None, 0, 100]),
        resume=st.sampled_from(["IfCompatible", "Never"]),
        may_have_ghosts=st.booleans(),
    )
    def apply(self, budget: tuple[int, int], deadlines: tuple[Any, Any], **chosen: Any) -> None:
        """A person applies a job."""
        backoff = {"initialSeconds": 10, "maxSeconds": LONGEST_BACKOFF}
        active, start = deadlines
        self.may_have_ghosts = chosen["may_have_ghosts"]
        self.world = World(
            {
                "retry": {
                    "maxAttempts": budget[0],
                    "maxPreemptions": budget[1],
                    "backoff": backoff,
                },
                "queue": chosen["queue"],
                "deadlines": {
                    "activeSeconds": active,
                    "startSeconds": start,
                    "queueSeconds": start,
                },
                "cleanup": {"ttlSecondsAfterFinished": chosen["ttl"]},
                "checkpoint": {"resume": chosen["resume"]},
            }
        )

    @precondition(lambda self: self.turn is None)
    @rule(
        children_age=st.integers(0, 4),
        status_age=st.sampled_from([0, 0, 0, 0, 1, 2]),
        steps=st.integers(1, 9),
    )
    def take_a_turn(self, children_age: int, status_age: int, steps: int) -> None:
        """The executor observes, perhaps from an old cache, and does the first steps."""
        self._observe(children_age=children_age, status_age=status_age)
        self._do(steps)

    @precondition(lambda self: self.turn is not None)
    @rule(steps=st.integers(1, 9), crashes=st.booleans())
    def go_on(self, steps: int, crashes: bool) -> None:
        """The executor does the next steps of its turn, and perhaps dies."""
        self._do(steps)
        if crashes:
            self.turn, self.must_read_live = None, False

    @precondition(lambda self: self.turn is None and self.last_turn is not None)
    @rule()
    def do_it_again(self) -> None:
        """A turn is carried out a second time."""
        assert self.last_turn is not None
        self.turn, self.last_turn = Turn(self.last_turn.version, self.last_turn.plan), None

    @precondition(
        lambda self: self.turn is None and not any(c.is_running for c in self.world.live_children())
    )
    @rule()
    def run_an_attempt(self) -> None:
        """All goes well for once, so that there is a running child to which things may happen."""
        self.world.acceptance = ACCEPTED
        self._settle()
        for child in self.world.live_children():
            if not child.is_running:
                start(self.world, child)
        self._settle()

    @precondition(lambda self: self.world.children)
    @rule(data=st.data(), is_noticed=st.booleans())
    def happen_to_a_child(self, data: st.DataObject, is_noticed: bool) -> None:
        """Something happens to a child, more often to a live one."""
        children = [*self.world.live_children() * 3, *self.world.children.values()]
        child = data.draw(st.sampled_from(children))
        data.draw(st.sampled_from(possible_happenings(child)))(self.world, child)
        self._notice(is_noticed)

    @precondition(lambda self: self.world.children or self.world.job.spec.suspend)
    @rule(request=st.sampled_from(REQUESTS), is_noticed=st.booleans())
    def ask(self, request: Callable[[World], None], is_noticed: bool) -> None:
        """A person asks for something."""
        request(self.world)
        self._notice(is_noticed)

    @rule(
        seconds=st.sampled_from([0.25, 10.0, 45.0, 300.0]),
        error=st.sampled_from([0.0, 0.0, -86400.0, -30.0, 30.0, 3600.0]),
    )
    def pass_time(self, seconds: float, error: float) -> None:
        """Time passes, and the executor's clock may jump."""
        self.world.time += timedelta(seconds=seconds)
        self.world.clock_error += timedelta(seconds=error)

    @precondition(lambda self: self.may_have_ghosts and self.world.given_up())
    @rule()
    def appear_late(self) -> None:
        """A frozen executor wakes up and creates a child that was given up long ago."""
        self.world.has_ghost = True
        self.world.act(CreateAttempt(self.world.given_up()[0]))

    @precondition(lambda self: self.turn is None and self.world.is_over)
    @rule()
    def apply_another_job(self) -> None:
        """Most of a long example would otherwise be spent on a job that has ended."""
        self._end_well()
        self.world, self.last_turn = World(self.world.spec), None

    @invariant()
    def at_most_one_child_lives(self) -> None:
        """Two processes never train the same job at once."""
        if hasattr(self, "world") and not self.world.has_ghost:
            live = [child.index for child in self.world.live_children()]
            assert len(live) <= 1, f"children {live} live at once"

    def teardown(self) -> None:
        """Whatever has happened, the job can still come to a good end."""
        if hasattr(self, "world"):
            self.turn = None
            self._end_well()

    def _observe(self, *, children_age: int = 0, status_age: int = 0) -> None:
        world = self.world
        is_live, self.must_read_live = self.must_read_live, False
        version = max(0, world.version - status_age)
        observed = Observed(
            status=world.status_of(version),
            children=world.past[-1] if is_live else world.past[-1 - children_age :][0],
            is_live=is_live,
            acceptance=world.acceptance,
            model=world.model,
            is_deletion_requested=world.is_deleted,
        )
        plan = planner.plan(world.job, observed, world.now)
        assert plan == planner.plan(world.job, observed, world.now), "the planner is not pure"
        self.turn = Turn(version, plan)

    def _do(self, steps: int) -> None:
        for _ in range(steps):
            if self.turn is not None:
                self._step(self.turn)

    def _step(self, turn: Turn) -> None:
        if turn.steps_done == 0 and turn.version != self.world.version:
            self.turn = None  # a newer status was stored meanwhile
            return
        if turn.steps_done == 0:
            self._store(turn.plan)
        else:
            action = turn.plan.actions[turn.steps_done - 1]
            self.must_read_live |= isinstance(action, ObserveLive)
            self.world.act(action)
        turn.steps_done += 1
        if turn.steps_done > len(turn.plan.actions):
            self.turn, self.last_turn = None, turn

    def _store(self, plan: Plan) -> None:
        before = self.world.status
        check_plan(before, plan, self.world)
        if plan.status != before:
            self.world.documents.append(plan.status.to_document())
            assert self.world.status == plan.status, "the status does not survive being stored"

    def _notice(self, is_noticed: bool) -> None:
        if is_noticed and self.turn is None:
            self._settle()

    def _settle(self) -> None:
        """Turn until nothing is left to do; in a world that stands still that is soon."""
        for _ in range(6):
            before, self.must_read_live = self.world.status, True
            self._observe()
            assert self.turn is not None
            plan = self.turn.plan
            self._do(1 + len(plan.actions))
            if plan.status == before and not plan.actions:
                return
        raise AssertionError(f"the plan never becomes empty: {plan.actions}")

    def _end_well(self) -> None:
        """When nothing goes wrong any more and children succeed, the job ends, and then rests."""
        world = self.world
        world.change_spec(suspend=False)
        world.acceptance = ACCEPTED
        for _ in range(60):
            self._settle()
            if world.is_over:
                break
            for child in world.live_children():
                happen = end_by(0) if child.is_running else start
                (end_by(75) if child.is_deleting else happen)(world, child)
            world.time += timedelta(seconds=LONGEST_BACKOFF + 1)
        assert world.is_over, f"never ends: {world.status}"
        for child in world.live_children():
            end_by(75)(world, child)
        self._settle()
        assert not world.live_children()
        created = [event for event in world.events if event.reason is Reason.ATTEMPT_CREATED]
        assert len(created) == len(set(created)), "an event was told twice"


def check_plan(before: JobStatus | None, plan: Plan, world: World) -> None:
    """Hold every promise that a plan can break, given what was stored before."""
    after = plan.status
    retry, creates = world.job.spec.retry, [a for a in plan.actions if isinstance(a, CreateAttempt)]
    assert len(creates) <= 1
    assert after.failures <= min(retry.max_attempts, world.failures), "a failure too many"
    assert after.preemptions <= min(retry.max_preemptions, world.preemptions), (
        "a preemption too many"
    )
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
        assert after.retry_time is not None, "no wait follows a failure"
    ended = {attempt.index: attempt for attempt in before.attempts if attempt.reason is not None}
    for attempt in after.attempts:
        known = ended.get(attempt.index)
        assert known is None or _end_of(attempt) == _end_of(known), "an ended attempt changed"


def _end_of(attempt: AttemptStatus) -> tuple[object, ...]:
    return attempt.reason, attempt.message, attempt.start, attempt.end


QUICK: Final = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
BOUNDED: Final = settings(
    QUICK, max_examples=400, derandomize=True, database=None, phases=[Phase.generate]
)


@pytest.mark.timeout(900)  # shrinking a failure may take long; passing takes seconds
def test_every_promise_holds_whatever_happens() -> None:
    """At most one child, absorbing ends, kept budgets, growing clocks, and rest in the end."""
    run_state_machine_as_test(JobMachine, settings=QUICK)


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
    return mock.patch.object(between_attempts, "seconds_until_retry", return_value=0.0)


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
    return mock.patch.object(during_attempt, "is_stopping", return_value=False)


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
        run_state_machine_as_test(JobMachine, settings=BOUNDED)
