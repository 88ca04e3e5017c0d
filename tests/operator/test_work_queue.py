"""Whose turn it is: each job once, one worker at a time, nothing lost."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from azuraforge_operator.reconciling.job_key import JobKey
from azuraforge_operator.reconciling.work_queue import WorkQueue

KEYS = [JobKey("ml", name) for name in "abc"]


@given(st.lists(st.tuples(st.sampled_from(["add", "take", "give_back"]), st.sampled_from(KEYS))))
def test_no_addition_is_lost_and_no_job_has_two_workers(steps: list[tuple[str, JobKey]]) -> None:
    """Whatever the order, a job added after its last turn began waits for another."""

    async def story() -> None:
        queue = WorkQueue()
        wanted: set[JobKey] = set()
        in_work: list[JobKey] = []
        for step, key in steps:
            if step == "add":
                queue.add(key)
                wanted.add(key)
            elif step == "take" and wanted - set(in_work):
                taken = await asyncio.wait_for(queue.take(), 1)
                assert taken not in in_work
                wanted.discard(taken)
                in_work.append(taken)
            elif step == "give_back" and key in in_work:
                queue.give_back(key)
                in_work.remove(key)
        assert len(queue) == len(wanted)
        for key in in_work:
            queue.give_back(key)
        left = {await asyncio.wait_for(queue.take(), 1) for _ in wanted}
        assert left == wanted

    asyncio.run(story())


def test_failures_wait_longer_each_time_up_to_a_minute() -> None:
    """The wait doubles, heeds what the API server asks for, and starts anew after a success."""

    async def story() -> None:
        queue = WorkQueue()
        waits = [queue.add_failed(KEYS[0]) for _ in range(10)]
        assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert queue.add_failed(KEYS[1], at_least_seconds=7) == 7
        queue.forget_failures(KEYS[0])
        assert queue.add_failed(KEYS[0]) == 0.5
        queue.cancel_timer(KEYS[0])
        queue.cancel_timer(KEYS[1])

    asyncio.run(story())


def test_a_later_turn_comes_once() -> None:
    """A new time replaces the one before."""

    async def story() -> None:
        queue = WorkQueue()
        queue.add_after(KEYS[0], 60)
        queue.add_after(KEYS[0], 0.01)
        assert await asyncio.wait_for(queue.take(), 5) == KEYS[0]
        queue.give_back(KEYS[0])
        assert len(queue) == 0

    asyncio.run(story())
