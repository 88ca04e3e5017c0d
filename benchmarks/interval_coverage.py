"""How often intervals hold the truth: real data sets, models, and kinds of intervals.

    .venv/bin/python benchmarks/interval_coverage.py --model ridge dlinear
    .venv/bin/python benchmarks/interval_coverage.py --table

Each model is trained once per kind of heads; its intervals are calibrated on the validation part
and measured on every test window, once as they were calibrated (fixed) and once following the
errors seen since (adaptive). One result is kept per data set, model and kind, so that a run that
was interrupted goes on where it stopped; ``--table`` prints what was measured. Needs the files of
`forecasting_data.py`; the sample comes with AzuraForge.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from benchmarks.forecasting_data import DATA  # noqa: E402 - likewise

from azuraforge_core.device import open_device  # noqa: E402 - a script finds its package first
from azuraforge_core.intervals.config import IntervalsConfig  # noqa: E402 - likewise
from azuraforge_core.intervals.scores import IntervalScores  # noqa: E402 - likewise
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
from azuraforge_core.store.atomic import write_file  # noqa: E402 - likewise

RESULTS: Final = Path(__file__).parent / "results" / "interval_coverage.json"
LEVELS: Final = (0.8, 0.95)
SAMPLE: Final = "sample"

Settings = dict[str, Any]

_QUICK: Final[Settings] = {"epochs": 5, "batch_size": 128, "early_stopping": {"patience": 2}}
MODELS: Final[dict[str, Settings]] = {
    "ridge": {"model": {"kind": "ridge"}},
    "dlinear": {"model": {"kind": "dlinear"}, "training": {**_QUICK, "learning_rate": 1e-3}},
    "lstm": {"model": {"kind": "lstm"}, "training": {**_QUICK, "learning_rate": 1e-3}},
    "patchtst": {
        "model": {"kind": "patchtst", "channels": "mixed"},
        "training": {**_QUICK, "learning_rate": 1e-3},
    },
}
WINDOWS: Final[dict[str, Settings]] = {
    "sample": {"lookback": 72, "horizon": 24},
    "ETTh1": {"lookback": 336, "horizon": 96},
    "ETTm1": {"lookback": 336, "horizon": 96, "stride": 4},
    "Weather": {"lookback": 336, "horizon": 96, "stride": 4},
    "EPF-NP": {"lookback": 168, "horizon": 24},
    "EPF-PJM": {"lookback": 168, "horizon": 24},
}
"""``stride`` thins training windows alone; all test windows are measured."""

_SAMPLE_DATA: Final[Settings] = {
    "source": {"kind": "sample"},
    "series": ["JFK"],
    "target_columns": ["temp"],
    "past_columns": ["dewp", "humid", "pressure", "wind_u", "wind_v"],
    "calendar_features": True,
    "split": {"train": 0.7, "validation": 0.1, "test": 0.2},
}


@dataclass(frozen=True)
class Task:
    """One trained model.

    Attributes:
        data: a key of ``WINDOWS``.
        model: a key of ``MODELS``.
        kind: of intervals: ``conformal``, or ``quantile`` for a model with quantile heads.
    """

    data: str
    model: str
    kind: str

    @property
    def name(self) -> str:
        """A name for folders and results."""
        return f"{self.data}-{self.model}-{self.kind}"


def main() -> int:
    """Measure what is missing, then print the table."""
    arguments = _arguments()
    found: dict[str, Any] = {}
    if arguments.results.is_file():
        found = json.loads(arguments.results.read_text(encoding="utf-8"))
    for task in () if arguments.table else _tasks(arguments):
        if task.name not in found:
            found[task.name] = _measure(task, arguments)
            content = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
            write_file(arguments.results, f"{content}\n".encode())
    _print_table(found)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data-folder", type=Path, default=Path("../shared/data/forecasting"))
    parser.add_argument("--data", nargs="+", choices=WINDOWS, default=list(WINDOWS))
    parser.add_argument("--model", nargs="+", choices=MODELS, default=["ridge", "dlinear"])
    parser.add_argument("--work", type=Path, default=Path("build/interval-coverage"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--table", action="store_true", help="only print what was measured")
    return parser.parse_args()


def _tasks(arguments: argparse.Namespace) -> Iterator[Task]:
    for data in arguments.data:
        for model in arguments.model:
            yield Task(data, model, "conformal")
            if model != "ridge":
                yield Task(data, model, "quantile")


def _measure(task: Task, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train one model and measure its intervals in both forms."""
    document = {
        "dataset": _SAMPLE_DATA
        if task.data == SAMPLE
        else DATA[task.data].config(arguments.data_folder, calendar=task.data.startswith("EPF")),
        "window": WINDOWS[task.data],
        **MODELS[task.model],
        "intervals": {"kind": task.kind, "levels": list(LEVELS)},
    }
    run = _open(task, document, arguments)
    began = time.monotonic()
    run.fit()
    seconds = time.monotonic() - began
    record: dict[str, Any] = {
        "data": task.data,
        "model": task.model,
        "kind": task.kind,
        "config": {**document, "dataset": None},
        "seconds": {"fit": round(seconds, 1)},
        "hardware": observe_environment(run.setup.context.device).device.name,
    }
    for form, adaptive in (("fixed", False), ("adaptive", True)):
        config = IntervalsConfig.model_validate(
            {"kind": task.kind, "levels": LEVELS, "adaptive": adaptive}
        )
        began = time.monotonic()
        measured = run.measure(config)
        record["seconds"][f"measure_{form}"] = round(time.monotonic() - began, 1)
        record["test_windows"] = measured.test.scores.windows
        record["validation_windows"] = measured.validation.windows
        record["mse"] = measured.test.scores.mse
        record["validation_mse"] = measured.validation.mse
        if measured.intervals is not None:
            record[form] = _figures(measured.intervals.scores)
    print(f"{task.name}: {seconds:.0f} s", flush=True)
    return record


def _open(task: Task, document: Settings, arguments: argparse.Namespace) -> ForecastRun:
    installed = load_pipeline("weather-forecaster" if task.data == SAMPLE else "forecaster")
    config = parse_config(installed.pipeline, document)
    opened = open_cached(installed.pipeline.dataset(config), arguments.work / "cache")
    context = in_process_context(
        JobIdentity(name=task.name, uid=task.name, versions=code_versions(installed)),
        arguments.work / task.name,
        open_device("cpu"),
        seed=0,
        threads=arguments.threads,
    )
    run = installed.pipeline.open_run(config, opened, context)
    if not isinstance(run, ForecastRun):
        raise TypeError(f"{installed.pipeline.name} gives no forecasting run")
    return run


def _figures(scores: IntervalScores) -> dict[str, Any]:
    return {
        "levels": {
            f"{level.level:g}": {
                "coverage": round(level.coverage, 5),
                "coverage_by_step_least": round(min(level.coverage_by_step), 5),
                "coverage_by_step_most": round(max(level.coverage_by_step), 5),
                "coverage_by_target_least": round(min(level.coverage_by_target), 5),
                "coverage_by_target_most": round(max(level.coverage_by_target), 5),
                "width_in_units": level.width_in_units,
            }
            for level in scores.levels
        },
        "wql": scores.wql,
        "crps": scores.crps,
        "notes": list(scores.notes),
    }


def _print_table(found: dict[str, Any]) -> None:
    print(f"\n{'data':<9}{'model':<10}{'kind':<11}{'form':<10}", end="")
    print(f"{'80 %':>7}{'95 %':>7}{'steps 80 %':>14}{'steps 95 %':>14}{'CRPS':>8}  within 2")
    for record in found.values():
        for form in ("fixed", "adaptive"):
            figures = record[form]
            narrow, wide = (figures["levels"][f"{level:g}"] for level in LEVELS)
            steps = [
                f"{100 * level['coverage_by_step_least']:.1f}-"
                f"{100 * level['coverage_by_step_most']:.1f}"
                for level in (narrow, wide)
            ]
            held = all(
                abs(figures["levels"][f"{level:g}"]["coverage"] - level) <= 0.02  # noqa: PLR2004  # two points
                for level in LEVELS
            )
            print(
                f"{record['data']:<9}{record['model']:<10}{record['kind']:<11}{form:<10}"
                f"{100 * narrow['coverage']:>7.1f}{100 * wide['coverage']:>7.1f}"
                f"{steps[0]:>14}{steps[1]:>14}{figures['crps']:>8.3f}  {'yes' if held else 'no'}"
            )


if __name__ == "__main__":
    sys.exit(main())
