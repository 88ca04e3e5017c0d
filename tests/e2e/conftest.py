"""One cluster for a session with the operator installed, and a namespace for each test.

Which cluster: the node image that ``--kind-image`` names; else, where Docker is in reach, the one
that ``KIND_IMAGE`` names (tests/cluster/run.sh sets it to our own) or the one that kind chooses;
else every test is skipped with the command that builds what is missing.
"""

import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azuraforge_e2e.api_server import ApiServer
from azuraforge_e2e.node import Node
from azuraforge_e2e.programs import choose_node_image, find_program
from azuraforge_e2e.release import IMAGES, NAMESPACE, Release
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform, installed_platform
from azuraforge_e2e.workspace import Workspace

_COMMAND = "make e2e"
_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest-kind which programs and which image to use, where the command line does not."""
    config.option.kind_image = config.option.kind_image or choose_node_image()
    config.option.kind_bin = config.option.kind_bin or find_program("kind")
    config.option.kind_kubectl_bin = config.option.kind_kubectl_bin or find_program("kubectl")


def _missing() -> str | None:
    """Return what is missing for a cluster."""
    absent = [name for name in ("docker", "kind", "kubectl", "helm") if find_program(name) is None]
    if absent:
        return f"{', '.join(absent)} not found"
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:  # noqa: S607 - the one in PATH is meant
        return "Docker does not answer"
    return None


@pytest.fixture(scope="session")
def release(request: pytest.FixtureRequest) -> Iterator[Release]:
    """Return the operator, installed on a cluster of this session's own."""
    if reason := _missing():
        pytest.skip(f"{reason}: run the cluster tests by `{_COMMAND}`, which builds what they need")
    cluster: Any = request.getfixturevalue("kind_cluster")
    api = ApiServer(cluster.kubeconfig_path)
    node = Node(cluster.name, api)
    wait_for("the API server", api.is_ready)
    node.load_images(*IMAGES)
    found = Release(api, node, cluster.kubeconfig_path)
    found.install()
    yield found
    api.close()


@pytest.fixture
def workspace(release: Release, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """Return a namespace of the test's own."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    cluster: Any = request.getfixturevalue("kind_cluster")
    name = f"{words[:40].strip('-')}-{next(_numbers)}"
    found = Workspace(name, release, Path(cluster.kubeconfig_path))
    found.create()
    yield found
    found.remove()


@pytest.fixture(scope="module")
def platform(release: Release) -> Iterator[Platform]:
    """Return operator, API and database; a module that needs more of it has its own."""
    with installed_platform(release) as found:
        yield found


@pytest.fixture
def home(platform: Platform) -> Iterator[Workspace]:
    """Return the release's own namespace, whose jobs end with the test."""
    found = Workspace(NAMESPACE, platform.release, platform.release.kubeconfig)
    yield found
    found.kubectl("delete", "trainingjobs", "--all")
