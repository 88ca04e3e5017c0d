"""Lines that nobody meant to print arrive as well, and harm none of those beside them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from azuraforge_e2e.waiting import wait_for
from azuraforge_observability_harness.loki import Entry, Loki
from azuraforge_observability_harness.pod_log import PodLog
from azuraforge_observability_harness.server import Server

_JOB = '{namespace="ml",trainingjob="nyc"}'
_TRACEBACK = ("Traceback (most recent call last):", '  File "a.py", line 1', "ValueError: no")


def _trainer(pod_logs: Path) -> PodLog:
    return PodLog(pod_logs, "ml", "nyc-0-abcde", "uid-0", "trainer")


def _line(**fields: object) -> str:
    return json.dumps({"level": "info", **fields}, ensure_ascii=False)


def _wait_for(loki: Loki, count: int) -> list[Entry]:
    wait_for(f"{count} entries", lambda: len(loki.entries(_JOB)) >= count)
    return loki.entries(_JOB)


def test_a_line_that_containerd_has_cut_is_one_line(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """Its pieces are joined, though the cut goes through a character and a file ends there."""
    log = _trainer(pod_logs)
    long = _line(event="long", message="€" * 70_000)
    log.write_bytes(long.encode())
    halves = _line(event="halves", message="done").encode()
    log.write_part(halves[:20], "P")
    collect()
    _wait_for(loki, 1)
    log.rotate()
    log.write_part(halves[20:], "F")
    log.write(_line(event="last"))
    entries = _wait_for(loki, 3)

    assert [entry.line for entry in entries[:2]] == [long, halves.decode()]
    assert [entry.labels["event"] for entry in entries] == ["long", "halves", "last"]


def test_what_two_streams_print_at_once_is_not_mixed(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """Pieces and tracebacks of standard error are joined past lines of standard output."""
    log = _trainer(pod_logs)
    log.write_part(b"one, ", "P", stream="stdout")
    log.write(_TRACEBACK[0])
    log.write_part(b"two", "F", stream="stdout")
    log.write(*_TRACEBACK[1:])
    collect()

    lines = {entry.line for entry in _wait_for(loki, 2)}
    assert lines == {"one, two", "\n".join(_TRACEBACK)}


def test_bytes_that_are_no_text_are_kept_as_far_as_they_are(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """NUL, broken UTF-8, colors: every line comes once, and what is text in it is unchanged."""
    log = _trainer(pod_logs)
    log.write("first")
    log.write_bytes(b"before \xff\xfe\x80 after")
    log.write_bytes(b"nul \x00 nul")
    log.write_bytes(bytes(value for value in range(256) if value != ord("\n")))
    log.write_bytes(b'{"level":"info","event":"broken \xc3","message":"x"}')
    log.write_bytes(b"\x1b[31mred\x1b[0m\r")
    log.write("last")
    collect()
    lines = [entry.line for entry in _wait_for(loki, 7)]

    assert (lines[0], lines[-1], len(lines)) == ("first", "last", 7)
    assert lines[1].startswith("before \ufffd")
    assert lines[1].endswith(" after")
    assert lines[2] == "nul \x00 nul"
    assert lines[3].startswith("".join(chr(value) for value in range(128) if value != 10))
    assert lines[4].startswith('{"level":"info","event":"broken ')
    assert lines[5].startswith("\x1b[31mred\x1b[0m")


def test_what_is_no_line_of_a_container_runtime_is_kept(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """After a loss of power a file may hold NULs or halves of lines: those beside them arrive."""
    log = _trainer(pod_logs)
    log.write("first")
    log.spoil(b"\x00" * 4096)
    log.write("after the zeros")
    log.spoil(b"half of a li\n")
    log.write(_line(event="last"))
    collect()
    lines = [entry.line for entry in _wait_for(loki, 4)]

    assert len(lines) == 4
    assert "first" in lines
    assert "half of a li" in lines
    assert sum("after the zeros" in line for line in lines) == 1
    assert _line(event="last") in lines


def test_a_line_longer_than_loki_takes_comes_in_pieces(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """None of it is lost, none of what was sent with it, and an answer may be larger than 4 MiB."""
    log = _trainer(pod_logs)
    long = b"begin" + b"x" * 5_000_000 + b"end"
    log.write("first")
    log.write_bytes(long)
    log.write("last")
    collect()

    def whole() -> list[str] | None:
        lines = [entry.line for entry in loki.entries(_JOB)]
        return lines if sum(map(len, lines)) >= len(long) + len("firstlast") else None

    lines = wait_for("all of it", whole)
    assert (lines[0], "".join(lines[1:-1]), lines[-1]) == ("first", long.decode(), "last")
    assert 20 <= len(lines) < 30


@pytest.mark.parametrize(
    "value", ["x" * 10_000, {str(n): n for n in range(500)}, ["x"] * 5000, None, True]
)
def test_a_field_of_any_kind_does_not_cost_the_line(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server], value: object
) -> None:
    """What becomes structured metadata is bounded by Loki; the line keeps it all the same."""
    names = ("level", "event", "run", "attempt", "epoch", "step", "rank", "loss", "request_id")
    odd = json.dumps(dict.fromkeys(names, value))
    log = _trainer(pod_logs)
    log.write(_line(event="first"), odd, _line(event="last"))
    collect()
    lines = [entry.line for entry in _wait_for(loki, 3)]

    assert lines == [_line(event="first"), odd, _line(event="last")]
