"""Finding plugins: every one is listed, a broken one by name with its error."""

from collections.abc import Callable

import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_core.pipelines.registry import discover_pipelines, load_pipeline

GOOD = """
from azuraforge_core.pipelines.forecast import ForecastPipeline

class Mine(ForecastPipeline):
    name = "mine"
    title = "Mine"
    description = "My own."

PLUGIN = Mine
"""


def test_the_bundled_plugins_are_found() -> None:
    """Both forecasters are there, with the package that brings them, and none is broken."""
    catalog = discover_pipelines()
    found = {installed.pipeline.name: installed.distribution for installed in catalog.pipelines}
    assert found["forecaster"] == found["weather-forecaster"] == "azuraforge-forecaster"
    assert catalog.broken == ()


def test_a_strangers_plugin_is_found(install_plugin: Callable[[str, str, str], None]) -> None:
    """A package with an entry point is all it takes."""
    install_plugin("mine", "my_plugin", GOOD)
    installed = load_pipeline("mine")
    assert (installed.pipeline.title, installed.version) == ("Mine", "1.2.3")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import a_module_that_is_not_there", "No module named 'a_module_that_is_not_there'"),
        ("raise RuntimeError('no license')", "RuntimeError: no license."),
        ("import sys; sys.exit(3)", "SystemExit: 3."),
        ("PLUGIN = 3", "gives int, expected a Pipeline"),
        (GOOD.replace('"mine"', '"yours"'), "calls itself 'yours', its entry point 'mine'"),
        (GOOD.replace('    title = "Mine"\n', ""), "has no 'title'"),
        ("", "has no attribute 'PLUGIN'"),
        (
            GOOD.replace("ForecastPipeline", "Pipeline").replace(
                "forecast import", "pipeline import"
            ),
            "abstract",
        ),
    ],
)
def test_a_broken_plugin_is_named_and_hides_no_other(
    install_plugin: Callable[[str, str, str], None], source: str, error: str
) -> None:
    """Whatever is wrong with a plugin, the catalog says it and lists all others."""
    install_plugin("mine", "broken_plugin", source)
    catalog = discover_pipelines()
    assert [installed.pipeline.name for installed in catalog.pipelines] == [
        "forecaster",
        "weather-forecaster",
    ]
    (broken,) = catalog.broken
    assert (broken.name, broken.distribution) == ("mine", "broken_plugin")
    assert error in broken.error
    with pytest.raises(JobFileError, match=r"'mine' of broken_plugin 1\.2\.3 cannot be used"):
        load_pipeline("mine")


def test_an_unknown_plugin_is_told_with_the_nearest() -> None:
    """A misspelt name gets the right one."""
    with pytest.raises(JobFileError, match="Did you mean 'weather-forecaster'") as caught:
        load_pipeline("weather-forcaster")
    assert "Installed: forecaster, weather-forecaster." in caught.value.remedy


def test_a_name_offered_twice_is_refused(
    install_plugin: Callable[[str, str, str], None],
) -> None:
    """Which of two plugins trains is never left to chance."""
    install_plugin("forecaster", "rival", GOOD)
    with pytest.raises(JobFileError, match=r"several packages: azuraforge-forecaster, rival"):
        load_pipeline("forecaster")
