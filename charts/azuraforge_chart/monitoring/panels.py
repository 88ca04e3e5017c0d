"""The panels that our dashboards are made of.

Thin over Grafana's own builders: one look for all, fixed data sources, and every query with a
reference of its own.
"""

import string
from typing import Final

from grafana_foundation_sdk.builders import common, logs, loki, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import (
    QueryVariable,
    ThresholdsConfig,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

__all__ = [
    "WIDTH",
    "choice",
    "curves",
    "jobs_table",
    "lines",
    "log_lines",
    "metric",
    "number",
    "quantile",
]

WIDTH: Final = 24
"""Columns of a dashboard."""

_PROMETHEUS: Final = DataSourceRef(type_val="prometheus", uid="prometheus")
_LOKI: Final = DataSourceRef(type_val="loki", uid="loki")
_HEIGHT: Final = 8
_NUMBER_HEIGHT: Final = 4
_NUMBER_WIDTH: Final = 4
_LOG_HEIGHT: Final = 12

Query = Builder[Dataquery]


def metric(expression: str, legend: str = "") -> prometheus.Dataquery:
    """Return a query of Prometheus.

    Args:
        expression: PromQL.
        legend: with labels in double braces.
    """
    query = prometheus.Dataquery().datasource(_PROMETHEUS).expr(expression)
    return query.legend_format(legend or "__auto")


def quantile(share: float, histogram: str, legend: str) -> prometheus.Dataquery:
    """Return the query of a quantile over half an hour.

    Args:
        share: 0.95 for the time that 95 of 100 stay below.
        histogram: its name, without ``_bucket``.
        legend: name of the curve.
    """
    rates = f"sum by (le) (rate({histogram}_bucket[30m]))"
    return metric(f"histogram_quantile({share}, {rates})", legend)


def lines(expression: str, legend: str = "") -> loki.Dataquery:
    """Return a query of Loki: lines, or figures made of them.

    Args:
        expression: LogQL.
        legend: with labels in double braces.
    """
    return loki.Dataquery().datasource(_LOKI).expr(expression).legend_format(legend)


def curves(
    title: str,
    description: str,
    *queries: prometheus.Dataquery | loki.Dataquery,
    unit: str = "short",
    width: int = WIDTH // 2,
    is_stacked: bool = False,
) -> timeseries.Panel:
    """Return curves over time.

    Args:
        title: what they show.
        description: how to read them; shown at the panel's corner.
        queries: what is drawn.
        unit: of the values, in Grafana's words.
        width: in columns.
        is_stacked: whether values add up to a meaningful whole.
    """
    mode = StackingMode.NORMAL if is_stacked else StackingMode.NONE
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .span(width)
        .height(_HEIGHT)
        .fill_opacity(30 if is_stacked else 8)
        .stacking(common.StackingConfig().mode(mode))
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    for letter, query in zip(string.ascii_uppercase, queries, strict=False):
        panel.with_target(query.ref_id(letter))
    return panel


def number(
    title: str,
    description: str,
    query: prometheus.Dataquery | loki.Dataquery,
    *,
    unit: str = "short",
    warn_at: float | None = None,
    right_from: float | None = None,
) -> stat.Panel:
    """Return one number with its recent course.

    Args:
        title: what it is.
        description: how to read it.
        query: its last value is shown.
        unit: in Grafana's words.
        warn_at: from this value on it is red; None: never.
        right_from: below this value it is red; None: never.
    """
    steps = [Threshold(value=None, color="green" if right_from is None else "red")]
    if right_from is not None:
        steps.append(Threshold(value=right_from, color="green"))
    if warn_at is not None:
        steps.append(Threshold(value=warn_at, color="red"))
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .unit(unit)
        .span(_NUMBER_WIDTH)
        .height(_NUMBER_HEIGHT)
        .color_mode(BigValueColorMode.VALUE)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .no_value("0")
        .with_target(query.ref_id("A"))
    )


def jobs_table(title: str, description: str, expression: str) -> table.Panel:
    """Return a table of jobs, each of which leads to its own dashboard.

    Args:
        title: what it shows.
        description: how to read it.
        expression: PromQL with the labels namespace, trainingjob and phase.
    """
    query = metric(expression).instant().format(PromQueryFormat.TABLE)
    chosen = "var-namespace=${__data.fields.namespace}&var-trainingjob=${__data.fields.trainingjob}"
    link = {"title": "Its dashboard", "url": f"/d/azuraforge-job?{chosen}"}
    return (
        table.Panel()
        .title(title)
        .description(description)
        .span(WIDTH)
        .height(_HEIGHT)
        .override_by_name("Time", [DynamicConfigValue("custom.hidden", value=True)])
        .override_by_name(
            "Value",
            [DynamicConfigValue("displayName", "done"), DynamicConfigValue("unit", "percent")],
        )
        .override_by_name("trainingjob", [DynamicConfigValue("links", [link])])
        .with_target(query.ref_id("A"))
    )


def log_lines(title: str, description: str, query: loki.Dataquery) -> logs.Panel:
    """Return lines of a log, the newest first, over the whole width."""
    return (
        logs.Panel()
        .title(title)
        .description(description)
        .span(WIDTH)
        .height(_LOG_HEIGHT)
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .with_target(query.ref_id("A"))
    )


def choice(name: str, label: str, query: str, *, is_multiple: bool = False) -> QueryVariable:
    """Return a variable that people choose at the top of a dashboard.

    Args:
        name: as queries name it.
        label: as people read it.
        query: ``label_values(metric, label)``.
        is_multiple: whether several values, or all, may be chosen.
    """
    variable = (
        QueryVariable(name)
        .label(label)
        .datasource(_PROMETHEUS)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    if is_multiple:
        variable.multi(True).include_all(True).all_value(".*")
    return variable
