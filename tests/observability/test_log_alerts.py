"""Each alert of log lines holds when it should, and only then: a real Loki is asked.

promtool, which tests the alerts of figures, knows no LogQL.
"""

import json
import time
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from azuraforge_chart.monitoring.alerts import load_alerts
from azuraforge_e2e.waiting import wait_for
from azuraforge_observability_harness.loki import Loki


@dataclass(frozen=True)
class Case:
    """A line, as a component prints it.

    Attributes:
        component: whose line.
        level: of the line.
        message: what it says.
        alerts: who is called, without AzuraForge.
    """

    component: str
    level: str
    message: str
    alerts: frozenset[str] = frozenset()

    @property
    def job(self) -> str:
        """The job that the line is of; each case has its own."""
        return f"job-{abs(hash(self))}"


def _case(component: str, level: str, message: str, *alerts: str) -> Case:
    return Case(component, level, message, frozenset(alerts))


_MEMORY: Final = "TrainerOutOfMemory"
_GPU: Final = "TrainerGpuTrouble"
CASES: Final = (
    _case("trainer", "error", "The GPU's memory is too small for this model and batch: "
          "cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 512 bytes.", _MEMORY),
    _case("trainer", "error", "Unable to allocate 14.9 GiB for an array of shape (2000,)", _MEMORY),
    _case("trainer", "info", "Step 3 of 9: loss 0.5; out of memory is nothing here."),
    _case("trainer", "error", "Training diverged: the loss became nan in epoch 1, step 7, "
          "at learning rate 0.1.", "TrainerDiverged"),
    _case("trainer", "error", "The column 'financial' of nanotubes has no information."),
    _case("trainer", "error", "The GPU cannot be used: no NVIDIA driver is loaded.", _GPU),
    _case("trainer", "error", "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access", _GPU),
    _case("trainer", "warning", "CUDA graphs are off: batches differ in size."),
    _case("operator", "error", "ml/nyc cannot be carried out: Forbidden.", "ErrorsInLogs"),
    _case("operator", "warning", "ml/nyc waits for its turn."),
    _case("trainer", "error", "https://data.example: certificate verify failed: unable to get "
          "local issuer certificate", "SecretTrouble"),
    _case("operator", "warning", 'It cannot start: secret "s3-keys" not found', "SecretTrouble"),
    _case("api", "info", "A token of role viewer was made; it expires in an hour."),
)  # fmt: skip


def _push(loki: Loki, case: Case) -> None:
    """Store a line as the collector does: few labels, the level as structured metadata."""
    labels = {
        "namespace": "ml", "app": "azuraforge", "component": case.component,
        "container": case.component, "trainingjob": case.job,
    }  # fmt: skip
    line = json.dumps({"level": case.level, "message": case.message})
    value = [str(time.time_ns()), line, {"level": case.level}]
    body = {"streams": [{"stream": labels, "values": [value]}]}
    httpx.post(f"{loki.url}/loki/api/v1/push", json=body, timeout=30).raise_for_status()


def test_every_log_alert_is_seen_to_hold_and_not_to_hold() -> None:
    """Each calls somebody in one case, and lines like those that call it are let pass."""
    names = {alert.name.removeprefix("AzuraForge") for alert in load_alerts().loki}
    assert {name for case in CASES for name in case.alerts} == names
    assert sum(not case.alerts for case in CASES) >= len(names)


@pytest.fixture
def filled(loki: Loki) -> Loki:
    """Return a Loki with the lines of all cases."""
    for case in CASES:
        _push(loki, case)
    wait_for("all lines", lambda: len(loki.entries('{namespace="ml"}')) == len(CASES))
    return loki


def test_log_alerts_hold_when_they_should_and_only_then(filled: Loki) -> None:
    """Loki evaluates each alert's own expression over each case's line alone."""
    for alert in load_alerts().loki:
        name = alert.name.removeprefix("AzuraForge")
        for case in CASES:
            expression = alert.expression.replace(
                "{component", f'{{trainingjob="{case.job}",component'
            )
            assert expression != alert.expression
            found = filled.figures(expression)
            assert bool(found) is (name in case.alerts), f"{name}: {case.message}"


def test_the_fleets_warnings_are_of_the_chosen_namespaces(loki: Loki) -> None:
    """The job's namespace in a line of the operator is what the panel chooses by."""
    labels = {"namespace": "system", "component": "operator", "app": "azuraforge"}
    for namespace in ("ml", "other"):
        line = json.dumps(
            {"level": "warning", "message": "x", "namespace": namespace, "job": "nyc"}
        )
        value = [str(time.time_ns()), line, {"level": "warning"}]
        body = {"streams": [{"stream": labels, "values": [value]}]}
        httpx.post(f"{loki.url}/loki/api/v1/push", json=body, timeout=30).raise_for_status()
    everything = '{component="operator"} | level=~"warning|error" | json'
    chosen = (
        f'{everything} | namespace_extracted=~"(ml|none)"'
        ' | line_format "{{.namespace_extracted}}/{{.job}}: {{.message}}"'
    )
    wait_for("both lines", lambda: len(loki.entries(everything)) == 2)
    assert [entry.line for entry in loki.entries(chosen)] == ["ml/nyc: x"]
