"""Every change leaves a line that says who made it."""

import pytest

from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio


async def test_changes_are_noted_and_what_changed_nothing_is_not(service: Service) -> None:
    """A token that was made stands in the log; a refused one and a list do not."""
    await service.admin.post("/api/v1/tokens", json={"name": "ci"}, headers={"X-Request-Id": "r1"})
    await service.editor.post("/api/v1/tokens", json={"name": "mine"})
    await service.admin.get("/api/v1/tokens")
    answer = await service.admin.get("/api/v1/audit")
    (entry,) = answer.json()["items"]
    assert (entry["principal"], entry["method"], entry["path"], entry["status"]) == (
        "admin-token", "POST", "/api/v1/tokens", 201,
    )  # fmt: skip
    assert entry["requestId"] == "r1"
    assert (await service.editor.get("/api/v1/audit")).status_code == 403


async def test_pages_of_the_log_hold_every_change_once(service: Service) -> None:
    """Walking the pages shows each change, the newest first."""
    for number in range(5):
        await service.admin.post("/api/v1/tokens", json={"name": f"t{number}"})
    seen: list[int] = []
    page: str | None = ""
    while page is not None:
        answer = (await service.admin.get(f"/api/v1/audit?limit=2{page}")).json()
        seen += [entry["id"] for entry in answer["items"]]
        page = f"&page={answer['next']}" if answer["next"] else None
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5
