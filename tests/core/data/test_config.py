"""The config says clearly what it does not take."""

from typing import Any

import pytest
from pydantic import ValidationError

from azuraforge_contract.validation import explain
from azuraforge_core.data.config import DatasetConfig, WindowConfig

SAMPLE = {"kind": "sample"}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"source": SAMPLE, "target_column": ["a"]}, "Did you mean 'target_columns'?"),
        ({"source": {"kind": "fil"}}, "Did you mean 'file'?"),
        ({"source": {"kind": "file", "path": "x.csv"}}, "source.time_column: is required"),
        ({"source": SAMPLE, "target_columns": ["a"], "past_columns": ["a"]}, "'a' must have one"),
        ({"source": SAMPLE, "target_columns": ["a", "a"]}, "'a' must have one role"),
        (
            {"source": {"kind": "file", "path": "x", "time_column": "t"}, "target_columns": ["t"]},
            "'t' cannot be an input or target",
        ),
        ({"source": SAMPLE, "series": ["a", "a"]}, "series lists a name twice"),
        ({"source": SAMPLE, "split": {"train": 0.9}}, "sum to 1.2, expected 1"),
        ({"source": SAMPLE, "split": {"boundaries": [3, 2, 1]}}, "boundaries must ascend"),
        (
            {"source": SAMPLE, "split": {"train": 0.6, "test": 0.3, "boundaries": [1, 2, 3]}},
            "split: give fractions or boundaries, not both",
        ),
        ({"source": SAMPLE, "split": {"trian": 0.7}}, "split.trian: is not a known field. Did you"),
        ({"source": SAMPLE, "split": {"boundaries": [1, 2]}}, "split.boundaries[2]: is required"),
        ({"source": SAMPLE, "missing": {"policy": "fill"}}, "missing.policy"),
        ({"source": {"kind": "url", "url": "x.csv", "time_column": "t"}}, "source.url"),
        (
            {
                "source": {
                    "kind": "open-meteo",
                    "latitude": 91,
                    "longitude": 0,
                    "start": "2020-01-01",
                    "end": "2020-02-01",
                    "variables": ["temperature_2m"],
                }
            },
            "source.latitude",
        ),
    ],
)
def test_a_wrong_config_is_explained(document: dict[str, Any], sentence: str) -> None:
    """A misspelt or impossible setting is named with its path."""
    with pytest.raises(ValidationError) as failure:
        DatasetConfig.model_validate(document)
    problems = "\n".join(map(str, explain(failure.value, DatasetConfig)))
    assert sentence in problems


def test_an_archive_that_ends_before_it_starts_is_refused() -> None:
    """The days of an archive request are in order."""
    source = {"kind": "open-meteo", "latitude": 1, "longitude": 1, "variables": ["rain"]}
    with pytest.raises(ValidationError, match="lies before start"):
        DatasetConfig.model_validate(
            {"source": source | {"start": "2020-02-01", "end": "2020-01-01"}}
        )


@pytest.mark.parametrize("split", [{"train": 0.6, "test": 0.3}, {"boundaries": [1, 2, 3]}])
def test_either_form_of_split_survives_storing(split: dict[str, Any]) -> None:
    """A stored config reads back as it was, defaults included."""
    config = DatasetConfig.model_validate({"source": SAMPLE, "split": split})
    assert DatasetConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("model", [DatasetConfig, WindowConfig])
def test_every_field_is_described(model: type[DatasetConfig] | type[WindowConfig]) -> None:
    """The schema is form and documentation: nothing in it lacks a title or description."""
    schema = model.model_json_schema()
    for name, part in {"": schema, **schema.get("$defs", {})}.items():
        for field, description in part.get("properties", {}).items():
            assert description.get("description"), f"{name}.{field}"
            assert description.get("title") or "$ref" in description or "default" in description
