"""Test errors on published data sets, beside the published ones, by one exact protocol.

    .venv/bin/python benchmarks/forecasting.py --data ETTh1 --model ridge dlinear --horizon 96
    .venv/bin/python benchmarks/forecasting.py --table

The protocol: published split, scaling by the training rows, every test window, no last batch
dropped; it is proven on each run by repeating the last value. Models are trained by AzuraForge's
own pipeline from the settings in `forecasting_recipes.py`; validation alone chooses.

Each finished (data, model, horizon, seed) is a file in `results/forecasting`, and is not measured
again while its settings and its data stay the same. A run that is stopped (Ctrl-C, kill) goes on
from its last checkpoint when the same command is given again.
"""

import argparse
import dataclasses
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import threadpoolctl  # type: ignore[import-untyped]  # it ships no types

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from benchmarks.forecasting_data import DATA, self_test  # noqa: E402 - a script finds its package
from benchmarks.forecasting_published import published  # noqa: E402 - likewise
from benchmarks.forecasting_recipes import MODELS, recipe  # noqa: E402 - likewise
from benchmarks.forecasting_record import (  # noqa: E402 - likewise
    RESULTS,
    Record,
    Task,
    find_record,
    keep,
    read_records,
)

from azuraforge_core.data.split import Part  # noqa: E402 - likewise
from azuraforge_core.device import Device, open_device  # noqa: E402 - likewise
from azuraforge_core.pipelines.config_check import parse_config  # noqa: E402 - likewise
from azuraforge_core.pipelines.forecast_run import ForecastRun  # noqa: E402 - likewise
from azuraforge_core.pipelines.in_process import (  # noqa: E402 - likewise
    code_versions,
    in_process_context,
    open_cached,
)
from azuraforge_core.pipelines.pipeline import JobIdentity  # noqa: E402 - likewise
from azuraforge_core.pipelines.registry import load_pipeline  # noqa: E402 - likewise
from azuraforge_core.report.environment import observe_environment  # noqa: E402 - likewise
from azuraforge_core.training.facts import EpochFacts  # noqa: E402 - likewise
from azuraforge_core.training.identity import hash_config  # noqa: E402 - likewise
from azuraforge_core.training.observer import SilentObserver  # noqa: E402 - likewise
from azuraforge_core.training.threads import available_cores  # noqa: E402 - likewise

_PIPELINE = "forecaster"
_DATA_FOLDER = _ROOT.parent / "shared" / "data" / "forecasting"
_WORK = _ROOT / ".cache" / "forecasting"


@dataclasses.dataclass(frozen=True)
class Bench:
    """Where data and work lie, and what computes."""

    data: Path
    work: Path
    results: Path
    device: Device
    threads: int


class Epochs(SilentObserver):
    """Prints each epoch."""

    def epoch_finished(self, facts: EpochFacts) -> None:
        """Print it."""
        value = facts.metrics["validation.mse"]
        mark = " *" if facts.is_best else ""
        print(
            f"    epoch {facts.epoch:3d}  validation {value:.4f}  {facts.seconds:5.1f} s{mark}",
            flush=True,
        )


def main() -> int:
    """Measure what is asked and is not there yet, then print the table."""
    arguments = _parse()
    records = read_records(arguments.results)
    if not arguments.table:
        device = open_device(arguments.device)
        bench = Bench(
            arguments.folder, arguments.work, arguments.results, device, available_cores()
        )
        threadpoolctl.threadpool_limits(bench.threads, user_api="blas")
        for task in _tasks(arguments):
            measure(task, bench)
        records = read_records(arguments.results)
    print_tables(records)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", nargs="+", choices=tuple(DATA), default=["ETTh1"])
    parser.add_argument("--model", nargs="+", choices=MODELS, default=["ridge"])
    parser.add_argument("--horizon", nargs="+", type=int, default=None, help="default 96, EPF 24")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(os.environ.get("AZURAFORGE_SHARED_DATA", _DATA_FOLDER.parent)) / "forecasting",
        help="the folder with the data files",
    )
    parser.add_argument("--work", type=Path, default=_WORK, help="checkpoints and the data cache")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the scores are kept")
    parser.add_argument("--table", action="store_true", help="only print what was measured")
    return parser.parse_args()


def _tasks(arguments: argparse.Namespace) -> Iterator[Task]:
    for data in arguments.data:
        for horizon in arguments.horizon or [24 if data.startswith("EPF") else 96]:
            for model in arguments.model:
                # The closed form knows no chance, so one seed says all.
                seeds = arguments.seeds[:1] if model == "ridge" else arguments.seeds
                for seed in seeds:
                    yield Task(data, model, horizon, seed)


def measure(task: Task, bench: Bench) -> Record:
    """Train and score one model, or return what was measured before."""
    data = DATA[task.data]
    settings = recipe(task.model, task.data)
    document = {
        "dataset": data.config(bench.data, calendar=settings.get("calendar", False)),
        "window": {"lookback": settings["lookback"], "horizon": task.horizon},
        "model": settings["model"],
        "training": settings.get("training", {}),
    }
    installed = load_pipeline(_PIPELINE)
    config = parse_config(installed.pipeline, document)
    named = _without_path(document)
    opened = open_cached(installed.pipeline.dataset(config), bench.work / "cache")
    found = find_record(task, hash_config(named), opened.facts.digest, bench.results)
    if found is not None:
        print(f"{task.name}: measured before", flush=True)
        return found
    epochs = Epochs()
    context = in_process_context(
        JobIdentity(name=task.name, uid=task.name, versions=code_versions(installed)),
        bench.work / task.name,
        bench.device,
        seed=task.seed,
        threads=bench.threads,
        watch=(epochs, epochs),
    )
    run = installed.pipeline.open_run(config, opened, context)
    if not isinstance(run, ForecastRun):
        raise TypeError(f"{_PIPELINE} gives no forecasting run")
    print(f"{task.name}: {self_test(data, run.setup.dataset)}", flush=True)
    began = time.monotonic()
    run.fit()
    seconds = time.monotonic() - began
    metrics = run.evaluate()
    fit = run.outcome.fit
    environment = observe_environment(bench.device)
    record = Record(
        task=task,
        lookback=settings["lookback"],
        windows=len(run.setup.dataset.starts(Part.TEST)),
        mse=metrics["test.mse"],
        mae=metrics["test.mae"],
        validation_mse=metrics["validation.mse"],
        ridge_mse=metrics["baselines.ridge.mse"],
        epochs=len(fit.epochs),
        best_epoch=fit.best_epoch,
        seconds=round(seconds, 1),
        device=bench.device.kind,
        hardware=environment.device.name,
        threads=bench.threads,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        config_hash=hash_config(named),
        data_digest=opened.facts.digest,
        config=named,
    )
    keep(record, bench.results)
    print(f"{task.name}: MSE {record.mse:.4f}  MAE {record.mae:.4f}  {seconds:.0f} s", flush=True)
    return record


def _without_path(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with the data file's name instead of its path."""
    source = config["dataset"]["source"]
    named = {**source, "path": Path(source["path"]).name}
    return {**config, "dataset": {**config["dataset"], "source": named}}


def print_tables(records: Iterable[Record]) -> None:
    """Print, for each data set and horizon, our scores and the published ones, least MSE first."""
    groups: dict[tuple[str, int], dict[str, list[Record]]] = {}
    for record in records:
        models = groups.setdefault((record.task.data, record.task.horizon), {})
        models.setdefault(record.task.model, []).append(record)
    for (data, horizon), models in sorted(groups.items()):
        print(f"\n{data}, horizon {horizon}: scaled errors over all test windows")
        print(f"  {'model':<28}{'rows seen':>10}  {'MSE':>15}  {'MAE':>15}  from")
        rows = [_ours(model, found) for model, found in models.items()]
        rows += [
            (
                mse,
                f"  {score.model:<28}{score.lookback:>10}  {mse:>15.3f}  {mae:>15.3f}  ",
                score.source,
            )
            for score, mse, mae in published(data, horizon)
        ]
        for _, line, source in sorted(rows):
            print(f"{line}{source}")


def _ours(model: str, records: list[Record]) -> tuple[float, str, str]:
    mse, mae = ([getattr(record, name) for record in records] for name in ("mse", "mae"))
    seeds = f"{len(records)} seed{'s' if len(records) > 1 else ''}"
    minutes = sum(record.seconds for record in records) / len(records) / 60
    epochs = max(record.epochs for record in records)
    trained = f"{epochs} epochs, " if model != "ridge" else ""
    source = f"AzuraForge, {seeds}, {trained}{minutes:.1f} min each, {records[0].hardware}"
    line = f"* {model:<28}{records[0].lookback:>10}  {_spread(mse):>15}  {_spread(mae):>15}  "
    return statistics.mean(mse), line, source


def _spread(values: list[float]) -> str:
    mean = statistics.mean(values)
    return f"{mean:.4f}" if len(values) == 1 else f"{mean:.4f} ± {statistics.stdev(values):.4f}"


if __name__ == "__main__":
    sys.exit(main())
