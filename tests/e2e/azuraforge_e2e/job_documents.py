"""TrainingJobs that train in seconds on a CPU, on the sample that comes with the plugin."""

import copy
from typing import Any, Final

__all__ = ["LASTING", "LONG_TRAINING", "SMALL", "job_document", "merged"]

Document = dict[str, Any]

_SHORT: Final[Document] = {
    "pipeline": "weather-forecaster",
    "device": "cpu",
    "resources": {"cpu": "500m", "memory": "1Gi"},
    "retry": {"backoff": {"initialSeconds": 1, "maxSeconds": 2}},
    "checkpoint": {"everySeconds": 1},
    "shutdown": {"graceSeconds": 30},
    "config": {
        "dataset": {
            "source": {"kind": "sample"},
            "series": ["JFK"],
            "target_columns": ["temp"],
            "past_columns": [],
            "calendar_features": False,
        },
        "window": {"lookback": 24, "horizon": 6},
        "model": {"kind": "last-value"},
    },
}

LONG_TRAINING: Final[Document] = {
    "config": {
        "model": {"kind": "dlinear"},
        "training": {"epochs": 100_000, "early_stopping": None, "batch_size": 64},
    }
}
"""A change that makes a job train until it is stopped; it saves a checkpoint every second."""

SMALL: Final[Document] = {"resources": {"cpu": "200m", "memory": "512Mi"}}
"""A change for jobs that run beside the whole platform on a node of two CPUs."""
LASTING: Final[Document] = {**LONG_TRAINING, **SMALL}
"""Both."""


def job_document(name: str, namespace: str, change: Document | None = None) -> Document:
    """Return a short job with a change of its spec merged in."""
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name, "namespace": namespace},
        "spec": merged(_SHORT, change or {}),
    }


def merged(base: Document, change: Document) -> Document:
    """Return a document with another one merged in; the inputs stay as they are."""
    found = copy.deepcopy(base)
    for key, value in change.items():
        is_group = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if is_group else copy.deepcopy(value)
    return found
