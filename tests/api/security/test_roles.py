"""Every address is reachable by its role and nobody below; a new one without a row fails here."""

import re

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from azuraforge_api.security.principal import Role
from azuraforge_api.tokens.trainer_tokens import TrainerTokens
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio

TRAINER = "a trainer"
ROLES: dict[str, Role | str | None] = {
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /login": None,
    "POST /api/v1/session": None,
    "POST /api/v1/runs/{run}/events": TRAINER,
    "GET /api/v1/audit": Role.ADMIN,
    "GET /api/v1/datasets": Role.VIEWER,
    "GET /api/v1/datasets/{dataset}": Role.VIEWER,
    "DELETE /api/v1/datasets/{dataset}": Role.EDITOR,
    "GET /api/v1/datasets/{dataset}/versions": Role.VIEWER,
    "POST /api/v1/datasets/{dataset}/versions": Role.EDITOR,
    "GET /api/v1/datasets/{dataset}/versions/{version}": Role.VIEWER,
    "DELETE /api/v1/datasets/{dataset}/versions/{version}": Role.EDITOR,
    "GET /api/v1/datasets/{dataset}/versions/{version}/preview": Role.VIEWER,
    "GET /api/v1/datasets/{dataset}/versions/{version}/content": Role.VIEWER,
    "GET /api/v1/jobs": Role.VIEWER,
    "POST /api/v1/jobs": Role.EDITOR,
    "GET /api/v1/jobs/{job}": Role.VIEWER,
    "PATCH /api/v1/jobs/{job}": Role.EDITOR,
    "DELETE /api/v1/jobs/{job}": Role.EDITOR,
    "POST /api/v1/jobs/{job}/retry": Role.EDITOR,
    "POST /api/v1/jobs/{job}/clone": Role.EDITOR,
    "GET /api/v1/jobs/{job}/events": Role.VIEWER,
    "GET /api/v1/jobs/{job}/logs": Role.VIEWER,
    "GET /api/v1/jobs/{job}/artifacts": Role.VIEWER,
    "GET /api/v1/jobs/{job}/artifacts/{path:path}": Role.VIEWER,
    "GET /api/v1/models": Role.VIEWER,
    "GET /api/v1/models/{model}": Role.VIEWER,
    "GET /api/v1/models/{model}/versions": Role.VIEWER,
    "GET /api/v1/models/{model}/versions/{version}": Role.VIEWER,
    "PATCH /api/v1/models/{model}/versions/{version}": Role.EDITOR,
    "DELETE /api/v1/models/{model}/versions/{version}": Role.EDITOR,
    "PUT /api/v1/models/{model}/aliases/{alias}": Role.EDITOR,
    "DELETE /api/v1/models/{model}/aliases/{alias}": Role.EDITOR,
    "GET /api/v1/models/{model}/alias-moves": Role.VIEWER,
    "GET /api/v1/models/{model}/versions/{version}/files": Role.VIEWER,
    "GET /api/v1/models/{model}/versions/{version}/files/{path:path}": Role.VIEWER,
    "GET /api/v1/models/{model}/versions/{version}/download": Role.VIEWER,
    "GET /api/v1/models/{model}/versions/{version}/onnx": Role.VIEWER,
    "GET /api/v1/models/{model}/versions/{version}/report": Role.VIEWER,
    "POST /api/v1/models/{model}/versions/{version}/predict": Role.EDITOR,
    "POST /api/v1/models/import": Role.EDITOR,
    "GET /api/v1/predictions": Role.VIEWER,
    "GET /api/v1/predictions/{prediction}": Role.VIEWER,
    "POST /api/v1/predictions/{prediction}/actuals": Role.EDITOR,
    "GET /api/v1/runs/{run}/metrics": Role.VIEWER,
    "GET /api/v1/runs/{run}/report": Role.VIEWER,
    "GET /api/v1/runs/{run}/series": Role.VIEWER,
    "POST /api/v1/reports/compare": Role.VIEWER,
    "GET /api/v1/compare/configs": Role.VIEWER,
    "GET /api/v1/compare/report": Role.VIEWER,
    "GET /api/v1/compare/series": Role.VIEWER,
    "GET /api/v1/compare/table": Role.VIEWER,
    "GET /api/v1/pipelines": Role.VIEWER,
    "GET /api/v1/pipelines/{pipeline}": Role.VIEWER,
    "POST /api/v1/pipelines/{pipeline}/validate": Role.VIEWER,
    "GET /metrics": Role.VIEWER,
    "GET /api/v1/openapi.json": Role.VIEWER,
    "GET /api/v1/problems/{code}": Role.VIEWER,
    "GET /api/v1/session": Role.VIEWER,
    "DELETE /api/v1/session": Role.VIEWER,
    "POST /api/v1/session/links": Role.ADMIN,
    "GET /api/v1/system/version": Role.VIEWER,
    "GET /api/v1/tokens": Role.ADMIN,
    "POST /api/v1/tokens": Role.ADMIN,
    "DELETE /api/v1/tokens/{id}": Role.ADMIN,
    "GET /api/v1/webhooks": Role.ADMIN,
    "POST /api/v1/webhooks": Role.ADMIN,
    "GET /api/v1/webhooks/{webhook}": Role.ADMIN,
    "PATCH /api/v1/webhooks/{webhook}": Role.ADMIN,
    "DELETE /api/v1/webhooks/{webhook}": Role.ADMIN,
    "POST /api/v1/webhooks/{webhook}/test": Role.ADMIN,
    "GET /api/v1/webhooks/{webhook}/deliveries": Role.ADMIN,
    "GET /api/v1/webhooks/{webhook}/deliveries/{delivery}": Role.ADMIN,
    "POST /api/v1/webhooks/{webhook}/deliveries/{delivery}/redeliver": Role.ADMIN,
}
"""Method and path to the least role that is let in.

TRAINER: the run's own trainer and nobody else; None: everybody.
"""
EXAMPLES = {"id": "4711", "version": "1", "prediction": "0", "path:path": "job.json"}
"""What stands in an address where a name will not do."""
REFUSED = {401, 403}


def _routes(app: FastAPI) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    }


def _address(path: str) -> str:
    return re.sub(r"{([^}]+)}", lambda found: EXAMPLES.get(found[1], "nothing"), path)


async def _ask(client: httpx.AsyncClient, route: str) -> httpx.Response:
    method, _, path = route.partition(" ")
    body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    return await client.request(method, _address(path), json=body)


async def test_every_address_has_a_row(service: Service) -> None:
    """Whoever adds an address says here who may reach it; none is forgotten, none is left over."""
    assert _routes(service.app) == set(ROLES)


async def test_every_address_is_reachable_by_its_role_and_by_nobody_below(
    service: Service,
) -> None:
    """Without a token 401, with a lower role 403, and neither of them from the role on."""
    clients = {Role.VIEWER: service.viewer, Role.EDITOR: service.editor, Role.ADMIN: service.admin}
    for route, least in ROLES.items():
        if not isinstance(least, Role):
            continue
        answer = await _ask(service.nobody, route)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), route
        for role, client in clients.items():
            answer = await _ask(client, route)
            if role < least:
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), route
                assert least.word in answer.json()["detail"], route
            else:
                assert answer.status_code not in REFUSED, (route, role, answer.text)


async def test_a_trainer_reaches_its_own_run_and_nothing_else(service: Service) -> None:
    """Its token opens one address, which is shut to everybody else, admins included."""
    uid, other = await stored_job(service), await stored_job(service, "other")
    tokens = TrainerTokens(service.database, service.settings.data_dir / "tokens")
    await tokens.issue(uid)
    bearer = {"Authorization": f"Bearer {tokens.path(uid).read_text()}"}
    for route in ROLES.keys() - {route for route, least in ROLES.items() if least is None}:
        method, _, path = route.partition(" ")
        url = _address(path.replace("{run}", uid).replace("{job}", uid))
        answer = await service.nobody.request(method, url, headers=bearer)
        assert (answer.status_code in REFUSED) is (ROLES[route] != TRAINER), (route, answer.text)
    url = "/api/v1/runs/{}/events?attempt=0"
    lines = {"Content-Type": "application/x-ndjson"}
    own = await service.nobody.post(url.format(uid), headers=bearer | lines)
    assert own.json() == {"stored": 0, "known": 0}
    for client in (service.nobody, service.viewer, service.editor, service.admin):
        assert (await client.post(url.format(uid), headers=lines)).status_code in REFUSED
    foreign = await service.nobody.post(url.format(other), headers=bearer | lines)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")


async def test_only_health_and_login_are_open(service: Service) -> None:
    """What is open tells that the process lives and lets somebody log in, and no more."""
    assert {route for route, role in ROLES.items() if role is None} == {
        "GET /healthz", "GET /readyz", "GET /login", "POST /api/v1/session",
    }  # fmt: skip
    login = await service.nobody.post("/api/v1/session", json={"code": "made-up-code"})
    assert login.status_code in REFUSED
    for path in ("/", "/docs", "/redoc", "/openapi.json", "/metrics", "/.git/config"):
        answer = await service.nobody.get(path)
        assert answer.status_code in {401, 404}, path


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_nobody_learns_what_exists(service: Service, method: str) -> None:
    """What is there, what is not and what cannot be read all look alike without a token."""
    for path in ("/api/v1/jobs", "/api/v1/nothing", "/api/v2", "/api/v1/models/import"):
        answer = await service.nobody.request(
            method, path, content=b"{", headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path


async def test_a_login_cannot_be_renamed_into_the_api(service: Service) -> None:
    """Doubled slashes, dots and capitals lead to nothing that is open."""
    for path in ("//api/v1/jobs", "/api//v1/jobs", "/API/v1/jobs", "/healthz/../api/v1/jobs"):
        answer = await service.nobody.get(path)
        assert answer.status_code in {401, 404}, path
        assert "items" not in answer.json(), path
