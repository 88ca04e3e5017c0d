"""The TrainingJob's own fields: what is accepted, and the sentence for what is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.rules import UPDATE_RULES
from azuraforge_contract.training_job import (
    TrainingJob,
    TrainingJobSpec,
    find_problems,
    find_update_problems,
    load_training_job,
    parse_training_job,
)


def job(**spec: Any) -> dict[str, Any]:
    """Return a minimal job with the given fields of spec."""
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": "nyc"},
        "spec": {"pipeline": "weather-forecaster", **spec},
    }


def test_the_minimal_job_has_safe_defaults() -> None:
    """A GPU is the default device; retries, checkpoints and deadlines are on."""
    spec = parse_training_job(job()).spec
    assert spec.device == "gpu"
    assert spec.retry.max_attempts == 3
    assert spec.checkpoint.resume == "IfCompatible"
    assert spec.deadlines.no_progress_seconds == 900
    assert not spec.suspend


@pytest.mark.parametrize(
    "spec",
    [
        {"gpu": {"count": 1, "resourceName": "amd.com/gpu", "minMemoryGi": 24}},
        {"device": "cpu", "resources": {"cpu": "500m", "memory": "8Gi", "shm": "1Gi"}},
        {"resources": {"memory": 8, "cpu": "0.5"}},
        {"podOverrides": {"nodeSelector": {"zone": "a"}, "tolerations": [{"key": "gpu"}]}},
        {"deadlines": {"startSeconds": 0}},
        {"deadlines": None},
        {"resumeFrom": "4f9f1a38-6f1b-4c3e-9a38-3e1c8f0f3e11"},
        {"queue": {"name": "team-a"}, "suspend": True},
        {"config": {"anything": [1, {"deep": None}]}},
        {"publish": {"model": "nyc", "alias": "champion"}},
    ],
    ids=json.dumps,
)
def test_a_sound_spec_is_accepted(spec: dict[str, Any]) -> None:
    """Each documented field takes its documented values."""
    assert find_problems(job(**spec)) == []


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"gpu": {"cout": 1}}, "spec.gpu.cout: is not a known field. Did you mean 'count'?"),
        ({"pipline": "x"}, "spec.pipline: is not a known field. Did you mean 'pipeline'?"),
        ({"gpu": {"count": 2}}, "spec.gpu.count: input should be less than or equal to 1, got 2."),
        ({"device": "tpu"}, "spec.device: input should be 'gpu' or 'cpu', got \"tpu\"."),
        ({"device": "cpu", "gpu": {"count": 1}}, "Remove gpu, or write device: gpu."),
        ({"pipeline": None}, "spec.pipeline: is required but missing. Add it."),
        ({"pipeline": True}, "spec.pipeline: input should be a valid string, got true. Put it in"),
        (
            {"resources": {"cpu": 0.5}},
            "spec.resources.cpu: input should be a valid string, got 0.5",
        ),
        (
            {"podOverrides": {"env": [{"name": "AZURAFORGE_RUN_DIR", "value": "x"}]}},
            "Give it another name.",
        ),
        ({"podOverrides": {"env": [{"value": "x"}]}}, "spec.podOverrides.env[0].name: is required"),
        ({"resources": {"memory": "8 GB"}}, "spec.resources.memory: should be a quantity such as"),
        ({"retry": {"maxAttempts": 0}}, "spec.retry.maxAttempts: input should be greater than"),
        ({"seed": -1}, "spec.seed: input should be greater than or equal to 0, got -1."),
        ({"seed": 1.5}, "spec.seed: input should be a valid integer"),
        ({"seed": "5"}, 'input should be a valid integer, got "5". Remove the quotes.'),
        ({"suspend": "true"}, 'input should be a valid boolean, got "true". Remove the quotes.'),
        ({"suspend": 1}, "spec.suspend: input should be a valid boolean, got 1."),
        ({"retry": {"maxAttempts": True}}, "input should be a valid integer, got true."),
        ({"resumeFrom": "a/b"}, "spec.resumeFrom: should be at most 64 letters, digits and"),
        ({"config": []}, "spec.config: should hold names and values, got []."),
        ({"config": {"x": "y" * 70_000}}, "config has 70008 bytes, more than 65536."),
        ({"queue": {"name": "Team A"}}, "spec.queue.name: should be lower-case letters"),
        ({"zzz": 1}, "spec.zzz: is not a known field. Valid fields here: cancel, checkpoint,"),
    ],
)
def test_a_wrong_spec_says_where_what_and_what_to_do(spec: dict[str, Any], sentence: str) -> None:
    """Each mistake is one problem with its path, what was got and what was expected."""
    problems = [str(problem) for problem in find_problems(job(**spec))]
    assert len(problems) == 1
    assert sentence in problems[0]


def test_all_problems_are_told_at_once() -> None:
    """A person mends a file once, not once a mistake."""
    document = job(sed=1, devize="cpu")
    document["metadata"]["name"] = "Not A Name"
    with pytest.raises(JobFileError) as caught:
        parse_training_job(document, source="job.yaml")
    text = str(caught.value)
    assert text.startswith("job.yaml has 3 problems:\n")
    assert "metadata.name" in text


def test_a_name_too_long_for_its_attempts_is_refused() -> None:
    """Names leave room for the attempt's suffix."""
    document = job()
    document["metadata"]["name"] = "a" * 53
    assert "at most 52" in str(find_problems(document)[0])


def test_metadata_of_a_real_object_is_let_through() -> None:
    """Fields that Kubernetes adds to metadata do not make a job invalid."""
    document = job()
    document["metadata"] |= {"uid": "u", "resourceVersion": "7", "managedFields": [{}]}
    assert parse_training_job(document).uid == "u"


def test_a_job_without_uid_says_so() -> None:
    """Asking for the identity of a job that nobody stored yet is an error of ours."""
    with pytest.raises(ValueError, match="has no uid yet"):
        _ = parse_training_job(job()).uid


def test_a_document_survives_the_round_trip() -> None:
    """A deadline that was switched off stays off when the job is written and read again."""
    first = parse_training_job(job(deadlines={"startSeconds": 0}, seed=7))
    second = parse_training_job(first.to_document())
    assert second == first
    assert second.spec.deadlines.start_seconds is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {"suspend": True}),
        ({"suspend": True}, {"suspend": False}),
        ({}, {"cancel": True}),
        ({}, {"cleanup": {"ttlSecondsAfterFinished": 60}}),
        ({"suspend": True}, {"suspend": True, "resources": {"memory": "9Gi"}}),
        ({"image": "a"}, {"image": "a"}),
    ],
    ids=json.dumps,
)
def test_a_job_may_change_where_it_says_so(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Suspending, cancelling, cleaning up, and resources while suspended."""
    jobs = parse_training_job(job(**old)), parse_training_job(job(**new))
    assert find_update_problems(*jobs) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ({"config": {"a": 1}}, {"config": {"a": 2}}, "config cannot change once the job exists."),
        ({}, {"image": "x"}, "image cannot change once the job exists."),
        ({"gpu": {"count": 1}}, {}, "gpu cannot change once the job exists."),
        ({"seed": 1}, {"seed": 2}, "seed cannot change"),
        ({}, {"resources": {"memory": "9Gi"}}, "Set suspend: true first."),
        ({"cancel": True}, {"cancel": False}, "cancel cannot be taken back."),
    ],
)
def test_everything_else_of_a_job_stays(
    old: dict[str, Any], new: dict[str, Any], sentence: str
) -> None:
    """A run is what its spec says, from its first attempt to its last."""
    jobs = parse_training_job(job(**old)), parse_training_job(job(**new))
    (problem,) = find_update_problems(*jobs)
    assert sentence in problem.message


def test_every_field_of_a_spec_has_a_rule_for_changes() -> None:
    """A new field cannot be forgotten: it is immutable, guarded by a rule, or free to change."""
    free = {"suspend", "cleanup"}
    guarded = {name for rule in UPDATE_RULES for name in re.findall(r"oldSelf\.(\w+)", rule.cel)}
    assert guarded | free == {field.alias for field in TrainingJobSpec.model_fields.values()}


def test_every_field_is_described() -> None:
    """`kubectl explain` has a sentence for every field."""
    schema = TrainingJob.model_json_schema(by_alias=True)
    missing = [
        f"{model}.{field}"
        for model, definition in {**schema["$defs"], "TrainingJob": schema}.items()
        for field, property_ in definition.get("properties", {}).items()
        if not property_.get("description")
    ]
    assert missing == []


@pytest.mark.parametrize(("make", "sentence"), [("folder", "is a folder"), (None, "is not there")])
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, make: str | None, sentence: str
) -> None:
    """A folder or a missing file is a job file error, not a traceback."""
    path = tmp_path / "job.yaml"
    if make:
        path.mkdir()
    with pytest.raises(JobFileError, match=sentence):
        load_training_job(path)
