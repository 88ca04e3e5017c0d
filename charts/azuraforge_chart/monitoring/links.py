"""Links from one dashboard to the others, and to a job's lines in Explore."""

import json
from urllib.parse import quote

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

__all__ = ["logs_link", "others_link"]


def others_link() -> DashboardLink:
    """Return the menu of our other dashboards, for the same time."""
    return (
        DashboardLink("AzuraForge")
        .type(DashboardLinkType.DASHBOARDS)
        .tags(["azuraforge"])
        .as_dropdown(True)
        .keep_time(True)
    )


def logs_link(title: str, expression: str) -> DashboardLink:
    """Return a link to Explore with a query of Loki, for the time that is looked at.

    Args:
        title: as people read it.
        expression: LogQL, with variables of the dashboard as ``${name}``.
    """
    pane = {
        "datasource": "loki",
        "queries": [
            {
                "refId": "A",
                "datasource": {"uid": "loki", "type": "loki"},
                "expr": expression,
            }
        ],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    panes = quote(json.dumps({"a": pane}, separators=(",", ":")), safe="")
    for name in ("namespace", "trainingjob", "__from", "__to"):
        panes = panes.replace(quote(f"${{{name}}}", safe=""), f"${{{name}}}")
    return (
        DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .icon("external link")
        .url(f"/explore?schemaVersion=1&orgId=1&panes={panes}")
    )
