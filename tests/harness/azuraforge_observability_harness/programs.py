"""Loki, the collector, Prometheus and Helm as tests find them."""

import os
import shutil
import socket
from pathlib import Path

import pytest

__all__ = ["free_port", "needed_program"]


def needed_program(name: str) -> str:
    """Return a program's path; skip where nobody has built it."""
    default = Path.home() / ".cache"
    cache = Path(os.environ.get("XDG_CACHE_HOME", default)) / "azuraforge-cluster" / "bin"
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{cache}")
    if found is None:
        pytest.skip(f"{name} is not there; tests/cluster/build_observability.sh builds it")
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
