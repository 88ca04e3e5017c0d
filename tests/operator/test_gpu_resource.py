"""Which extended resource a job for a GPU asks for, where the cluster's is not NVIDIA's."""

from collections.abc import Callable
from typing import Any

import pytest

from azuraforge_contract.training_job import TrainingJob
from azuraforge_operator.reconciling.seen_job import read_seen_job

NewJob = Callable[..., dict[str, Any]]
_AMD = "amd.com/gpu"


def _asked(raw: dict[str, Any], gpu_resource: str) -> str | None:
    raw["metadata"]["resourceVersion"] = "1"
    gpu = read_seen_job(raw, gpu_resource).job.spec.gpu
    return None if gpu is None else gpu.resource


@pytest.mark.parametrize("spec", [{}, {"gpu": {}}, {"gpu": {"minMemoryGi": 16}}])
def test_a_job_that_names_no_resource_gets_the_operators(
    new_job: NewJob, spec: dict[str, Any]
) -> None:
    """With and without a section gpu, whose other fields stay."""
    raw = new_job(device="gpu", **spec)
    assert _asked(raw, _AMD) == _AMD
    gpu = read_seen_job(raw, _AMD).job.spec.gpu
    assert gpu is not None
    assert gpu.min_memory_gi == spec.get("gpu", {}).get("minMemoryGi")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"device": "gpu", "gpu": {"resourceName": "nvidia.com/mig-1g.10gb"}},
         "nvidia.com/mig-1g.10gb"),
        ({"device": "cpu"}, None),
        ({"device": "gpu", "podOverrides": {"resourceClaims": [{"name": "one"}]}}, None),
    ],
)  # fmt: skip
def test_what_a_job_says_itself_stays(
    new_job: NewJob, spec: dict[str, Any], expected: str | None
) -> None:
    """Its own resource, no GPU at all, or a claim in the place of one."""
    assert _asked(new_job(**spec), _AMD) == expected


def test_by_default_it_is_nvidias(new_job: NewJob) -> None:
    """Nothing is written into the job then."""
    raw = new_job(device="gpu")
    assert TrainingJob.model_validate(raw).spec.gpu is None
    assert _asked(raw, "nvidia.com/gpu") is None
