"""Attempts that fail, and what the job's status says of it."""

import json
from collections.abc import Iterator

import pytest

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.job_documents import LONG_TRAINING, merged
from azuraforge_e2e.release import NAMESPACE, OUT_OF_GPU_MEMORY_IMAGE, STALLING_IMAGE
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


@pytest.fixture
def node_with_gpu(workspace: Workspace) -> None:
    """Let the node claim to have GPUs: scheduling is real, the container finds no device."""
    [node] = workspace.api.list("Node")
    capacity = {"status": {"capacity": {"nvidia.com/gpu": "4"}}}
    workspace.api.patch("Node", None, node["metadata"]["name"], capacity, part="/status")


@pytest.fixture
def stalling_plugin(workspace: Workspace) -> Iterator[None]:
    """Install a plugin of somebody else's: a ConfigMap that names its image."""
    known = workspace.api.get("ConfigMap", NAMESPACE, "azuraforge-plugin-forecaster")
    assert known is not None
    pipeline = "stalling-forecaster"
    name = f"azuraforge-plugin-{pipeline}"
    descriptor = {**json.loads(known["data"]["descriptor.json"]), "name": pipeline}
    labels = {"azuraforge.io/plugin": pipeline}
    workspace.api.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
            "data": {"image-cpu": STALLING_IMAGE, "descriptor.json": json.dumps(descriptor)},
        }
    )
    yield
    workspace.api.delete("ConfigMap", NAMESPACE, name)


def test_data_that_cannot_be_trained_on_fails_at_once(workspace: Workspace) -> None:
    """A column that is not there is exit 65: one attempt, and the sentence names what is there."""
    workspace.submit("no-column", {"config": {"dataset": {"target_columns": ["tmep"]}}})
    status = workspace.wait_for_phase("no-column", "Failed")

    assert status["attempts"][0]["exitCode"] == 65
    assert "tmep" in status["message"]
    assert "temp" in status["message"]
    assert status["nextAttempt"] == 1


def test_a_loss_that_is_not_a_number_fails_at_once(workspace: Workspace) -> None:
    """Divergence is exit 76: one attempt, and the sentence names epoch, step and learning rate."""
    training = {"epochs": 2, "learning_rate": 1e6, "optimizer": "sgd", "gradient_clip": None}
    workspace.submit("wild", {"config": {"model": {"kind": "dlinear"}, "training": training}})
    status = workspace.wait_for_phase("wild", "Failed")

    assert status["reason"] == "Diverged"
    assert status["attempts"][0]["exitCode"] == 76
    assert "learning rate" in status["message"]
    assert status["nextAttempt"] == 1


@pytest.mark.telling
def test_too_little_memory_is_named_with_its_limit(workspace: Workspace) -> None:
    """A container that the kernel kills for memory is OOMKilled, with the limit in the reason."""
    change = {"resources": {"memory": "48Mi"}, "retry": {"maxAttempts": 1}}
    for name in ("tight", "tight-again", "tight-once-more"):
        workspace.submit(name, change)
        status = workspace.wait_for_phase(name, "Failed")
        assert status["attempts"][0]["exitCode"] == 137
        [pod] = workspace.pods(name)
        [container] = pod["status"]["containerStatuses"]
        if container["state"]["terminated"]["reason"] == "OOMKilled":
            break  # else containerd, on a busy machine, told the end before the kernel's reason

    assert status["reason"] == "OOMKilled"
    assert "limit 48 MiB" in status["message"]


@pytest.mark.telling
@pytest.mark.usefixtures("node_with_gpu")
def test_a_gpu_that_cannot_be_used_is_an_honest_failure(workspace: Workspace) -> None:
    """A job for a GPU that finds none in its container is exit 78; it never trains on the CPU."""
    workspace.submit("no-driver", {"device": "gpu"})
    status = workspace.wait_for_phase("no-driver", "Failed")

    [pod] = workspace.pods("no-driver")
    assert pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert status["attempts"][0]["exitCode"] == 78
    ready = next(each for each in status["conditions"] if each["type"] == "AcceleratorReady")
    assert ready["status"] == "False"
    files = workspace.node.files(workspace.run_folder("no-driver"))
    assert [name for name in files if name.startswith("model/")] == []


@pytest.mark.usefixtures("node_with_gpu")
def test_a_model_too_large_for_its_gpu_fails_at_once(workspace: Workspace) -> None:
    """Exit 71 is GpuOutOfMemory: one attempt, although more are allowed, and what to do."""
    change = {"device": "gpu", "image": OUT_OF_GPU_MEMORY_IMAGE, "retry": {"maxAttempts": 3}}
    workspace.submit("too-large", change)
    status = workspace.wait_for_phase("too-large", "Failed")

    assert status["reason"] == "GpuOutOfMemory"
    assert "Lower config.training.batch_size" in status["message"]
    assert [attempt["exitCode"] for attempt in status["attempts"]] == [71]
    assert len(workspace.pods("too-large")) == 1


@pytest.mark.usefixtures("stalling_plugin")
def test_a_trainer_that_hangs_ends_itself_and_goes_on_from_its_checkpoint(
    workspace: Workspace,
) -> None:
    """No step within `noProgressSeconds` is Stalled, exit 70, with stacks in the log."""
    training = {"epochs": 3, "early_stopping": None, "batch_size": 64}
    workspace.submit(
        "hung",
        {
            "pipeline": "stalling-forecaster",
            "config": {"model": {"kind": "dlinear"}, "training": training},
            "deadlines": {"noProgressSeconds": 10},
            "retry": {"maxAttempts": 2},
        },
    )
    status = workspace.wait_for_phase("hung", "Succeeded", seconds=300)

    hung, resumed = status["attempts"]
    assert (hung["reason"], hung["exitCode"]) == ("Stalled", 70)
    assert "noProgressSeconds" in hung["message"]
    assert resumed["resumedFromStep"] > 0
    assert (status["failures"], status["preemptions"]) == (1, 0)
    log = workspace.api.log(workspace.namespace, hung["pod"])
    assert "azuraforge_stalling.py" in log


@pytest.mark.telling
def test_a_killed_trainer_is_tried_again_from_its_checkpoint(workspace: Workspace) -> None:
    """SIGKILL of the trainer costs an attempt; the next one goes on from the last checkpoint."""
    workspace.submit("killed", _long({"retry": {"maxAttempts": 2}}))
    pod = workspace.wait_for_running_pod("killed", 0)
    workspace.wait_for_checkpoint("killed")
    workspace.node.kill(pod["metadata"]["uid"], "azuraforge_trainer")

    assert workspace.wait_for_resumption("killed", 1) > 0
    status = workspace.status("killed")
    assert status["failures"] == 1
    assert status["preemptions"] == 0
    assert status["attempts"][0]["exitCode"] == 137


def _long(change: Document) -> Document:
    return merged(LONG_TRAINING, change)
