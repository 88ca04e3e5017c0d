"""Whether this machine can train, as data: what was looked at, what was found, what to do.

``azuraforge doctor`` renders the checks; nothing is printed here. Each check looks at one thing and
never raises: what is wrong is its result.
"""

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]  # the package has no types

from azuraforge_contract.environment import CACHE_DIR
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_core.gpu.preflight import Preflight
from azuraforge_core.gpu.problems import GpuUnavailable

__all__ = ["CheckResult", "CheckStatus", "exit_code_of", "run_checks"]

CheckStatus = Literal["ok", "warn", "fail"]

_LITTLE_DISK_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class CheckResult:
    """One thing that was looked at.

    Attributes:
        name: What, in a word or two.
        status: ``fail``: a job would end; ``warn``: worth knowing; ``ok``.
        found: What is there, or the cause of a failure.
        remedy: What to do about it; empty where there is nothing to do.
        exit_code: How a job would end on this machine because of it.
    """

    name: str
    status: CheckStatus
    found: str
    remedy: str = ""
    exit_code: ExitCode = ExitCode.SUCCEEDED


def run_checks(want_gpu: bool, cache_dir: Path | None = None) -> list[CheckResult]:
    """Look at everything a training run needs on this machine.

    Args:
        want_gpu: Whether jobs are to run on the GPU. Only then is CUDA initialized in this process.
        cache_dir: Folder of the shared data cache; by default the one the environment names, or
            ``~/.cache/azuraforge``.
    """
    cache = cache_dir or Path(os.environ.get(CACHE_DIR) or Path.home() / ".cache" / "azuraforge")
    checks = [_python(), _azuraforge(), _numpy(), _cache(cache), _disk(cache)]
    return [*checks, *(_gpu(Preflight()) if want_gpu else ())]


def exit_code_of(checks: Sequence[CheckResult]) -> ExitCode:
    """Return how a job would end on this machine: the first failed check's code, or success."""
    return next((check.exit_code for check in checks if check.status == "fail"), ExitCode.SUCCEEDED)


def _python() -> CheckResult:
    return CheckResult("python", "ok", f"{platform.python_version()} at {sys.executable}")


def _azuraforge() -> CheckResult:
    try:
        return CheckResult("azuraforge", "ok", importlib.metadata.version("azuraforge"))
    except importlib.metadata.PackageNotFoundError:
        remedy = "Install it, so that plugins are found: pip install azuraforge."
        return CheckResult("azuraforge", "warn", "runs from a folder, not installed", remedy)


def _numpy() -> CheckResult:
    blas = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    pools = ", ".join(
        f"{pool['internal_api']} {pool['version']} with {pool['num_threads']} threads"
        for pool in blas
    )
    found = f"{np.__version__}, {pools or 'unknown linear algebra library'}"
    return CheckResult("numpy", "ok", found)


def _cache(folder: Path) -> CheckResult:
    where = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=where) as probe:
            probe.write(b"\0")
            probe.flush()
    except OSError as error:
        return CheckResult(
            "cache folder",
            "fail",
            f"{folder} cannot be written: {error.strerror}",
            f"Set {CACHE_DIR} to a folder that this user can write.",
            ExitCode.STORAGE_ERROR,
        )
    return CheckResult("cache folder", "ok", str(folder))


def _disk(folder: Path) -> CheckResult:
    where = _existing(folder)
    free = shutil.disk_usage(where).free
    found = f"{free / 1024**3:.1f} GiB free at {where}"
    if free < _LITTLE_DISK_BYTES:
        remedy = f"Free some space, prune the cache, or set {CACHE_DIR} to a larger volume."
        return CheckResult("disk", "warn", found, remedy)
    return CheckResult("disk", "ok", found)


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest path above it that is there."""
    return next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))


def _gpu(preflight: Preflight) -> Iterator[CheckResult]:
    """Yield the preflight's steps; what comes after a failed one cannot be looked at."""
    failed = ""
    for step in preflight.steps():
        if failed:
            yield CheckResult(step.name, "warn", f"not checked, because {failed} failed")
            continue
        try:
            yield CheckResult(step.name, "ok", step.check())
        except GpuUnavailable as refusal:
            failed = step.name
            yield CheckResult(step.name, "fail", refusal.finding, refusal.fix, refusal.exit_code)
