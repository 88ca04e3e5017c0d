"""The chart's Loki and collector as processes of this machine, and trainers that print."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from azuraforge_observability_harness.collector import start_collector
from azuraforge_observability_harness.loki import Loki
from azuraforge_observability_harness.rendering import rendered
from azuraforge_observability_harness.server import Server

__all__ = ["Spent", "Stack", "Writing", "run_stack"]

_MEBI: Final = 2**20
_UNITS: Final = {"Mi": _MEBI, "Gi": 2**30}


@dataclass(frozen=True)
class Spent:
    """What a process has spent.

    Attributes:
        cpu_seconds: of all threads.
        peak_bytes: the most memory that was resident at once, mapped files among it.
        own_bytes: resident now without mapped files, which the kernel drops at need.
    """

    cpu_seconds: float
    peak_bytes: int
    own_bytes: int


class Writing:
    """Trainers that print at the moment.

    Args:
        process: of ``benchmarks/logs_writer.py``.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def is_going_on(self) -> bool:
        """Whether more lines come."""
        return self._process.poll() is None

    def wait(self) -> tuple[list[int], float]:
        """Wait for the end; return how many steps each pod has printed, and the seconds taken."""
        told, _ = self._process.communicate()
        if self._process.returncode != 0:
            sys.exit("The writer of logs has failed.")
        found = json.loads(told)
        return found["perPod"], found["seconds"]

    def stop(self) -> tuple[list[int], float]:
        """End it now; return what ``wait`` returns."""
        self._process.terminate()
        return self.wait()


class Stack:
    """One Loki and one collector.

    Args:
        folder: of everything that they and the pods write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pods = folder / "pods"
        self._pods.mkdir()
        (folder / "loki").mkdir()
        files = rendered("ConfigMap", "azuraforge-loki")["data"]
        loki = _container("StatefulSet", "azuraforge-loki")
        self.loki = Loki(
            folder / "loki", files["config.yaml"], files["rules.yaml"], _variables(loki)
        )
        container = _container("DaemonSet", "azuraforge-collector")
        self._variables = _variables(container)
        self._config = _limited(
            rendered("ConfigMap", "azuraforge-collector")["data"]["config.yaml"],
            _limit_bytes(container),
        )
        self._collector: Server | None = None

    @property
    def collector(self) -> Server:
        """The running collector."""
        if self._collector is None:
            self._collector = self.start_collector()
        return self._collector

    def start_collector(self) -> Server:
        """Start the collector, from its state if it has run before; return it."""
        self._collector = start_collector(
            self._folder / "collector", self._config, pod_logs=self._pods, loki=self.loki.url,
            environment=self._variables,
        )  # fmt: skip
        return self._collector

    def spent(self) -> dict[str, Spent]:
        """Return what the running processes have spent, by name."""
        return {
            name: _spent(server.pid)
            for name, server in (("collector", self.collector), ("loki", self.loki.server))
        }

    def queue_bytes(self) -> int:
        """Return the space that the collector's state takes on disk."""
        state = self._folder / "collector" / "state"
        return sum(path.stat().st_blocks * 512 for path in state.iterdir())

    def write(self, **options: float) -> Writing:
        """Begin to print; options are those of ``benchmarks/logs_writer.py``."""
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        command = [sys.executable, "-m", "benchmarks.logs_writer", str(self._pods), *flags]
        return Writing(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603 - our own program

    def stop(self) -> None:
        """End both."""
        if self._collector is not None:
            self._collector.stop()
        self.loki.server.stop()


@contextmanager
def run_stack(folder: Path) -> Iterator[Stack]:
    """Start both in a new folder; end them with the block."""
    folder.mkdir()
    stack = Stack(folder)
    try:
        stack.loki.server.start()
        stack.start_collector()
        yield stack
    finally:
        stack.stop()


def _container(kind: str, name: str) -> Mapping[str, Any]:
    [container] = rendered(kind, name)["spec"]["template"]["spec"]["containers"]
    found: Mapping[str, Any] = container
    return found


def _variables(container: Mapping[str, Any]) -> dict[str, str]:
    """Return what the chart tells Go's garbage collector."""
    return {
        variable["name"]: variable["value"]
        for variable in container["env"]
        if variable["name"] == "GOMEMLIMIT"
    }


def _limit_bytes(container: Mapping[str, Any]) -> int:
    """Return a container's limit of memory."""
    memory = container["resources"]["limits"]["memory"]
    return int(memory[:-2]) * _UNITS[memory[-2:]]


def _limited(config: str, limit_bytes: int) -> str:
    """Return the collector's configuration with shares of its limit in place of the machine's."""
    document = yaml.safe_load(config)
    limiter = document["processors"]["memory_limiter"]
    mebibytes = limit_bytes // _MEBI
    limiter["limit_mib"] = mebibytes * limiter.pop("limit_percentage") // 100
    limiter["spike_limit_mib"] = mebibytes * limiter.pop("spike_limit_percentage") // 100
    return str(yaml.safe_dump(document, sort_keys=False))


def _spent(process: int) -> Spent:
    times = psutil.Process(process).cpu_times()
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    kibibytes = {
        name: rest.split()[0] if rest.strip() else "0"
        for name, _, rest in (each.partition(":") for each in lines)
    }
    return Spent(
        times.user + times.system,
        int(kibibytes["VmHWM"]) * 1024,
        int(kibibytes["RssAnon"]) * 1024,
    )
