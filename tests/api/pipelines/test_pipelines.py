"""What may train, told without importing any of it."""

import json
import subprocess
import sys

import pytest

from azuraforge_api.pipelines.installed_plugins import InstalledPlugins
from azuraforge_api_harness.jobs import job_document
from azuraforge_api_harness.service import Service
from azuraforge_core.pipelines.config_check import find_config_problems
from azuraforge_core.pipelines.registry import load_pipeline

pytestmark = pytest.mark.anyio

URL = "/api/v1/pipelines"
BAD_CONFIGS = [
    {"dataset": {"source": {"kind": "sample"}}, "training": {"epochs": 0}},
    {"dataset": {"source": {"kind": "nowhere"}}},
    {"dataset": {"source": {"kind": "sample"}, "split": {"train": 0.5}}},
    {"dataset": {"source": {"kind": "sample"}, "missing": {"max_gap": "6"}}, "modle": {}},
    {},
]


async def test_installed_pipelines_are_listed_and_described(service: Service) -> None:
    """A form is built from what the API tells: schema, defaults, figures."""
    listed = {each["name"]: each for each in (await service.viewer.get(URL)).json()["items"]}
    assert listed["weather-forecaster"]["isUsable"]
    details = (await service.viewer.get(f"{URL}/weather-forecaster")).json()
    assert details["configSchema"]["properties"]["training"]
    assert details["metrics"][0]["smallerIsBetter"]
    assert details["description"]
    answer = await service.viewer.get(f"{URL}/whether-forecaster")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("config", BAD_CONFIGS)
async def test_every_mistake_is_told_in_the_command_line_s_words(
    service: Service, config: dict[str, object]
) -> None:
    """The API names the same paths as `azuraforge validate`, those of no schema included."""
    answer = await service.viewer.post(f"{URL}/forecaster/validate", json={"config": config})
    expected = find_config_problems(load_pipeline("forecaster").pipeline, config)
    told = {each["path"]: each["message"] for each in answer.json()["errors"]}
    assert not answer.json()["valid"]
    assert set(told) == {problem.path for problem in expected}


async def test_a_valid_config_is_valid(service: Service) -> None:
    """What a job may say has no mistakes."""
    config = {"dataset": {"source": {"kind": "sample"}}}
    answer = await service.viewer.post(f"{URL}/forecaster/validate", json={"config": config})
    assert answer.json() == {"valid": True, "errors": []}


async def test_a_job_that_does_not_fit_its_pipeline_is_not_created(service: Service) -> None:
    """Neither an unknown pipeline nor a wrong config makes a job."""
    for spec, path in (
        ({"pipeline": "whether-forecaster"}, "spec.pipeline"),
        ({"config": {"training": {"epochs": 0}}}, "spec.config.training.epochs"),
    ):
        answer = await service.editor.post("/api/v1/jobs", json=job_document(**spec))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-job")
        assert [each["path"] for each in answer.json()["errors"]] == [path]
    assert (await service.viewer.get("/api/v1/jobs")).json()["items"] == []


@pytest.fixture
def stranger(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """Install a package whose plugin ends the process that imports it, and return its name."""
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "ends_it_all.py").write_text("import os\nprint('hello')\nos._exit(3)\n")
    facts = folder / "ends_it_all-1.2.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: ends-it-all\nVersion: 1.2\n")
    (facts / "entry_points.txt").write_text("[azuraforge.pipelines]\nlast = ends_it_all:Pipeline\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "last"


async def test_a_plugin_that_ends_its_process_hides_no_other(stranger: str) -> None:
    """The broken one is listed with what happened, the others are there; the service goes on."""
    source = InstalledPlugins()
    found = await source.read()
    (broken,) = found.broken
    assert (broken.name, broken.distribution, broken.version) == (stranger, "ends-it-all", "1.2")
    assert "exit code 3" in broken.error
    assert {"forecaster", "weather-forecaster"} <= {each.name for each in found.descriptors}


def test_the_api_imports_no_plugin() -> None:
    """Neither plugins nor arrays are loaded by the service itself."""
    code = "import sys, azuraforge_api.app; print([m for m in sys.modules if m in %r])"
    names = ("azuraforge_forecaster", "polars")
    command = [sys.executable, "-c", code % (names,)]
    result = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - ours
    assert json.loads(result.stdout.replace("'", '"')) == []
