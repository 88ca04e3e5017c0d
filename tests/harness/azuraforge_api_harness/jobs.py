"""Jobs for tests."""

import uuid
from typing import Any

from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api_harness.service import Service
from azuraforge_contract.training_job import parse_training_job
from azuraforge_contract.yaml_loader import JsonValue

__all__ = ["job_document", "stored_job"]


def job_document(name: str = "night", **spec: Any) -> dict[str, JsonValue]:
    """Return a job file that trains in seconds, with changes of its spec."""
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name},
        "spec": {
            "pipeline": "weather-forecaster",
            "device": "cpu",
            "config": {
                "dataset": {
                    "source": {"kind": "sample"},
                    "series": ["JFK"],
                    "target_columns": ["temp"],
                },
                "window": {"lookback": 24, "horizon": 6},
                "model": {"kind": "dlinear"},
                "training": {"epochs": 1},
            },
            **spec,
        },
    }  # fmt: skip


async def stored_job(service: Service, name: str = "night", **spec: Any) -> str:
    """Record a job as a backend would and return its uid; nothing runs."""
    job = parse_training_job(job_document(name, **spec))
    metadata = job.metadata.model_copy(update={"uid": str(uuid.uuid4())})
    mirror = JobMirror(service.database, service.app.state.feed)
    await mirror.record(job.model_copy(update={"metadata": metadata}))
    return str(metadata.uid)
