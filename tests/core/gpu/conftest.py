"""Machines without a usable GPU, made for real: a stub driver, and environments that lack parts."""

import json
import os
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from azuraforge_core.device import Device, open_device

HERE = Path(__file__).parent

Verdict = dict[str, Any]
AskRequireGpu = Callable[[Path, Path | None, Sequence[Mapping[str, str]]], list[Verdict]]


BuildLibrary = Callable[[str, Path], None]


@pytest.fixture(scope="session")
def build_library() -> BuildLibrary:
    """Return a function (source beside this file, path of the library) that compiles it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to build stub libraries with")

    def build(source: str, library: Path) -> None:
        library.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(  # noqa: S603 - a fixed command
            [compiler, "-shared", "-fPIC", "-o", library, HERE / source, "-ldl"],
            check=True,
            capture_output=True,
        )

    return build


@pytest.fixture(scope="session")
def stub_driver(tmp_path_factory: pytest.TempPathFactory, build_library: BuildLibrary) -> Path:
    """Return a folder whose `libcuda.so.1` answers as the environment says."""
    folder = tmp_path_factory.mktemp("stub_driver")
    build_library("stub_driver.c", folder / "libcuda.so.1")
    return folder


@pytest.fixture(scope="session")
def environment_without(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that copies this environment, leaving packages out, and gives its Python.

    The pattern is matched against paths relative to `site-packages`; packages are linked.
    """

    def build(pattern: str) -> Path:
        root = tmp_path_factory.mktemp("environment")
        venv.create(root, symlinks=True, with_pip=False)
        python = root / "bin" / "python"
        theirs = Path(sysconfig.get_path("purelib", vars={"base": str(root)}))
        ours = Path(sysconfig.get_path("purelib"))
        (theirs / "nvidia").mkdir(parents=True)
        for source in (*ours.iterdir(), *(ours / "nvidia").glob("*")):
            relative = source.relative_to(ours)
            if relative != Path("nvidia") and not relative.match(pattern):
                (theirs / relative).symlink_to(source)
        return python

    return build


@pytest.fixture(scope="session")
def ask_require_gpu() -> AskRequireGpu:
    """Return a function (python, driver folder, environments) -> verdicts of `require_gpu`."""

    def ask(
        python: Path, driver: Path | None, environments: Sequence[Mapping[str, str]]
    ) -> list[Verdict]:
        answer = subprocess.run(  # noqa: S603 - a fixed command
            [python, HERE / "ask_require_gpu.py"],
            input=json.dumps([dict(environment) for environment in environments]),
            env=_environment_with_driver(driver),
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        verdicts: list[Verdict] = json.loads(answer.stdout)
        return verdicts

    return ask


def _environment_with_driver(driver: Path | None) -> dict[str, str]:
    """Return this process's environment with nothing of CUDA in it but the driver's folder."""
    dropped = ("CUDA_PATH", "CUDA_HOME", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "CONDA_PREFIX")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | ({"LD_LIBRARY_PATH": str(driver)} if driver else {})


@pytest.fixture(scope="session")
def environment_with_driver() -> Callable[[Path | None], dict[str, str]]:
    """Return a function from a driver's folder to the environment of a process that meets it."""
    return _environment_with_driver


@pytest.fixture(scope="session")
def gpu() -> Device:
    """Return the opened GPU; only tests marked `gpu`, which are skipped without one, ask for it."""
    return open_device("gpu")
