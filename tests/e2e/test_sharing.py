"""What jobs share, and what they bring along."""

import pytest

from azuraforge_e2e.workspace import CACHE_CLAIM, Workspace

pytestmark = pytest.mark.cluster

_WRITER = """
import csv, datetime, math
start = datetime.datetime(2024, 1, 1)
with open("/data/table.csv", "w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow(["time", "value"])
    for hour in range(2000):
        time = (start + datetime.timedelta(hours=hour)).isoformat(sep=" ")
        rows.writerow([time, f"{10 + math.sin(hour / 24 * 2 * math.pi):.4f}"])
"""


@pytest.mark.telling
def test_jobs_that_start_together_fill_the_cache_once(workspace: Workspace) -> None:
    """Two jobs on the same data at the same time make one cache entry: one fills, one waits."""
    for name in ("first", "second"):
        workspace.submit(name)
    outcomes = {
        workspace.wait_for_phase(name, "Succeeded")["dataset"]["cache"]
        for name in ("first", "second")
    }

    assert outcomes == {"Hit", "Miss"}
    cache = workspace.node.claim_folder(workspace.namespace, CACHE_CLAIM)
    manifests = [name for name in workspace.node.files(cache) if name.endswith("manifest.json")]
    assert len(manifests) == 1


def test_the_same_job_twice_gives_the_same_model_bit_by_bit(workspace: Workspace) -> None:
    """Two jobs of one spec write the same `model.safetensors`."""
    change = {"config": {"model": {"kind": "dlinear"}, "training": {"epochs": 1}}, "seed": 7}
    digests = set()
    for name in ("one", "two"):
        workspace.submit(name, change)
        workspace.wait_for_phase(name, "Succeeded")
        folder = workspace.run_folder(name)
        digests.add(workspace.node.digest(folder / "model" / "model.safetensors"))

    assert len(digests) == 1


def test_a_job_trains_on_its_owners_claim(workspace: Workspace) -> None:
    """`spec.dataset.volume` mounts a claim read-only at /data, where the config finds its table."""
    workspace.create_claim("own-data")
    _write_table(workspace)
    source = {"kind": "file", "path": "/data/table.csv", "time_column": "time"}
    dataset = {"source": source, "series": [], "target_columns": ["value"]}
    workspace.submit(
        "own",
        {
            "pipeline": "forecaster",
            "dataset": {"volume": {"claimName": "own-data"}},
            "config": {"dataset": dataset},
        },
    )
    workspace.wait_for_phase("own", "Succeeded")

    [pod] = workspace.pods("own")
    mounts = pod["spec"]["containers"][0]["volumeMounts"]
    assert [each["readOnly"] for each in mounts if each["mountPath"] == "/data"] == [True]


def _write_table(workspace: Workspace) -> None:
    container = {
        "name": "writer",
        "image": "azuraforge/trainer-cpu:dev",
        "command": ["python", "-c", _WRITER],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    spec = {
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "own-data"}}],
    }
    metadata = {"name": "writer", "namespace": workspace.namespace}
    workspace.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def has_written() -> bool:
        pod = workspace.api.get("Pod", workspace.namespace, "writer")
        return pod is not None and pod["status"]["phase"] == "Succeeded"

    workspace.wait_for("the table", has_written)
