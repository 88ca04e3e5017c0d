"""The descriptor: all that a form needs, as plain JSON."""

import json

from azuraforge_core.pipelines.config_check import parse_config
from azuraforge_core.pipelines.descriptor import PluginDescriptor, describe_pipeline
from azuraforge_core.pipelines.registry import load_pipeline


def test_a_descriptor_is_json_and_comes_back() -> None:
    """It may be stored in a ConfigMap and read by another release."""
    descriptor = describe_pipeline(load_pipeline("weather-forecaster"))
    text = json.dumps(descriptor.model_dump(mode="json"))
    assert PluginDescriptor.model_validate_json(text) == descriptor
    assert descriptor.metrics[0].name == "test.mse"


def test_the_defaults_are_a_valid_config() -> None:
    """What the descriptor calls default is what an empty config means."""
    installed = load_pipeline("weather-forecaster")
    defaults = describe_pipeline(installed).defaults
    assert parse_config(installed.pipeline, defaults) == parse_config(installed.pipeline, {})


def test_a_required_field_shows_the_defaults_below_it() -> None:
    """The forecaster's data set is required, its split is not."""
    defaults = describe_pipeline(load_pipeline("forecaster")).defaults
    assert "source" not in defaults["dataset"]
    fractions = {"train": 0.7, "validation": 0.1, "test": 0.2}
    assert defaults["dataset"]["split"] == {**fractions, "boundaries": None}


def test_every_field_has_a_description() -> None:
    """What exists is documented: form and reference come from here."""
    schema = describe_pipeline(load_pipeline("weather-forecaster")).config_schema
    bare = [
        f"{model}.{name}"
        for model, definition in {**schema["$defs"], "config": schema}.items()
        for name, field in definition.get("properties", {}).items()
        if not field.get("description") and name != "kind"
    ]
    assert bare == []
