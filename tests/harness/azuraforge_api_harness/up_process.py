"""``azuraforge up`` as a process, for callers that need a real service on a real port."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_api_harness.running import end_trainers

__all__ = ["TOKEN", "UpProcess", "run_up"]

TOKEN: Final = "a-token-of-these-tests-and-no-other-one"  # noqa: S105 - of a service that lives for seconds


@dataclass(frozen=True)
class UpProcess:
    """A running service.

    Attributes:
        url: its address.
        data: its folder.
        process: the process.
    """

    url: str
    data: Path
    process: "subprocess.Popen[str]"


@contextmanager
def run_up(data: Path, port: int = 0) -> Iterator[UpProcess]:
    """Run a service on loopback; neither it nor its trainers outlive the context."""
    command = [
        sys.executable,
        "-m",
        "azuraforge_cli",
        "up",
        "--port",
        str(port),
        "--data",
        str(data),
    ]
    environment = os.environ | {"AZURAFORGE_ADMIN_TOKEN": TOKEN}
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        address = re.search(r"http://\S+(?=;)", greeting)
        assert address is not None, greeting
        yield UpProcess(address[0], data, process)
    finally:
        process.kill()
        process.communicate()
        end_trainers(data / "runs")
