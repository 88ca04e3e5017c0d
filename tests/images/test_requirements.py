"""What the images install: enough for the code they run, nothing beside it, locked."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

CODE = {
    "operator-image": (
        "core/azuraforge_contract",
        "core/azuraforge_lifecycle",
        "operator/azuraforge_cluster",
        "operator/azuraforge_operator",
    ),
    "trainer-image": (
        "core/azuraforge_contract",
        "core/azuraforge_core",
        "trainer-image/azuraforge_trainer",
        "plugins/azuraforge-forecaster/azuraforge_forecaster",
    ),
}
"""Group of requirements → the packages that such an image runs."""
LOCKS = {
    "image-build": "image-build",
    "operator-image": "operator",
    "trainer-image": "trainer-cpu",
    "trainer-gpu-image": "trainer-gpu",
}
_NOT_ASKED_FOR = {
    "cupy-cuda12x",  # imported only where a GPU is asked for; the GPU image alone has it
    "jsonschema",  # checks configs for the operator and the API; the trainer has the plugin's model
    "onnx",  # imported only where somebody exports; no trainer does
    "pydantic-core",  # pydantic pins its own core
}


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _group(name: str) -> list[str]:
    found: list[str] = []
    for part in PROJECT["dependency-groups"][name]:
        found += _group(part["include-group"]) if isinstance(part, dict) else [part]
    return found


def _imports(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def _third_party(module: str) -> bool:
    return module not in sys.stdlib_module_names and not module.startswith("azuraforge_")


@pytest.mark.parametrize("group", CODE)
def test_an_image_has_every_package_that_its_code_imports(group: str) -> None:
    """No import in an image's code lacks a direct requirement of that image."""
    distributions = packages_distributions()
    imported = {module for folder in CODE[group] for module in _imports(ROOT / folder)}
    needed = {_name(distributions[module][0]) for module in imported if _third_party(module)}
    assert needed - {_name(each) for each in _group(group)} - _NOT_ASKED_FOR == set()


@pytest.mark.parametrize("group", ["operator-image", "trainer-image", "trainer-gpu-image"])
def test_an_image_asks_for_no_other_versions_than_the_package(group: str) -> None:
    """Each requirement of an image stands word for word among the package's own."""
    project: dict[str, Any] = PROJECT["project"]
    known = {*project["dependencies"]}
    known |= {each for extra in project["optional-dependencies"].values() for each in extra}
    assert set(_group(group)) - known == set()


@pytest.mark.parametrize(("group", "lock"), LOCKS.items())
def test_a_lock_pins_every_requirement_with_hashes(group: str, lock: str) -> None:
    """Each lock has all of its group's requirements, and a hash for every pin."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==[^\\]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert {_name(each) for each in _group(group)} <= {_name(pin) for pin in pins}
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE))


def test_the_operators_image_has_no_arrays() -> None:
    """The operator checks configs by schema: no NumPy, no polars in its image."""
    text = (ROOT / "requirements" / "operator.txt").read_text(encoding="utf-8")
    assert not re.search(r"^(numpy|polars|cupy)", text, re.MULTILINE)
