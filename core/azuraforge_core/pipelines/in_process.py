"""What a run needs around it: the data from the cache, the versions of its code, a context.

The trainer takes the first two and brings events, attempts and signals of its own. The backtest and
benchmarks, which train several models in one process, take all three.
"""

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from azuraforge_contract.run_folder import RunFolder
from azuraforge_core.cache import SharedCache
from azuraforge_core.device import Device
from azuraforge_core.pipelines.pipeline import (
    DatasetReference,
    JobIdentity,
    OpenedDataset,
    RunContext,
)
from azuraforge_core.pipelines.registry import InstalledPipeline
from azuraforge_core.training.checkpoints import CheckpointStore
from azuraforge_core.training.facts import DatasetFacts
from azuraforge_core.training.observer import SilentObserver, StopSignal, TrainingObserver

__all__ = ["code_versions", "in_process_context", "open_cached"]

_CHECKPOINT_SECONDS = 60.0


def open_cached(
    reference: DatasetReference, cache: Path, *, waiting: Callable[[], None] = lambda: None
) -> OpenedDataset:
    """Open a data set in the shared cache, or fill it.

    Args:
        reference: which data.
        cache: the cache's folder.
        waiting: called at every poll while another process fills.

    Raises:
        DataError: the table cannot be trained on.
        SourceUnreachableError: the source did not answer.
        StorageError: neither the cache nor the temporary folder has room.
    """
    began = time.monotonic()
    entry = SharedCache(cache).open_or_fill(
        reference.key,
        reference.fill,
        max_age_hours=reference.max_age_hours,
        wait_progress=lambda _: waiting(),
    )
    facts = DatasetFacts(
        cache=entry.outcome.value,
        digest=entry.content_digest,
        bytes=sum(array.size_bytes for array in entry.manifest.arrays.values()),
        seconds=time.monotonic() - began,
    )
    return OpenedDataset(entry, facts)


def in_process_context(
    job: JobIdentity,
    folder: Path,
    device: Device,
    *,
    seed: int,
    threads: int,
    watch: tuple[TrainingObserver, StopSignal] | None = None,
) -> RunContext:
    """Return the context of a run that resumes from its own checkpoints in a folder.

    Args:
        job: which job this is.
        folder: the run's folder.
        device: the opened device.
        seed: of all random numbers.
        threads: how many of them compute.
        watch: who is told, and who asks to stop; by default nobody.
    """
    silent = SilentObserver()
    observer, stop = watch or (silent, silent)
    run = RunFolder(folder)
    return RunContext(
        job=job,
        device=device,
        seed=seed,
        folder=run,
        checkpoints=CheckpointStore(run.checkpoints),
        may_resume=True,
        inherited=None,
        checkpoint_every_seconds=_CHECKPOINT_SECONDS,
        threads=threads,
        observer=observer,
        stop=stop,
        began=time.monotonic(),
    )


def code_versions(installed: InstalledPipeline) -> dict[str, str]:
    """Return package → version of the code that decides a model's bits, the plugin's last."""
    return {"azuraforge": version("azuraforge"), installed.distribution: installed.version}
