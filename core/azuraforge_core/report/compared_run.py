"""One run of a comparison: its facts under a label that no other run of the comparison has."""

from collections.abc import Sequence
from dataclasses import dataclass

from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.marks import LineStyle
from azuraforge_core.report.verdict import Verdict, judge_run

__all__ = ["ComparedRun", "label_runs", "run_style"]

STYLES: tuple[LineStyle, ...] = (
    *("run-1", "run-2", "run-3", "run-4"),
    *("run-5", "run-6", "run-7", "run-8"),
)


@dataclass(frozen=True)
class ComparedRun:
    """A run and what it is called beside others."""

    label: str
    facts: ReportFacts

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that it forecasts."""
        return self.facts.dataset.table.target_names

    @property
    def verdict(self) -> Verdict:
        """Whether it is worth using instead of its baselines."""
        return judge_run(self.facts)

    @property
    def test_windows(self) -> int:
        """Windows that it was tested on."""
        return sum(part.windows for part in self.facts.dataset.parts if part.name == "test")


def label_runs(named: Sequence[tuple[str, ReportFacts]]) -> tuple[ComparedRun, ...]:
    """Return runs under their folders' names; equal ones get a number.

    Args:
        named: the name of each run's folder, and its facts.
    """
    seen: dict[str, int] = {}
    runs = []
    for name, facts in named:
        seen[name] = seen.get(name, 0) + 1
        label = name if seen[name] == 1 else f"{name} ({seen[name]})"
        runs.append(ComparedRun(label, facts))
    return tuple(runs)


def run_style(number: int) -> LineStyle:
    """Return the look of the lines of a run, counted from 0."""
    return STYLES[number % len(STYLES)]
