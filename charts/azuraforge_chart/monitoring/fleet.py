"""The dashboard of all jobs: what waits, what runs, what it costs and why jobs fail."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from azuraforge_chart.monitoring.links import others_link
from azuraforge_chart.monitoring.panels import (
    WIDTH,
    choice,
    curves,
    jobs_table,
    lines,
    log_lines,
    metric,
    number,
    quantile,
)

__all__ = ["fleet"]


def fleet() -> Dashboard:
    """Return the dashboard."""
    board = (
        Dashboard("AzuraForge / Fleet")
        .uid("azuraforge-fleet")
        .description("All training jobs: the queue, what runs, GPU time, and why jobs fail.")
        .tags(["azuraforge"])
        .time("now-6h", "now")
        .refresh("30s")
        .link(others_link())
        .with_variable(
            choice(
                "namespace",
                "Namespace",
                "label_values(azuraforge_jobs, namespace)",
                is_multiple=True,
            )
        )
    )
    _numbers(board)
    _queue(board)
    _outcomes(board)
    return board


def _numbers(board: Dashboard) -> None:
    board.with_row(Row("Now"))
    for title, phases in (
        ("Waiting", "Pending|Queued|Starting"),
        ("Running", "Running"),
        ("Suspended", "Suspended"),
    ):
        board.with_panel(
            number(
                title,
                f"Jobs in phase {phases.replace('|', ', ')}.",
                metric(f"sum({_jobs(phases)}) or vector(0)"),
            )
        )
    board.with_panel(
        number(
            "Failed in 24 h",
            "Jobs that failed in the last 24 hours, in all namespaces.",
            metric('sum(increase(azuraforge_jobs_finished_total{phase="Failed"}[24h]))'),
            warn_at=1,
        )
    )
    board.with_panel(
        number(
            "GPU hours lost in 24 h",
            "GPU time whose results are in no checkpoint and no model, in all namespaces.",
            metric('sum(increase(azuraforge_gpu_seconds_total{outcome="lost"}[24h])) / 3600'),
            unit="none",
        )
    )
    board.with_panel(
        number(
            "Useful GPU time",
            "Share of GPU time in 24 hours that is in a checkpoint or a model, in all namespaces.",
            metric(
                'sum(increase(azuraforge_gpu_seconds_total{outcome="useful"}[24h]))'
                " / sum(increase(azuraforge_gpu_seconds_total[24h]))"
            ),
            unit="percentunit",
        )
    )


def _queue(board: Dashboard) -> None:
    board.with_row(Row("Queue and jobs"))
    board.with_panel(
        curves(
            "Jobs by phase",
            "A growing band of waiting jobs: the cluster is too small, or a quota is used up.",
            metric(f"sum by (phase) ({_jobs('.+')})", "{{phase}}"),
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "Creation to first process",
            "How long people wait until their job's first process runs.",
            quantile(0.5, "azuraforge_job_start_seconds", "median"),
            quantile(0.95, "azuraforge_job_start_seconds", "95 of 100"),
            unit="s",
            width=WIDTH // 4,
        )
    )
    board.with_panel(
        curves(
            "Opening or filling the data",
            "Long times with many misses: the cache is too small, or every job brings new data.",
            quantile(0.95, "azuraforge_attempt_dataset_seconds", "95 of 100"),
            unit="s",
            width=WIDTH // 4,
        )
    )
    board.with_panel(
        jobs_table(
            "Jobs that changed last",
            "How far each is; its name leads to its dashboard.",
            "max by (namespace, trainingjob, phase)"
            ' (azuraforge_job_last_value{namespace=~"$namespace",figure="percentage"})',
        )
    )


def _outcomes(board: Dashboard) -> None:
    board.with_row(Row("How jobs end, in all namespaces"))
    board.with_panel(
        curves(
            "Ended jobs",
            "By phase, in the last 30 minutes of each point.",
            metric("sum by (phase) (increase(azuraforge_jobs_finished_total[30m]))", "{{phase}}"),
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "Failures by reason",
            "The exit codes page of the reference says what each reason means and what helps.",
            metric(
                "sum by (reason)"
                ' (increase(azuraforge_jobs_finished_total{phase="Failed"}[30m])) > 0',
                "{{reason}}",
            ),
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "GPU hours, useful and lost",
            "Of attempts that ended in the hour before a point. Lost: in no checkpoint, no model.",
            metric(
                "sum by (outcome) (increase(azuraforge_gpu_seconds_total[1h])) / 3600",
                "{{outcome}}",
            ),
            unit="none",
            is_stacked=True,
            width=WIDTH,
        )
    )
    board.with_panel(
        log_lines(
            "Warnings about jobs",
            "What the operator has told about jobs; the same as kubectl describe shows.",
            lines(
                '{component="operator"} | level=~"warning|error" | json'
                ' | namespace_extracted=~"$namespace"'
                ' | line_format "{{.namespace_extracted}}/{{.job}}: {{.message}}"'
            ),
        )
    )


def _jobs(phases: str) -> str:
    """Return the query of jobs in some phases.

    The greatest: only the replica that acts counts jobs, and one that did before may still show
    what it counted then.
    """
    chosen = f'namespace=~"$namespace",phase=~"{phases}"'
    return f"max by (namespace, phase) (azuraforge_jobs{{{chosen}}})"
