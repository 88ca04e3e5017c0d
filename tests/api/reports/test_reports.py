"""Reports are shown in a box, opened without following links, and put side by side."""

import pytest

from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio

COMPARE = "/api/v1/reports/compare"


async def test_a_report_is_shown_in_a_box(service: Service, trained: TrainedRun) -> None:
    """Run and version show the same page; its scripts reach neither cookies nor the network."""
    uid = await add_run(service, trained)
    page = (trained.folder / "report" / "report.html").read_bytes()
    for url in (f"/api/v1/runs/{uid}/report", "/api/v1/models/night/versions/1/report"):
        answer = await service.viewer.get(url)
        assert answer.status_code == 200
        assert answer.content == page
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"sandbox allow-scripts", "default-src 'none'", "img-src data:"} <= set(policy)
        assert (await service.nobody.get(url)).status_code == 401


async def test_a_link_in_place_of_a_report_is_not_followed(
    service: Service, trained: TrainedRun
) -> None:
    """A run cannot make the service show a file from elsewhere."""
    uid = await add_run(service, trained)
    secret = service.settings.data_dir / "secret"
    secret.write_text("secret", encoding="utf-8")
    page = service.settings.runs_folder / uid / "report" / "report.html"
    page.unlink()
    page.symlink_to(secret)
    answer = await service.viewer.get(f"/api/v1/runs/{uid}/report")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.json()["detail"] == "The run has no report."


async def test_runs_and_versions_are_compared_on_one_page(
    service: Service, trained: TrainedRun
) -> None:
    """The page names every run and stands in the same box as a report."""
    first = await add_run(service, trained)
    await add_run(service, trained, is_new=True)
    items = [{"run": first}, {"model": "night", "version": "2"}]
    answer = await service.viewer.post(COMPARE, json={"items": items})
    assert answer.status_code == 200, answer.text
    assert "2 runs compared" in answer.text
    assert "night-2" in answer.text
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts;")


async def test_what_cannot_be_compared_is_told(service: Service, trained: TrainedRun) -> None:
    """Too few, too many, twice the same, nothing there, nothing finished: each has a sentence."""
    uid = await add_run(service, trained)
    waiting = await stored_job(service, "waiting")
    (service.settings.runs_folder / waiting).mkdir()
    for items, status, sentence in (
        ([{"run": uid}], 422, "items"),
        ([{"run": uid}] * 9, 422, "items"),
        ([{"run": uid}, {"run": uid, "model": "night"}], 422, "either a run or a model"),
        ([{"run": uid}, {"model": "night"}], 422, "are the same run"),
        ([{"run": uid}, {"run": "nothing"}], 404, "No job"),
        ([{"run": uid}, {"model": "night", "version": "7"}], 404, "no version"),
        ([{"run": uid}, {"run": waiting}], 404, "waiting has no report"),
    ):
        answer = await service.viewer.post(COMPARE, json={"items": items})
        assert answer.status_code == status, answer.text
        assert sentence in answer.json()["detail"], answer.text
    answer = await service.viewer.get(f"/api/v1/runs/{waiting}/report")
    assert answer.status_code == 404
