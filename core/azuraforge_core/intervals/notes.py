"""What a person should be told of intervals on the test part, one sentence each."""

from collections.abc import Sequence
from typing import Final

from azuraforge_core.intervals.scores import LevelScores

__all__ = ["coverage_notes"]

TOLERANCE: Final = 0.02
"""Difference between promised and found coverage that is worth a sentence."""


def coverage_notes(levels: Sequence[LevelScores]) -> tuple[str, ...]:
    """Return a sentence for every level whose bands did not hold what they promise."""
    notes = []
    for level in levels:
        name = f"{level.level * 100:g} %"
        if abs(level.coverage - level.level) > TOLERANCE:
            which = "wide" if level.coverage > level.level else "narrow"
            reason = (
                "the errors changed faster than the bands followed"
                if level.fixed_coverage is not None
                else "the errors are not those of the validation part; adaptive intervals would "
                "follow them"
            )
            notes.append(
                f"The {name} interval is too {which}: it held {_percent(level.coverage)} of the "
                f"test values, for {reason}."
            )
        elif (
            level.fixed_coverage is not None and abs(level.fixed_coverage - level.level) > TOLERANCE
        ):
            notes.append(
                f"The series drifts: the {name} interval of the validation part would have held "
                f"{_percent(level.fixed_coverage)} of the test values; following the errors since, "
                f"it held {_percent(level.coverage)}."
            )
    return tuple(notes)


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
