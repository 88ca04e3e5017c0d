"""The fit loop: resuming is bit-equal, the best epoch is kept, divergence is named exactly."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from azuraforge_contract.errors import DivergedError, PreemptedError
from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.registry import TrainableConfig
from azuraforge_core.models.tcn import TcnConfig
from azuraforge_core.optim.loss import HuberLossConfig
from azuraforge_core.optim.optimizer import AdamConfig, SgdConfig
from azuraforge_core.optim.schedule import CosineSchedule, OneCycleSchedule, StepSchedule
from azuraforge_core.training.batch_plan import BatchPlan
from azuraforge_core.training.config import EarlyStoppingConfig, EmaConfig, TrainingConfig
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
    "lstm-plain": LstmConfig(hidden=6),
    "gru": GruConfig(hidden=6, dropout=0.1),
    "tcn": TcnConfig(features=4, levels=2, dropout=0.1),
    "itransformer": ITransformerConfig(features=8, heads=2, layers=1, hidden=8, norm="rms"),
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
        {"optimizer": AdamConfig(weight_decay=0.1), "schedule": StepSchedule(every_epochs=1)},
        {"ema": EmaConfig(decay=0.9), "schedule": CosineSchedule(warmup_fraction=0.4)},
        {"accumulate": 2, "batch_size": 16},
        {"accumulate": 3, "batch_size": 10, "ema": EmaConfig(decay=0.9)},
    ],
    ids=["sgd", "one-cycle", "adam step", "average", "accumulate", "accumulate average"],
)
@pytest.mark.parametrize(("name", "stop_after"), [("dlinear", 3), ("patchtst", 11)])
def test_every_setting_of_training_resumes_bit_equal(
    loops: Any,
    make_observer: Callable[[int | None], Any],
    changes: dict[str, Any],
    name: str,
    stop_after: int,
) -> None:
    """Optimizer, average, batches of a step and the place on the schedule survive a checkpoint."""
    training = TRAINING.model_copy(update=changes)
    whole = loops.loop(MODELS[name], training).run()
    for path in loops.store.folder.glob("*"):
        path.unlink()
    with pytest.raises(PreemptedError):
        loops.loop(MODELS[name], training, make_observer(stop_after)).run()
    resumed = loops.loop(MODELS[name], training)
    resumed.take_up(loops.store.newest()[0])
    result = resumed.run()
    assert _bits(result.best) == _bits(whole.best)
    assert [epoch.metrics for epoch in result.progress.history] == [
        epoch.metrics for epoch in whole.progress.history
    ]


@pytest.mark.parametrize("average", [None, EmaConfig(decay=0.9)])
def test_the_validated_weights_are_the_result(loops: Any, average: EmaConfig | None) -> None:
    """With an average it is validated and stored; training itself is not changed by it."""
    training = TRAINING.model_copy(update={"ema": average, "learning_rate": 0.01})
    loop = loops.loop(MODELS["patchtst"], training)
    result = loop.run()
    best = result.progress.stopping
    model = loop._task.model  # the very model that was trained
    trained = model.state_dict()
    model.load_state_dict(result.best)
    assert loop._task.validate()["validation.mse"] == best.best_value
    plain = loops.loop(MODELS["patchtst"], TRAINING.model_copy(update={"learning_rate": 0.01}))
    plain.run()
    assert _bits(trained) == _bits(plain._task.model.state_dict())


def test_a_stop_during_validation_saves_the_weights_and_not_their_average(
    loops: Any, make_observer: Callable[[int | None], Any]
) -> None:
    """Interrupted while the average is validated, training goes on from the weights."""
    training = TRAINING.model_copy(update={"ema": EmaConfig(decay=0.9)})
    whole = loops.loop(MODELS["dlinear"], training).run()
    steps = whole.progress.step // training.epochs
    for path in loops.store.folder.glob("*"):
        path.unlink()
    loop = loops.loop(MODELS["dlinear"], training, make_observer(None))
    validate = loop._task.validate

    def interrupted() -> Any:
        validate()
        raise PreemptedError("Asked to stop while forecasts were made.")

    loop._task.validate = interrupted
    with pytest.raises(PreemptedError, match=f"after step {steps}"):
        loop.run()
    resumed = loops.loop(MODELS["dlinear"], training)
    resumed.take_up(loops.store.newest()[0])
    assert _bits(resumed.run().best) == _bits(whole.best)


def test_several_batches_a_step_train_as_one_large_one(loops: Any) -> None:
    """16 windows twice a step are the same steps over the same windows as 32 at once."""
    halves = TRAINING.model_copy(update={"accumulate": 2, "batch_size": 16})
    one, two = (loops.loop(MODELS["lstm-plain"], config) for config in (TRAINING, halves))
    assert one.steps_per_epoch == two.steps_per_epoch
    expected, found = one.run(), two.run()
    assert expected.progress.step == found.progress.step
    for name, array in expected.best.items():
        np.testing.assert_allclose(found.best[name], array, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("items", "batch_size", "accumulate", "plan"),
    [
        (100, 32, 1, (32, 1, 3)),
        (100, 16, 2, (16, 2, 3)),
        (100, 32, 4, (32, 3, 1)),
        (100, 200, 4, (100, 1, 1)),
        (1, 1, 7, (1, 1, 1)),
    ],
)
def test_an_epoch_is_divided_into_whole_steps(
    items: int, batch_size: int, accumulate: int, plan: tuple[int, int, int]
) -> None:
    """Batches, batches a step and steps fit the windows there are; no window comes twice."""
    found = BatchPlan.of(items, TrainingConfig(batch_size=batch_size, accumulate=accumulate))
    assert (found.batch_size, found.batches_per_step, found.steps_per_epoch) == plan
    steps = list(found.steps(0))
    assert [len(step) for step in steps] == [plan[1]] * plan[2]
    positions = np.concatenate([batch for step in steps for batch in step])
    np.testing.assert_array_equal(positions, np.arange(plan[0] * plan[1] * plan[2]))


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
