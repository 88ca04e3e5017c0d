"""What has arrived in Loki: which lines are lost or doubled, and how late each one came."""

import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx
from benchmarks.logs_stack import Writing
from benchmarks.logs_writer import job_of

__all__ = ["Arrived", "follow", "read_settled", "wait_for_all"]

_PAGE: Final = 5000
_NANOSECONDS: Final = 1_000_000_000
_LOOK_SECONDS: Final = 0.02
_SETTLE_SECONDS: Final = 15
_NUMBERS: Final = '| line_format "{{if .step}}{{.step}}{{else}}{{__line__}}{{end}}" | keep app'
_TRACEBACK: Final = re.compile(r"Traceback .*\nRuntimeError: number (\d+)", re.DOTALL)


@dataclass(frozen=True)
class Arrived:
    """Lines that were found, against those that were printed.

    Attributes:
        offered: printed; a traceback counts as one.
        arrived: found at least once.
        lost: not found.
        doubled: found once too often, each time counted.
        out_of_order: lines of a pod that come before one with a smaller number.
        torn: parts of tracebacks that are entries of their own.
    """

    offered: int
    arrived: int
    lost: int
    doubled: int
    out_of_order: int
    torn: int


def read_all(loki: str, written: list[int], began: int, *, traceback_every: int = 0) -> Arrived:
    """Read all lines back and count.

    Args:
        loki: its address.
        written: how many steps each pod has printed.
        began: time before the first line, in nanoseconds since 1970.
        traceback_every: how many steps bring a traceback; 0: none does.
    """
    offered = arrived = doubled = disorder = torn = 0
    with httpx.Client(base_url=loki, timeout=120) as client:
        for pod, count in enumerate(written):
            expected = {str(number) for number in range(count)}
            if traceback_every:
                expected |= {f"T{number}" for number in range(0, count, traceback_every)}
            found = [_name(text) for _, text in _lines(client, pod, began)]
            counted = Counter(name for name in found if name in expected)
            steps = [int(name) for name in found if name.isdecimal()]
            offered += len(expected)
            arrived += len(counted)
            doubled += counted.total() - len(counted)
            torn += sum(name not in expected for name in found)
            disorder += sum(a > b for a, b in itertools.pairwise(steps))
    return Arrived(offered, arrived, offered - arrived, doubled, disorder, torn)


def read_settled(loki: str, written: list[int], began: int, *, traceback_every: int = 0) -> Arrived:
    """Read all lines back once nothing more comes; arguments are those of ``read_all``."""
    found = read_all(loki, written, began, traceback_every=traceback_every)
    while found.lost:
        time.sleep(_SETTLE_SECONDS)
        before = found
        found = read_all(loki, written, began, traceback_every=traceback_every)
        if found == before:
            break
    return found


def wait_for_all(loki: str, written: list[int], began: int, *, seconds: float) -> float:
    """Wait until there are as many lines of each pod as it printed, or the time is over.

    The last line is looked for first, which is cheap; it may come before others, of a file that was
    moved aside meanwhile.

    Returns:
        The seconds waited.
    """
    started = time.monotonic()
    with httpx.Client(base_url=loki, timeout=120) as client:
        for is_there in (_has_last, _has_as_many):
            for pod, count in enumerate(written):
                while time.monotonic() - started < seconds:
                    if is_there(client, pod, began, count):
                        break
                    time.sleep(0.1)
    return time.monotonic() - started


def follow(loki: str, writing: Writing, pods: int, began: int, lines: int) -> list[float]:
    """Ask for new lines again and again; return the seconds from print to answer, ascending.

    A line's time stamp is the time at which it was printed, and the moment of an answer is the
    moment at which it is complete.
    """
    delays: list[float] = []
    newest = [began] * pods
    deadline: float | None = None
    with httpx.Client(base_url=loki, timeout=120) as client:
        while len(delays) < lines and (deadline is None or time.monotonic() < deadline):
            for pod in range(pods):
                found = _ask(client, pod, newest[pod] + 1, direction="forward", limit=_PAGE)
                now = time.time_ns()
                delays += [(now - stamp) / _NANOSECONDS for stamp, _ in found]
                newest[pod] = max([newest[pod], *(stamp for stamp, _ in found)])
            if deadline is None and not writing.is_going_on:
                deadline = time.monotonic() + 60
            time.sleep(_LOOK_SECONDS)
    return sorted(delays)


def _lines(client: httpx.Client, pod: int, began: int) -> Iterator[tuple[int, str]]:
    """Yield time and text of a pod's lines, oldest first; no two of a pod have one time."""
    start = began
    while True:
        page = _ask(client, pod, start, direction="forward", limit=_PAGE)
        if len(page) < _PAGE:
            yield from page
            return
        # Those of the page's last time come with the next one: a doubled line may be cut off.
        last = page[-1][0]
        yield from (line for line in page if line[0] < last)
        start = last


def _has_last(client: httpx.Client, pod: int, began: int, count: int) -> bool:
    newest = _ask(client, pod, began, direction="backward", limit=1)
    return bool(newest) and newest[0][1] == str(count - 1)


def _has_as_many(client: httpx.Client, pod: int, began: int, count: int) -> bool:
    minutes = (time.time_ns() - began) // (60 * _NANOSECONDS) + 2
    selected = f'{{trainingjob="{job_of(pod)}"}} |= `"step":` | keep app [{minutes}m]'
    answer = client.get(
        "/loki/api/v1/query", params={"query": f"sum(count_over_time({selected}))"}
    ).raise_for_status()
    return any(int(each["value"][1]) >= count for each in answer.json()["data"]["result"])


def _ask(
    client: httpx.Client, pod: int, start: int, *, direction: str, limit: int
) -> list[tuple[int, str]]:
    answer = client.get(
        "/loki/api/v1/query_range",
        params={
            "query": f'{{trainingjob="{job_of(pod)}"}} {_NUMBERS}', "start": start,
            "end": time.time_ns() + 60 * _NANOSECONDS, "direction": direction, "limit": limit,
        },
    ).raise_for_status()  # fmt: skip
    streams = answer.json()["data"]["result"]
    return sorted((int(stamp), text) for stream in streams for stamp, text in stream["values"])


def _name(text: str) -> str:
    found = _TRACEBACK.fullmatch(text)
    return f"T{found[1]}" if found else text
