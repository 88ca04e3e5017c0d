"""Which jobs may name an uploaded data set in a cluster."""

from typing import Any

import pytest

from azuraforge_contract.training_job import TrainingJob
from azuraforge_operator.plugins.datasets import find_dataset_problems
from azuraforge_operator.settings import PodSettings

SERVED = PodSettings(datasets_claim="azuraforge-data", datasets_namespace="training")
PINNED = {"kind": "dataset", "name": "load", "version": 1, "digest": "0" * 64}


def _job(namespace: str, source: dict[str, Any]) -> TrainingJob:
    return TrainingJob.model_validate(
        {
            "apiVersion": "azuraforge.io/v1alpha1",
            "kind": "TrainingJob",
            "metadata": {"name": "nyc", "namespace": namespace},
            "spec": {"pipeline": "forecaster", "config": {"dataset": {"source": source}}},
        }
    )


def test_a_pinned_data_set_in_the_services_namespace_is_good() -> None:
    """What the service has looked up and pods can mount stands in no job's way."""
    assert find_dataset_problems(_job("training", PINNED), SERVED) == []


def test_other_sources_need_no_service() -> None:
    """Samples, files and URLs are no data sets of the service."""
    assert find_dataset_problems(_job("red", {"kind": "sample"}), PodSettings()) == []


@pytest.mark.parametrize(
    ("namespace", "source", "settings", "words"),
    [
        ("training", PINNED, PodSettings(), "none is installed in this cluster"),
        ("red", PINNED, SERVED, "in namespace training only, got a job in red"),
        ("training", {"kind": "dataset", "name": "load"}, SERVED, "has not looked it up"),
    ],
)
def test_a_data_set_that_cannot_be_read_is_refused_before_any_pod(
    namespace: str, source: dict[str, Any], settings: PodSettings, words: str
) -> None:
    """Without a service, in another namespace or not pinned: the field, why, and what to do."""
    [problem] = find_dataset_problems(_job(namespace, source), settings)
    assert problem.path == "spec.config.dataset.source"
    assert words in problem.message
    assert problem.remedy
