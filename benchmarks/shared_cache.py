"""What N jobs on one data set cost in memory: one copy of the data, and next to nothing a job.

Run by `make bench`. It makes a table, lets the cache fill an entry from it once, starts 1, 2, 4 and
8 real trainers on it, and adds up the proportional set size (PSS) of all their pages while they
train. A page that N processes map counts 1/N in each, so that the sum is what the machine pays.

Claim, checked on every run and kept in `results/shared_cache.json`: the sum over N trainers while
they train, less the sum over the same trainers right before they opened the data, is at most the
bytes of the data plus 2 % of them a trainer.
"""

import argparse
import dataclasses
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import polars as pl

from azuraforge_contract import environment as names
from azuraforge_core.cache import CacheKey, CacheWriter, SharedCache
from azuraforge_core.data.config import DatasetConfig
from azuraforge_core.data.table_cache import fill_table, table_cache_key

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "shared_cache.json"
FORMAT_VERSION = 1
MEBIBYTE = 1 << 20
CHANNELS = 8
ALLOWED_SHARE = 0.02
SAMPLES, SAMPLE_SECONDS = 20, 0.25
DEADLINE_SECONDS = 300.0
PREEMPTED = 75

Trainer = subprocess.Popen[str]


@dataclasses.dataclass(frozen=True)
class Measurement:
    """The memory of N trainers on one data set.

    Attributes:
        jobs: N.
        before_mebibytes: Sum of PSS right before each opened the data.
        training_mebibytes: Largest sum of PSS while all trained.
        cost_mebibytes: The difference: what the data cost.
        limit_mebibytes: What the claim allows.
        private_growth_mebibytes: Of the difference, memory that no other process shares.
        copies_mebibytes: What one copy of the data for each job would cost.
    """

    jobs: int
    before_mebibytes: float
    training_mebibytes: float
    cost_mebibytes: float
    limit_mebibytes: float
    private_growth_mebibytes: float
    copies_mebibytes: float

    @property
    def holds(self) -> bool:
        """Whether the claim does."""
        return self.cost_mebibytes <= self.limit_mebibytes


def main() -> int:
    """Measure, print, keep the result; return 1 if the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--mebibytes", type=int, default=512, help="size of the data (default 512)")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="azuraforge-bench-") as folder:
        work = Path(folder)
        rows = arguments.mebibytes * MEBIBYTE // (4 * CHANNELS)
        config = job_config(make_table(work, rows), rows)
        data_bytes, fill_seconds = fill_cache(work / "cache", config)
        print(f"data {data_bytes / MEBIBYTE:.0f} MiB, filled once in {fill_seconds:.0f} s")
        print("jobs  before  training  data cost  limit   one copy each   (MiB)")
        found = []
        for jobs in arguments.jobs:
            found.append(measure(work, config, jobs, data_bytes))
            print(row(found[-1]), flush=True)
    write_result(arguments.output, found, data_bytes, fill_seconds)
    return 0 if all(measurement.holds for measurement in found) else 1


def make_table(folder: Path, rows: int) -> Path:
    """Write a table of one time column and `CHANNELS` random columns, a row a minute."""
    random = np.random.default_rng(0)
    start = np.datetime64("1990-01-01T00:00:00", "us")
    columns: dict[str, Any] = {"time": start + np.arange(rows) * np.timedelta64(60_000_000, "us")}
    for channel in range(CHANNELS):
        columns[f"channel_{channel}"] = random.standard_normal(rows, dtype=np.float32)
    path = folder / "table.parquet"
    pl.DataFrame(columns).write_parquet(path, compression="uncompressed", row_group_size=1 << 20)
    return path


def job_config(table: Path, rows: int) -> dict[str, Any]:
    """Return a config that trains on nearly all rows for longer than the measurement takes."""
    return {
        "dataset": {
            "source": {"kind": "file", "path": os.fspath(table), "time_column": "time"},
            "target_columns": ["channel_0"],
            "past_columns": [f"channel_{channel}" for channel in range(1, CHANNELS)],
            "calendar_features": False,
            "split": {"boundaries": [rows - 20_000, rows - 10_000, rows]},
        },
        "window": {"lookback": 96, "horizon": 24},
        "model": {"kind": "dlinear"},
        "training": {"epochs": 1, "batch_size": 128},
    }


def fill_cache(root: Path, config: dict[str, Any]) -> tuple[int, float]:
    """Fill the entry; return the bytes of its values and how long it took."""
    dataset = DatasetConfig.model_validate(config["dataset"])

    def fill(writer: CacheWriter) -> None:
        fill_table(dataset, writer)

    key = CacheKey.of(table_cache_key(dataset))
    with SharedCache(root).open_or_fill(key, fill) as entry:
        return entry.array("values").nbytes, entry.manifest.fill_seconds


def measure(work: Path, config: dict[str, Any], jobs: int, data_bytes: int) -> Measurement:
    """Start trainers, measure them before and while they train, and stop them."""
    with ExitStack() as running:
        trainers = [
            running.enter_context(started_trainer(work, config, f"run-{jobs}-{number}"))
            for number in range(jobs)
        ]
        for trainer, run in trainers:
            wait_for_door(trainer, run)
        before, private_before = sums([trainer for trainer, _ in trainers])
        for trainer, _ in trainers:
            go_on(trainer)
        for trainer, run in trainers:
            wait_for_steps(trainer, run)
        training, private_training = largest([trainer for trainer, _ in trainers])
    size = data_bytes / MEBIBYTE
    return Measurement(
        jobs=jobs,
        before_mebibytes=before,
        training_mebibytes=training,
        cost_mebibytes=training - before,
        limit_mebibytes=size * (1 + ALLOWED_SHARE * jobs),
        private_growth_mebibytes=private_training - private_before,
        copies_mebibytes=size * jobs,
    )


@contextmanager
def started_trainer(
    work: Path, config: dict[str, Any], name: str
) -> Iterator[tuple[Trainer, Path]]:
    """Start a trainer in a run folder of its own; ask it to stop at the end."""
    run = work / name
    run.mkdir()
    job = {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {"name": name, "uid": name},
        "spec": {"pipeline": "forecaster", "device": "cpu", "config": config},
    }
    (run / "job.json").write_text(json.dumps(job))
    settings = {
        names.JOB_FILE: run / "job.json",
        names.ATTEMPT: 0,
        names.CACHE_DIR: work / "cache",
        names.RUN_DIR: run,
        names.TERMINATION_FILE: run / "termination",
    }
    with (run / "log").open("w") as log:
        trainer = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, os.fspath(HERE / "shared_cache_job.py")],
            env={**os.environ, **{name: str(value) for name, value in settings.items()}},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with trainer:
            try:
                yield trainer, run
                trainer.send_signal(signal.SIGTERM)
                trainer.communicate(timeout=DEADLINE_SECONDS)
                if trainer.returncode != PREEMPTED:
                    fail(run, f"ended with {trainer.returncode} instead of {PREEMPTED}")
            finally:
                trainer.kill()


def wait_for_door(trainer: Trainer, run: Path) -> None:
    """Read what a trainer prints until it stops before its data."""
    for line in trainer.stdout or ():
        if line.strip() == "before data":
            return
    fail(run, "ended before it opened its data")


def go_on(trainer: Trainer) -> None:
    """Let a trainer open its data."""
    print(file=trainer.stdin, flush=True)


def wait_for_steps(trainer: Trainer, run: Path) -> None:
    """Wait until a trainer has told of its steps more than once."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while count_steps(run) <= 1:
        if trainer.poll() is not None:
            fail(run, f"ended with {trainer.returncode} before it trained")
        if time.monotonic() > deadline:
            fail(run, "did not train in time")
        time.sleep(0.1)


def count_steps(run: Path) -> int:
    """Return how many ``step`` events a run has."""
    events = run / "events" / "0.jsonl"
    return events.read_text().count('"type":"step"') if events.exists() else 0


def fail(run: Path, what: str) -> NoReturn:
    """Give up with the trainer's own words."""
    raise SystemExit(f"A trainer {what}:\n{(run / 'log').read_text()[-2000:]}")


def largest(trainers: list[Trainer]) -> tuple[float, float]:
    """Return the largest sums of PSS and of private memory over some seconds, MiB."""
    samples = []
    for _ in range(SAMPLES):
        samples.append(sums(trainers))
        time.sleep(SAMPLE_SECONDS)
    return max(samples)


def sums(trainers: list[Trainer]) -> tuple[float, float]:
    """Return the sums of PSS and of private memory over processes, MiB."""
    found = [smaps(trainer.pid) for trainer in trainers]
    private = sum(each["Private_Clean"] + each["Private_Dirty"] for each in found)
    return sum(each["Pss"] for each in found) / 1024, private / 1024


def smaps(pid: int) -> dict[str, int]:
    """Return the kernel's account of a process's pages, KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return {name.rstrip(":"): int(number) for name, number, *_ in fields}


def row(found: Measurement) -> str:
    """Return one line of the table."""
    verdict = "holds" if found.holds else "DOES NOT HOLD"
    return (
        f"{found.jobs:4d} {found.before_mebibytes:7.0f} {found.training_mebibytes:9.0f} "
        f"{found.cost_mebibytes:10.1f} {found.limit_mebibytes:6.0f} "
        f"{found.copies_mebibytes:15.0f}   {verdict}"
    )


def write_result(path: Path, found: list[Measurement], data_bytes: int, seconds: float) -> None:
    """Keep the figures with the machine that they are from."""
    path.parent.mkdir(exist_ok=True)
    document = {
        "formatVersion": FORMAT_VERSION,
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "dataBytes": data_bytes,
        "fillSeconds": round(seconds, 1),
        "claim": "cost <= data * (1 + 0.02 * jobs)",
        "measurements": [
            {
                **{name: round(value, 1) for name, value in dataclasses.asdict(each).items()},
                "holds": each.holds,
            }
            for each in found
        ],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def cpu_name() -> str:
    """Return the processor's name as the kernel gives it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
