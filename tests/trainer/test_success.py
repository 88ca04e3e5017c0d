"""An attempt that succeeds: the run's folder, its events, its last word."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from azuraforge_core.store.model_folder import read_model


def test_a_run_leaves_model_report_metrics_and_events(make_job: Callable[..., Any]) -> None:
    """One process takes a job file to a finished model, and tells everything on the way."""
    job = make_job()
    code, log = job.finish()
    assert code == 0, log
    run = job.run
    assert sorted(path.name for path in run.root.iterdir()) == [
        "checkpoints",
        "events",
        "job.json",
        "model",
        "report",
    ]
    assert sorted(path.name for path in run.model.iterdir()) == ["model.json", "model.safetensors"]
    events = job.events()
    kinds = [event.type for event in events if event.type != "step"]
    epoch = ["epoch", "sample", "checkpoint_saved"]
    assert kinds == ["started", "dataset_ready", *epoch, *epoch, "model_saved", "finished"]
    assert [event.sequence for event in events] == list(range(len(events)))
    assert {(event.run, event.attempt) for event in events} == {("uid-1", 0)}
    assert sum(len(s.history) + 2 * len(s.times) for s in _samples(events)[0].series) <= 300
    assert job.termination.reason == "Completed"
    assert job.termination.progress.percentage == 100
    assert len(job.termination_file.read_bytes()) <= 4096
    assert "<html" in run.report_page.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert {(line["component"], line["job"], line["run"]) for line in lines} == {
        ("trainer", "small", "uid-1")
    }


def _samples(events: list[Any]) -> list[Any]:
    return [event for event in events if event.type == "sample"]


def test_metrics_and_manifest_agree(make_job: Callable[..., Any]) -> None:
    """The test error of the model and of every baseline stands in scaled and in own units."""
    job = make_job()
    assert job.finish()[0] == 0
    metrics = json.loads(job.run.metrics_file.read_text(encoding="utf-8"))
    stored = read_model(job.run.model)
    assert stored.manifest.metrics["test.mse"] == metrics["test"]["mse"]
    assert set(metrics["baselines"]) == {"last_value", "seasonal_naive", "ridge"}
    scale = stored.manifest.columns[0].std
    for figures in (metrics["test"], *metrics["baselines"].values()):
        assert figures["mse_in_units"] == pytest.approx(figures["mse"] * scale**2)
        assert figures["mae_in_units"] == pytest.approx(figures["mae"] * scale)
    assert metrics["baselines"]["ridge"]["test"]["mse"] == metrics["baselines"]["ridge"]["mse"]
    assert stored.histories[0].values.shape == (len(stored.manifest.columns), 24)
    assert stored.manifest.data.series == ("JFK",)


@pytest.mark.parametrize("kind", ["ridge", "last-value", "seasonal-naive"])
def test_a_model_in_closed_form_takes_the_same_way(
    make_job: Callable[..., Any], make_spec: Callable[..., Any], kind: str
) -> None:
    """It is fitted in one go, measured, published and reported as any other."""
    spec = make_spec()
    spec["config"]["model"] = {"kind": kind}
    job = make_job(spec)
    code, log = job.finish()
    assert code == 0, log
    metrics = json.loads(job.run.metrics_file.read_text(encoding="utf-8"))
    own = metrics["baselines"][kind.replace("-", "_")]
    assert metrics["test"]["mse"] == pytest.approx(own["mse"], rel=1e-6)
    assert read_model(job.run.model).weights


def test_two_runs_give_the_same_bytes(make_job: Callable[..., Any]) -> None:
    """The weights' bytes depend on no time, path or attempt."""
    first, second = make_job(uid="uid-1"), make_job(uid="uid-2")
    assert (first.finish(0)[0], second.finish(5)[0]) == (0, 0)
    assert first.weights == second.weights
