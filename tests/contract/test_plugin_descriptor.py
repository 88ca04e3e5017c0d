"""A plugin is installed in a cluster by a ConfigMap that comes back as what was written."""

import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.plugin_descriptor import (
    InstalledPlugin,
    MetricEntry,
    PluginDescriptor,
    plugin_config_map,
    read_plugin_config_map,
)

PLUGIN = InstalledPlugin(
    PluginDescriptor(
        name="weather",
        title="Weather",
        description="Forecasts weather.",
        distribution="azuraforge-weather",
        version="1.0",
        config_schema={"type": "object"},
        defaults={"epochs": 5},
        metrics=(MetricEntry(name="test.mse", title="MSE", smaller_is_better=True),),
    ),
    {"gpu": "registry/weather-gpu:1", "cpu": "registry/weather-cpu:1"},
)


def test_a_config_map_comes_back_as_the_plugin_it_was_written_from() -> None:
    """Writing a plugin as a ConfigMap and reading it loses nothing."""
    document = plugin_config_map(PLUGIN, namespace="ml")
    assert document["metadata"] == {
        "name": "azuraforge-plugin-weather",
        "namespace": "ml",
        "labels": {"azuraforge.io/plugin": "weather"},
    }
    assert read_plugin_config_map(document) == PLUGIN


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"descriptor.json": None}, "ConfigMap azuraforge-plugin-weather: needs descriptor.json"),
        ({"descriptor.json": "{}"}, "name: is required but missing"),
        ({"image-gpu": "", "image-cpu": ""}, "needs image-gpu or image-cpu, got neither"),
    ],
)
def test_a_broken_config_map_is_named_with_what_it_lacks(
    change: dict[str, str | None], words: str
) -> None:
    """Whoever installs a plugin wrongly is told which ConfigMap and what is wrong with it."""
    document = plugin_config_map(PLUGIN)
    document["data"] = {
        key: value for key, value in {**document["data"], **change}.items() if value is not None
    }
    with pytest.raises(JobFileError, match=words):
        read_plugin_config_map(document)


def test_a_label_that_names_another_plugin_is_refused() -> None:
    """A plugin is found by its label, which therefore cannot lie."""
    document = plugin_config_map(PLUGIN)
    document["metadata"]["labels"]["azuraforge.io/plugin"] = "other"
    with pytest.raises(JobFileError, match="should be 'weather'"):
        read_plugin_config_map(document)
