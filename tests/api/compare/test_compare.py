"""Runs side by side over HTTP: settings, curves, table, report."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.tracking.service import append_events
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio

COMPARE = "/api/v1/compare"
START = datetime(2026, 1, 1, tzinfo=UTC)


def _config(**training: Any) -> dict[str, Any]:
    return {"model": {"kind": "dlinear"}, "training": {"epochs": 1, **training}}


async def _store_curve(
    service: Service, uid: str, start: datetime, steps: int, *, every: float = 1.0
) -> None:
    """Store the steps of a run that began at a time: its loss has one peak."""
    lines = []
    for number in range(steps):
        moment = start + timedelta(seconds=(number + 1) * every)
        event = {
            "formatVersion": 1, "type": "step", "run": uid, "attempt": 0, "sequence": number,
            "time": moment.isoformat().replace("+00:00", "Z"), "epoch": 1 + number // 100,
            "step": number, "loss": 99.0 if number == steps // 3 else 1.0 / (number + 1),
            "learningRate": 0.001, "samplesPerSecond": 10.0, "percentage": 1.0,
        }  # fmt: skip
        lines.append(json.dumps(event).encode())
    async with service.database.write() as session:
        job = await service.job(session, uid)
        await append_events(session, job, 0, lines)
        status = {"phase": "Running", "startTime": start.isoformat(), "activeSeconds": 12.5}
        await session.execute(update(JobRow).where(JobRow.uid == uid).values(status=status))


async def _get(service: Service, what: str, **query: Any) -> Any:
    answer = await service.viewer.get(f"{COMPARE}/{what}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_differing_settings_stand_first_and_defaults_do_not_differ(service: Service) -> None:
    """A default that one run writes out and another leaves out is the same setting."""
    first = await stored_job(service, "one", config=_config(learning_rate=0.001))
    second = await stored_job(service, "two", config=_config(), seed=7)
    third = await stored_job(service, "three", config=_config(batch_size=64, optimizer="adamw"))
    found = await _get(service, "configs", run=[first, "two", third])
    assert [run["uid"] for run in found["runs"]] == [first, second, third]
    assert {row["path"]: row["values"] for row in found["differing"]} == {
        "config.training.batch_size": [128, 128, 64],
        "seed": [0, 7, 0],
    }
    equal = {row["path"]: row["value"] for row in found["equal"]}
    assert equal["config.training.learning_rate"] == 0.001
    assert equal["config.training.optimizer.kind"] == "adamw"
    assert equal["config.model.kind"] == "dlinear"
    assert equal["device"] == "cpu"
    assert "cancel" not in equal


async def test_a_setting_that_a_run_does_not_have_is_told(service: Service) -> None:
    """Fields of another model are absent, which is not the same as null."""
    await stored_job(service, "one", config=_config())
    await stored_job(service, "two", config={"model": {"kind": "gru"}, "training": {"epochs": 1}})
    found = await _get(service, "configs", run=["one", "two"])
    rows = {row["path"]: row for row in found["differing"]}
    assert rows["config.model.kind"]["values"] == ["dlinear", "gru"]
    only = [row for row in rows.values() if row["exists"] == [False, True]]
    assert only
    assert all(row["values"][0] is None for row in only)


async def test_a_pipeline_that_is_gone_is_compared_as_written(service: Service) -> None:
    """Old runs outlive their plugins."""
    uids = [await stored_job(service, "one"), await stored_job(service, "two")]
    async with service.database.write() as session:
        await session.execute(update(JobRow).values(pipeline="gone"))
    found = await _get(service, "configs", run=uids)
    assert found["differing"] == []
    assert "config.training.learning_rate" not in {row["path"] for row in found["equal"]}


async def test_series_start_together_on_the_axis_of_time(service: Service) -> None:
    """Two runs of different days lie on one another by seconds since their start."""
    one, two = await stored_job(service, "one"), await stored_job(service, "two")
    await _store_curve(service, one, START, 300)
    await _store_curve(service, two, START + timedelta(days=3), 300, every=2.0)
    name = "train.loss"
    names = [name, "learning_rate", "absent"]
    found = await _get(service, "series", run=[one, two], name=names, axis="time")
    assert (found["series"][0]["run"], found["series"][0]["name"]) == (one, name)
    assert [s["name"] for s in found["series"]] == [name, "learning_rate"] * 2
    curves = {s["run"]: s for s in found["series"] if s["name"] == name}
    assert curves[one]["x"][:3] == [1.0, 2.0, 3.0]
    assert curves[two]["x"][:3] == [2.0, 4.0, 6.0]
    assert curves[one]["values"] == curves[two]["values"]


async def test_long_series_are_thinned_alike_and_keep_their_peak(service: Service) -> None:
    """Each series has as many points as the others, and the peak of each is among them."""
    uids = [await stored_job(service, name) for name in ("one", "two")]
    for uid, steps in zip(uids, (1000, 3000), strict=True):
        await _store_curve(service, uid, START, steps)
    for axis, last in (("step", 2999), ("epoch", 30)):
        found = await _get(service, "series", run=uids, name="train.loss", axis=axis, maxPoints=100)
        for series in found["series"]:
            assert series["points"] == len(series["x"]) == len(series["values"]) <= 100
            assert max(series["values"]) == 99.0
            assert series["x"] == sorted(series["x"])
        assert found["series"][1]["x"][-1] == last


async def test_the_table_shows_figures_beside_settings(
    service: Service, trained: TrainedRun
) -> None:
    """One row for each run: what differs, what came out, what the baselines reached."""
    worse = await add_run(service, trained, is_new=True, metrics={"test.mse": 9.0}, seed=3)
    better = await add_run(service, trained, metrics={"test.mse": 0.5})
    waiting = await stored_job(service, "waiting")
    table = await _get(service, "table", run=[worse, better, waiting], sort="test.mse")
    assert [row["run"]["uid"] for row in table["rows"]] == [better, worse, waiting]
    first, second, third = table["rows"]
    assert (first["metrics"]["test.mse"], second["metrics"]["test.mse"]) == (0.5, 9.0)
    assert (first["model"], first["version"], second["version"]) == ("night", 2, 1)
    assert first["lastMetrics"]["train.loss"] > 0
    assert set(first["baselines"]) == {name.partition(".")[0] for name in table["baselines"]}
    assert first["durationSeconds"] > 0
    assert (third["metrics"], third["durationSeconds"], third["finished"]) == ({}, None, None)
    assert second["settings"]["seed"] == 3
    descending = await _get(service, "table", run=[worse, waiting, better], sort="-test.mse")
    assert [row["run"]["uid"] for row in descending["rows"]] == [worse, better, waiting]
    unsorted = await _get(service, "table", run=[waiting, worse, better])
    assert [row["run"]["uid"] for row in unsorted["rows"]] == [waiting, worse, better]


async def test_the_table_as_csv_is_the_table(service: Service, trained: TrainedRun) -> None:
    """By name or by `Accept`; every figure of the JSON form stands in it."""
    uid = await add_run(service, trained)
    other = await stored_job(service, "other", seed=5)
    query = {"run": [uid, other]}
    asked = await service.viewer.get(f"{COMPARE}/table", params={**query, "format": "csv"})
    assert asked.headers["content-type"] == "text/csv; charset=utf-8"
    preferred = await service.viewer.get(
        f"{COMPARE}/table", params=query, headers={"Accept": "text/csv, application/json;q=0.5"}
    )
    assert preferred.text == asked.text
    for accept in ("application/json", "*/*", "text/csv;q=0, */*", "text/csv;q=x"):
        answer = await service.viewer.get(
            f"{COMPARE}/table", params=query, headers={"Accept": accept}
        )
        assert answer.headers["content-type"] == "application/json", accept
    table = answer.json()
    rows = list(csv.DictReader(io.StringIO(asked.text, newline="")))
    assert [row["uid"] for row in rows] == [uid, other]
    for name in table["metrics"]:
        assert float(rows[0][name]) == table["rows"][0]["metrics"][name]
        assert rows[1][name] == ""
    for name in table["lastMetrics"]:
        assert float(rows[0][f"last.{name}"]) == table["rows"][0]["lastMetrics"][name]
    assert (rows[0]["seed"], rows[1]["seed"]) == ("0", "5")


async def test_no_cell_is_a_formula(service: Service) -> None:
    """Text that a spreadsheet would carry out gets an apostrophe; numbers stay numbers."""
    uids = [await stored_job(service, "one"), await stored_job(service, "two")]
    async with service.database.write() as session:
        for uid, owner, shift in zip(uids, ("=HYPERLINK(1)", "+1"), (-0.5, 0.5), strict=True):
            job = await service.job(session, uid)
            job.created_by = owner
            job.spec = {**job.spec, "config": {"@shift": shift, "note": f"-{owner}"}}
            job.pipeline = "gone"
    answer = await service.viewer.get(f"{COMPARE}/table", params={"run": uids, "format": "csv"})
    first, second = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (first["createdBy"], second["createdBy"]) == ("'=HYPERLINK(1)", "'+1")
    assert (first["config.@shift"], second["config.@shift"]) == ("-0.5", "0.5")
    assert first["config.note"] == "'-=HYPERLINK(1)"


async def test_finished_runs_have_a_report_of_their_comparison(
    service: Service, trained: TrainedRun
) -> None:
    """A link opens the page, in the same box as every report."""
    uids = [await add_run(service, trained), await add_run(service, trained, is_new=True)]
    answer = await service.viewer.get(f"{COMPARE}/report", params={"run": uids})
    assert answer.status_code == 200, answer.text
    assert "2 runs compared" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts;")


async def test_what_cannot_be_compared_is_told(service: Service) -> None:
    """Too few, too many, not there, named twice, no column: each has a sentence."""
    uid = await stored_job(service, "one")
    await stored_job(service, "two")
    for what, query, status, sentence in (
        ("configs", {"run": [uid]}, 422, "at least 2"),
        ("table", {"run": ["x"] * 51}, 422, "at most 50"),
        ("configs", {"run": [uid, "nothing", "nowhere"]}, 404, "'nothing', 'nowhere'"),
        ("table", {"run": [uid, "one"]}, 422, "run.0 and run.1 are the same run"),
        ("table", {"run": [uid, "two"], "sort": "test.mse"}, 422, "sort: none of these runs"),
        ("table", {"run": [uid, "two"], "format": "xml"}, 422, "format"),
        ("series", {"run": [uid]}, 422, "name"),
        ("series", {"run": [uid], "name": "a", "axis": "moon"}, 422, "axis"),
        ("series", {"run": ["x"] * 50, "name": ["a"] * 50}, 422, "ask for fewer points"),
        ("series", {"run": [uid, "no"], "name": "a"}, 404, "'no'"),
        ("report", {"run": [uid] * 9}, 422, "at most 8"),
        ("configs", {"run": [uid, "a\x00b"]}, 422, "run"),
        ("configs", {"run": [uid, "two"], "rum": "1"}, 422, "rum"),
    ):
        answer = await service.viewer.get(f"{COMPARE}/{what}", params=query)
        assert answer.status_code == status, (what, query, answer.text)
        assert sentence in answer.json()["detail"], answer.text
        assert (await service.nobody.get(f"{COMPARE}/{what}", params=query)).status_code == 401
