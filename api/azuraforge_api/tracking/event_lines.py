"""Events as they arrive: lines of JSON, of which identity and metrics are read and nothing is lost.

A line of a type that this release does not know is stored like any other; it has no points. Only
the fields that are needed here are decoded, the others are skipped over: a tenth of the time that
whole documents take.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from azuraforge_api.problems.problem import FieldProblem, Problem

__all__ = ["EventFields", "EventLine", "SiftedLines", "parse_lines", "sift_lines"]


class EventFields(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What is read of an event; fields of a form that is not expected are as if absent.

    Attributes:
        run: uid of the job.
        attempt: index of the attempt.
        sequence: counts the events of its attempt from 0.
        time: when it happened.
        type: such as ``step``.
        step: finished training steps.
        epoch: from 1.
        loss: of a step.
        learning_rate: of a step.
        samples_per_second: of a step.
        metrics: of an epoch, name → value.
    """

    run: str
    attempt: int
    sequence: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    type: Any = ""
    step: Any = None
    epoch: Any = None
    loss: Any = None
    learning_rate: Any = None
    samples_per_second: Any = None
    metrics: Any = None


class EventLine(msgspec.Struct, frozen=True, gc=False):
    """One event.

    Attributes:
        fields: what was read of it.
        line: as it was written, without its end.
    """

    fields: EventFields
    line: bytes

    @property
    def sequence(self) -> int:
        """Its number in its attempt."""
        return self.fields.sequence

    @property
    def type(self) -> str:
        """What kind of event it is; empty where it does not say."""
        return str(self.fields.type)


class SiftedLines(msgspec.Struct, frozen=True):
    """Lines of a file that may be damaged.

    Attributes:
        events: what could be read.
        refused: what is wrong with the first of the others; empty where there is none.
        refusals: how many others there are.
    """

    events: list[EventLine]
    refused: str = ""
    refusals: int = 0


_DECODER: Final = msgspec.json.Decoder(EventFields)


def parse_lines(lines: Iterable[bytes], *, run: str, attempt: int) -> Iterator[EventLine]:
    """Return the events in lines.

    Raises:
        Problem: a line is no event, or one of another run or attempt.
    """
    decode = _DECODER.decode
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            fields = decode(text)
            text.decode()  # fields that were skipped over are text, too
        except (ValueError, RecursionError) as error:
            raise _refused(number, str(error)) from error
        if fields.run != run:
            raise _refused(number, f"is an event of run {fields.run}, expected {run}")
        if fields.attempt != attempt:
            raise _refused(number, f"is an event of attempt {fields.attempt}, expected {attempt}")
        yield EventLine(fields, text)


def sift_lines(lines: Sequence[bytes], *, run: str, attempt: int) -> SiftedLines:
    """Return the events in lines, and what was found besides them."""
    try:
        return SiftedLines(list(parse_lines(lines, run=run, attempt=attempt)))
    except Problem:
        pass  # one by one, to see which
    events: list[EventLine] = []
    refused: list[str] = []
    for line in lines:
        try:
            events += parse_lines([line], run=run, attempt=attempt)
        except Problem as problem:
            refused.append(problem.errors[0].message)
    return SiftedLines(events, refused[0], len(refused))


def _refused(number: int, reason: str) -> Problem:
    problem = FieldProblem(path=f"line {number}", message=reason)
    return Problem("invalid-request", f"line {number}: {reason}.", errors=[problem])
