"""A release from its installation to its end: changed, taken back, removed and installed again."""

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

from azuraforge_client import Client
from azuraforge_e2e.fault_table import Fault, tell
from azuraforge_e2e.history import History
from azuraforge_e2e.job_documents import LASTING, SMALL
from azuraforge_e2e.leftovers import leftovers
from azuraforge_e2e.programs import REPOSITORY, run_program
from azuraforge_e2e.release import CHART, NAMESPACE, Release
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster

_DEFINITION: Final = "CustomResourceDefinition/trainingjobs.azuraforge.io"
_LEASE: Final = "Lease/azuraforge-operator"
"""Made by the operator itself, and empty once the operator is gone."""
_KEPT: Final = {
    _DEFINITION,
    _LEASE,
    "PersistentVolumeClaim/azuraforge-cache",
    "PersistentVolumeClaim/azuraforge-data",
    "PersistentVolumeClaim/azuraforge-runs",
    "PersistentVolumeClaim/data-azuraforge-postgresql-0",
    "Secret/azuraforge-postgresql",
}
"""What a release leaves by default: what people have made, and what opens it."""
_KEEP_NOTHING: Final = {
    "crds__keep": "false",
    "runs__keep": "false",
    "cache__keep": "false",
    "api__data__keep": "false",
    "postgresql__storage__keep": "false",
}


def test_a_rollback_takes_a_change_back_and_harms_no_job(
    platform: Platform, home: Workspace
) -> None:
    """`helm upgrade`, then `helm rollback`: the job's pod goes on, its history is whole."""
    before = _describe_pods(platform)
    home.submit("through", LASTING)
    pod = home.wait_for_running_pod("through", 0)
    platform.install(api__podAnnotations__changed="yes", operator__podAnnotations__changed="yes")
    wait_for("changed pods", lambda: _describe_pods(platform) == {"changed": "yes"})

    _helm(platform.release, "rollback", "azuraforge")
    wait_for("the former pods", lambda: _describe_pods(platform) == before, seconds=240)
    platform.wait_until_rolled_out()
    platform.release.wait_until_ready()
    _is_untouched(home, "through", pod["metadata"]["uid"])
    home.change("through", {"cancel": True})
    home.wait_for_phase("through", "Cancelled")
    with platform.client() as client:
        damage = History(platform, home).compare(client, ["through"])
    tell(Fault("helm upgrade, helm rollback", "the same pod trains on", "none needed", damage))


def test_a_removed_release_leaves_what_is_kept_and_finds_it_again(
    platform: Platform, home: Workspace
) -> None:
    """`helm uninstall` leaves definition, jobs and data; `--take-ownership` finds them again."""
    home.submit("modelled", SMALL)
    home.wait_for_phase("modelled", "Succeeded")
    with platform.client() as client:
        history = History(platform, home)
        history.compare(client, ["modelled"])
        before = _facts(client)
    home.submit("lasting", LASTING)
    pod = home.wait_for_running_pod("lasting", 0)

    _helm(platform.release, "uninstall", "azuraforge", "--wait", "--timeout", "180s")
    wait_for("the end of the rest", lambda: leftovers(home) == _KEPT, seconds=120,
             explain=lambda: str(leftovers(home)))  # fmt: skip
    assert home.status("modelled")["phase"] == "Succeeded"
    _is_untouched(home, "lasting", pod["metadata"]["uid"])

    platform.install(CHART, ("--take-ownership",))
    _is_untouched(home, "lasting", pod["metadata"]["uid"])
    with platform.client() as client:
        assert before <= _facts(client)
        home.change("lasting", {"cancel": True})
        home.wait_for_phase("lasting", "Cancelled")
        damage = history.compare(client, ["modelled", "lasting"])
        assert client.predictions.predict("modelled").series
    left = f"left: {', '.join(sorted(_KEPT))}; the running job trains on"
    tell(Fault("helm uninstall", left, "helm install --take-ownership", damage))


def test_a_removed_release_that_keeps_nothing_leaves_nothing(
    platform: Platform, home: Workspace
) -> None:
    """With every `keep` false, `helm uninstall` removes definition, jobs, pods and data."""
    platform.install(**_KEEP_NOTHING)
    home.submit("lasting-too", LASTING)
    home.wait_for_running_pod("lasting-too", 0)
    _helm(platform.release, "uninstall", "azuraforge", "--timeout", "180s")
    wait_for("the end of all", lambda: leftovers(home) == {_LEASE}, seconds=240,
             explain=lambda: str(leftovers(home)))  # fmt: skip
    assert home.api.list("Pod", NAMESPACE) == []
    tell(
        Fault(
            "helm uninstall, every keep false", f"left: {_LEASE}", "helm install", "all, as asked"
        )
    )

    platform.install()
    with platform.client() as client:
        assert list(client.jobs.list()) == []
        assert list(client.models.list()) == []


def test_the_last_release_is_upgraded_while_a_job_runs(
    platform: Platform, home: Workspace, released_chart: Path
) -> None:
    """From the packaged chart of the last release to this tree: job and history stay."""
    _helm(platform.release, "uninstall", "azuraforge", "--wait", "--timeout", "180s")
    platform.install(released_chart, ("--take-ownership",))
    home.submit("over", LASTING)
    pod = home.wait_for_running_pod("over", 0)
    platform.install(api__podAnnotations__changed="yes", operator__podAnnotations__changed="yes")
    wait_for("changed pods", lambda: _describe_pods(platform) == {"changed": "yes"})
    _is_untouched(home, "over", pod["metadata"]["uid"])
    home.change("over", {"cancel": True})
    home.wait_for_phase("over", "Cancelled")
    with platform.client() as client:
        damage = History(platform, home).compare(client, ["over"])
    name = f"upgrade from {released_chart.name}"
    tell(Fault(name, "the same pod trains on", "none needed", damage))


@pytest.fixture
def released_chart(tmp_path: Path) -> Path:
    """Return the chart of the newest tag, packaged as a release packages it.

    Before the first tag it is that of the last commit, which is to be the first release.
    AZURAFORGE_RELEASED names another commit.
    """
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("no git repository: run this from a clone, whose tags are the releases")
    tags = run_program(git, "-C", str(REPOSITORY), "tag", "--list", "v*", "--sort=-v:refname")
    commit = os.environ.get("AZURAFORGE_RELEASED") or next(iter(tags.split()), "HEAD")
    archive = tmp_path / "source.tar"
    run_program(git, "-C", str(REPOSITORY), "archive", "--output", str(archive), commit,
                "charts/azuraforge")  # fmt: skip
    shutil.unpack_archive(archive, tmp_path / "source", filter="data")
    run_program("helm", "package", str(tmp_path / "source/charts/azuraforge"), "--destination",
                str(tmp_path))  # fmt: skip
    [package] = tmp_path.glob("azuraforge-*.tgz")
    return package


def _helm(release: Release, command: str, *arguments: str) -> None:
    run_program("helm", command, *arguments, "--namespace", NAMESPACE,
                kubeconfig=release.kubeconfig)  # fmt: skip


def _describe_pods(platform: Platform) -> dict[str, str]:
    """Return the annotations that all pods of API and operator have."""
    pods = [*platform.pods(), *platform.release.pods()]
    found = [pod["metadata"].get("annotations", {}) for pod in pods]
    return {
        key: value for key, value in found[0].items()
        if key == "changed" and all(each.get(key) == value for each in found)
    }  # fmt: skip


def _is_untouched(home: Workspace, job: str, uid: str) -> None:
    """Insist on the pod of a job's only attempt: the same one, never restarted."""
    pod = home.wait_for_running_pod(job, 0)
    assert pod["metadata"]["uid"] == uid
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    assert [each["metadata"]["uid"] for each in home.pods(job)] == [uid]


def _facts(client: Client) -> set[str]:
    """Return what the library and the history hold, by identities that outlive an installation."""
    facts = {f"job {job.uid} {job.name}" for job in client.jobs.list()}
    for model in client.models.list():
        versions = [each.version for each in client.models.versions(model.name)]
        facts |= {f"model {model.name} {version}" for version in versions}
    return facts
