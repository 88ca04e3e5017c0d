"""A job that succeeds: what it leaves behind, and what a person sees of it."""

import json

import pytest

from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


@pytest.mark.telling
def test_an_applied_job_succeeds_and_leaves_its_model_in_the_runs_claim(
    workspace: Workspace,
) -> None:
    """An applied job trains a model: files in the claim, figures in status, a log in JSON."""
    workspace.submit("short")
    status = workspace.wait_for_phase("short", "Succeeded")

    files = workspace.node.files(workspace.run_folder("short"))
    for name in ("job.json", "model/model.safetensors", "model/model.json", "report/report.html",
                 "report/metrics.json", "events/0.jsonl"):  # fmt: skip
        assert name in files
    complete = {each["type"]: each["status"] for each in status["conditions"]}
    assert complete["Complete"] == "True"
    assert complete["Failed"] == "False"
    assert status["nextAttempt"] == 1
    assert status["attempts"][0]["exitCode"] == 0
    assert status["progress"]["percentage"] == 100
    assert status["dataset"]["cache"] in {"Hit", "Miss"}
    [pod] = workspace.pods("short")
    lines = workspace.api.log(workspace.namespace, pod["metadata"]["name"]).splitlines()
    assert {json.loads(line)["job"] for line in lines} == {"short"}


def test_kubectl_shows_phase_attempts_and_reason(workspace: Workspace) -> None:
    """`kubectl get tj` has the columns that people look for, and `describe` the events."""
    workspace.submit("short")
    workspace.wait_for_phase("short", "Succeeded")

    heading, row = workspace.kubectl("get", "tj").splitlines()
    assert heading.split() == [
        "NAME", "PHASE", "PROGRESS", "LOSS", "ETA", "GPU", "ATTEMPTS", "AGE", "REASON",
    ]  # fmt: skip
    cells = row.split()
    assert cells[:3] == ["short", "Succeeded", "100"]
    assert cells[-1] == "Succeeded"
    _, _, events = workspace.kubectl("describe", "tj", "short").partition("Events:")
    assert "Succeeded" in events
    selected = workspace.kubectl("get", "tj", "--field-selector", "status.phase=Succeeded")
    assert "short" in selected


def test_a_trainer_has_no_rights_in_the_cluster(workspace: Workspace) -> None:
    """A trainer passes `restricted`, carries no token for the API, and its account no rights."""
    workspace.submit("short")
    workspace.wait_for_phase("short", "Succeeded")
    [pod] = workspace.pods("short")

    mounts = [each["mountPath"] for each in pod["spec"]["containers"][0]["volumeMounts"]]
    assert "/var/run/secrets/kubernetes.io/serviceaccount" not in mounts
    subject = f"--as=system:serviceaccount:{workspace.namespace}:azuraforge-trainer"
    granted = workspace.kubectl("auth", "can-i", "--list", "--no-headers", subject)
    names = {line.split()[0] for line in granted.splitlines() if line and line[0].isalpha()}
    assert names <= {
        "selfsubjectreviews.authentication.k8s.io",
        "selfsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
    }


@pytest.mark.telling
def test_a_job_waits_for_its_plugin_and_runs_once_that_is_installed(workspace: Workspace) -> None:
    """An unknown plugin is Pending/PluginNotFound, not a failure; installing it starts the job."""
    name = "azuraforge-plugin-forecaster"
    plugin = workspace.api.get("ConfigMap", NAMESPACE, name)
    assert plugin is not None
    workspace.api.delete("ConfigMap", NAMESPACE, name)
    kept = {key: plugin["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
    try:
        workspace.wait_for(
            "the plugin's end in the operator",
            lambda: '"Plugins: weather-forecaster."' in workspace.release.describe(),
        )
        workspace.submit("patient", {"pipeline": "forecaster"})
        workspace.wait_for(
            "PluginNotFound", lambda: workspace.status("patient").get("reason") == "PluginNotFound"
        )
        assert workspace.status("patient")["phase"] == "Pending"
        assert workspace.pods("patient") == []
    finally:
        workspace.api.create({**plugin, "metadata": kept})
    workspace.wait_for_phase("patient", "Succeeded")
