"""Who gets in: tokens by role, login links once, cookies only from our own page."""

from datetime import UTC, datetime, timedelta

import pytest

from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio

TOKENS = "/api/v1/tokens"
SESSION = "/api/v1/session"


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(service: Service) -> None:
    """An admin hands out a token; after revoking it, its next request is refused."""
    answer = await service.admin.post(TOKENS, json={"name": "ci", "role": "viewer"})
    created = answer.json()
    headers = {"Authorization": f"Bearer {created['secret']}"}
    me = await service.nobody.get(SESSION, headers=headers)
    assert me.json() == {"name": "ci", "role": "viewer", "kind": "token"}
    listed = (await service.admin.get(TOKENS)).json()["items"]
    assert created["secret"] not in str(listed)
    assert {each["name"]: each["lastUsedAt"] is not None for each in listed}["ci"]
    assert (await service.admin.delete(f"{TOKENS}/{created['id']}")).status_code == 204
    assert (await service.nobody.get(SESSION, headers=headers)).status_code == 401


async def test_roles_end_where_they_should(service: Service) -> None:
    """An editor gives no tokens, a viewer makes no jobs; both are told which role may."""
    answer = await service.editor.post(TOKENS, json={"name": "mine", "role": "admin"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "admin" in answer.json()["detail"]
    assert (await service.viewer.post("/api/v1/jobs", json={})).status_code == 403


async def test_an_expired_token_is_refused(service: Service) -> None:
    """A token ends when it says, and none is made that has ended already."""
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    answer = await service.admin.post(TOKENS, json={"name": "old", "expiresAt": past})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def _log_in(service: Service) -> str:
    answer = await service.admin.post(f"{SESSION}/links", json={"name": "Ada", "role": "editor"})
    return str(answer.json()["url"]).partition("#")[2]


async def test_a_login_link_works_once(service: Service) -> None:
    """The first who opens a link is logged in; the second is told to ask for a new one."""
    code = await _log_in(service)
    origin = {"Origin": service.settings.public_url}
    answer = await service.nobody.post(SESSION, json={"code": code}, headers=origin)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (await service.nobody.get(SESSION)).json()["name"] == "Ada"
    again = await service.viewer.post(SESSION, json={"code": code}, headers=origin)
    assert again.status_code == 401
    assert "new one" in again.json()["remedy"]


async def test_a_cookie_writes_only_from_our_own_page(service: Service) -> None:
    """A form on a stranger's page cannot act for the person who is logged in."""
    origin = {"Origin": service.settings.public_url}
    await service.nobody.post(SESSION, json={"code": await _log_in(service)}, headers=origin)
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = await service.nobody.delete(SESSION, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert (await service.nobody.delete(SESSION, headers=origin)).status_code == 204
    assert (await service.nobody.get(SESSION)).status_code == 401


async def test_the_login_page_runs_our_script_and_nothing_else(service: Service) -> None:
    """Its policy names the one script by its digest."""
    answer = await service.nobody.get("/login")
    assert answer.status_code == 200
    assert "script-src 'sha256-" in answer.headers["content-security-policy"]
