"""What ``store.py`` asks: every list with every filter, jobs, metrics and series."""

import random
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from benchmarks.store_filling import LABELS, OWNERS, PIPELINES, STEP_SERIES, Stored

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAY_BE_EMPTY", "requests_of"]

MAY_BE_EMPTY: Final = (
    "jobs, of a rare phase and owner", "jobs, with a label of nothing",
    "jobs, with a text of nothing",
)  # fmt: skip
"""Requests whose answers have nothing in them, or not always."""
_PHASES: Final = ("Succeeded", "Failed", "Running", "Cancelled")


def requests_of(stored: Stored, count: int) -> dict[str, list[str]]:
    """Return paths by kind of request, so many of each, the same ones every time."""
    dice = random.Random(7)  # noqa: S311 - a choice, not a secret
    kinds: dict[str, Callable[[], str]] = {
        "jobs": _jobs,
        "jobs, 500 of a page": lambda: _jobs(limit=500),
        "jobs, a page in the middle": lambda: _jobs(page=dice.choice(stored.pages)),
        "jobs, of an owner": lambda: _jobs(createdBy=dice.choice(OWNERS)),
        "jobs, of a phase": lambda: _jobs(phase=dice.choice(_PHASES)),
        "jobs, of a pipeline": lambda: _jobs(pipeline=dice.choice(PIPELINES)),
        "jobs, of a rare phase and owner": lambda: _jobs(
            phase="Running", createdBy=dice.choice(OWNERS)
        ),
        "jobs, with a common label": lambda: _jobs(label=f"team={dice.choice(LABELS)}"),
        "jobs, with a rare label": lambda: _jobs(label=f"ticket=T{dice.randrange(stored.runs)}"),
        "jobs, with a label of nothing": lambda: _jobs(label="team=nobody"),
        "jobs, with a common text": lambda: _jobs(text="load"),
        "jobs, with a rare text": lambda: _jobs(text=f"-{dice.randrange(stored.runs):06d}"),
        "jobs, with a text of nothing": lambda: _jobs(text="unheard-of"),
        "jobs, of a day": lambda: _jobs(**stored.day(dice.randrange(stored.days))),
        "jobs, by name": lambda: _jobs(sort="name"),
        "jobs, by name, of an owner": lambda: _jobs(sort="name", createdBy=dice.choice(OWNERS)),
        "jobs, oldest first": lambda: _jobs(sort="created"),
        "job": lambda: f"/jobs/{dice.choice(stored.uids)}",
        "job, by name": lambda: f"/jobs/{dice.choice(stored.names)}",
        "metrics of a run": lambda: f"/runs/{dice.choice(stored.uids)}/metrics",
        "series": lambda: _series(dice.choice(stored.uids), STEP_SERIES[:1]),
        "three series": lambda: _series(dice.choice(stored.uids), STEP_SERIES),
        "series along time": lambda: _series(
            dice.choice(stored.uids), STEP_SERIES[:1], axis="time"
        ),
        "series of the longest run": lambda: _series(stored.longest, STEP_SERIES[:1]),
    }
    return {name: [build() for _ in range(count)] for name, build in kinds.items()}


def _jobs(**query: str | int) -> str:
    return f"/jobs?{urlencode(query)}"


def _series(uid: str, names: tuple[str, ...], **query: str) -> str:
    return f"/runs/{uid}/series?{urlencode([*(('name', n) for n in names), *query.items()])}"
