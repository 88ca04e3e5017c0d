"""Volumes that are full: what a person is told, that space is all it takes, and what is lost."""

import json
from pathlib import Path

import pytest

from azuraforge_client import ApiProblem, Client
from azuraforge_e2e.fault_table import Fault, tell
from azuraforge_e2e.history import History
from azuraforge_e2e.job_documents import LASTING, SMALL
from azuraforge_e2e.outages import Outages
from azuraforge_e2e.release import NAMESPACE
from azuraforge_e2e.small_volume import SmallVolume
from azuraforge_e2e.waiting import wait_for
from azuraforge_e2e.whole_platform import Platform
from azuraforge_e2e.workspace import CACHE_CLAIM, RUNS_CLAIM, Workspace

pytestmark = pytest.mark.cluster

_PATIENT = {"retry": {"maxAttempts": 20, "backoff": {"initialSeconds": 2, "maxSeconds": 4}}}
_DATABASE_CLAIM = "data-azuraforge-postgresql-0"
_DATA_CLAIM = "azuraforge-data"
_FULL = "No space left on device"


def test_a_job_on_a_full_runs_volume_says_so_and_goes_on_once_there_is_space(
    workspace: Workspace,
) -> None:
    """The attempt ends with exit 74 and the volume's error; later ones go on from a checkpoint."""
    _submit_earlier(workspace)
    folder = workspace.node.claim_folder(workspace.namespace, RUNS_CLAIM)
    volume = SmallVolume(workspace.node, folder, 4)
    workspace.submit("filling", {**LASTING, **_PATIENT})
    workspace.wait_for_checkpoint("filling")
    volume.fill()
    first = workspace.wait_for("a failed attempt", lambda: _first_attempt(workspace, "filling"))
    seen = workspace.status("filling")["message"]
    volume.free()
    workspace.wait_for("a resumed attempt", lambda: _resumed_step(workspace, "filling"))
    step = _resumed_step(workspace, "filling")
    workspace.change("filling", {"cancel": True})
    status = workspace.wait_for_phase("filling", "Cancelled")
    volume.detach()

    assert first["exitCode"] == 74
    assert first["reason"] == "StorageError"
    assert len(status["attempts"]) > 1
    tell(Fault("runs volume full", f"attempt 0: StorageError, exit 74; {seen}",
               f"space; a later attempt goes on from step {step}",
               "steps after the last checkpoint are done again"))  # fmt: skip


def test_a_job_trains_without_a_cache_that_is_full(workspace: Workspace) -> None:
    """The job succeeds on a private copy of its data, and its status says so."""
    _submit_earlier(workspace)
    folder = workspace.node.claim_folder(workspace.namespace, CACHE_CLAIM)
    workspace.node.run("find", str(folder), "-mindepth", "1", "-delete")
    volume = SmallVolume(workspace.node, folder, 4)
    volume.fill()
    workspace.submit("crowded-out", SMALL)
    status = workspace.wait_for_phase("crowded-out", "Succeeded")
    volume.free()
    workspace.submit("with-space", SMALL)
    after = workspace.wait_for_phase("with-space", "Succeeded")
    volume.detach()

    assert status["dataset"]["cache"] == "Uncached"
    assert after["dataset"]["cache"] != "Uncached"
    tell(Fault("cache volume full", "Succeeded, status.dataset.cache Uncached",
               f"space; the next job: {after['dataset']['cache']}", "nothing"))  # fmt: skip


def test_a_full_database_volume_holds_up_the_service_and_no_trainer(
    platform: Platform, home: Workspace
) -> None:
    """PostgreSQL cannot write: trainers go on, and with space their whole history is stored."""
    outages = Outages(platform)
    outages.scale("postgresql", 0)
    folder = home.node.claim_folder(NAMESPACE, _DATABASE_CLAIM)
    volume = SmallVolume(home.node, folder, 48)
    outages.scale("postgresql", 1)
    platform.wait_until_rolled_out()
    home.submit("recorded", LASTING)
    home.wait_for_running_pod("recorded", 0)
    volume.fill()
    told = wait_for("the service's word", lambda: _complaint(platform), seconds=240)
    home.submit("unrecorded", SMALL)
    home.wait_for_phase("unrecorded", "Succeeded")
    volume.free()
    outages.wait_until_ready("postgresql")
    platform.wait_until_rolled_out()
    home.change("recorded", {"cancel": True})
    home.wait_for_phase("recorded", "Cancelled")
    with platform.client() as client:
        damage = History(platform, home).compare(client, ["recorded", "unrecorded"])
    assert len(home.status("recorded")["attempts"]) == 1
    outages.scale("postgresql", 0)
    volume.unmount()
    outages.scale("postgresql", 1)
    platform.wait_until_rolled_out()
    tell(Fault("PostgreSQL's volume full", told, "space; by itself", damage))


def test_a_full_data_volume_refuses_uploads_and_loses_no_model(
    platform: Platform, home: Workspace, tmp_path: Path
) -> None:
    """An upload is refused with a reason; jobs train; with space both are in the library."""
    table = _table(tmp_path / "load.csv")
    _stop_service(home, platform)
    folder = home.node.claim_folder(NAMESPACE, _DATA_CLAIM)
    volume = SmallVolume(home.node, folder, 16)
    _start_service(home, platform)
    volume.fill()
    with platform.client() as client:
        refused = _refusal(client, table)
        home.submit("modelled-meanwhile", SMALL)
        home.wait_for_phase("modelled-meanwhile", "Succeeded")
        volume.free()
        client.datasets.upload("full", table, time_column="time")
        damage = History(platform, home).compare(client, ["modelled-meanwhile"])
        assert client.predictions.predict("modelled-meanwhile").series
    _stop_service(home, platform)
    volume.unmount()
    _start_service(home, platform)
    assert refused.status in (503, 507)
    tell(Fault("data volume full", f"upload: {refused.status} {refused}", "space", damage))


def _submit_earlier(workspace: Workspace) -> None:
    """Train a job, with which the namespace's claims get their folders."""
    workspace.submit("earlier", SMALL)
    workspace.wait_for_phase("earlier", "Succeeded")


def _first_attempt(workspace: Workspace, name: str) -> dict[str, object] | None:
    attempts = workspace.status(name).get("attempts") or [{}]
    return attempts[0] if attempts[0].get("exitCode") is not None else None


def _resumed_step(workspace: Workspace, name: str) -> int | None:
    """Return the step that an attempt after the first has gone on from."""
    history = workspace.node.files(workspace.run_folder(name) / "events")
    for file in history[1:]:
        path = workspace.run_folder(name) / "events" / file
        for line in workspace.node.read(path).splitlines():
            if '"dataset_ready"' in line and line.endswith("}"):
                return int(json.loads(line).get("resumedFromStep") or 0) or None
    return None


def _complaint(platform: Platform) -> str | None:
    """Return the API's log line that tells of the full volume."""
    lines = [line for line in platform.log().splitlines() if _FULL in line]
    if lines:
        return f"API's log: {json.loads(lines[-1])['message']}"
    answer = platform.answer("/readyz")
    return f"/readyz 503: {answer.json()['detail']}" if answer.status_code == 503 else None


def _refusal(client: Client, table: Path) -> ApiProblem:
    with pytest.raises(ApiProblem) as refused:
        client.datasets.upload("full", table, time_column="time")
    return refused.value


def _stop_service(home: Workspace, platform: Platform) -> None:
    home.kubectl("scale", "deployment/azuraforge-api", "--replicas", "0")
    wait_for("the service's end", lambda: not platform.pods(), seconds=180)


def _start_service(home: Workspace, platform: Platform) -> None:
    home.kubectl("scale", "deployment/azuraforge-api", "--replicas", "1")
    platform.wait_until_rolled_out()


def _table(path: Path) -> Path:
    """Write a table that is larger than what is left on the volume."""
    rows = [f"2026-{1 + day // 28:02}-{1 + day % 28:02}T{hour:02}:00:00+00:00,{hour}.5"
            for day in range(300) for hour in range(24)]  # fmt: skip
    path.write_text("\n".join(["time,load", *rows]) + "\n", encoding="utf-8")
    return path
