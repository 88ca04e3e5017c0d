"""Settings are compared by what they mean, not by how they are written."""

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_api.compare.defaults import with_defaults
from azuraforge_api.compare.setting_rows import ABSENT, divide_settings, flatten
from azuraforge_core.pipelines.descriptor import describe_pipeline
from azuraforge_core.pipelines.registry import discover_pipelines

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
documents = st.dictionaries(st.text(min_size=1, max_size=5), json_values, max_size=5)


@functools.cache
def _weather_schema() -> dict[str, Any]:
    (found,) = (
        p for p in discover_pipelines().pipelines if p.pipeline.name == "weather-forecaster"
    )
    return describe_pipeline(found).config_schema


@pytest.fixture
def schema() -> dict[str, Any]:
    """Return the schema of the weather forecaster's config."""
    return _weather_schema()


@given(document=documents)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    """Equal documents have no differing row, and every leaf has one."""
    differing, equal = divide_settings([document, document, document])
    assert differing == []
    assert {row.path for row in equal} == set(flatten(document))


@given(document=documents)
def test_one_changed_leaf_is_one_difference(document: dict[str, Any]) -> None:
    """Only what was changed differs."""
    document = {**document, "changed": {"leaf": 1}}
    changed = {**document, "changed": {"leaf": "another"}}
    differing, _ = divide_settings([document, changed])
    assert [(row.path, row.values) for row in differing] == [("changed.leaf", (1, "another"))]


def test_values_are_equal_as_in_json() -> None:
    """1 and 1.0 are one number, 1 and true are not, and nothing is not null."""
    differing, equal = divide_settings(
        [
            {"a": 1, "b": 1, "c": None, "d": [1, {"x": 2}]},
            {"a": 1.0, "b": True, "d": [1.0, {"x": 2}]},
        ]
    )
    assert [row.path for row in differing] == ["b", "c"]
    assert differing[1].values == (None, ABSENT)
    assert [row.path for row in equal] == ["a", "d"]


def test_what_the_config_is_about_comes_first() -> None:
    """Pipeline and config stand before the job's other settings."""
    differing, equal = divide_settings([{"checkpoint": 1, "seed": 1, "config": {"z": 1},
                                         "pipeline": "p"}] * 2)  # fmt: skip
    assert [row.path for row in equal] == ["pipeline", "config.z", "checkpoint", "seed"]
    assert differing == []


def test_a_field_left_out_is_its_default(schema: dict[str, Any]) -> None:
    """Nothing said, and every default said, mean the same; so do a word and its long form."""
    nothing = with_defaults(schema, {})
    assert nothing["training"]["epochs"] == 10  # this pipeline's own default, not the model's
    assert with_defaults(schema, nothing) == nothing
    written = {"training": {"optimizer": "adamw", "loss": "mse"}}
    long = with_defaults(schema, {"training": {}})
    assert with_defaults(schema, written) == long
    assert long["training"]["optimizer"]["beta1"] == 0.9
    assert long["dataset"] == nothing["dataset"]


def test_defaults_are_those_of_the_chosen_member(schema: dict[str, Any]) -> None:
    """Another model has other fields; those of the first one do not appear."""
    filled = with_defaults(schema, {"model": {"kind": "dlinear"}})
    assert filled["model"]["kind"] == "dlinear"
    assert "patch_length" not in filled["model"]
    assert len(filled["model"]) > 1
    source = with_defaults(schema, {"dataset": {"source": {"kind": "dataset", "name": "load"}}})[
        "dataset"
    ]["source"]
    assert (source["kind"], source["name"]) == ("dataset", "load")
    assert "path" not in source


@given(config=json_values)
def test_what_does_not_fit_the_schema_stays(config: Any) -> None:
    """No config, however wrong, is an error; nothing of it is lost."""
    filled = with_defaults({"properties": {"a": {"$ref": "#/$defs/Nowhere"}}}, config)
    assert filled == config
    if isinstance(config, dict):
        assert set(config) <= set(with_defaults(_weather_schema(), config))


def test_a_schema_that_names_itself_ends() -> None:
    """Defaults of defaults without end are cut off."""
    schema = {
        "$ref": "#/$defs/Node",
        "$defs": {"Node": {"properties": {"next": {"$ref": "#/$defs/Node", "default": {}}}}},
    }
    assert "next" in with_defaults(schema, {})
    assert with_defaults({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, 5) == 5
