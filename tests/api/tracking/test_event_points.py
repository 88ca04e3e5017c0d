"""Points are drawn from whatever an event holds, and the peaks of a series survive in a picture."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_api.problems.problem import Problem
from azuraforge_api.tracking.downsampling import downsample
from azuraforge_api.tracking.event_lines import parse_lines
from azuraforge_api.tracking.event_points import NumberedPoints, points_of
from azuraforge_api.tracking.points import Points


def _points(*events: dict[str, Any]) -> dict[str, NumberedPoints]:
    common = {"run": "r", "attempt": 0, "time": "2026-01-01T00:00:00.125Z"}
    lines = [json.dumps({**common, "sequence": n, **e}).encode() for n, e in enumerate(events)]
    return points_of(event.fields for event in parse_lines(lines, run="r", attempt=0))


def test_what_is_no_finite_number_is_no_point() -> None:
    """Texts, nothing, numbers beyond every column and steps that are none are left out."""
    step = {"type": "step", "step": 1, "epoch": 1}
    found = _points(
        {**step, "loss": 0.5}, {**step, "loss": "0.5"}, {**step, "loss": None},
        {**step, "loss": 10**300}, {**step, "step": 2**63, "loss": 1.0}, {**step, "loss": {}},
        {"type": "step", "loss": 1.0}, {"type": "unheard-of", "step": 1, "loss": 1.0},
        {**step, "epoch": "one", "loss": 2},
        {"type": "epoch", "step": 3, "metrics": {"train.loss": 1, "bad\0name": 1.0, "x": None}},
        {"type": "epoch", "step": 3, "metrics": ["train.loss"]},
    )  # fmt: skip
    assert set(found) == {"train.loss", "epoch.train.loss"}
    loss = found["train.loss"]
    assert loss.sequences.tolist() == [0, 8]
    assert loss.points.epochs.tolist()[-1] == 0
    assert loss.points.times.tolist()[0] == 1_767_225_600_125
    assert loss.last == (1, 2.0)


@pytest.mark.parametrize(
    "line",
    [
        b'{"run":"r","attempt":0,"sequence":-1,"time":"2026-01-01T00:00:00Z"}',
        b'{"run":"r","attempt":0,"sequence":2147483648,"time":"2026-01-01T00:00:00Z"}',
        b'{"run":"r","attempt":0,"sequence":0,"time":"2026-01-01T00:00:00"}',
        b'{"run":"r","attempt":0,"sequence":0,"time":"yesterday"}',
        b'{"run":"r","attempt":0,"sequence":0,"time":"2026-01-01T00:00:00Z","x":"\xff"}',
        b"[" * 100_000,
        b"{}",
        b"null",
    ],
)
def test_what_is_no_event_is_refused(line: bytes) -> None:
    """Each has a sentence that names the line; none is stored and none is a failure of ours."""
    with pytest.raises(Problem, match="line 1: "):
        list(parse_lines([line], run="r", attempt=0))


values = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=400)


@given(values, st.integers(4, 60), st.integers(1, 1000))
def test_every_peak_stays(values: list[float], limit: int, stride: int) -> None:
    """Of many points few are chosen: first, last, lowest and highest among them, in their order."""
    steps = np.arange(len(values), dtype=np.int64) * stride
    points = Points(steps, steps, steps, np.array(values))
    chosen = downsample(points, steps, limit)
    assert len(chosen) <= limit or len(values) <= limit
    assert (np.diff(chosen.steps) > 0).all()
    assert (min(chosen.values), max(chosen.values)) == (min(values), max(values))
    assert (chosen.values[0], chosen.values[-1]) == (values[0], values[-1])
