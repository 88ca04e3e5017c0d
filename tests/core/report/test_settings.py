"""The configuration is listed field by field beside its defaults."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from azuraforge_contract.validation import StrictModel
from azuraforge_core.report.facts import Setting
from azuraforge_core.report.settings import list_settings


class _Dense(StrictModel):
    kind: Literal["dense"] = "dense"
    width: int = 8


class _Deep(StrictModel):
    kind: Literal["deep"]
    layers: int = 3
    rates: tuple[float, ...] = (0.1, 0.2)


class _Stopping(StrictModel):
    patience: int = 5


class _Config(StrictModel):
    name: str
    model: Annotated[_Dense | _Deep, Field(discriminator="kind")] = _Dense(width=16)
    stopping: _Stopping | None = _Stopping()
    flag: bool = False
    """Whether a flag
    is set."""


def _by_path(config: StrictModel) -> dict[str, Setting]:
    return {setting.path: setting for setting in list_settings(config)}


def test_every_field_is_listed_with_its_default() -> None:
    """Values stand as a job file writes them, in the models' order."""
    assert list_settings(_Config(name="a b")) == (
        Setting("name", "a b", None, ""),
        Setting("model.kind", "dense", "dense", ""),
        Setting("model.width", "16", "16", ""),
        Setting("stopping.patience", "5", "5", ""),
        Setting("flag", "false", "false", "Whether a flag is set."),
    )


def test_a_parents_default_counts_before_the_models_own() -> None:
    """A pipeline that gives a model other defaults is measured by those."""
    assert not _by_path(_Config(name="x", model=_Dense(width=8)))["model.width"].is_default


def test_another_kind_is_compared_with_its_own_defaults() -> None:
    """A chosen kind counts as chosen, its untouched fields as defaults."""
    found = _by_path(_Config.model_validate({"name": "x", "model": {"kind": "deep"}}))
    assert not found["model.kind"].is_default
    assert found["model.layers"].is_default
    assert found["model.rates"].value == "[0.1, 0.2]"


def test_a_switched_off_part_is_a_difference() -> None:
    """`null` in place of a part stands beside what it replaced."""
    setting = _by_path(_Config(name="x", stopping=None))["stopping"]
    assert (setting.value, setting.default) == ("null", "{patience: 5}")


@pytest.mark.parametrize("word", ["on", "true", "1e-3", "2020-01-01", "", "a: b", "ü<"])
def test_text_that_yaml_reads_otherwise_is_quoted(word: str) -> None:
    """A value copied from the report into a job file stays text."""
    assert _by_path(_Config(name=word))["name"].value.strip('"') == word
    assert _by_path(_Config(name=word))["name"].value.startswith('"')
