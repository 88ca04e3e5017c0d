"""Opening the device that the job names, and saying what it is."""

from azuraforge_contract.status import AcceleratorStatus
from azuraforge_contract.training_job import TrainingJobSpec
from azuraforge_core.device import Device, open_device
from azuraforge_core.gpu.preflight import MIN_FREE_BYTES, GpuFacts, require_gpu

__all__ = ["OpenedDevice", "open_job_device"]

_GIBIBYTE = 1024**3

OpenedDevice = tuple[Device, AcceleratorStatus]


def open_job_device(spec: TrainingJobSpec) -> OpenedDevice:
    """Return the device, proven to work, and its description.

    Raises:
        GpuUnavailable: the job names a GPU and it cannot be used; there is no fallback.
    """
    if spec.device == "cpu":
        return open_device("cpu"), AcceleratorStatus(
            requested="cpu", observed="cpu", verdict="Not asked for"
        )
    least = (spec.gpu.min_memory_gi or 0) * _GIBIBYTE if spec.gpu else 0
    facts = require_gpu(max(least, MIN_FREE_BYTES))
    return open_device("gpu"), _status(facts)


def _status(facts: GpuFacts) -> AcceleratorStatus:
    return AcceleratorStatus(
        requested="gpu",
        observed=facts.uuid,
        name=facts.name,
        driver=facts.driver_release or facts.driver_cuda,
        memory_gi=round(facts.total_memory_bytes / _GIBIBYTE, 1),
        compute_capability=facts.compute_capability,
        verdict="Usable",
    )
