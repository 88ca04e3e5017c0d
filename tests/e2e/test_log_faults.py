"""Loki away, collector killed, node's agent restarted: every line is there once, and in order."""

import json
import os
import time
from collections.abc import Iterator
from typing import Final

import pytest

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.fault_table import Fault, tell
from azuraforge_e2e.job_documents import LASTING, SMALL
from azuraforge_e2e.observability import Loki, missing_stand_ins, stand_in_values
from azuraforge_e2e.outages import Outages
from azuraforge_e2e.release import NAMESPACE, Release
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform, installed_platform
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_AWAY_SECONDS: Final = 600 if os.environ.get("AZURAFORGE_LONG_FAULTS") else 60
_KILLS: Final = 8
_LINES: Final = 9_000
_WRITER: Final = "writer-0-abcde"
_WRITING: Final = f"""
import json, time
for step in range({_LINES}):
    print(json.dumps({{"level": "info", "event": "step", "step": step}}), flush=True)
    time.sleep(0.008)
"""


@pytest.fixture(scope="module")
def platform(release: Release) -> Iterator[Platform]:
    """Return the platform with logs; it goes back to none."""
    if missing := missing_stand_ins():
        pytest.skip(
            f"{', '.join(missing)} not built: run tests/cluster/build_observability.sh"
            " (40 CPU minutes) and the cluster tests again"
        )
    values = stand_in_values(release.node) | {"prometheus__mode": "disabled"}
    with installed_platform(release, **values) as found:
        Outages(found).wait_until_ready("loki")
        yield found


@pytest.mark.timeout(1800)
def test_no_line_is_lost_or_doubled_while_loki_is_away(platform: Platform, home: Workspace) -> None:
    """Loki is away, the collector killed meanwhile: later all lines are there, once, in order."""
    loki, outages = Loki(home.api), Outages(platform)
    home.submit("talking", LASTING)
    home.wait_for_running_pod("talking", 0)
    wait_for("first lines", lambda: loki.lines(_query("talking")))
    outages.scale("loki", 0)
    try:
        started = time.monotonic()
        source = _log_source(platform, "talking")
        home.submit("short", SMALL)
        home.wait_for_phase("short", "Succeeded")
        outages.kill("collector")
        wait_for("the time's end", lambda: time.monotonic() - started > _AWAY_SECONDS, seconds=900)
    finally:
        outages.scale("loki", 1)
    home.change("talking", {"cancel": True})
    home.wait_for_phase("talking", "Cancelled")

    counted = sum(_compare(home, loki, name) for name in ("talking", "short"))
    assert source == "backend"
    wait_for("the service's return to Loki", lambda: _log_source(platform, "talking") == "loki")
    tell(Fault(f"Loki away for {_AWAY_SECONDS} s, collector killed meanwhile",
               "the service reads the pods' logs: X-Log-Source: backend", "by itself",
               f"0 lost, 0 doubled of {counted} lines in Loki"))  # fmt: skip


def test_hard_kills_of_the_collector_lose_and_double_nothing(
    platform: Platform, home: Workspace
) -> None:
    """Eight times SIGKILL while a pod prints 9,000 lines: Loki has each of them once, in order."""
    loki, outages = Loki(home.api), Outages(platform)
    home.api.create(_writer())
    wait_for("first lines", lambda: loki.lines(_query("writer")))
    for _ in range(_KILLS):
        outages.kill_process("collector", "--config")
    wait_for("the writer's end", lambda: _phase(home, _WRITER) == "Succeeded", seconds=300)
    printed = home.api.log(NAMESPACE, _WRITER, lines=100_000).splitlines()
    assert [json.loads(line)["step"] for line in printed] == list(range(_LINES))
    wait_for("all lines", lambda: len(loki.lines(_query("writer"))) >= _LINES, seconds=300)
    assert loki.lines(_query("writer")) == printed
    home.api.delete("Pod", NAMESPACE, _WRITER)
    tell(Fault(f"collector killed by SIGKILL {_KILLS} times", "nothing", "its DaemonSet",
               f"0 lost, 0 doubled of {_LINES} lines in Loki"))  # fmt: skip


def test_without_loki_the_service_reads_pods(platform: Platform, home: Workspace) -> None:
    """`loki.mode: disabled`: logs come from the pod, the answer says so, no collector runs."""
    platform.install(loki__mode="disabled")
    home.submit("unshipped", SMALL)
    home.wait_for_phase("unshipped", "Succeeded")
    [pod] = home.pods("unshipped")
    printed = home.api.log(NAMESPACE, pod["metadata"]["name"], lines=5000)
    answer = wait_for("the job at the service", lambda: _logs(platform, "unshipped"))

    assert answer == ("backend", printed.splitlines())
    wait_for("the collector's end", lambda: not home.api.list("Pod", f"{NAMESPACE}-logs"))


def _writer() -> Document:
    """Return a pod that prints much, with the labels and the name of a trainer's."""
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": "trainer",
        "image": "azuraforge/trainer-cpu:dev",
        "command": ["python", "-c", _WRITING],
        "securityContext": restricted,
    }
    labels = {"azuraforge.io/job-name": "writer", "app.kubernetes.io/component": "trainer"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": _WRITER, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        },
    }


def _phase(home: Workspace, pod: str) -> str:
    found = home.api.get("Pod", NAMESPACE, pod)
    return str(found["status"]["phase"]) if found else "gone"


def _query(job: str) -> str:
    return f'{{namespace="{NAMESPACE}",trainingjob="{job}"}}'


def _compare(home: Workspace, loki: Loki, job: str) -> int:
    """Insist on every line that a job's only pod has printed, once and in order."""
    [pod] = home.pods(job)
    printed = home.api.log(NAMESPACE, pod["metadata"]["name"], lines=100_000).splitlines()
    wait_for(
        f"the lines of {job}",
        lambda: len(loki.lines(_query(job))) >= len(printed),
        seconds=300,
        explain=lambda: f"{len(loki.lines(_query(job)))} of {len(printed)}",
    )
    assert loki.lines(_query(job)) == printed
    return len(printed)


def _log_source(platform: Platform, job: str) -> str | None:
    found = _logs(platform, job)
    return found[0] if found else None


def _logs(platform: Platform, job: str) -> tuple[str, list[str]] | None:
    """Return where the service has read a job's lines, and the lines."""
    answer = platform.answer(f"/api/v1/jobs/{job}/logs")
    if answer.status_code != 200:
        return None
    return answer.headers["x-log-source"], answer.text.splitlines()
