"""What trainers print is in Loki: complete, in order, once, and under few labels."""

import json
from collections.abc import Callable
from pathlib import Path

from azuraforge_chart.monitoring.alerts import load_alerts
from azuraforge_e2e.waiting import wait_for
from azuraforge_observability_harness.loki import Entry, Loki
from azuraforge_observability_harness.pod_log import PodLog
from azuraforge_observability_harness.server import Server

_JOB = '{namespace="ml",trainingjob="nyc"}'
_TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/opt/train.py", line 3, in <module>',
    "    main()",
    "ValueError: no such thing",
)


def _step(number: int) -> str:
    return json.dumps(
        {
            "ts": "2026-11-22T10:00:00.000+00:00",
            "level": "info",
            "component": "trainer",
            "event": "step",
            "message": f"Step {number}: loss 0.5.",
            "job": "nyc",
            "run": "uid-1",
            "attempt": 0,
            "step": number,
            "loss": 0.5,
        }
    )


def _trainer(pod_logs: Path, name: str = "nyc-0-abcde") -> PodLog:
    return PodLog(pod_logs, "ml", name, f"uid-of-{name}", "trainer")


def _messages(entries: list[Entry]) -> list[str]:
    return [json.loads(entry.line)["message"] for entry in entries if entry.line.startswith("{")]


def _expected(count: int) -> list[str]:
    return [f"Step {number}: loss 0.5." for number in range(count)]


def test_lines_arrive_in_order_with_few_labels(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """Labels are bounded; step, run and the like are structured metadata; tracebacks one entry."""
    log = _trainer(pod_logs)
    log.write(*map(_step, range(20)), *_TRACEBACK, _step(20))
    collect()
    wait_for("22 entries", lambda: len(loki.entries(_JOB)) >= 22)
    entries = loki.entries(_JOB)

    assert _messages(entries) == _expected(21)
    assert [e.line for e in entries if not e.line.startswith("{")] == ["\n".join(_TRACEBACK)]
    assert loki.labels() == {"namespace", "app", "component", "container", "trainingjob"}
    first = entries[0].labels
    assert {first[name] for name in ("run", "step", "level")} == {"uid-1", "0", "info"}
    assert loki.figures(f"max by (trainingjob) (max_over_time({_JOB} | unwrap loss [1m]))")


def test_nothing_is_lost_or_doubled_by_hard_kills_and_rotation(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """The collector is killed, files are rotated meanwhile: each line is there exactly once."""
    log = _trainer(pod_logs)
    for turn in range(3):
        collector = collect()
        log.write(*map(_step, range(turn * 400, turn * 400 + 200)))
        wait_for("some lines", lambda: loki.entries(_JOB))
        collector.kill()
        log.rotate()
        log.write(*map(_step, range(turn * 400 + 200, turn * 400 + 400)))
    collect()
    wait_for("1200 lines", lambda: len(loki.entries(_JOB)) >= 1200)

    assert _messages(loki.entries(_JOB)) == _expected(1200)


def test_lines_wait_while_loki_is_away(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server]
) -> None:
    """What is printed while Loki is away arrives when it is back, even of pods that are gone."""
    collect()
    staying, leaving = _trainer(pod_logs), _trainer(pod_logs, "ldn-0-abcde")
    staying.write(*map(_step, range(100)))
    leaving.write(_step(0))
    gone = '{trainingjob="ldn"}'
    wait_for("the first lines", lambda: len(loki.entries(_JOB)) == 100 and loki.entries(gone))
    loki.server.kill()
    staying.write(*map(_step, range(100, 2000)))
    loki.server.start()
    wait_for("all lines", lambda: len(loki.entries(_JOB)) >= 2000)
    leaving.remove()

    assert _messages(loki.entries(_JOB)) == _expected(2000)


def test_a_backlog_of_long_lines_is_sent_in_parts_that_loki_takes(
    loki: Loki, pod_logs: Path, collect: Callable[[], Server], tmp_path: Path
) -> None:
    """What waits for Loki is more than its parts hand each other at once, and arrives still."""
    loki.server.kill()
    _trainer(pod_logs).write(*(json.dumps({"step": n, "message": "x" * 8000}) for n in range(1500)))
    collect()
    said = tmp_path / "collector" / "collector.log"
    wait_for("a batch that nobody takes", lambda: "Exporting failed" in said.read_text())
    loki.server.start()
    numbers = f'{_JOB} | line_format "{{{{.step}}}}"'
    wait_for("1500 lines", lambda: len(loki.entries(numbers)) >= 1500)

    assert [int(entry.line) for entry in loki.entries(numbers)] == list(range(1500))


def test_every_log_alert_is_loaded_and_can_be_asked(loki: Loki) -> None:
    """Loki's ruler takes the chart's rules, and their queries are valid."""
    alerts = load_alerts().loki
    assert loki.alerts() == [alert.name for alert in alerts]
    for alert in alerts:
        assert loki.figures(alert.expression) == []
