"""The outcome of one decision, before conditions and events are derived from it."""

from dataclasses import dataclass

from azuraforge_contract.status import JobStatus
from azuraforge_lifecycle.actions import Action
from azuraforge_lifecycle.situation import Situation

__all__ = ["Step"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What was decided."""

    status: JobStatus
    """Ledger, clocks, budgets and facts as they will be stored; phase and conditions as before."""
    situation: Situation
    actions: tuple[Action, ...] = ()
    requeue_after_seconds: float | None = None
