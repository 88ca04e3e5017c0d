"""The API's description of itself: complete, stable, true about its failures."""

from typing import Any

import pytest

from azuraforge_api.app import create_app
from azuraforge_api.http.openapi_tags import TAGS
from azuraforge_api.problems.catalog import CATALOG
from azuraforge_api.settings import Settings
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio
OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/api/v1/session")}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the description."""
    return create_app(Settings.model_construct()).openapi()


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


async def test_the_description_is_served_to_viewers(
    service: Service, document: dict[str, Any]
) -> None:
    """Whoever may see the service gets its description, and nobody else does."""
    answer = await service.viewer.get("/api/v1/openapi.json")
    assert answer.json() == document
    assert (await service.nobody.get("/api/v1/openapi.json")).status_code == 401


def test_operations_have_stable_names(document: dict[str, Any]) -> None:
    """Each operation is named by its function, once, and described."""
    operations = _operations(document)
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(names) == len(set(names)) >= 60
    assert {"list_jobs", "create_job", "list_webhooks", "show_openapi"} <= set(names)
    assert [path for _, path, each in operations if not each.get("description")] == []


def test_tags_are_described(document: dict[str, Any]) -> None:
    """Each operation is in one group, and each group says what it is."""
    used = {tuple(operation["tags"]) for _, _, operation in _operations(document)}
    assert used == {(name,) for name in TAGS}
    assert [tag["name"] for tag in document["tags"]] == list(TAGS)


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    """All but probes and login ask for a token or a session."""
    assert {"bearer", "session"} <= set(document["components"]["securitySchemes"])
    free = {(method, path) for method, path, each in _operations(document)
            if not each.get("security")}  # fmt: skip
    assert free == OPEN


def test_every_failure_is_a_problem(document: dict[str, Any]) -> None:
    """Whatever is answered from 400 on is declared as application/problem+json."""
    for method, path, operation in _operations(document):
        failures = {code: each for code, each in operation["responses"].items() if code >= "400"}
        assert failures, (method, path)
        for code, answer in failures.items():
            assert set(answer["content"]) == {"application/problem+json"}, (method, path, code)


async def test_the_type_of_a_problem_leads_to_its_page(service: Service) -> None:
    """A person who follows `type` finds what the problem means; every code has its page."""
    told = (await service.viewer.get("/api/v1/jobs/nothing")).json()
    page = await service.viewer.get(told["type"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "There is no such thing" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for kind in CATALOG:
        page = await service.viewer.get(f"/api/v1/problems/{kind.code}")
        assert kind.code in page.text
    assert (await service.viewer.get("/api/v1/problems/made-up")).status_code == 404


async def test_answers_are_safe_for_browsers(service: Service) -> None:
    """No other origin reads an answer, no page is framed or sniffed, no answer is cached."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        await service.viewer.get("/api/v1/jobs", headers=headers),
        await service.viewer.options("/api/v1/jobs", headers=headers),
        await service.nobody.get("/healthz", headers=headers),
    ):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "strict-transport-security" not in answer.headers  # it is reached by http here


async def test_https_is_demanded_where_it_is_served(settings: Settings) -> None:
    """A browser that has come by https once never comes by http again."""
    import httpx  # noqa: PLC0415 - for this alone

    app = create_app(settings.model_copy(update={"public_url": "https://forge.example"}))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="https://forge.example") as client,
    ):
        answer = await client.get("/healthz")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
