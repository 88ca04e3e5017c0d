"""The API over a real cluster: jobs of people and of kubectl, mirrored, followed and steered."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.job_documents import LONG_TRAINING, job_document
from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.service_process import ServiceProcess
from azuraforge_e2e.workspace import RUNS_CLAIM, Workspace

pytestmark = pytest.mark.cluster


@pytest.fixture
def service(workspace: Workspace, kubeconfig: Path, tmp_path: Path) -> ServiceProcess:
    """Return the service, not started yet; the first job has bound the runs' claim."""
    workspace.submit("before")
    workspace.wait_for_phase("before", "Succeeded")
    folder = workspace.node.claim_folder(workspace.namespace, RUNS_CLAIM)
    runs = workspace.node.host_path(folder)
    return ServiceProcess(tmp_path, kubeconfig, workspace.namespace, NAMESPACE, runs)


@pytest.fixture
def kubeconfig(request: pytest.FixtureRequest) -> Path:
    """Return the cluster's kubeconfig."""
    return Path(request.getfixturevalue("kind_cluster").kubeconfig_path)


@pytest.fixture
def progress_of_the_api(workspace: Workspace) -> Iterator[None]:
    """Let the operator read no logs, as where it knows of an API."""
    workspace.release.install(operator__progressPollSeconds="0")
    yield
    workspace.release.install()


def stored_events(service: ServiceProcess, uid: str) -> list[tuple[int, int]]:
    """Return attempt and number of every event of an ended job."""
    return [(each["attempt"], each["sequence"]) for each in service.events(uid)]


def written_events(workspace: Workspace, name: str) -> list[tuple[int, int]]:
    """Return the same as the trainers have written it."""
    folder = workspace.run_folder(name) / "events"
    lines = [
        line
        for file in workspace.node.files(folder)
        for line in workspace.node.read(folder / file).splitlines()
    ]
    return sorted((each["attempt"], each["sequence"]) for each in map(json.loads, lines))


def owners_of_progress(job: Document) -> set[str]:
    """Return who owns a job's live progress."""
    return {
        entry["manager"]
        for entry in job["metadata"]["managedFields"]
        if "f:progress" in entry["fieldsV1"].get("f:status", {})
    }


@pytest.mark.usefixtures("progress_of_the_api")
def test_a_job_is_followed_live_and_its_history_is_kept(
    workspace: Workspace, service: ServiceProcess
) -> None:
    """Events, log and `kubectl get` show it while it trains; history outlives the object."""
    with service:
        uid = service.submit(job_document("long", workspace.namespace, LONG_TRAINING))
        assert service.get(uid)["metadata"]["createdBy"] == "preset admin"
        service.wait_for_phase(uid, "Running")
        steps = (each for each in service.events(uid) if each["type"] == "step")
        assert len(list(itertools.islice(steps, 3))) == 3
        lines = list(itertools.islice(service.log_lines(uid, follow="true"), 5))
        assert [line["number"] for line in lines] == [1, 2, 3, 4, 5]
        workspace.wait_for("progress", lambda: workspace.status("long").get("progress"))
        assert owners_of_progress(workspace.job("long")) == {"azuraforge-api"}

        service.request("PATCH", f"/jobs/{uid}", json={"cancel": True})
        service.wait_for_phase(uid, "Cancelled")
        assert stored_events(service, uid) == written_events(workspace, "long")
        service.request("DELETE", f"/jobs/{uid}", 204)
        workspace.wait_for(
            "the object's end",
            lambda: workspace.api.get("TrainingJob", workspace.namespace, "long") is None,
        )
        kept = service.get(uid)
        assert kept["status"]["phase"] == "Cancelled"
        assert kept["metadata"]["deletionTimestamp"]
        (said,) = service.log_lines(uid, follow="true")
        assert (said["number"], said["attempt"]) == (0, 0)


def test_a_killed_service_catches_up_with_all_that_happened(
    workspace: Workspace, service: ServiceProcess
) -> None:
    """Jobs changed, made and deleted by kubectl meanwhile; no event and no model twice."""
    with service:
        before = service.wait_for_phase("before", "Succeeded")["metadata"]["uid"]
        wait_for_model(workspace, service, before)
        assert stored_events(service, before) == written_events(workspace, "before")
        uid = service.submit(job_document("long", workspace.namespace, LONG_TRAINING))
        service.wait_for_phase(uid, "Running")
        workspace.wait_for_checkpoint("long")

        service.kill()
        workspace.change("long", {"suspend": True})
        workspace.submit("meanwhile")
        workspace.wait_for_phase("long", "Suspended")
        workspace.wait_for_phase("meanwhile", "Succeeded")
        workspace.kubectl("delete", "tj", "before")
        service.start()

        service.wait_for_phase(uid, "Suspended")
        found = service.wait_for_phase("meanwhile", "Succeeded")["metadata"]
        assert found["createdBy"] == "kubectl"
        workspace.wait_for(
            "the deletion", lambda: service.get(before)["metadata"]["deletionTimestamp"]
        )
        service.request("PATCH", f"/jobs/{uid}", json={"suspend": False})
        workspace.wait_for_resumption("long", 1)
        service.request("PATCH", f"/jobs/{uid}", json={"cancel": True})
        service.wait_for_phase(uid, "Cancelled")
        assert stored_events(service, uid) == written_events(workspace, "long")
        jobs = service.request("GET", "/jobs").json()["items"]
        assert sorted(each["metadata"]["name"] for each in jobs) == ["before", "long", "meanwhile"]
        for name in ("before", "meanwhile"):
            wait_for_model(workspace, service, name)
            assert versions_of(service, name) == [1]


def wait_for_model(workspace: Workspace, service: ServiceProcess, job: str) -> None:
    """Wait until a job's model is in the library."""
    workspace.wait_for("the model", lambda: service.get(job)["status"].get("model"))


def versions_of(service: ServiceProcess, model: str) -> list[int]:
    """Return the numbers of a model's versions in the library."""
    answer = service.request("GET", f"/models/{model}/versions")
    return [each["version"] for each in answer.json()["items"]]


def test_what_the_cluster_refuses_is_told(workspace: Workspace, service: ServiceProcess) -> None:
    """A quota's own words, and a name that is taken."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few", "namespace": workspace.namespace},
        "spec": {"hard": {"count/trainingjobs.azuraforge.io": "1"}},
    }
    workspace.kubectl("apply", "-f", "-", text=json.dumps(quota))
    path = "jsonpath={.status.used}"
    workspace.wait_for(
        "the quota", lambda: workspace.kubectl("get", "resourcequota", "few", "-o", path)
    )
    with service:
        document = job_document("again", workspace.namespace)
        refused = service.request("POST", "/jobs", 422, json=document).json()
        assert refused["code"] == "cluster-refused"
        assert "exceeded quota: few" in refused["detail"]
        workspace.kubectl("delete", "resourcequota", "few")
        document = job_document("before", workspace.namespace)
        taken = service.request("POST", "/jobs", 409, json=document).json()
        assert taken["code"] == "conflict"
