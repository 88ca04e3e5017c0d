"""Who watches a run: the boundary between training and the process around it."""

from typing import Protocol

from azuraforge_core.training.facts import (
    CheckpointFacts,
    EpochFacts,
    ModelFacts,
    RunFacts,
    SampleFacts,
    StepFacts,
)

__all__ = ["SilentObserver", "StopSignal", "TrainingObserver"]


class TrainingObserver(Protocol):
    """Receives what happens, in the order in which it happens, on the training's own thread."""

    def alive(self) -> None:
        """Something was finished: a step, a batch of an evaluation, a file. Called very often."""
        ...

    def run_ready(self, facts: RunFacts) -> None:
        """Data and model are open; training follows."""
        ...

    def step_finished(self, facts: StepFacts) -> None:
        """Training went on."""
        ...

    def epoch_finished(self, facts: EpochFacts) -> None:
        """An epoch was validated."""
        ...

    def sample_taken(self, facts: SampleFacts) -> None:
        """A forecast was made for people to look at."""
        ...

    def checkpoint_saved(self, facts: CheckpointFacts) -> None:
        """A checkpoint is on the disk."""
        ...

    def model_saved(self, facts: ModelFacts) -> None:
        """The finished model is on the disk."""
        ...


class StopSignal(Protocol):
    """Whether somebody asked the process to stop."""

    @property
    def is_requested(self) -> bool:
        """True from the request on."""
        ...


class SilentObserver:
    """Watches nothing and asks for nothing; for benchmarks and for training from a notebook."""

    is_requested = False

    def alive(self) -> None:
        """Ignore it."""

    def run_ready(self, facts: RunFacts) -> None:
        """Ignore it."""

    def step_finished(self, facts: StepFacts) -> None:
        """Ignore it."""

    def epoch_finished(self, facts: EpochFacts) -> None:
        """Ignore it."""

    def sample_taken(self, facts: SampleFacts) -> None:
        """Ignore it."""

    def checkpoint_saved(self, facts: CheckpointFacts) -> None:
        """Ignore it."""

    def model_saved(self, facts: ModelFacts) -> None:
        """Ignore it."""
