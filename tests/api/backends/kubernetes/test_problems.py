"""What the API server answers is told as the problem that it is, in its own words."""

import json

import pytest

from azuraforge_api.backends.kubernetes.cluster_problems import problem_of
from azuraforge_cluster.errors import UnavailableError, error_of_answer


@pytest.mark.parametrize(
    ("status", "reason", "message", "code"),
    [
        (422, "Invalid", "spec.gpu: Invalid value: no gpu on a cpu", "invalid-job"),
        (400, "BadRequest", "strict decoding error: unknown field", "cluster-refused"),
        (403, "Forbidden", 'admission webhook "policy" denied the request: no', "cluster-refused"),
        (403, "Forbidden", "exceeded quota: few, requested: 1, used: 1", "cluster-refused"),
        (403, "Forbidden", "namespace x because it is being terminated", "cluster-refused"),
        (404, "NotFound", 'namespaces "nowhere" not found', "cluster-refused"),
        (409, "AlreadyExists", "it is there", "conflict"),
        (409, "Conflict", "the object has been modified", "conflict"),
        (403, "Forbidden", 'User "api" cannot create resource "trainingjobs"', "unavailable"),
        (401, "Unauthorized", "Unauthorized", "unavailable"),
        (503, "ServiceUnavailable", "etcd is away", "unavailable"),
    ],
)  # fmt: skip
def test_every_answer_has_its_problem(status: int, reason: str, message: str, code: str) -> None:
    """Mistakes, refusals and outages are told apart; the sentence of a refusal is kept."""
    error = error_of_answer(status, json.dumps({"reason": reason, "message": message}))
    problem = problem_of(error, "nyc")
    assert problem.kind.code == code
    assert code == "conflict" or message in problem.detail
    assert ("Retry-After" in problem.headers) is (code == "unavailable")


def test_the_time_to_come_again_is_the_clusters_own() -> None:
    """Rounded up, and never at once."""
    waits = [
        problem_of(UnavailableError("Busy", "later", retry_after_seconds=seconds), "nyc").headers
        for seconds in (0.0, 7.2)
    ]
    assert [each["Retry-After"] for each in waits] == ["5", "8"]
