"""The dashboard of one job: its loss, its speed, what it takes, and its log beside."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from azuraforge_chart.monitoring.links import logs_link, others_link
from azuraforge_chart.monitoring.panels import (
    WIDTH,
    choice,
    curves,
    lines,
    log_lines,
    metric,
    number,
)

__all__ = ["job"]

_HERE: Final = 'namespace="$namespace",trainingjob="$trainingjob"'
_POD: Final = 'namespace="$namespace",pod=~"$trainingjob-[0-9]+-[a-z0-9]{5}",container="trainer"'
_LOG: Final = "{" + _HERE + "}"
_GPU: Final = 'exported_namespace="$namespace",exported_pod=~"$trainingjob-[0-9]+-[a-z0-9]{5}"'


def job() -> Dashboard:
    """Return the dashboard."""
    board = (
        Dashboard("AzuraForge / Job")
        .uid("azuraforge-job")
        .description("One training job: loss, speed, resources, log.")
        .tags(["azuraforge"])
        .time("now-1h", "now")
        .refresh("10s")
        .link(others_link())
        .link(
            logs_link(
                "Its log in Explore", '{namespace="${namespace}",trainingjob="${trainingjob}"}'
            )
        )
        .with_variable(choice("namespace", "Namespace", "label_values(azuraforge_jobs, namespace)"))
        .with_variable(
            choice(
                "trainingjob",
                "Job",
                'label_values(azuraforge_job_last_value{namespace="$namespace"}, trainingjob)',
            )
        )
    )
    _numbers(board)
    _training(board)
    _resources(board)
    board.with_row(Row("Log"))
    board.with_panel(
        log_lines(
            "Log",
            "Every line of every attempt.",
            lines(_LOG + ' | json | line_format "{{.message}}"'),
        )
    )
    return board


def _numbers(board: Dashboard) -> None:
    board.with_row(Row("Now"))
    for title, figure, unit in (
        ("Done", "percentage", "percent"),
        ("Training loss", "train.loss", "none"),
        ("Attempts", "attempts", "none"),
        ("Training time", "active_seconds", "s"),
    ):
        board.with_panel(
            number(
                title,
                "The last value that is known; it stays after the job has ended.",
                metric(f'max(azuraforge_job_last_value{{{_HERE},figure="{figure}"}})'),
                unit=unit,
            ).span(WIDTH // 4)
        )


def _training(board: Dashboard) -> None:
    board.with_row(Row("Training"))
    board.with_panel(
        curves(
            "Loss",
            "From the log, so that short jobs are drawn too. The API's curves have every step.",
            lines(_over_time("max_over_time", "loss"), "loss"),
            unit="none",
        )
    )
    board.with_panel(
        curves(
            "Steps per second",
            "Steady is good; a fall means that data, disk or a neighbor has become slow.",
            lines(_over_time("rate_counter", "step"), "steps/s"),
            unit="none",
        )
    )


def _resources(board: Dashboard) -> None:
    board.with_row(Row("Resources"))
    board.with_panel(
        curves(
            "CPU",
            "Cores in use, by pod. For a GPU job: how much work preparing its data is.",
            metric(
                f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{_POD}}}[2m]))", "{{pod}}"
            ),
            unit="none",
            width=WIDTH // 3,
        )
    )
    board.with_panel(
        curves(
            "Memory",
            "What the kernel would kill for, page cache that is in use included.",
            metric(f"max by (pod) (container_memory_working_set_bytes{{{_POD}}})", "{{pod}}"),
            unit="bytes",
            width=WIDTH // 3,
        )
    )
    board.with_panel(
        curves(
            "GPU",
            "Share of time in which the GPU did something, by NVIDIA's DCGM exporter.",
            metric(
                f"max by (exported_pod, gpu) (DCGM_FI_DEV_GPU_UTIL{{{_GPU}}})",
                "{{exported_pod}} {{gpu}}",
            ),
            unit="percent",
            width=WIDTH // 3,
        )
    )


def _over_time(function: str, field: str) -> str:
    """Return what a function makes of a field of the log's lines."""
    return f"max by (trainingjob) ({function}({_LOG} | {field}!=`` | unwrap {field} [$__interval]))"
