"""How good intervals are on the test part: what `ForecastOutcome.intervals` holds.

Filled by `IntervalMeter`; written to ``metrics.json`` and drawn in the report.
"""

from dataclasses import dataclass

__all__ = ["IntervalScores", "LevelScores", "level_name"]


@dataclass(frozen=True)
class LevelScores:
    """The bands of one level on all test windows.

    Attributes:
        level: how often the truth should lie inside.
        coverage: how often it did, over windows, horizon steps and targets.
        coverage_by_step: the same for each step of the horizon.
        coverage_by_target: the same for each target.
        width_in_units: mean width, the mean over targets of theirs in units.
        width_in_units_by_target: mean width of each target in its unit.
        fixed_coverage: how often the truth lay inside the bands of the validation part, had they
            not followed the errors since; None where bands do not adapt.
    """

    level: float
    coverage: float
    coverage_by_step: tuple[float, ...]
    coverage_by_target: tuple[float, ...]
    width_in_units: float
    width_in_units_by_target: tuple[float, ...]
    fixed_coverage: float | None = None


@dataclass(frozen=True)
class IntervalScores:
    """Intervals on all test windows.

    Attributes:
        kind: ``conformal`` or ``quantile``.
        adaptive: whether bands followed the errors seen since.
        levels: per level, ascending.
        quantiles: the quantiles that the two losses below were taken over, ascending.
        wql: weighted quantile loss, mean over targets; see docs/explanation/intervals.md.
        crps: continuous ranked probability score from the quantiles, scaled as ``mae`` is.
        crps_in_units: the same in units, the mean over targets.
        notes: what a person should know, one sentence each.
    """

    kind: str
    adaptive: bool
    levels: tuple[LevelScores, ...]
    quantiles: tuple[float, ...]
    wql: float
    crps: float
    crps_in_units: float
    notes: tuple[str, ...] = ()


def level_name(level: float) -> str:
    """Return a level for names of figures: 0.8 is ``80``, 0.975 is ``97_5``."""
    return f"{level * 100:.10g}".replace(".", "_")
