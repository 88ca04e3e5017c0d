"""Draws the comparison of runs from their facts; a worker's task."""

import os
from pathlib import Path
from typing import Final

from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.problems.problem import Problem
from azuraforge_api.workers.frames import Frame
from azuraforge_core.report.compared_run import label_runs
from azuraforge_core.report.comparison import render_comparison
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.report.facts_file import parse_facts

__all__ = ["carry_out"]

_FACTS: Final = "report/facts.json"
_LARGEST_FACTS: Final = 64 * 1024 * 1024


def carry_out(question: Frame) -> Frame:
    """Compare ``runs``, pairs of a name and a folder.

    Raises:
        Problem: a run has no report.
        DataError: they do not forecast the same.
        StorageError: a report's facts are damaged.
    """
    named = [(name, _facts(name, Path(run))) for name, run in question.header["runs"]]
    return Frame({}, render_comparison(label_runs(named)).encode())


def _facts(name: str, run: Path) -> ReportFacts:
    try:
        file = open_beneath(run, _FACTS)
    except Problem:
        raise Problem(
            "not-found", f"{name} has no report.", remedy="Compare runs that have finished."
        ) from None
    with os.fdopen(file.descriptor, "rb") as stream:
        if file.bytes > _LARGEST_FACTS:
            raise Problem("conflict", f"The report of {name} is too large to compare.")
        return parse_facts(stream.read(), Path(name) / _FACTS)
