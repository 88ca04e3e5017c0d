"""Permutation importance finds what a model uses, and nothing else."""

from azuraforge_core.data.dataset import ForecastDataset
from azuraforge_core.data.window_gather import WindowGather
from azuraforge_core.diagnostics.importance import measure_importance
from azuraforge_core.evaluation.predictor import Predictor


def test_a_model_that_sees_its_targets_alone_uses_them_alone(
    dataset: ForecastDataset, gather: WindowGather, last_row: Predictor
) -> None:
    """Both targets matter to a forecast from their last row; no other input makes a difference."""
    found = measure_importance(dataset, gather, last_row)
    assert found is not None
    increases = {one.name: one.increase for one in found.inputs}
    assert set(increases) == {
        *("temp", "humid", "dewp", "pressure"),
        *("time of day", "time of week", "time of year"),
    }
    assert increases["temp"] > 0.5
    assert increases["humid"] > 0.5
    assert all(increases[name] == 0 for name in set(increases) - {"temp", "humid"})
    assert {found.inputs[0].name, found.inputs[1].name} == {"temp", "humid"}
    assert all(one.least <= one.increase <= one.most for one in found.inputs)


def test_it_is_the_same_every_time(
    dataset: ForecastDataset, gather: WindowGather, last_row: Predictor
) -> None:
    """Seed and windows are fixed, so two reports of one model agree."""
    first = measure_importance(dataset, gather, last_row)
    assert first == measure_importance(dataset, gather, last_row)
    assert first is not None
    assert first.windows <= 1000
    assert first.repeats == 3


def test_inputs_that_stand_in_for_one_another_are_named(
    dataset: ForecastDataset, gather: WindowGather, last_row: Predictor
) -> None:
    """Temperature and dew point go together, and the reader is told."""
    found = measure_importance(dataset, gather, last_row)
    assert found is not None
    assert [(a, b) for a, b, _ in found.correlated] == [("temp", "dewp")]
    assert all(0.8 <= abs(correlation) <= 1 for _, _, correlation in found.correlated)
