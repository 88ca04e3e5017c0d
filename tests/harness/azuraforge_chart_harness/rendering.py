"""What Helm makes of the chart, for its tests; they are skipped where there is no Helm."""

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from azuraforge_chart.generated_files import CHART

__all__ = ["SECRETS", "Document", "find_helm", "find_refusal", "of_kind", "render"]

Document = dict[str, Any]

SECRETS: Final = (
    "api.existingSecret=ours",
    "postgresql.existingSecret=ours",
    "grafana.existingSecret=ours",
)
"""Where no cluster is asked, nothing is generated: a rendering needs them."""


def render(*settings: str, apis: tuple[str, ...] = ()) -> list[Document]:
    """Return the objects of a release named azuraforge in the namespace training.

    Args:
        settings: values as ``--set`` takes them, beside the names of secrets.
        apis: what the cluster knows beside Kubernetes' own, such as monitoring.coreos.com/v1.
    """
    done = _run(*SECRETS, *settings, apis=apis)
    assert done.returncode == 0, done.stderr
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [found for found in yaml.load_all(done.stdout, loader) if found]


def find_refusal(*settings: str, has_secrets: bool = True) -> str:
    """Return what Helm says of values that it does not take.

    Raises:
        AssertionError: it takes them.
    """
    done = _run(*(SECRETS if has_secrets else ()), *settings)
    assert done.returncode != 0, f"{settings} is rendered"
    return done.stderr


def of_kind(documents: list[Document], *kinds: str) -> list[Document]:
    """Return the objects of some kinds."""
    return [document for document in documents if document["kind"] in kinds]


@functools.cache
def _run(*settings: str, apis: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    values = [part for setting in settings for part in ("--set", setting)]
    known = [part for api in apis for part in ("--api-versions", api)]
    command = [find_helm(), "template", "azuraforge", str(CHART), "--namespace", "training"]
    return subprocess.run(  # noqa: S603 - helm of this machine
        [*command, *values, *known], capture_output=True, text=True, check=False
    )


@functools.cache
def find_helm() -> str:
    """Return helm's path; skip the test where there is none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "azuraforge-cluster"
    found = shutil.which("helm") or shutil.which("helm", path=str(cache / "bin"))
    if found is None:
        pytest.skip("helm is not installed; `make cluster` builds one")
    return found
