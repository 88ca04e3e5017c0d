"""The events that a trainer writes, and the same points as MLflow takes them; for ``ingest.py``.

Numbers have the digits that real ones have: short ones would be read and compressed faster.
"""

import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from azuraforge_contract.events import EpochFinished, StepFinished

__all__ = ["POINTS_PER_EVENT", "SERIES", "event_posts", "mlflow_posts"]

POINTS_PER_EVENT: Final = 3
"""Of a step: loss, learning rate, samples a second. Of an epoch: training loss, two errors."""
SERIES: Final = (
    "train.loss", "learning_rate", "samples_per_second",
    "epoch.train.loss", "validation.mse", "validation.mae",
)  # fmt: skip
_EPOCH_EVENTS: Final = 20
"""Every twentieth event ends an epoch: what a run of some hours writes."""
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_STEPS: Final = 12
_MOST_METRICS: Final = 1000
"""MLflow takes no more at once."""


def event_posts(run: str, events: int, per_post: int) -> Iterator[bytes]:
    """Return the bodies in which a run's trainer would post its events."""
    lines = [_event(run, number).encode() for number in range(events)]
    for start in range(0, events, per_post):
        yield "\n".join(lines[start : start + per_post]).encode() + b"\n"


def mlflow_posts(run: str, events: int, per_post: int) -> Iterator[bytes]:
    """Return bodies of ``log-batch`` with the points of the same events."""
    metrics = [metric for number in range(events) for metric in _metrics(_event(run, number))]
    size = min(_MOST_METRICS, per_post * POINTS_PER_EVENT)
    for start in range(0, len(metrics), size):
        yield json.dumps({"run_id": run, "metrics": metrics[start : start + size]}).encode()


def _event(run: str, number: int) -> StepFinished | EpochFinished:
    dice = random.Random(number)  # noqa: S311 - a curve, not a secret
    moment = _BEGIN + timedelta(milliseconds=2000 * number + dice.randrange(200))
    common: dict[str, Any] = {
        "run": run, "attempt": 0, "sequence": number, "epoch": number // _EPOCH_EVENTS + 1,
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "step": number * _STEPS,
    }  # fmt: skip
    loss = math.exp(-number / 4000) + dice.random() / 10
    if number % _EPOCH_EVENTS == _EPOCH_EVENTS - 1:
        metrics = {
            "train.loss": loss, "validation.mse": loss * 1.1, "validation.mae": math.sqrt(loss)
        }  # fmt: skip
        return EpochFinished(**common, metrics=metrics, is_best=False, seconds=dice.random() * 60)
    return StepFinished(
        **common, loss=loss, learning_rate=1e-3 * math.exp(-number / 9000),
        samples_per_second=7000 + dice.random() * 500, eta_seconds=dice.random() * 3600,
        percentage=round(dice.random() * 100, 2),
    )  # fmt: skip


def _metrics(event: StepFinished | EpochFinished) -> list[dict[str, Any]]:
    if isinstance(event, StepFinished):
        values = {
            "train.loss": event.loss, "learning_rate": event.learning_rate,
            "samples_per_second": event.samples_per_second,
        }  # fmt: skip
    else:
        values = {f"epoch.{n}" if n == "train.loss" else n: v for n, v in event.metrics.items()}
    at = int(datetime.fromisoformat(event.time).timestamp() * 1000)
    return [
        {"key": key, "value": value, "timestamp": at, "step": event.step}
        for key, value in values.items()
    ]
