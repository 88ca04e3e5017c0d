"""Events as they arrive: lines of JSON, of which identity and metrics are read and nothing is lost.

A line of a type that this release does not know is stored like any other; it has no points.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from azuraforge_api.problems.problem import FieldProblem, Problem

__all__ = ["EventLine", "parse_lines"]

_STEP_METRICS: Final = {
    "loss": "train.loss",
    "learningRate": "learning_rate",
    "samplesPerSecond": "samples_per_second",
}
"""Field of a step event → name of its series."""
_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class EventLine:
    """One event.

    Attributes:
        sequence: counts the events of its attempt from 0.
        line: as it was written, without its end.
        type: such as ``step``; empty where it has none.
        step: finished training steps, None where it tells none.
        epoch: from 1; 0 where it tells none.
        time: milliseconds since 1970.
        metrics: name → value, finite ones only.
    """

    sequence: int
    line: bytes
    type: str
    step: int | None
    epoch: int
    time: int
    metrics: dict[str, float]


def parse_lines(lines: Iterable[bytes], *, run: str, attempt: int) -> Iterator[EventLine]:
    """Return the events in lines.

    Raises:
        Problem: a line is no event, or one of another run or attempt.
    """
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            yield _parse(text, run, attempt)
        except (ValueError, KeyError, TypeError) as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            problem = FieldProblem(path=f"line {number}", message=reason)
            raise Problem(
                "invalid-request", f"line {number}: {reason}.", errors=[problem]
            ) from error


def _parse(text: bytes, run: str, attempt: int) -> EventLine:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise TypeError("should be one JSON object")
    if document["run"] != run:
        raise ValueError(f"is an event of run {document['run']}, expected {run}")
    if document["attempt"] != attempt:
        raise ValueError(f"is an event of attempt {document['attempt']}, expected {attempt}")
    sequence = document["sequence"]
    if not isinstance(sequence, int) or sequence < 0:
        raise ValueError(f"sequence should be a number from 0, got {sequence!r}")
    time = int(datetime.fromisoformat(document["time"]).timestamp() * 1000)
    step, epoch = document.get("step"), document.get("epoch")
    return EventLine(
        sequence=sequence,
        line=text,
        type=str(document.get("type", "")),
        step=step if isinstance(step, int) else None,
        epoch=epoch if isinstance(epoch, int) else 0,
        time=time,
        metrics=_metrics(document),
    )


def _metrics(document: dict[str, Any]) -> dict[str, float]:
    kind = document.get("type")
    found: dict[str, Any] = {}
    if kind == "step":
        found = {name: document.get(field) for field, name in _STEP_METRICS.items()}
    elif kind == "epoch" and isinstance(document.get("metrics"), dict):
        # The mean over an epoch is another series than the loss of the latest steps.
        found = {
            f"epoch.{n}" if n == "train.loss" else n: v for n, v in document["metrics"].items()
        }
    return {
        name[:_LONGEST_NAME]: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
