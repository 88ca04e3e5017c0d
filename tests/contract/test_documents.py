"""Events, termination messages, statuses, quantities and format versions."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from azuraforge_contract import environment, exit_codes
from azuraforge_contract.errors import AzuraForgeError, StorageError, WillNotRetry, WillRetry
from azuraforge_contract.events import Failed, Finished, StepFinished, decode_event
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_contract.quantity import parse_quantity
from azuraforge_contract.status import (
    Condition,
    ConditionStatus,
    ConditionType,
    JobStatus,
    MetricValue,
    Phase,
)
from azuraforge_contract.termination import MAXIMUM_BYTES, TerminationMessage


def test_an_event_is_one_line_and_reads_back() -> None:
    """Encoding an event and decoding it gives the same event."""
    event = StepFinished(
        run="u",
        attempt=1,
        sequence=2,
        time="2026-01-01T00:00:00Z",
        epoch=1,
        step=3,
        loss=0.5,
        learning_rate=1e-3,
        samples_per_second=10.0,
        percentage=3.0,
    )
    line = event.encode()
    assert "\n" not in line
    assert json.loads(line)["formatVersion"] == FORMAT_VERSION
    assert decode_event(line) == event


def test_an_event_holds_no_figure_that_json_lacks() -> None:
    """NaN and infinities are left out, so that every reader can read the line."""
    event = Finished(
        run="uid", attempt=0, sequence=0, time="2026-01-01T00:00:00Z", seconds=1.0,
        metrics={"test.mse": 0.5, "test.skill": float("nan"), "test.mase": float("inf")},
    )  # fmt: skip
    assert json.loads(event.encode(), parse_constant=pytest.fail)["metrics"] == {"test.mse": 0.5}


def test_a_torn_event_is_refused() -> None:
    """A half-written line never becomes an event."""
    line = Failed(
        run="u", attempt=0, sequence=0, time="t", reason="r", message="m", exit_code=1
    ).encode()
    with pytest.raises(ValidationError):
        decode_event(line[:-3])


@given(st.text(max_size=9000))
def test_a_termination_message_always_fits(message: str) -> None:
    """The kubelet cuts at 4096 bytes; the message is shortened before, and stays JSON."""
    encoded = TerminationMessage(reason="BadData", message=message, step=3).encode()
    assert len(encoded.encode("utf-8", "replace")) <= MAXIMUM_BYTES
    decoded = TerminationMessage.decode(encoded)
    assert decoded is not None
    assert decoded.reason == "BadData"
    assert decoded.step == 3


@pytest.mark.parametrize("text", [None, "", "Killed", "{", '{"message": "no reason"}', "[]"])
def test_a_process_that_died_without_a_word_has_no_message(text: str | None) -> None:
    """Whatever is no termination message reads as none."""
    assert TerminationMessage.decode(text) is None


def test_a_status_reads_back_and_ignores_what_is_newer() -> None:
    """A status document of a newer release is read without its new fields."""
    status = JobStatus(
        phase=Phase.RUNNING,
        conditions=(
            Condition(
                type=ConditionType.RUNNING,
                status=ConditionStatus.TRUE,
                reason="Started",
                last_transition_time="2026-01-01T00:00:00Z",
                observed_generation=1,
            ),
        ),
    )
    document = {**status.to_document(), "newerField": 1}
    read = JobStatus.model_validate(document)
    assert read == status
    assert read.condition(ConditionType.RUNNING) == status.conditions[0]
    assert read.condition(ConditionType.FAILED) is None


def test_three_phases_end_a_job() -> None:
    """Only Cancelled, Succeeded and Failed are terminal."""
    assert {phase for phase in Phase if phase.is_terminal} == {"Cancelled", "Succeeded", "Failed"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("8Gi", str(8 * 1024**3)),
        ("1.5k", "1500"),
        ("1Ti", str(1024**4)),
    ],
)
def test_a_quantity_has_a_number(text: str, number: str) -> None:
    """Suffixes mean what they mean in Kubernetes."""
    assert parse_quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "8GB", "-1", "1e3", "Gi"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """The sentence shows what was expected."""
    with pytest.raises(ValueError, match="expected a quantity such as"):
        parse_quantity(text)


_NO_ATTEMPTS = ("azuraforge_cli", "azuraforge_client")


def _errors(kind: type[AzuraForgeError]) -> list[type[AzuraForgeError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _errors(child))]


def test_every_error_is_retried_or_not() -> None:
    """Each concrete failure of an attempt sits under exactly one of the two base kinds."""
    for error in _errors(AzuraForgeError):
        if error.__module__.startswith(_NO_ATTEMPTS):
            continue  # a person's command is no attempt; another test has imported it
        bases = [base for base in (WillRetry, WillNotRetry) if issubclass(error, base)]
        assert error is AzuraForgeError or len(bases) == 1


def test_an_error_speaks_in_two_sentences() -> None:
    """Message, then remedy."""
    assert str(AzuraForgeError("It broke.", remedy="Mend it.")) == "It broke. Mend it."
    assert str(AzuraForgeError("It broke.")) == "It broke."


def test_exit_codes_are_those_documented() -> None:
    """The numbers are a contract with executors and people's scripts."""
    assert {code.name: code.value for code in ExitCode} == {
        "SUCCEEDED": 0,
        "BAD_CONFIG": 64,
        "BAD_DATA": 65,
        "SOURCE_UNREACHABLE": 69,
        "INTERNAL_ERROR": 70,
        "GPU_OUT_OF_MEMORY": 71,
        "STORAGE_ERROR": 74,
        "PREEMPTED": 75,
        "DIVERGED": 76,
        "ACCELERATOR_UNAVAILABLE": 78,
        "KILLED": 137,
    }
    assert exit_codes.__all__ == ["ExitCode"]


def test_environment_variables_share_a_prefix() -> None:
    """A pod's own variables can never be taken for ours."""
    assert all(getattr(environment, name).startswith("AZURAFORGE_") for name in environment.__all__)


@pytest.mark.parametrize("found", [0, FORMAT_VERSION + 1, "1", None, True])
def test_a_file_of_a_newer_release_is_refused(found: object) -> None:
    """The sentence names the file, what was found and what is read."""
    with pytest.raises(StorageError, match=r"model\.json has formatVersion .* reads 1 to"):
        check_format_version(found, file="model.json")


def test_a_file_of_this_release_is_read() -> None:
    """The current version passes."""
    check_format_version(FORMAT_VERSION, file="model.json")


def test_a_metric_in_the_status_has_six_digits() -> None:
    """A column of `kubectl get` stays readable: it prints the number as it is stored."""
    assert MetricValue(name="train.loss", value=0.045927862636744976).value == 0.0459279
