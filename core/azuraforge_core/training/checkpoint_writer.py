"""When the state of a run is saved, and what is in it."""

import time

from azuraforge_core.training.checkpoints import (
    Checkpoint,
    CheckpointRecord,
    CheckpointStore,
)
from azuraforge_core.training.facts import CheckpointFacts
from azuraforge_core.training.identity import RunIdentity
from azuraforge_core.training.observer import TrainingObserver
from azuraforge_core.training.state import TrainingState

__all__ = ["CheckpointWriter"]


class CheckpointWriter:
    """Saves one run's state.

    Args:
        store: where checkpoints lie.
        identity: what they belong to.
        every_seconds: time between two checkpoints within an epoch.
        observer: told of each.
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: RunIdentity,
        *,
        every_seconds: float,
        observer: TrainingObserver,
    ) -> None:
        self._store = store
        self._identity = identity
        self._every_seconds = every_seconds
        self._observer = observer
        self._since = time.monotonic()
        self.latest: CheckpointFacts | None = None
        """The checkpoint to go back to, saved by this attempt or taken up by it."""

    @property
    def is_due(self) -> bool:
        """Whether the last one is old."""
        return time.monotonic() - self._since >= self._every_seconds

    def take_up(self, checkpoint: Checkpoint) -> None:
        """Remember the checkpoint that this attempt started from."""
        self.latest = checkpoint.facts

    def save(self, state: TrainingState) -> CheckpointFacts:
        """Save the state and tell the observer.

        Raises:
            StorageError: the volume is full, read-only or failing; older checkpoints stay.
        """
        record = CheckpointRecord(
            identity=self._identity,
            progress=state.progress.to_record(),
        )
        self.latest = self._store.save(record, state.export())
        self._since = time.monotonic()
        self._observer.checkpoint_saved(self.latest)
        return self.latest
