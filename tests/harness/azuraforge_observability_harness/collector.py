"""The log collector with the chart's configuration, beside a folder that plays a node's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from azuraforge_observability_harness.programs import free_port, needed_program
from azuraforge_observability_harness.server import Server

__all__ = ["start_collector"]

_FEATURE: Final = "--feature-gates=stanza.synchronousLogEmitter"


def start_collector(
    folder: Path,
    config: str,
    *,
    pod_logs: Path,
    loki: str,
    environment: Mapping[str, str] | None = None,
) -> Server:
    """Return a running collector.

    What needs a cluster is left out of its configuration: pods' labels. Lines of trainers get their
    job's name from the pod's then, as those of pods that are gone do.

    Args:
        folder: its state and configuration.
        config: the chart's, as text.
        pod_logs: in place of the node's folder.
        loki: where lines go.
        environment: variables beside Loki's address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = config.replace("/var/log/pods", str(pod_logs)).replace(
        "/var/lib/otelcol", str(folder / "state")
    )
    document: dict[str, Any] = yaml.safe_load(text)
    health, metrics = free_port(), free_port()
    document["extensions"]["health_check"]["endpoint"] = f"127.0.0.1:{health}"
    [reader] = document["service"]["telemetry"]["metrics"]["readers"]
    reader["pull"]["exporter"]["prometheus"] = {"host": "127.0.0.1", "port": metrics}
    del document["processors"]["k8s_attributes"]
    document["service"]["pipelines"]["logs"]["processors"].remove("k8s_attributes")
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    server = Server(
        [needed_program("otelcol"), f"--config={path}", _FEATURE],
        f"http://127.0.0.1:{health}/",
        folder / "collector.log",
        {**(environment or {}), "LOKI_URL": loki},
    )
    server.start()
    return server
