"""``--set`` and ``--device``: what they write into a job, and what they refuse."""

import copy
from typing import Any

import pytest

from azuraforge_cli.overrides import apply_settings, choose_device
from azuraforge_contract.errors import JobFileError

JOB: dict[str, Any] = {
    "metadata": {"name": "a"},
    "spec": {"pipeline": "forecaster", "config": {"training": {"epochs": 20}}, "gpu": {"count": 1}},
}


@pytest.mark.parametrize(
    ("setting", "path", "expected"),
    [
        ("config.training.epochs=3", ("spec", "config", "training", "epochs"), 3),
        ("spec.config.training.epochs=3", ("spec", "config", "training", "epochs"), 3),
        (
            "config.training.learning_rate=1e-3",
            ("spec", "config", "training", "learning_rate"),
            1e-3,
        ),
        (
            "config.training.early_stopping=null",
            ("spec", "config", "training", "early_stopping"),
            None,
        ),
        ("config.a=", ("spec", "config", "a"), None),
        ("config.a=on", ("spec", "config", "a"), True),
        ("config.a='on'", ("spec", "config", "a"), "on"),
        ("config.a=2020-01-01", ("spec", "config", "a"), "2020-01-01"),
        ("config.a=[x, 1]", ("spec", "config", "a"), ["x", 1]),
        ("config.a={kind: sample}", ("spec", "config", "a"), {"kind": "sample"}),
        ("config.a=b=c", ("spec", "config", "a"), "b=c"),
        ("config.new.deep.path=1", ("spec", "config", "new", "deep", "path"), 1),
        ("metadata.name=b", ("metadata", "name"), "b"),
        (r"metadata.labels.example\.com/team=x", ("metadata", "labels", "example.com/team"), "x"),
    ],
)
def test_a_setting_is_read_as_the_same_text_in_the_file_would_be(
    setting: str, path: tuple[str, ...], expected: object
) -> None:
    """The value is a YAML scalar as kubectl reads it, at a path that begins at the spec."""
    here: Any = apply_settings(JOB, [setting])
    for name in path:
        here = here[name]
    assert here == expected
    assert type(here) is type(expected)


def test_settings_apply_in_order_and_leave_the_original_alone() -> None:
    """The last of two settings of one path holds, and the document read is not changed."""
    before = copy.deepcopy(JOB)
    changed: Any = apply_settings(JOB, ["config.training.epochs=1", "config.training.epochs=2"])
    assert changed["spec"]["config"]["training"]["epochs"] == 2
    assert before == JOB


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("config.training.epochs", "expects PATH=VALUE"),
        ("=3", "expects PATH=VALUE"),
        ("config..epochs=3", "expects PATH=VALUE"),
        ("pipeline.name=3", "spec.pipeline is not an object"),
        ("config.training.epochs.x=3", "spec.config.training.epochs is not an object"),
        ("config.a=[1", "the value of --set config.a is not valid YAML"),
        ("config.a=.nan", "no form in JSON"),
    ],
)
def test_a_setting_that_cannot_be_written_is_explained(setting: str, sentence: str) -> None:
    """A malformed setting names itself and what was expected."""
    with pytest.raises(JobFileError, match="--set") as caught:
        apply_settings(JOB, [setting])
    assert sentence in caught.value.message


def test_a_cpu_run_asks_for_no_gpu() -> None:
    """Choosing the CPU drops the GPU that the file asks for, and nothing else."""
    changed: Any = choose_device(JOB, "cpu")
    assert changed["spec"] == {
        "pipeline": "forecaster",
        "config": {"training": {"epochs": 20}},
        "device": "cpu",
    }
