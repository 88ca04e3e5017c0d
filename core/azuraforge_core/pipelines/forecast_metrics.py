"""The figures of a run for programs: ``metrics.json``, and the same as dotted names."""

import json
import math
import resource
import time
from collections.abc import Mapping
from typing import Any, Final

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_core.evaluation.baselines import BaselineScores
from azuraforge_core.evaluation.scores import Scores
from azuraforge_core.evaluation.series_scores import score_series
from azuraforge_core.pipelines.forecast_interval_metrics import interval_facts, interval_figures
from azuraforge_core.pipelines.forecast_setup import ForecastOutcome, ForecastSetup
from azuraforge_core.report.verdict import Verdict
from azuraforge_core.store.atomic import write_file

__all__ = ["flat_metrics", "peak_resident_bytes", "write_metrics"]

_BASELINE_KINDS: Final = ("last-value", "seasonal-naive", "ridge")


def write_metrics(setup: ForecastSetup, outcome: ForecastOutcome, verdict: Verdict) -> None:
    """Write ``metrics.json``.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    content = json.dumps(
        _document(setup, outcome, verdict), indent=2, ensure_ascii=False, allow_nan=False
    )
    write_file(setup.context.folder.metrics_file, content.encode())


def flat_metrics(outcome: ForecastOutcome) -> dict[str, float]:
    """Return the main figures by dotted name; one that is no finite number is left out."""
    named = {"validation": outcome.validation, "test": outcome.test.scores}
    for kind in _BASELINE_KINDS:
        baseline = outcome.baselines.chosen(kind)
        if baseline is not None:
            named[f"baselines.{_key(kind)}"] = baseline.scores
    figures = {
        f"{name}.{figure}": getattr(scores, attribute)
        for name, scores in named.items()
        for figure, attribute in (
            ("mse", "mse"),
            ("mae", "mae"),
            ("mse_in_units", "mse_in_units"),
            ("mae_in_units", "mae_in_units"),
        )
    }
    figures |= {f"test.{name}": value for name, value in _interval_figures(outcome).items()}
    return {name: value for name, value in figures.items() if math.isfinite(value)}


def peak_resident_bytes() -> int:
    """Return the most memory that this process had at one time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _document(setup: ForecastSetup, outcome: ForecastOutcome, verdict: Verdict) -> dict[str, Any]:
    fit = outcome.fit
    document = {
        "formatVersion": FORMAT_VERSION,
        "model": {
            "kind": setup.config.model.kind,
            "parameters": fit.fitted.parameters,
            "selection": fit.fitted.selection,
            "epochs": len(fit.epochs),
            "best_epoch": fit.best_epoch,
            "steps": fit.steps,
        },
        "verdict": {
            "level": verdict.level.value,
            "headline": verdict.headline,
            "detail": verdict.detail,
            "improvement": verdict.improvement,
        },
        "test": {
            **_figures(outcome.test.scores),
            **_interval_figures(outcome),
            "series": _series(setup, outcome),
        },
        "validation": _figures(outcome.validation),
        "intervals": None if outcome.intervals is None else interval_facts(outcome.intervals),
        "baselines": {
            _key(kind): _baseline(baseline)
            for kind in _BASELINE_KINDS
            if (baseline := outcome.baselines.chosen(kind)) is not None
        },
        "notes": [
            *setup.dataset.notes,
            *outcome.notes,
        ],
        "timing": {
            "data_seconds": setup.opened.facts.seconds,
            "fit_seconds": fit.seconds,
            "evaluate_seconds": outcome.seconds,
            "attempt_seconds": time.monotonic() - setup.context.began,
        },
        "memory": {"peak_resident_bytes": peak_resident_bytes()},
    }
    found: dict[str, Any] = _finite(document)
    return found


def _baseline(baseline: BaselineScores) -> dict[str, Any]:
    """Return a baseline's figures both directly and under ``test``, as the model's own are."""
    figures = _figures(baseline.scores)
    return {
        "title": baseline.title,
        "selection": baseline.selection,
        **figures,
        "test": figures,
    }


def _figures(scores: Scores) -> dict[str, Any]:
    return {
        "windows": scores.windows,
        "mse": scores.mse,
        "mae": scores.mae,
        "mse_in_units": scores.mse_in_units,
        "mae_in_units": scores.mae_in_units,
        "rmse_in_units": scores.rmse_in_units,
        "targets": {
            target.name: {
                "unit": target.unit,
                "mse": target.mse,
                "mae": target.mae,
                "mse_in_units": target.mse_in_units,
                "mae_in_units": target.mae_in_units,
                "rmse_in_units": target.rmse_in_units,
            }
            for target in scores.targets
        },
    }


def _series(setup: ForecastSetup, outcome: ForecastOutcome) -> dict[str, Any]:
    """Return the figures of each series; nothing where the table is one."""
    segments, test = setup.dataset.facts.segments, outcome.test
    if len(segments) == 1:
        return {}
    return {
        scores.series: {"windows": scores.windows, "mse": scores.mse}
        for scores in score_series(segments, test.starts, test.errors)
    }


def _interval_figures(outcome: ForecastOutcome) -> dict[str, float]:
    return {} if outcome.intervals is None else interval_figures(outcome.intervals)


def _key(kind: str) -> str:
    return kind.replace("-", "_")


def _finite(value: Any) -> Any:
    """Return JSON values with null for what is no finite number."""
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
