"""Loki and Prometheus of the release, asked through the API server."""

import json
import time
from typing import Any, Final
from urllib.parse import urlencode

from azuraforge_e2e.api_server import ApiServer
from azuraforge_e2e.node import Node
from azuraforge_e2e.programs import run_program
from azuraforge_e2e.release import NAMESPACE

__all__ = ["OBSERVED", "STAND_INS", "Loki", "Prometheus", "missing_stand_ins", "stand_in_values"]

STAND_INS: Final = {
    "loki": "stand-in.invalid/loki",
    "prometheus": "stand-in.invalid/prometheus",
    "logs.collector": "stand-in.invalid/collector",
}
"""Images, built by tests/e2e/images/build.sh, by the values that take them."""
OBSERVED: Final = {
    "loki__mode": "bundled",
    "loki__storage__keep": "false",
    "prometheus__mode": "bundled",
    "prometheus__storage__keep": "false",
}
"""Values with which both servers come, and go without a trace."""
_NANOSECONDS: Final = 1_000_000_000
_HOUR_SECONDS: Final = 3600
_PAGE_LINES: Final = 5000


def missing_stand_ins() -> list[str]:
    """Return the images that tests/cluster/build_observability.sh has not been asked for."""
    known = run_program("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").split()
    return [f"{name}:dev" for name in STAND_INS.values() if f"{name}:dev" not in known]


def stand_in_values(node: Node) -> dict[str, str]:
    """Return the values that install Loki, collector and Prometheus, whose images the node gets."""
    node.load_images(*(f"{repository}:dev" for repository in STAND_INS.values()))
    values = dict(OBSERVED)
    for part, repository in STAND_INS.items():
        image = f"{part.replace('.', '__')}__image"
        values |= {f"{image}__repository": repository, f"{image}__tag": "dev"}
    return values


class Loki:
    """Central logs.

    Args:
        api: in front of it.
    """

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self._root = f"/api/v1/namespaces/{NAMESPACE}/services/azuraforge-loki:3100/proxy"

    def lines(self, query: str) -> list[str]:
        """Return all lines of a query in the last hour, oldest first."""
        start = time.time_ns() - _HOUR_SECONDS * _NANOSECONDS
        lines: list[str] = []
        while True:
            page = self._page(query, start)
            if len(page) < _PAGE_LINES:
                return lines + [line for _, line in page]
            start = page[-1][0]  # those of the very last moment come again, all of them
            lines += [line for stamp, line in page if stamp < start]

    def _page(self, query: str, start: int) -> list[tuple[int, str]]:
        streams = self.result(query, start=start, limit=_PAGE_LINES, direction="forward")
        found = [(int(stamp), line) for stream in streams for stamp, line in stream["values"]]
        return sorted(found, key=lambda pair: pair[0])

    def result(self, query: str, **further: object) -> list[dict[str, Any]]:
        """Return what a query finds in the last hour."""
        now = time.time_ns()
        asked = {
            "query": query,
            "start": now - _HOUR_SECONDS * _NANOSECONDS,
            "end": now,
            **further,
        }
        path = f"{self._root}/loki/api/v1/query_range?{urlencode(asked)}"
        found: list[dict[str, Any]] = json.loads(self._api.get_text(path))["data"]["result"]
        return found

    def alerts(self) -> dict[str, str]:
        """Return the health of every rule of the ruler by its name."""
        return _health(self._api.get_text(f"{self._root}/prometheus/api/v1/rules"))


class Prometheus:
    """Metrics.

    Args:
        api: in front of it.
    """

    def __init__(self, api: ApiServer) -> None:
        self._api = api
        self._root = f"/api/v1/namespaces/{NAMESPACE}/services/azuraforge-prometheus:9090/proxy"

    def result(self, query: str) -> list[dict[str, Any]]:
        """Return what a query finds now."""
        path = f"{self._root}/api/v1/query?{urlencode({'query': query})}"
        found: list[dict[str, Any]] = json.loads(self._api.get_text(path))["data"]["result"]
        return found

    def alerts(self) -> dict[str, str]:
        """Return the health of every rule by its name."""
        return _health(self._api.get_text(f"{self._root}/api/v1/rules"))


def _health(answer: str) -> dict[str, str]:
    groups = json.loads(answer)["data"]["groups"]
    return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
