"""Loki with the chart's configuration."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from azuraforge_observability_harness.programs import free_port, needed_program
from azuraforge_observability_harness.server import Server

__all__ = ["Entry", "Loki"]

_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Entry:
    """One line that was found.

    Attributes:
        time: in nanoseconds since 1970.
        line: its text.
        labels: stream labels and structured metadata.
    """

    time: int
    line: str
    labels: Mapping[str, str]


class Loki:
    """One Loki; `server` ends and starts it.

    Args:
        folder: its data and configuration.
        config: the chart's, as text.
        rules: the chart's rule file, as text.
        environment: its variables.
    """

    def __init__(
        self,
        folder: Path,
        config: str,
        rules: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        port, grpc = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        data = folder / "data"
        (folder / "rules" / "fake").mkdir(parents=True)
        (folder / "rules" / "fake" / "azuraforge.yaml").write_text(rules)
        here = "  http_listen_address: 127.0.0.1\n  grpc_listen_address: 127.0.0.1"
        text = (
            config.replace("/var/loki", str(data))
            .replace("/etc/loki/rules", str(folder / "rules"))
            .replace("http_listen_port: 3100", f"http_listen_port: {port}\n{here}")
            .replace("grpc_listen_port: 9095", f"grpc_listen_port: {grpc}")
        )
        path = folder / "config.yaml"
        path.write_text(text)
        self.server = Server(
            [needed_program("loki"), f"-config.file={path}"],
            f"{self.url}/ready",
            folder / "loki.log",
            dict(environment or {}),
        )

    def entries(self, query: str, *, limit: int = 5000) -> list[Entry]:
        """Return the lines of a query, oldest first, of the last hour."""
        found = [
            Entry(int(stamp), line, stream["stream"])
            for stream in self._ask(query, limit=limit)
            for stamp, line in stream["values"]
        ]
        return sorted(found, key=lambda entry: entry.time)

    def figures(self, query: str) -> list[dict[str, Any]]:
        """Return the series of a query that makes figures of lines."""
        return self._ask(query, step=15)

    def labels(self) -> set[str]:
        """Return the names of all stream labels."""
        answer = httpx.get(f"{self.url}/loki/api/v1/labels", timeout=30).raise_for_status()
        return set(answer.json().get("data", ()))

    def alerts(self) -> list[str]:
        """Return the names of the rules that its ruler has loaded."""
        answer = httpx.get(f"{self.url}/prometheus/api/v1/rules", timeout=30).raise_for_status()
        groups = answer.json()["data"]["groups"]
        return [rule["name"] for group in groups for rule in group["rules"]]

    def _ask(self, query: str, **further: Any) -> list[dict[str, Any]]:
        now = time.time_ns()
        answer = httpx.get(
            f"{self.url}/loki/api/v1/query_range",
            params={
                "query": query,
                "start": now - 3600 * _NANOSECONDS,
                "end": now + 60 * _NANOSECONDS,
                **further,
            },
            timeout=60,
        )
        assert answer.is_success, f"{query}: {answer.text}"
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result
