"""Processes that ask a cache, and volumes that are small or read-only, made for real."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from azuraforge_core.cache import CacheKey, CacheWriter
from azuraforge_core.cache.key import Json

ASK = Path(__file__).with_name("ask.py")
PARAMETERS: dict[str, Json] = {"source": "ramp", "columns": 1000}

Asker = subprocess.Popen[str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a cache that is not there yet."""
    return tmp_path / "cache"


@pytest.fixture
def key() -> CacheKey:
    """Return the key that all askers of a test use."""
    return CacheKey.of(PARAMETERS)


@pytest.fixture
def fill() -> Callable[[CacheWriter], None]:
    """Return a fill function that writes what ``ask.py`` writes."""

    def fill_ramp(writer: CacheWriter) -> None:
        values = writer.create_array("values", (4, 1000), np.float32)
        values[...] = np.arange(4000).reshape(4, 1000)
        writer.save_array("times", np.arange(1000))
        writer.set_facts({"columns": ["a", "b", "c", "d"]})

    return fill_ramp


@pytest.fixture
def start_asker(root: Path, tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """Return a function that starts a process asking the cache; all are ended with the test."""
    with contextlib.ExitStack() as started:

        def start(*, timing: tuple[float, float, float] = (60.0, 10.0, 0.05), **more: Any) -> Asker:
            request = {
                "root": os.fspath(root),
                "key": PARAMETERS,
                "fills": os.fspath(tmp_path / "fills"),
                "timing": timing,
                **more,
            }
            asker = subprocess.Popen(  # noqa: S603 -- our own interpreter and script
                [sys.executable, os.fspath(ASK), json.dumps(request)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            started.enter_context(asker)
            started.callback(asker.kill)
            return asker

        yield start


@pytest.fixture
def make_volume(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Return a function that mounts a small file system in memory; all go with the test."""
    mounted: list[Path] = []

    def mount(name: str, size_bytes: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", os.fspath(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- fixed
        if done.returncode:
            pytest.skip(f"no small volume can be mounted here (needs root): {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", os.fspath(folder)], check=True)  # noqa: S603, S607 -- fixed


@pytest.fixture
def make_read_only() -> Callable[[Path], None]:
    """Return a function that turns a mounted volume read-only."""

    def remount(folder: Path) -> None:
        command = ["mount", "-o", "remount,ro", os.fspath(folder)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 -- fixed

    return remount
