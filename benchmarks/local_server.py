"""Servers that a benchmark starts on this machine, and what they spend; ended with it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import psutil

__all__ = ["cpu_model", "cpu_seconds", "free_port", "serve", "version_of"]

_START_SECONDS: Final = 180


@contextmanager
def serve(command: Sequence[str], environment: Mapping[str, str], ready: str) -> Iterator[int]:
    """Start a server, wait until an address of it answers, and return its process's id."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _is_ready(ready):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{' '.join(command)} does not answer.")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process and all that it started, ended ones included."""
    root = psutil.Process(process)
    total = 0.0
    for each in [root, *root.children(recursive=True)]:
        try:
            spent = each.cpu_times()
        except psutil.NoSuchProcess:
            continue  # counted with the children of its parent from now on
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def cpu_model() -> str:
    """Return the name of this machine's processor."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((n.partition(":")[2].strip() for n in lines if n.startswith("model name")), "")


def version_of(python: Path, package: str) -> str:
    """Return the version of a package in another environment."""
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    result = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    return result.stdout.strip()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False
