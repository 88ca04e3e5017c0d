"""Errors of any strict model become paths and sentences, through unions, lists and aliases."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, model_validator

from azuraforge_contract.validation import Problem, StrictModel, explain, nearest, summarize


class Csv(StrictModel):
    """A file."""

    kind: Literal["csv"]
    path: str


class Url(StrictModel):
    """An address."""

    kind: Literal["url"]
    url: str
    retries: Annotated[int, Field(ge=0)] = 3


class Config(StrictModel):
    """A config with a tagged union."""

    source: Annotated[Csv | Url, Field(discriminator="kind")]
    sources: list[Annotated[Csv | Url, Field(discriminator="kind")]] = Field(default_factory=list)
    columns: list[str] = Field(default_factory=list)
    limit: int | None = None

    @model_validator(mode="after")
    def _limited(self) -> "Config":
        if self.limit == 13:
            raise ValueError("limit 13 is unlucky. Take 12.")
        return self


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"source": {"kind": "csv", "pth": "x", "path": "y"}},
            "c.source.pth: is not a known field. Did you mean 'path'?",
        ),
        (
            {"source": {"kind": "cvs", "path": "y"}},
            "c.source.kind: should be one of 'csv', 'url', got 'cvs'. Did you mean 'csv'?",
        ),
        (
            {"source": {"path": "y"}},
            "c.source.kind: is required but missing. Say which kind it is.",
        ),
        ({"source": {"kind": "url"}}, "c.source.url: is required but missing. Add it."),
        (
            {"source": {"kind": "url", "url": "u", "retries": -1}},
            "c.source.retries: input should be greater than or equal to 0, got -1.",
        ),
        (
            {
                "source": {"kind": "csv", "path": "p"},
                "sources": [{"kind": "url", "ulr": 1, "url": "u"}],
            },
            "c.sources[0].ulr: is not a known field. Did you mean 'url'?",
        ),
        (
            {"source": {"kind": "csv", "path": "p"}, "columns": ["a", True]},
            "c.columns[1]: input should be a valid string, got true. Put it in quotes.",
        ),
        ({"source": {"kind": "csv", "path": "p"}, "limit": 13}, "c: limit 13 is unlucky. Take 12."),
    ],
)
def test_an_error_names_path_and_remedy(document: dict[str, object], expected: str) -> None:
    """The path is the one in the file, without pydantic's own marks."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(document)
    assert summarize(explain(caught.value, Config, prefix="c")) == expected


def test_the_nearest_name_ignores_case_and_hyphens() -> None:
    """Spelling variants are near; strangers are not."""
    assert nearest("Max-Attempts", ["max_attempts", "retry"]) == "max_attempts"
    assert nearest("xyz", ["max_attempts"]) is None


def test_a_problem_without_remedy_is_still_a_sentence() -> None:
    """No trailing blank."""
    assert str(Problem("a.b", "is wrong.")) == "a.b: is wrong."
