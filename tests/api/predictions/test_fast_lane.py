"""How long the fast lane trusts what was settled, and who looks it up anew."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.datastructures import State
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from azuraforge_api.predictions import fast_lane
from azuraforge_api.predictions.fast_lane import FastLane, Settled


def test_one_request_renews_what_was_settled_while_others_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is trusted for longer than a second, and a crowd does not look it up at once."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(fast_lane, "time", SimpleNamespace(monotonic=lambda: clock.now))

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("not called here")

    lane = FastLane(app, State())
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/p", "query_string": b"", "endpoint": app,
        "headers": [(b"authorization", b"Bearer t")],
    }  # fmt: skip
    settled = Settled("ci", cast("Any", None), {}, is_recorded=False)
    lane.remember(Request(scope), settled)
    passed = []
    for after in (0.0, 0.6, 0.75, 0.76, 0.99, 1.0):
        clock.now = 100.0 + after
        passed.append(lane._find(scope) is not None)
    assert passed == [True, True, False, True, True, False]
    lane.remember(Request(scope), settled)
    assert lane._find(scope) is not None
    lane.forget()
    assert lane._find(scope) is None
