"""Checking a config: every problem with its path and the nearest valid name."""

from typing import Any

import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_core.pipelines.config_check import find_config_problems, parse_config
from azuraforge_core.pipelines.registry import load_pipeline

SAMPLE = {"source": {"kind": "sample"}}


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "spec.config.dataset: is required but missing."),
        ({"dataset": {}}, "spec.config.dataset.source: is required but missing."),
        (
            {"dataset": SAMPLE, "modle": {}},
            "spec.config.modle: is not a known field. Did you mean 'model'?",
        ),
        (
            {"dataset": {"source": {"kind": "smaple"}}},
            "spec.config.dataset.source.kind: should be one of",
        ),
        (
            {"dataset": SAMPLE, "model": {"kind": "patchtst", "head": 4}},
            "spec.config.model.head: is not a known field. Did you mean 'heads'?",
        ),
        (
            {"dataset": SAMPLE, "window": {"lookback": 0}},
            "spec.config.window.lookback: input should be greater than or equal to 1, got 0.",
        ),
        (
            {"dataset": SAMPLE, "training": {"epochs": "many"}},
            "spec.config.training.epochs: ",
        ),
        (
            {"dataset": {**SAMPLE, "split": {"train": 0.9}}},
            "sum to 1.2, expected 1.",
        ),
    ],
)
def test_a_problem_is_told_with_its_path(config: dict[str, Any], sentence: str) -> None:
    """Where, what was expected, what was got."""
    pipeline = load_pipeline("forecaster").pipeline
    problems = find_config_problems(pipeline, config)
    assert any(sentence in str(problem) for problem in problems), [*map(str, problems)]
    with pytest.raises(JobFileError) as caught:
        parse_config(pipeline, config)
    assert sentence in caught.value.message
    assert "azuraforge plugins show forecaster" in caught.value.remedy


def test_all_problems_are_told_at_once() -> None:
    """Nobody repairs one typo to meet the next."""
    pipeline = load_pipeline("forecaster").pipeline
    config = {"dataset": SAMPLE, "windwo": {}, "training": {"epoch": 1}}
    assert len(find_config_problems(pipeline, config)) == 2
