"""A config that a plugin's schema refuses, in words."""

from typing import Any, Literal

import pytest
from pydantic import Field

from azuraforge_contract.config_check import ConfigCheck
from azuraforge_contract.validation import StrictModel


class File(StrictModel):
    """A source on a disk."""

    kind: Literal["file"]
    path: str


class Sample(StrictModel):
    """A source that is always there."""

    kind: Literal["sample"]


class Config(StrictModel):
    """What a plugin's config looks like."""

    source: File | Sample = Field(discriminator="kind")
    epochs: int = Field(default=5, ge=1, le=100)
    columns: list[str] = Field(default_factory=list, max_length=2)
    share: float | None = Field(default=None, gt=0)
    mode: Literal["fast", "exact"] = "fast"
    seed: int | str = 0


CHECK = ConfigCheck(Config.model_json_schema())


def test_what_fits_has_no_problems() -> None:
    """Defaults may be left out, null may stand where it is allowed."""
    assert CHECK.find_problems({"source": {"kind": "sample"}, "share": None}) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epoch": 1}, "spec.config.epoch: is not a known field. Did you mean 'epochs'?"),
        (
            {"zzz": 1},
            (
                "spec.config.zzz: is not a known field. "
                "Valid fields here: columns, epochs, mode, seed, share, source."
            ),
        ),
        ({"epochs": 0}, "spec.config.epochs: should be at least 1, got 0."),
        ({"epochs": 101}, "spec.config.epochs: should be at most 100, got 101."),
        ({"epochs": "many"}, 'spec.config.epochs: should be integer, got "many".'),
        ({"columns": ["a", 1]}, "spec.config.columns[1]: should be string, got 1."),
        (
            {"columns": ["a", "b", "c"]},
            'spec.config.columns: should have at most 2 entries, got ["a", "b", "c"].',
        ),
        ({"share": 0}, "spec.config.share: should be greater than 0, got 0."),
        ({"mode": "slow"}, "spec.config.mode: should be one of 'fast', 'exact', got \"slow\"."),
        ({"seed": []}, "spec.config.seed: should be integer or string, got []."),
        (
            {"source": {"kind": "fil"}},
            (
                "spec.config.source.kind: should be one of 'file', 'sample', got \"fil\". "
                "Did you mean 'file'?"
            ),
        ),
        (
            {"source": {}},
            (
                "spec.config.source.kind: is required but missing. "
                "Say which kind it is: 'file', 'sample'."
            ),
        ),
        ({"source": {"kind": "file"}}, "spec.config.source.path: is required but missing. Add it."),
        (
            {"source": {"kind": "sample", "path": "x"}},
            "spec.config.source.path: is not a known field. Valid fields here: kind.",
        ),
        ({"source": 3}, "spec.config.source: fits none of the forms it may have, got 3."),
    ],
)
def test_a_problem_says_where_what_and_what_else(change: dict[str, Any], words: str) -> None:
    """One sentence with path, expectation, what was got, and the nearest name."""
    config = {"source": {"kind": "sample"}, **change}
    assert [str(problem) for problem in CHECK.find_problems(config)] == [words]


def test_all_problems_are_told_at_once() -> None:
    """Nobody corrects a config one error at a time."""
    problems = CHECK.find_problems({"epochs": 0, "mode": "slow"})
    assert [problem.path for problem in problems] == [
        "spec.config.epochs",
        "spec.config.mode",
        "spec.config.source",
    ]
