"""The training config: names of the job file, short and long forms, bounds."""

from typing import Any

import pytest
from pydantic import ValidationError

from azuraforge_contract.validation import explain
from azuraforge_core.optim.optimizer import SgdConfig
from azuraforge_core.training.config import TrainingConfig


def test_names_stand_for_settings() -> None:
    """`optimizer: sgd` and its long form mean the same."""
    short = TrainingConfig.model_validate(
        {"optimizer": "sgd", "loss": "mae", "schedule": "one-cycle", "early_stopping": None}
    )
    assert short.optimizer == SgdConfig()
    assert short.patience is None
    again = TrainingConfig.model_validate(short.model_dump(mode="json"))
    assert again == short


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"epoch": 3}, "epoch: is not a known field. Did you mean 'epochs'?"),
        ({"epochs": 0}, "epochs: input should be greater than or equal to 1, got 0."),
        ({"optimizer": "adamww"}, "Did you mean 'adamw'?"),
        ({"precision": "bf16"}, "precision: input should be 'float32'"),
        ({"learning_rate": -1}, "learning_rate: input should be greater than 0, got -1."),
        (
            {"early_stopping": {"patients": 3}},
            "early_stopping.patients: is not a known field. Did you mean 'patience'?",
        ),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(document: dict[str, Any], sentence: str) -> None:
    """Path, what is wrong, and the nearest valid name."""
    with pytest.raises(ValidationError) as caught:
        TrainingConfig.model_validate(document)
    problems = explain(caught.value, TrainingConfig)
    assert sentence in str(problems[0])
