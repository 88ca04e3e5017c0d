"""Events of a run are stored each once, whatever order they come in, and read back as written."""

import json
import random
import struct
import zlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_api.problems.problem import Problem
from azuraforge_api.tracking.points import Points, pack_points, unpack_points
from azuraforge_api.tracking.schemas import SeriesAxis
from azuraforge_api.tracking.service import append_events, read_events, read_series
from azuraforge_api.tracking.stretches import contains, joined
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio


def _step(run: str, sequence: int, *, attempt: int = 0, step: int | None = None) -> bytes:
    event = {
        "formatVersion": 1, "type": "step", "run": run, "attempt": attempt, "sequence": sequence,
        "time": f"2026-01-01T00:{sequence // 60 % 60:02d}:{sequence % 60:02d}Z", "epoch": 1,
        "step": sequence if step is None else step, "loss": 1.0 / (sequence + 1),
        "learningRate": 0.001, "samplesPerSecond": 10.0, "percentage": 1.0,
    }  # fmt: skip
    return json.dumps(event).encode()


async def test_events_come_back_as_they_were_written(service: Service) -> None:
    """Batches out of order, twice and overlapping change nothing."""
    uid = await stored_job(service)
    lines = [_step(uid, number) for number in range(300)]
    pieces = [lines[start : start + 37] for start in range(0, 300, 25)]
    random.Random(1).shuffle(pieces)  # noqa: S311 - an order, not a secret
    stored = 0
    for piece in [*pieces, *pieces[:3]]:
        async with service.database.write() as session:
            job = await service.job(session, uid)
            stored += (await append_events(session, job, 0, piece)).stored
    assert stored == 300
    async with service.database.read() as session:
        job = await service.job(session, uid)
        events = await read_events(session, job.id)
        rest = await read_events(session, job.id, after=(0, 250))
    assert [event.line.encode() for event in events] == lines
    assert [event.sequence for event in rest] == list(range(251, 300))


async def test_a_resumed_attempt_takes_back_what_came_after_its_step(service: Service) -> None:
    """A series shows one curve: the newest attempt's from the step it went on from."""
    uid = await stored_job(service)
    first = [_step(uid, n, step=10 * n) for n in range(10)]
    second = [_step(uid, n, attempt=1, step=55 + 10 * n) for n in range(10)]
    async with service.database.write() as session:
        job = await service.job(session, uid)
        await append_events(session, job, 1, second)
        await append_events(session, job, 0, first)
    async with service.database.read() as session:
        found = await read_series(session, (await service.job(session, uid)).id, ["train.loss"])
    assert found["train.loss"].steps.tolist() == [0, 10, 20, 30, 40, 50, *range(55, 155, 10)]


async def test_an_event_of_another_run_is_refused_whole(service: Service) -> None:
    """Nothing of a batch is stored when one line of it is wrong, and the line is named."""
    uid = await stored_job(service)
    lines = [_step(uid, 0), _step("another", 1)]
    with pytest.raises(Problem, match="line 2: is an event of run another"):
        async with service.database.write() as session:
            await append_events(session, await service.job(session, uid), 0, lines)
    async with service.database.read() as session:
        assert not await read_events(session, (await service.job(session, uid)).id)


async def test_series_are_served_with_every_peak(service: Service) -> None:
    """Of many points few are sent, the lowest and the highest among them."""
    uid = await stored_job(service)
    async with service.database.write() as session:
        job = await service.job(session, uid)
        await append_events(session, job, 0, [_step(uid, n) for n in range(5000)])
    url = f"/api/v1/runs/{uid}/series?name=train.loss&name=nothing&maxPoints=40"
    answer = await service.viewer.get(url)
    (series,) = answer.json()["series"]
    assert series["points"] <= 40
    assert (max(series["values"]), min(series["values"])) == (1.0, 1.0 / 5000)
    (summary,) = [
        each
        for each in (await service.viewer.get(f"/api/v1/runs/{uid}/metrics")).json()
        if each["name"] == "train.loss"
    ]
    assert (summary["points"], summary["lastStep"]) == (5000, 4999)


numbers = st.integers(-(2**62), 2**62)
rows = st.lists(st.tuples(numbers, numbers, numbers, st.floats(allow_nan=True)), max_size=50)


@given(rows)
def test_points_come_back_bit_by_bit(found: list[tuple[int, int, int, float]]) -> None:
    """Packing rounds nothing."""
    points = Points.of(found)
    again = unpack_points(pack_points(points))
    for name in ("steps", "epochs", "times", "values"):
        assert np.array_equal(getattr(points, name), getattr(again, name), equal_nan=True)


@given(rows)
def test_points_of_the_form_before_are_read(found: list[tuple[int, int, int, float]]) -> None:
    """What an earlier service has stored stays readable: eight bytes for each difference."""
    points = Points.of(found)
    columns = [np.diff(c, prepend=0) for c in (points.steps, points.epochs, points.times)]
    planes = [c.view(np.uint8).reshape(-1, 8).T.tobytes() for c in (*columns, points.values)]
    before = struct.pack("<BI", 1, len(points)) + zlib.compress(b"".join(planes))
    again = unpack_points(before)
    for name in ("steps", "epochs", "times", "values"):
        assert np.array_equal(getattr(points, name), getattr(again, name), equal_nan=True)


def test_points_of_a_form_to_come_are_refused() -> None:
    """A form that this release does not know is never taken for another one."""
    payload = pack_points(Points.of([(1, 1, 1, 1.0)]))
    with pytest.raises(ValueError, match="packed in form 3"):
        unpack_points(b"\x03" + payload[1:])


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 10)), max_size=30))
def test_stretches_hold_what_was_joined(pairs: list[tuple[int, int]]) -> None:
    """A number is contained exactly when some stretch that was joined holds it."""
    held = [(first, first + length) for first, length in pairs]
    stretches: list[list[int]] = []
    for stretch in held:
        stretches = joined(stretches, [stretch])
    for number in range(75):
        assert contains(stretches, number) == any(a <= number <= b for a, b in held)
    assert all(one[1] + 1 < two[0] for one, two in pairwise(stretches))


def test_axes_are_those_of_the_reference() -> None:
    """The names of axes are part of the API."""
    assert [axis.value for axis in SeriesAxis] == ["step", "epoch", "time"]
