"""Folders of old runs go, what is known of them stays, and models in use keep theirs."""

from datetime import UTC, datetime, timedelta

import pytest

from azuraforge_api.models.retention import RunRetention
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio

NIGHT = "/api/v1/models/night"


def _retention(service: Service, days: float = 7) -> RunRetention:
    settings = service.settings.model_copy(update={"run_retention_days": days})
    return RunRetention(settings, service.database, service.app.state.backend)


async def test_old_runs_lose_their_files_and_keep_their_history(
    service: Service, trained: TrainedRun
) -> None:
    """After their days, folders go; job, curves and version stay, and say that the files went."""
    uid = await add_run(service, trained)
    champion = await add_run(
        service, trained, is_new=True, publish={"model": "night", "alias": "champion"}
    )
    retention = _retention(service)
    runs = service.settings.runs_folder
    assert await retention.sweep(datetime.now(UTC)) == []
    assert await retention.sweep(datetime.now(UTC) + timedelta(days=8)) == [uid]
    assert [path.name for path in runs.iterdir()] == [champion]
    version = (await service.viewer.get(f"{NIGHT}/versions/1")).json()
    assert version["filesGoneAt"] is not None
    assert (await service.viewer.get(f"/api/v1/runs/{uid}/metrics")).json()
    for url in (f"{NIGHT}/versions/1/download", f"{NIGHT}/versions/1/report"):
        answer = await service.viewer.get(url)
        assert answer.status_code == 404
        assert "retention" in answer.json()["remedy"]
    moved = await service.editor.put(f"{NIGHT}/aliases/champion", json={"version": 1})
    assert (moved.status_code, moved.json()["code"]) == (409, "conflict")
    assert (await service.editor.delete(f"{NIGHT}/versions/1")).status_code == 204


async def test_an_interrupted_sweep_is_finished_by_the_next(
    service: Service, trained: TrainedRun
) -> None:
    """A folder that was left when the service died goes with the next sweep."""
    uid = await add_run(service, trained)
    retention = _retention(service)
    later = datetime.now(UTC) + timedelta(days=8)
    assert await retention._let_go(uid, later)
    assert await retention.sweep(later) == []
    assert not (service.settings.runs_folder / uid).exists()


async def test_a_run_that_another_goes_on_from_is_kept(
    service: Service, trained: TrainedRun
) -> None:
    """The checkpoint of a run is there for as long as an unfinished job starts from it."""
    uid = await add_run(service, trained)
    await stored_job(service, "next", resumeFrom=uid)
    assert await _retention(service).sweep(datetime.now(UTC) + timedelta(days=8)) == []
    assert (service.settings.runs_folder / uid).is_dir()
