"""The three inputs of a decision, held together while it is made."""

from dataclasses import dataclass
from datetime import datetime

from azuraforge_contract.status import JobStatus
from azuraforge_contract.training_job import TrainingJob
from azuraforge_lifecycle.ledger import is_stopping, open_attempt
from azuraforge_lifecycle.observed import Child, Observed

__all__ = ["View"]


@dataclass(frozen=True)
class View:
    """A job, what is seen of it, and when."""

    job: TrainingJob
    observed: Observed
    now: datetime

    @property
    def wants_stop(self) -> bool:
        """Whether a person wants no attempt to run now."""
        return self.job.spec.suspend or self.job.spec.cancel

    def must_stop(self, status: JobStatus) -> bool:
        """Whether the open attempt is to be stopped: asked for now, or before and under way."""
        return self.wants_stop or is_stopping(status)

    def strays(self, status: JobStatus) -> tuple[Child, ...]:
        """Return live children of ours that are not the open attempt's."""
        attempt = open_attempt(status)
        index = attempt.index if attempt is not None else None
        live = (child for child in self.observed.children if child.may_run)
        return tuple(child for child in live if child.index != index)
