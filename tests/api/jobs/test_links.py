"""Links of jobs lead to exactly their lines."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from azuraforge_api.jobs.links import job_links
from azuraforge_api.jobs.tables import JobRow

_CREATED = datetime(2026, 11, 22, 10, tzinfo=UTC)


def _row(finished_at: datetime | None) -> JobRow:
    return JobRow(
        uid="0b5", name="nyc", namespace="ml", created_at=_CREATED, finished_at=finished_at
    )


def test_the_log_link_opens_grafana_on_the_jobs_lines_and_time() -> None:
    """Query, data source and range are the job's; a running one's range goes on."""
    ended = datetime(2026, 11, 22, 11, tzinfo=UTC)
    for finished_at, expected in ((ended, str(int(ended.timestamp() + 120) * 1000)), (None, "now")):
        link = urlsplit(job_links(_row(finished_at), "https://grafana.example/")["logs"])
        assert (link.netloc, link.path) == ("grafana.example", "/explore")
        [panes] = parse_qs(link.query)["panes"]
        pane = json.loads(panes)["a"]
        [query] = pane["queries"]
        labels = '{namespace="ml",trainingjob="nyc"}'
        assert query["expr"] == f'{labels} | run="0b5" or run=""'
        assert query["datasource"] == {"uid": "loki", "type": "loki"}
        assert pane["range"]["to"] == expected
        assert int(pane["range"]["from"]) < _CREATED.timestamp() * 1000


def test_without_grafana_there_is_no_link() -> None:
    """No address, no links."""
    assert job_links(_row(None), None) == {}
