"""What the displays make of the same run."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from azuraforge_cli.display.json_lines import JsonDisplay
from azuraforge_cli.display.live import LiveDisplay
from azuraforge_cli.display.plain import PlainDisplay
from azuraforge_contract.events import (
    CheckpointSaved,
    DatasetReady,
    EpochFinished,
    Event,
    Failed,
    Finished,
    ModelSaved,
    Started,
    StepFinished,
)
from azuraforge_contract.status import CheckpointStatus, DatasetStatus, JobStatus, Phase
from azuraforge_lifecycle.actions import RecordEvent
from azuraforge_lifecycle.reasons import Reason
from azuraforge_local.display import Display, RunTitle
from azuraforge_local.event_tail import SeenEvent

TITLE = RunTitle("weather", "u-1", "forecaster", "cpu", Path("runs/weather-1"), False, 3)
WHEN = {"run": "u-1", "attempt": 0, "time": "2026-01-01T00:00:00Z"}
EVENTS: list[Event] = [
    Started(**WHEN, sequence=0, pipeline="forecaster", device="cpu"),
    DatasetReady(
        **WHEN,
        sequence=1,
        dataset=DatasetStatus(cache="Hit", bytes=2**20),
        rows=26130,
        windows={"train": 900, "validation": 100, "test": 200},
        total_epochs=2,
        steps_per_epoch=10,
        total_parameters=1234,
        resumed_from_step=5,
    ),
    StepFinished(
        **WHEN,
        sequence=2,
        epoch=1,
        step=7,
        loss=0.5,
        learning_rate=1e-3,
        samples_per_second=1203.4,
        eta_seconds=65,
        percentage=35,
    ),
    EpochFinished(
        **WHEN,
        sequence=3,
        epoch=1,
        step=10,
        metrics={"train.loss": 0.4, "validation.mse": 0.3},
        is_best=True,
        seconds=2,
    ),
    CheckpointSaved(**WHEN, sequence=4, checkpoint=CheckpointStatus(step=10)),
    EpochFinished(
        **WHEN,
        sequence=5,
        epoch=2,
        step=20,
        metrics={"train.loss": 0.3, "validation.mse": 0.35},
        is_best=False,
        seconds=2,
    ),
    ModelSaved(**WHEN, sequence=6, path="model/model.safetensors", digest="d", bytes=2048),
    Finished(**WHEN, sequence=7, metrics={"test.mse": 0.2}, seconds=4),
    Failed(**WHEN, sequence=8, reason="BadData", message="No.\nReally.", exit_code=65),
]
DATA_LINE = (
    "data        26,130 rows (1.0 MiB, cache Hit); "
    "windows: 900 train, 100 validation, 200 test; 1,234 parameters; resumed from step 5"
)
RETRY = RecordEvent("Warning", Reason.BACK_OFF, "Attempt 0 failed. Attempt 1 follows in 10 s.")


def _show(display: Display) -> None:
    display.open(TITLE)
    display.show_status(JobStatus(phase=Phase.RUNNING))
    for event in EVENTS:
        display.show_event(SeenEvent(event, event.encode()))
        display.tick(None)
    display.show_transition(RETRY)
    display.show_status(JobStatus(phase=Phase.PENDING, message="Waiting."))
    display.tick(4.2)
    display.show_request("Stopping.")
    display.close()


def test_plain_lines_are_one_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    """A log reads from top to bottom, with no control characters in it."""
    _show(PlainDisplay())
    assert capsys.readouterr().out.splitlines() == [
        "run         weather: forecaster on cpu",
        "folder      runs/weather-1",
        "attempt 0   forecaster on cpu",
        DATA_LINE,
        "step        7 (35 %), epoch 1: training loss 0.5000, 1,203 windows/s, 1 min 05 s left",
        "epoch 1     training loss 0.4000, validation 0.3000, best so far (2.0 s)",
        "checkpoint  step 10",
        "epoch 2     training loss 0.3000, validation 0.3500 (2.0 s)",
        "model       model/model.safetensors (2.0 KiB)",
        "finished    in 4.0 s",
        "ended       attempt 0: BadData (exit code 65)",
        "retry       Attempt 0 failed. Attempt 1 follows in 10 s.",
        "Stopping.",
    ]


def test_json_lines_are_the_events_between_the_run_and_its_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every line of stdout is JSON, and what is for people goes to stderr."""
    _show(JsonDisplay())
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert lines[0] == {
        "formatVersion": 1,
        "type": "run",
        "run": "u-1",
        "name": "weather",
        "folder": "runs/weather-1",
        "resumed": False,
    }
    assert [line["type"] for line in lines[1:-1]] == [event.type for event in EVENTS]
    assert lines[-1]["type"] == "status"
    assert lines[-1]["status"]["phase"] == "Pending"
    assert printed.err == "Stopping.\n"


def test_the_live_picture_shows_progress_losses_and_the_wait() -> None:
    """A person sees how far it is, whether it learns, and when the next attempt follows."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    _show(LiveDisplay(console))
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    for expected in (
        "weather",
        "forecaster on cpu",
        "35 %",
        "epoch 1/2",
        "1,203 windows/s",
        "1 min 05 s left",
        "training 0.5000",
        "validation 0.3500",
        "best 0.3000 (epoch 1)",
        "▁█",
        "resumed from step 5",
        "Attempt 1 follows",
        "Waiting. Next attempt in 4.2 s.",
        "Stopping.",
    ):
        assert expected in drawn, expected
