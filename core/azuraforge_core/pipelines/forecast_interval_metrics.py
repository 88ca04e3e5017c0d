"""The figures of intervals for ``metrics.json``; `forecast_metrics` puts them in their places."""

from typing import Any

from azuraforge_core.intervals.scores import IntervalScores, level_name

__all__ = ["interval_facts", "interval_figures"]


def interval_figures(scores: IntervalScores) -> dict[str, float]:
    """Return the main figures by the last part of their dotted name, such as ``coverage_80``."""
    figures = {}
    for level in scores.levels:
        name = level_name(level.level)
        figures[f"coverage_{name}"] = level.coverage
        figures[f"interval_width_{name}_in_units"] = level.width_in_units
    return {
        **figures,
        "wql": scores.wql,
        "crps": scores.crps,
        "crps_in_units": scores.crps_in_units,
    }


def interval_facts(scores: IntervalScores) -> dict[str, Any]:
    """Return everything about the intervals as JSON-able values."""
    return {
        "kind": scores.kind,
        "adaptive": scores.adaptive,
        "quantiles": list(scores.quantiles),
        "levels": [
            {
                "level": level.level,
                "coverage": level.coverage,
                "coverage_by_step": list(level.coverage_by_step),
                "coverage_by_target": list(level.coverage_by_target),
                "width_in_units": level.width_in_units,
                "width_in_units_by_target": list(level.width_in_units_by_target),
                "fixed_coverage": level.fixed_coverage,
            }
            for level in scores.levels
        ],
        "notes": list(scores.notes),
    }
