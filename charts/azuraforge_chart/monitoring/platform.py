"""The dashboard of the platform itself: API, ingest, database, cache, operator."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from azuraforge_chart.monitoring.links import others_link
from azuraforge_chart.monitoring.panels import (
    WIDTH,
    curves,
    lines,
    log_lines,
    metric,
    number,
    quantile,
)

__all__ = ["platform"]

_REQUESTS: Final = "azuraforge_api_request_seconds_count"
_VOLUMES: Final = (
    "azuraforge-cache|azuraforge-runs|azuraforge-data"
    "|data-azuraforge-(postgresql|loki|prometheus)-0"
)
"""Claims by their default names, which the chart replaces by those of a release."""
_VOLUME_USE: Final = (
    f'kubelet_volume_stats_used_bytes{{persistentvolumeclaim=~"{_VOLUMES}"}}'
    f' / kubelet_volume_stats_capacity_bytes{{persistentvolumeclaim=~"{_VOLUMES}"}}'
)


def platform() -> Dashboard:
    """Return the dashboard."""
    board = (
        Dashboard("AzuraForge / Platform")
        .uid("azuraforge-platform")
        .description("The platform itself: API, ingest of metrics, database, cache, operator.")
        .tags(["azuraforge"])
        .time("now-3h", "now")
        .refresh("30s")
        .link(others_link())
    )
    _numbers(board)
    _api(board)
    _ingest(board)
    _cache(board)
    _operator(board)
    board.with_row(Row("Log"))
    board.with_panel(
        log_lines(
            "Warnings and errors",
            "Of operator and API; the request's id is among each line's details.",
            lines(
                '{component=~"operator|api"} | level=~"warning|error"'
                ' | json | line_format "{{.component}}: {{.message}}"'
            ),
        )
    )
    return board


def _numbers(board: Dashboard) -> None:
    board.with_row(Row("Now"))
    for title, text, expression, right_from in (
        ("APIs", "Processes of the API that answer.", "count(azuraforge_api_database_up)", 1),
        ("Database", "1: every API reaches it.", "min(azuraforge_api_database_up)", 1),
        ("Operators that act", "1 is right.", "sum(azuraforge_operator_is_leader)", 1),
        ("Followers", "Open event streams.", "sum(azuraforge_api_followers)", None),
    ):
        board.with_panel(number(title, text, metric(expression), right_from=right_from))
    board.with_panel(
        number(
            "Server errors in 24 h",
            "Answers with a status from 500 on.",
            metric(
                f'sum(increase({_REQUESTS}{{status=~"5.."}}[24h])) or vector(0)',
            ),
            warn_at=1,
        )
    )
    board.with_panel(
        number(
            "Webhooks given up",
            "Deliveries that nobody has taken in many attempts.",
            metric('max(azuraforge_api_webhook_deliveries{state="dead"}) or vector(0)'),
            warn_at=1,
        )
    )


def _api(board: Dashboard) -> None:
    board.with_row(Row("API"))
    board.with_panel(
        curves(
            "Requests",
            "By status. 429 means that trainers wait, 503 that the database was away.",
            metric(f"sum by (status) (rate({_REQUESTS}[5m]))", "{{status}}"),
            unit="reqps",
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "Time to an answer",
            "Over half an hour, all addresses.",
            quantile(0.5, "azuraforge_api_request_seconds", "median"),
            quantile(0.99, "azuraforge_api_request_seconds", "99 of 100"),
            unit="s",
        )
    )
    board.with_panel(
        curves(
            "Busiest addresses",
            "Requests a second of the five most asked.",
            metric(f"topk(5, sum by (route) (rate({_REQUESTS}[5m])))", "{{route}}"),
            unit="reqps",
        )
    )
    board.with_panel(
        curves(
            "Connections to the database",
            "All busy for long: more `api.settings.DATABASE_POOL_SIZE`, or a slow database.",
            metric("sum by (state) (azuraforge_api_database_connections)", "{{state}}"),
            is_stacked=True,
        )
    )


def _ingest(board: Dashboard) -> None:
    board.with_row(Row("Metrics of trainers"))
    board.with_panel(
        curves(
            "Events",
            "stored is new; known came twice, by post and by file, which costs little.",
            metric(
                "sum by (outcome) (rate(azuraforge_api_ingest_events_total[5m]))", "{{outcome}}"
            ),
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "Lag",
            "Age of the newest event of a batch when it was stored.",
            quantile(0.95, "azuraforge_api_ingest_lag_seconds", "95 of 100"),
            unit="s",
        )
    )


def _cache(board: Dashboard) -> None:
    board.with_row(Row("Cache and volumes"))
    board.with_panel(
        curves(
            "Openings of the shared cache",
            "Hits read memory that is there already; misses download and prepare.",
            metric("sum by (outcome) (increase(azuraforge_cache_opens_total[30m]))", "{{outcome}}"),
            is_stacked=True,
            width=WIDTH // 3,
        )
    )
    board.with_panel(
        curves(
            "Data opened",
            "Bytes a second, by how the cache had them.",
            metric("sum by (outcome) (rate(azuraforge_cache_bytes_total[30m]))", "{{outcome}}"),
            unit="Bps",
            is_stacked=True,
            width=WIDTH // 3,
        )
    )
    board.with_panel(
        curves(
            "Volumes",
            "Share that is used; above 85 % an alert calls. Volumes that tell no use are not here.",
            metric(
                f"max by (namespace, persistentvolumeclaim) ({_VOLUME_USE})",
                "{{namespace}}/{{persistentvolumeclaim}}",
            ),
            unit="percentunit",
            width=WIDTH // 3,
        )
    )


def _operator(board: Dashboard) -> None:
    board.with_row(Row("Operator"))
    board.with_panel(
        curves(
            "Turns of jobs",
            "By what came of them; errors are tried again.",
            metric(
                "sum by (result) (rate(azuraforge_operator_reconciles_total[5m]))", "{{result}}"
            ),
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "Time of a turn",
            "Of one job. Slow turns with a long queue: more `operator.workers`.",
            quantile(0.95, "azuraforge_operator_reconcile_seconds", "95 of 100"),
            unit="s",
            width=WIDTH // 4,
        )
    )
    board.with_panel(
        curves(
            "Jobs that wait for a turn",
            "Above 0 for long: more `operator.workers`, or a slow API server.",
            metric("max(azuraforge_operator_queue_length)", "jobs"),
            width=WIDTH // 4,
        )
    )
    board.with_panel(
        curves(
            "Requests to the API server",
            "By answer; 429 means that it is asked to slow down.",
            metric("sum by (code) (rate(azuraforge_operator_api_requests_total[5m]))", "{{code}}"),
            unit="reqps",
            is_stacked=True,
        )
    )
    board.with_panel(
        curves(
            "Memory",
            "Of operator and API.",
            metric(
                'max by (pod) (process_resident_memory_bytes{component=~"operator|api"})',
                "{{pod}}",
            ),
            unit="bytes",
        )
    )
