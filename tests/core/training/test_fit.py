"""The fit loop: resuming is bit-equal, the best epoch is kept, divergence is named exactly."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import DivergedError, PreemptedError
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig
from azuraforge_core.optim.loss import HuberLossConfig
from azuraforge_core.optim.optimizer import SgdConfig
from azuraforge_core.optim.schedule import OneCycleSchedule
from azuraforge_core.training.config import EarlyStoppingConfig, TrainingConfig
from azuraforge_core.training.facts import CheckpointFacts, EpochFacts, SampleFacts, StepFacts

TRAINING = TrainingConfig(epochs=3, batch_size=32, early_stopping=None)
SMALL_PATCHES: dict[str, Any] = {
    "patch_length": 4,
    "patch_stride": 2,
    "features": 8,
    "heads": 2,
    "layers": 1,
    "hidden": 8,
    "dropout": 0.2,
}
MODELS: dict[str, TrainableConfig] = {
    "dlinear": DLinearConfig(kernel_size=5),
    "lstm": LstmConfig(hidden=6, dropout=0.1),
    "patchtst": PatchTstConfig(**SMALL_PATCHES),
    "patchtst-mixed": PatchTstConfig(channels="mixed", **SMALL_PATCHES),
}


def _bits(best: Any) -> dict[str, bytes]:
    return {name: np.asarray(array).tobytes() for name, array in best.items()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("stop_after", [1, 8, 12])
def test_a_resumed_run_is_bit_equal_to_an_uninterrupted_one(
    loops: Any, make_observer: Callable[[int | None], Any], name: str, stop_after: int
) -> None:
    """Every model, stopped at any step and resumed, ends with the very same bits and figures."""
    whole = loops.loop(MODELS[name], TRAINING).run()
    for path in loops.store.folder.glob("*"):
        path.unlink()
    with pytest.raises(PreemptedError):
        loops.loop(MODELS[name], TRAINING, make_observer(stop_after)).run()
    checkpoint, notes = loops.store.newest()
    assert notes == ()
    assert checkpoint.record.progress.step == stop_after
    resumed = loops.loop(MODELS[name], TRAINING)
    resumed.take_up(checkpoint)
    result = resumed.run()
    assert _bits(result.best) == _bits(whole.best)
    assert [epoch.metrics for epoch in result.progress.history] == [
        epoch.metrics for epoch in whole.progress.history
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": SgdConfig(momentum=0.8), "learning_rate": 0.01},
        {"schedule": OneCycleSchedule(), "loss": HuberLossConfig(), "gradient_clip": None},
    ],
    ids=["sgd", "one-cycle"],
)
def test_every_optimizer_and_schedule_resumes_bit_equal(
    loops: Any, make_observer: Callable[[int | None], Any], changes: dict[str, Any]
) -> None:
    """Optimizer state and the place on the schedule are part of a checkpoint."""
    training = TRAINING.model_copy(update=changes)
    whole = loops.loop(MODELS["dlinear"], training).run()
    for path in loops.store.folder.glob("*"):
        path.unlink()
    with pytest.raises(PreemptedError):
        loops.loop(MODELS["dlinear"], training, make_observer(11)).run()
    resumed = loops.loop(MODELS["dlinear"], training)
    resumed.take_up(loops.store.newest()[0])
    assert _bits(resumed.run().best) == _bits(whole.best)


def test_a_stop_during_validation_validates_the_epoch_again(
    loops: Any, make_observer: Callable[[int | None], Any]
) -> None:
    """A request that comes after the last step of an epoch loses neither steps nor validation."""
    whole = loops.loop(MODELS["dlinear"], TRAINING).run()
    steps = whole.progress.step // TRAINING.epochs
    for path in loops.store.folder.glob("*"):
        path.unlink()
    with pytest.raises(PreemptedError):
        loops.loop(MODELS["dlinear"], TRAINING, make_observer(steps)).run()
    checkpoint, _ = loops.store.newest()
    assert checkpoint.record.progress.step_in_epoch == steps
    assert checkpoint.record.progress.history == ()
    resumed = loops.loop(MODELS["dlinear"], TRAINING)
    resumed.take_up(checkpoint)
    assert _bits(resumed.run().best) == _bits(whole.best)


def test_a_finished_run_that_is_taken_up_trains_no_further(loops: Any) -> None:
    """An attempt that died after training goes straight on to measuring."""
    whole = loops.loop(MODELS["dlinear"], TRAINING).run()
    again = loops.loop(MODELS["dlinear"], TRAINING)
    again.take_up(loops.store.newest()[0])
    assert _bits(again.run().best) == _bits(whole.best)
    assert again.progress.step == whole.progress.step


def test_the_best_epoch_is_the_result_and_patience_ends_training(loops: Any) -> None:
    """With a rate that only makes things worse, the first epoch wins and patience stops."""
    training = TrainingConfig(
        epochs=50,
        batch_size=32,
        learning_rate=0.5,
        gradient_clip=None,
        schedule="constant",
        early_stopping=EarlyStoppingConfig(patience=3),
    )
    result = loops.loop(MODELS["dlinear"], training).run()
    values = [epoch.metrics["validation.mse"] for epoch in result.progress.history]
    best = int(np.argmin(values)) + 1
    assert result.progress.stopping.best_epoch == best
    assert len(values) == best + 3
    shorter = training.model_copy(update={"epochs": best, "early_stopping": None})
    assert _bits(loops.loop(MODELS["dlinear"], shorter).run().best) == _bits(result.best)


def test_training_learns(loops: Any) -> None:
    """A linear model finds most of two related waves."""
    training = TRAINING.model_copy(update={"epochs": 20, "learning_rate": 0.01})
    result = loops.loop(MODELS["dlinear"], training).run()
    values = [epoch.metrics["validation.mse"] for epoch in result.progress.history]
    assert min(values) < 0.3 * values[0]


def test_divergence_names_epoch_step_rate_and_the_last_good_checkpoint(loops: Any) -> None:
    """A loss that overflows is found at its exact step and never reaches a checkpoint."""
    training = TRAINING.model_copy(
        update={"learning_rate": 1e30, "gradient_clip": None, "schedule": OneCycleSchedule()}
    )
    with pytest.raises(DivergedError) as caught:
        loops.loop(MODELS["dlinear"], training).run()
    assert "in epoch 1, step 2, at learning rate" in caught.value.message
    assert "No checkpoint had been saved before." in caught.value.message
    assert "learning_rate" in caught.value.remedy
    assert loops.store.newest() == (None, ())


def test_divergence_after_a_good_epoch_names_its_checkpoint(loops: Any) -> None:
    """What to go back to is named by file and step."""
    calm = loops.loop(MODELS["dlinear"], TRAINING.model_copy(update={"epochs": 1}))
    calm.run()
    checkpoint, _ = loops.store.newest()
    wild = TRAINING.model_copy(update={"learning_rate": 1e30, "gradient_clip": None, "epochs": 30})
    loop = loops.loop(MODELS["dlinear"], wild)
    loop.take_up(checkpoint)
    loop.progress.is_finished = False
    with pytest.raises(DivergedError) as caught:
        loop.run()
    step = checkpoint.record.progress.step
    assert f"{checkpoint.facts.name} (step {step})" in caught.value.message
    found = re.search(r"in epoch (\d+), step (\d+)", caught.value.message)
    assert found is not None
    assert (int(found[1]), int(found[2])) == (2, step + 2)


def test_an_observer_is_told_every_epoch_with_a_sample_and_a_checkpoint(
    loops: Any, make_observer: Callable[[int | None], Any]
) -> None:
    """Each epoch gives its losses, a picture of at most 300 points, and a checkpoint."""
    observer = make_observer(None)
    loops.loop(MODELS["dlinear"], TRAINING, observer).run()
    kinds = [type(facts) for facts in observer.told]
    assert kinds == [StepFacts, EpochFacts, SampleFacts, CheckpointFacts] * 3
    epochs = [facts for facts in observer.told if isinstance(facts, EpochFacts)]
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert set(epochs[0].metrics) == {"train.loss", "validation.mse", "validation.mae"}
    last = [facts for facts in observer.told if isinstance(facts, StepFacts)][-1]
    assert last.percentage == 100.0


def test_a_checkpoint_within_an_epoch_is_saved_when_it_is_due(
    loops: Any, make_observer: Callable[[int | None], Any]
) -> None:
    """With no time between checkpoints, every step leaves one."""
    observer = make_observer(None)
    loop = loops.loop(
        MODELS["dlinear"], TRAINING.model_copy(update={"epochs": 1}), observer, every_seconds=0
    )
    loop.run()
    saved = [facts.step for facts in observer.told if isinstance(facts, CheckpointFacts)]
    assert saved == [*range(1, loop.steps_per_epoch + 1), loop.steps_per_epoch]


def test_fewer_windows_than_a_batch_make_one_step(loops: Any) -> None:
    """A small table trains with all of its windows in each step."""
    loop = loops.loop(MODELS["dlinear"], TRAINING.model_copy(update={"batch_size": 100_000}))
    assert loop.steps_per_epoch == 1
    assert loop.run().progress.step == TRAINING.epochs
