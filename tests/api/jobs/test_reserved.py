"""What a job by REST may not name, whatever else of it is right."""

import pytest

from azuraforge_api.jobs.reserved import find_reserved


@pytest.mark.parametrize(
    ("overrides", "path"),
    [
        (
            {"volumes": [{"name": "x", "secret": {"secretName": "azuraforge-api"}}]},
            "spec.podOverrides.volumes",
        ),
        (
            {
                "env": [
                    {"name": "A", "value": "1"},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "azuraforge-api"}}},
                ]
            },
            "spec.podOverrides.env[1]",
        ),
    ],
)
def test_a_token_of_the_service_is_no_way_to_a_secret(
    overrides: dict[str, object], path: str
) -> None:
    """An editor's job could send the admin's token anywhere, were it in its pod."""
    assert [problem.path for problem in find_reserved({"podOverrides": overrides})] == [path]


@pytest.mark.parametrize(
    "overrides",
    [
        None,
        "all",
        {"env": "all", "volumes": []},
        {"env": ["A"]},
        {"env": [{"name": "A", "value": "1"}], "nodeSelector": {"pool": "gpu"}},
    ],
)
def test_what_gives_no_secret_is_left_to_the_definition(overrides: object) -> None:
    """Placement and plain variables pass; what is misshapen is told by the definition."""
    assert find_reserved({"podOverrides": overrides}) == []
