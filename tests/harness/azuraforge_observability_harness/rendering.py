"""The chart's configuration of a server, as Helm renders it."""

import subprocess
from typing import Any

import yaml

from azuraforge_chart.generated_files import CHART
from azuraforge_observability_harness.programs import needed_program

__all__ = ["rendered"]


def rendered(kind: str, name: str, *settings: str) -> dict[str, Any]:
    """Return one object of a release named azuraforge in the namespace ml.

    Args:
        kind: the object's.
        name: its name.
        settings: values beside the defaults, as ``--set`` takes them.
    """
    flags = [
        part
        for each in ("api.enabled=false", "grafana.mode=disabled", *settings)
        for part in ("--set", each)
    ]
    command = [needed_program("helm"), "template", "azuraforge", str(CHART), "-n", "ml", *flags]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - helm of this machine
    for document in yaml.safe_load_all(done.stdout):
        if document and (document["kind"], document["metadata"]["name"]) == (kind, name):
            found: dict[str, Any] = document
            return found
    raise AssertionError(f"the chart makes no {kind} named {name}")
