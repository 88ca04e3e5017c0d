"""The dashboard of the platform itself: API, ingest, database, operator."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from azuraforge_chart.monitoring.panels import (
    curves,
    lines,
    log_lines,
    metric,
    number,
    quantile,
)

__all__ = ["platform"]

_REQUESTS: Final = "azuraforge_api_request_seconds_count"


def platform() -> Dashboard:
    """Return the dashboard."""
    board = (
        Dashboard("AzuraForge / Platform")
        .uid("azuraforge-platform")
        .description("The platform itself: API, ingest of metrics, database, operator.")
        .tags(["azuraforge"])
        .time("now-3h", "now")
        .refresh("30s")
    )
    _numbers(board)
    _api(board)
    _ingest(board)
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
    for title, text, expression in (
        ("APIs", "Processes of the API that answer.", "count(azuraforge_api_database_up)"),
        ("Database", "1: every API reaches it.", "min(azuraforge_api_database_up)"),
        ("Operators that act", "1 is right.", "sum(azuraforge_operator_is_leader)"),
        ("Followers", "Open event streams.", "sum(azuraforge_api_followers)"),
    ):
        board.with_panel(number(title, text, metric(expression), width=4))
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
            "Slow turns with a long queue: more `operator.workers`.",
            quantile(0.95, "azuraforge_operator_reconcile_seconds", "95 of 100"),
            metric("max(azuraforge_operator_queue_length)", "jobs that wait"),
            unit="none",
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
