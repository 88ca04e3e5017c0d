"""A finished run becomes a version of the library, once, and a damaged model never does."""

import asyncio
import shutil

import pytest

from azuraforge_api.models.registration import publish_run
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio

MODELS = "/api/v1/models"


async def test_a_finished_run_makes_one_version_however_often_it_is_seen(
    service: Service, trained: TrainedRun
) -> None:
    """Live tail, sweep and replay at the same time register a model once."""
    uid = await add_run(service, trained)
    folder = service.settings.runs_folder / uid
    await asyncio.gather(*(publish_run(service.database, uid, folder) for _ in range(5)))
    versions = (await service.viewer.get(f"{MODELS}/night/versions")).json()["items"]
    assert [(each["version"], each["run"]) for each in versions] == [(1, uid)]


async def test_runs_found_at_the_same_time_get_numbers_of_their_own(
    service: Service, trained: TrainedRun
) -> None:
    """Versions are numbered from 1 without a hole, whoever registers them."""
    await asyncio.gather(*(add_run(service, trained, is_new=True) for _ in range(4)))
    versions = (await service.viewer.get(f"{MODELS}/night/versions")).json()["items"]
    assert [each["version"] for each in versions] == [4, 3, 2, 1]


async def test_a_job_shows_the_model_that_it_made(service: Service, trained: TrainedRun) -> None:
    """The job's status names model and version, also after its backend has told it again."""
    uid = await add_run(service, trained, publish={"model": "night", "alias": "champion"})
    await service.app.state.mirror.record(trained.job)
    job = (await service.viewer.get(f"/api/v1/jobs/{uid}")).json()
    assert job["status"]["model"] == {"name": "night", "version": 1}
    (published,) = [c for c in job["status"]["conditions"] if c["type"] == "Published"]
    assert (published["status"], published["reason"]) == ("True", "Published")
    assert "night, version 1" in published["message"]
    model = (await service.viewer.get(f"{MODELS}/night")).json()
    assert model["aliases"] == {"champion": 1}


async def test_a_version_tells_where_it_comes_from(service: Service, trained: TrainedRun) -> None:
    """Lineage names job, data, code and the run it went on from; figures stand beside baselines."""
    parent = await add_run(service, trained)
    uid = await add_run(service, trained, is_new=True, resumeFrom=parent)
    version = (await service.viewer.get(f"{MODELS}/night/versions/2")).json()
    lineage = version["lineage"]
    assert (lineage["job"], lineage["run"]) == (trained.job.metadata.name, uid)
    assert lineage["parent"] == {"run": parent, "model": "night", "version": 1}
    assert len(lineage["data"]["digest"]) == 64
    assert set(lineage["versions"]) >= {"azuraforge", "azuraforge-forecaster"}
    assert version["metrics"]["test.mse"] > 0
    assert version["baselines"]["ridge"]["mse"] > 0
    assert version["manifest"]["window"] == {"lookback": 24, "horizon": 6}


@pytest.mark.parametrize("damage", ["weights", "manifest", "link", "absent"])
async def test_a_damaged_model_is_told_and_not_registered(
    service: Service, trained: TrainedRun, damage: str
) -> None:
    """A model that does not fit its checksum never becomes a version, and the job says why."""
    broken = service.settings.data_dir / "broken"
    shutil.copytree(trained.folder, broken)
    weights, manifest = broken / "model/model.safetensors", broken / "model/model.json"
    match damage:
        case "weights":
            weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
        case "manifest":
            manifest.write_text("{", encoding="utf-8")
        case "link":
            weights.unlink()
            weights.symlink_to(trained.folder / "model/model.safetensors")
        case "absent":
            weights.unlink()
    shutil.rmtree(service.settings.runs_folder, ignore_errors=True)
    uid = await add_run(service, TrainedRun(broken))
    assert (await service.viewer.get(MODELS)).json() == {"items": [], "next": None}
    job = (await service.viewer.get(f"/api/v1/jobs/{uid}")).json()
    (published,) = [c for c in job["status"]["conditions"] if c["type"] == "Published"]
    assert (published["status"], published["reason"]) == ("False", "ModelDamaged")
    assert "train the model again" in published["message"]
