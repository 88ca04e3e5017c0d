"""Each alert of Prometheus holds when it should, and only then: promtool's own unit tests."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from azuraforge_chart.generated_files import CHART
from azuraforge_chart.monitoring.alerts import load_alerts
from azuraforge_observability_harness.programs import needed_program

_RULES: Final = CHART / "files" / "rules" / "prometheus.yaml"
_FINISHED: Final = "azuraforge_jobs_finished_total"
_VALUE: Final = 'azuraforge_job_last_value{namespace="ml",trainingjob="nyc",'
_GPU: Final = (
    'DCGM_FI_DEV_GPU_UTIL{exported_namespace="ml",exported_pod="nyc-0-abcde",'
    'exported_container="trainer"}'
)
_VOLUME: Final = 'kubelet_volume_stats_{}_bytes{{namespace="ml",persistentvolumeclaim="{}"}}'
_LAG: Final = 'azuraforge_api_ingest_lag_seconds_bucket{{le="{}"}}'
_DELIVERIES: Final = 'azuraforge_api_webhook_deliveries{{pod="{}",state="{}"}}'


@dataclass(frozen=True)
class Case:
    """What Prometheus has scraped once a minute, in promtool's notation, and who is told of it.

    Attributes:
        alert: the alert that is looked at.
        after: when.
        firing: how many of it there are.
        series: name with labels → values.
    """

    alert: str
    after: str
    firing: int
    series: dict[str, str]


def _volume(claim: str, used: str) -> dict[str, str]:
    return {_VOLUME.format("used", claim): used, _VOLUME.format("capacity", claim): "100x90"}


def _lag(slow: str) -> dict[str, str]:
    """Return 10 events a minute within 1 s, and others that take up to 300 s."""
    return {_LAG.format("1"): "0+10x60", _LAG.format("300"): slow, _LAG.format("+Inf"): slow}


CASES: Final = (
    Case("JobsFail", "10m", 1, {f'{_FINISHED}{{phase="Failed",reason="DataError"}}': "0x4 1x60"}),
    Case("JobsFail", "10m", 0, {f'{_FINISHED}{{phase="Succeeded",reason="Done"}}': "0x4 1x60"}),
    Case("JobsFail", "40m", 0, {f'{_FINISHED}{{phase="Failed",reason="DataError"}}': "0x4 1x60"}),
    Case("JobWaits", "31m", 1, {f'{_VALUE}phase="Pending",figure="attempts"}}': "0x60"}),
    Case("JobWaits", "29m", 0, {f'{_VALUE}phase="Pending",figure="attempts"}}': "0x60"}),
    Case("JobWaits", "50m", 0, {f'{_VALUE}phase="Running",figure="attempts"}}': "1x60"}),
    Case("JobStandsStill", "40m", 1, {f'{_VALUE}phase="Running",figure="percentage"}}': "30x60"}),
    Case("JobStandsStill", "40m", 0, {f'{_VALUE}phase="Running",figure="percentage"}}': "0+1x60"}),
    Case("JobStandsStill", "40m", 0, {f'{_VALUE}phase="Ended",figure="percentage"}}': "30x60"}),
    Case("GpuIdle", "40m", 1, {_GPU: "2x60"}),
    Case("GpuIdle", "40m", 0, {_GPU: "70x60"}),
    Case("GpuTimeLost", "30m", 1, {'azuraforge_gpu_seconds_total{outcome="lost"}': "0x9 7200x60"}),
    Case("GpuTimeLost", "30m", 0, {'azuraforge_gpu_seconds_total{outcome="lost"}': "0x9 600x60"}),
    Case(
        "GpuTimeLost", "30m", 0, {'azuraforge_gpu_seconds_total{outcome="useful"}': "0x9 7200x60"}
    ),
    Case("CacheNearlyFull", "20m", 1, _volume("azuraforge-cache", "90x90")),
    Case("CacheNearlyFull", "20m", 1, _volume("azuraforge-runs", "90x90")),
    Case("CacheNearlyFull", "20m", 0, _volume("azuraforge-cache", "80x90")),
    Case("CacheNearlyFull", "20m", 0, _volume("somebody-elses", "99x90")),
    Case("CacheNearlyFull", "20m", 1, _volume("azuraforge-data", "90x90")),
    Case("ServerVolumeNearlyFull", "20m", 1, _volume("data-azuraforge-postgresql-0", "90x90")),
    Case("ServerVolumeNearlyFull", "20m", 0, _volume("data-azuraforge-postgresql-0", "80x90")),
    Case("ServerVolumeNearlyFull", "20m", 0, _volume("azuraforge-cache", "90x90")),
    Case("OperatorAway", "10m", 1, {'azuraforge_operator_is_leader{pod="a"}': "0x60"}),
    Case("OperatorAway", "10m", 1, {"up": "1x60"}),
    Case(
        "OperatorAway",
        "10m",
        0,
        {
            'azuraforge_operator_is_leader{pod="a"}': "0x60",
            'azuraforge_operator_is_leader{pod="b"}': "1x60",
        },
    ),
    Case(
        "OperatorErrors",
        "30m",
        1,
        {'azuraforge_operator_reconciles_total{result="error"}': "0+1x60"},
    ),
    Case(
        "OperatorErrors",
        "30m",
        0,
        {'azuraforge_operator_reconciles_total{result="stored"}': "0+9x60"},
    ),
    Case(
        "OperatorBlind",
        "30m",
        1,
        {'azuraforge_operator_watch_age_seconds{resource="pods"}': "0+60x60"},
    ),
    Case(
        "OperatorBlind",
        "30m",
        0,
        {'azuraforge_operator_watch_age_seconds{resource="pods"}': "30x60"},
    ),
    Case("ApiErrors", "30m", 1, {'azuraforge_api_request_seconds_count{status="503"}': "0+1x60"}),
    Case("ApiErrors", "30m", 0, {'azuraforge_api_request_seconds_count{status="404"}': "0+9x60"}),
    Case("DatabaseAway", "5m", 1, {'azuraforge_api_database_up{pod="a"}': "0x60"}),
    Case("DatabaseAway", "5m", 0, {'azuraforge_api_database_up{pod="a"}': "1x60"}),
    Case("IngestLags", "40m", 1, _lag("0+100x60")),
    Case("IngestLags", "40m", 0, _lag("0+10x60")),
    Case("WebhooksGivenUp", "5m", 1, {_DELIVERIES.format("a", "dead"): "2x60"}),
    Case("WebhooksGivenUp", "5m", 0, {_DELIVERIES.format("a", "pending"): "2x60"}),
)


def test_every_alert_is_seen_to_hold_and_not_to_hold() -> None:
    """No alert is without a case in which it calls somebody and one in which it does not."""
    names = {alert.name.removeprefix("AzuraForge") for alert in load_alerts().prometheus}
    assert {case.alert for case in CASES if case.firing} == names
    assert {case.alert for case in CASES if not case.firing} == names


def test_alerts_hold_when_they_should_and_only_then(tmp_path: Path) -> None:
    """Prometheus itself evaluates the rules over what was scraped."""
    promtool = needed_program("promtool")
    document = {
        "rule_files": [str(_RULES)],
        "evaluation_interval": "1m",
        "tests": [_unit_test(case) for case in CASES],
    }
    file = tmp_path / "alerts.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - promtool of this machine
        [promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _unit_test(case: Case) -> dict[str, Any]:
    held = f'count(ALERTS{{alertname="AzuraForge{case.alert}",alertstate="firing"}}) or vector(0)'
    return {
        "name": f"{case.alert} at {case.after}: {case.firing}",
        "interval": "1m",
        "input_series": [{"series": name, "values": v} for name, v in case.series.items()],
        "promql_expr_test": [
            {
                "expr": held,
                "eval_time": case.after,
                "exp_samples": [{"labels": "{}", "value": case.firing}],
            }
        ],
    }
