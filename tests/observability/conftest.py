"""A real Loki and a real collector, both with the configuration that the chart gives them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azuraforge_observability_harness.collector import start_collector
from azuraforge_observability_harness.loki import Loki
from azuraforge_observability_harness.rendering import rendered
from azuraforge_observability_harness.server import Server

StartCollector = Callable[[], Server]


@pytest.fixture
def loki(tmp_path: Path) -> Iterator[Loki]:
    """Return a running Loki."""
    config_map = rendered("ConfigMap", "azuraforge-loki")["data"]
    folder = tmp_path / "loki"
    folder.mkdir()
    found = Loki(folder, config_map["config.yaml"], config_map["rules.yaml"])
    found.server.start()
    yield found
    found.server.stop()


@pytest.fixture
def pod_logs(tmp_path: Path) -> Path:
    """Return the folder of pods' logs."""
    folder = tmp_path / "pods"
    folder.mkdir()
    return folder


@pytest.fixture
def collect(tmp_path: Path, pod_logs: Path, loki: Loki) -> Iterator[StartCollector]:
    """Return what starts the collector; it goes on from its state when it is started again."""
    config = rendered("ConfigMap", "azuraforge-collector")["data"]["config.yaml"]
    started: list[Server] = []

    def start() -> Server:
        started.append(
            start_collector(tmp_path / "collector", config, pod_logs=pod_logs, loki=loki.url)
        )
        return started[-1]

    yield start
    for server in started:
        server.stop()
