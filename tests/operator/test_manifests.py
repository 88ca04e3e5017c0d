"""The whole child of a job, as it is created."""

import json
from typing import Any

import pytest

from azuraforge_contract.training_job import TrainingJob, parse_training_job
from azuraforge_operator.manifests.child_job import build_child_job
from azuraforge_operator.manifests.request import ChildRequest
from azuraforge_operator.names import JOB_ANNOTATION
from azuraforge_operator.settings import PodSettings

UID = "11111111-1111-4111-8111-111111111111"
SETTINGS = PodSettings(service_account="trainer")


def job_of(labels: dict[str, str] | None = None, **spec: Any) -> TrainingJob:
    """Return a job as the API server has it."""
    return TrainingJob.model_validate(
        {
            "apiVersion": "azuraforge.io/v1alpha1",
            "kind": "TrainingJob",
            "metadata": {"name": "nyc", "namespace": "ml", "uid": UID, "labels": labels or {}},
            "spec": {"pipeline": "weather", **spec},
        }
    )


def request_for(job: TrainingJob, **options: Any) -> ChildRequest:
    """Return the request for a job's second attempt."""
    return ChildRequest(job=job, **{"index": 1, "image": "t:1", "settings": SETTINGS, **options})


OUR_LABELS = {
    "app.kubernetes.io/name": "azuraforge-trainer",
    "app.kubernetes.io/component": "trainer",
    "app.kubernetes.io/managed-by": "azuraforge-operator",
    "azuraforge.io/job-name": "nyc",
    "azuraforge.io/job-uid": UID,
    "azuraforge.io/attempt": "1",
    "azuraforge.io/pipeline": "weather",
}
PLAIN_POD_SPEC: dict[str, Any] = {
    "restartPolicy": "Never",
    "serviceAccountName": "trainer",
    "automountServiceAccountToken": False,
    "enableServiceLinks": False,
    "terminationGracePeriodSeconds": 90,
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [
        {
            "name": "trainer",
            "image": "t:1",
            "imagePullPolicy": "IfNotPresent",
            "env": [
                {"name": "HOME", "value": "/tmp"},  # noqa: S108 - the pod's own
                {"name": "AZURAFORGE_JOB_FILE", "value": "/etc/azuraforge/job.json"},
                {"name": "AZURAFORGE_ATTEMPT", "value": "1"},
                {"name": "AZURAFORGE_CACHE_DIR", "value": "/var/lib/azuraforge/cache"},
                {"name": "AZURAFORGE_RUN_DIR", "value": f"/var/lib/azuraforge/runs/{UID}"},
            ],
            "resources": {
                "requests": {"cpu": "2", "memory": "8Gi"},
                "limits": {"cpu": "2", "memory": "8Gi"},
            },
            "volumeMounts": [
                {"name": "azuraforge-job", "mountPath": "/etc/azuraforge", "readOnly": True},
                {
                    "name": "azuraforge-runs",
                    "mountPath": f"/var/lib/azuraforge/runs/{UID}",
                    "subPath": UID,
                },
                {"name": "azuraforge-cache", "mountPath": "/var/lib/azuraforge/cache"},
                {
                    "name": "azuraforge-token",
                    "mountPath": "/var/run/secrets/azuraforge",
                    "readOnly": True,
                },
                {"name": "azuraforge-shm", "mountPath": "/dev/shm"},  # noqa: S108 - the pod's own
                {"name": "azuraforge-scratch", "mountPath": "/tmp"},  # noqa: S108 - the pod's own
            ],
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "privileged": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
    "volumes": [
        {
            "name": "azuraforge-job",
            "downwardAPI": {
                "items": [
                    {
                        "path": "job.json",
                        "fieldRef": {
                            "apiVersion": "v1",
                            "fieldPath": "metadata.annotations['azuraforge.io/job']",
                        },
                    }
                ]
            },
        },
        {
            "name": "azuraforge-runs",
            "persistentVolumeClaim": {"claimName": "azuraforge-runs"},
        },
        {
            "name": "azuraforge-cache",
            "persistentVolumeClaim": {"claimName": "azuraforge-cache"},
        },
        {
            "name": "azuraforge-token",
            "projected": {
                "sources": [
                    {
                        "serviceAccountToken": {
                            "path": "token",
                            "audience": f"azuraforge:{UID}",
                            "expirationSeconds": 3600,
                        }
                    }
                ]
            },
        },
        {"name": "azuraforge-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}},
        {"name": "azuraforge-scratch", "emptyDir": {"sizeLimit": "2Gi"}},
    ],
}


def test_a_plain_job_becomes_this_child() -> None:
    """One Job that never retries, one pod without rights, nothing else."""
    job = job_of(device="cpu", resources={"cpu": 2, "memory": "8Gi"}, shutdown={"graceSeconds": 90})
    found = build_child_job(request_for(job))
    annotations = found["spec"]["template"]["metadata"].pop("annotations")
    assert found == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "nyc-1",
            "namespace": "ml",
            "labels": OUR_LABELS,
            "ownerReferences": [
                {
                    "apiVersion": "azuraforge.io/v1alpha1",
                    "kind": "TrainingJob",
                    "name": "nyc",
                    "uid": UID,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "suspend": False,
            "template": {"metadata": {"labels": OUR_LABELS}, "spec": PLAIN_POD_SPEC},
        },
    }
    assert list(annotations) == [JOB_ANNOTATION]


def test_the_trainer_reads_the_very_job() -> None:
    """The annotation is a job file with the object's identity; it reads back as the job."""
    job = job_of(device="cpu", config={"epochs": 3}, deadlines={"startSeconds": 0})
    pod = build_child_job(request_for(job))["spec"]["template"]
    document = json.loads(pod["metadata"]["annotations"][JOB_ANNOTATION])
    assert parse_training_job(document) == job


def test_a_job_with_everything_overlays_the_plain_pod() -> None:
    """GPU, queue, data, resuming and every override land where Kubernetes expects them."""
    affinity: dict[str, Any] = {
        "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}
    }
    job = job_of(
        labels={"kueue.x-k8s.io/priority-class": "high", "team": "a"},
        gpu={"resourceName": "amd.com/gpu"},
        resources={"memory": "8Gi", "shm": "1Gi"},
        queue={"name": "research"},
        dataset={"volume": {"claimName": "mine", "subPath": "tables"}},
        resumeFrom="other",
        podOverrides={
            "nodeSelector": {"zone": "a"},
            "tolerations": [{"key": "mine"}],
            "affinity": affinity,
            "priorityClassName": "high",
            "imagePullSecrets": [{"name": "own"}],
            "env": [{"name": "HOME", "value": "/home"}, {"name": "PROXY", "value": "p"}],
            "volumes": [{"name": "ca", "configMap": {"name": "ca"}}],
        },
    )
    settings = PodSettings(
        default_cpu="4",
        node_selector={"pool": "train"},
        tolerations=({"key": "train"},),
        gpu_node_selector={"gpu": "yes"},
        gpu_tolerations=({"key": "gpu"},),
        gpu_runtime_class="nvidia",
        image_pull_secrets=("common",),
        tracking_url="http://api",
    )
    request = request_for(
        job, settings=settings, is_queued=True, single_node_claims=frozenset({"azuraforge-runs"})
    )
    found = build_child_job(request)
    pod = found["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    amounts = {"cpu": "4", "memory": "8Gi", "amd.com/gpu": "1"}
    assert found["spec"]["suspend"] is True
    assert found["metadata"]["labels"] == {
        **OUR_LABELS,
        "kueue.x-k8s.io/priority-class": "high",
        "kueue.x-k8s.io/queue-name": "research",
    }
    assert pod["metadata"]["labels"] == {
        **OUR_LABELS,
        "azuraforge.io/runs-claim": "azuraforge-runs",
    }
    assert container["resources"] == {"requests": amounts, "limits": amounts}
    assert container["env"] == [
        {"name": "AZURAFORGE_JOB_FILE", "value": "/etc/azuraforge/job.json"},
        {"name": "AZURAFORGE_ATTEMPT", "value": "1"},
        {"name": "AZURAFORGE_CACHE_DIR", "value": "/var/lib/azuraforge/cache"},
        {"name": "AZURAFORGE_RUN_DIR", "value": f"/var/lib/azuraforge/runs/{UID}"},
        {"name": "AZURAFORGE_TRACKING_URL", "value": "http://api"},
        {"name": "AZURAFORGE_TRACKING_TOKEN_FILE", "value": "/var/run/secrets/azuraforge/token"},
        {"name": "HOME", "value": "/home"},
        {"name": "PROXY", "value": "p"},
    ]
    assert [m for m in container["volumeMounts"] if m["name"] in {"azuraforge-runs", "ca"}] == [
        {"name": "azuraforge-runs", "mountPath": f"/var/lib/azuraforge/runs/{UID}", "subPath": UID},
        {
            "name": "azuraforge-runs",
            "mountPath": "/var/lib/azuraforge/runs/other",
            "readOnly": True,
            "subPath": "other",
        },
        {"name": "ca", "mountPath": "/mnt/ca"},
    ]
    assert {
        "name": "azuraforge-dataset",
        "mountPath": "/data",
        "readOnly": True,
        "subPath": "tables",
    } in container["volumeMounts"]
    assert pod["spec"]["volumes"][3] == {
        "name": "azuraforge-dataset",
        "persistentVolumeClaim": {"claimName": "mine", "readOnly": True},
    }
    assert pod["spec"]["volumes"][-1] == {"name": "ca", "configMap": {"name": "ca"}}
    placement = {
        "imagePullSecrets": [{"name": "common"}, {"name": "own"}],
        "nodeSelector": {"pool": "train", "gpu": "yes", "zone": "a"},
        "tolerations": [{"key": "train"}, {"key": "gpu"}, {"key": "mine"}],
        "affinity": {
            "podAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [],
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "labelSelector": {
                            "matchLabels": {"azuraforge.io/runs-claim": "azuraforge-runs"}
                        },
                        "topologyKey": "kubernetes.io/hostname",
                    }
                ],
            }
        },
        "runtimeClassName": "nvidia",
        "priorityClassName": "high",
    }
    assert {name: pod["spec"][name] for name in placement} == placement


@pytest.mark.parametrize(
    ("spec", "resources"),
    [
        ({}, {"nvidia.com/gpu": "1"}),
        ({"device": "cpu"}, {}),
        ({"podOverrides": {"resourceClaims": [{"name": "gpu"}]}}, {}),
        (
            {"gpu": {"count": 1}, "podOverrides": {"resourceClaims": [{"name": "nic"}]}},
            {"nvidia.com/gpu": "1"},
        ),
    ],
)
def test_a_gpu_is_asked_for_once(spec: dict[str, Any], resources: dict[str, str]) -> None:
    """By the device plugin's resource, or by a DRA claim in its place."""
    pod = build_child_job(request_for(job_of(**spec)))["spec"]["template"]["spec"]
    found = pod["containers"][0]["resources"]
    assert found.get("limits", {}) == resources
    claims = (spec.get("podOverrides") or {}).get("resourceClaims", [])
    assert found.get("claims", []) == claims == pod.get("resourceClaims", [])


def test_only_a_job_that_names_a_data_set_of_the_service_gets_its_folder() -> None:
    """Uploaded data sets are mounted read-only, by folder, and the pod follows their claim."""
    settings = PodSettings(datasets_claim="azuraforge-data")
    source = {"kind": "dataset", "name": "load", "digest": "0" * 64}
    job = job_of(device="cpu", config={"dataset": {"source": source}})
    request = request_for(job, settings=settings, single_node_claims=frozenset({"azuraforge-data"}))
    pod = build_child_job(request)["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert {
        "name": "azuraforge-uploads",
        "mountPath": "/var/lib/azuraforge/datasets",
        "readOnly": True,
        "subPath": "datasets",
    } in container["volumeMounts"]
    folder = {"name": "AZURAFORGE_DATASETS_DIR", "value": "/var/lib/azuraforge/datasets"}
    assert folder in container["env"]
    assert pod["metadata"]["labels"]["azuraforge.io/uploads-claim"] == "azuraforge-data"

    other = build_child_job(request_for(job_of(device="cpu"), settings=settings))
    assert "azuraforge-data" not in json.dumps(other)
