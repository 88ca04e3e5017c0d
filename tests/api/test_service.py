"""The service as a whole: health, readiness, identity of requests, limits, problems."""

import pytest

from azuraforge_api.database.migrations import check_schema, downgrade_schema
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio


async def test_health_needs_no_token(service: Service) -> None:
    """Whoever watches the process can ask whether it answers."""
    answer = await service.nobody.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_service_is_ready_only_at_the_head_of_the_schema(service: Service) -> None:
    """A service whose schema is behind serves nothing, and says what to run."""
    assert (await service.nobody.get("/readyz")).status_code == 200
    assert await check_schema(service.database) is None
    await downgrade_schema(service.database, "base")
    answer = await service.nobody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert "azuraforge db upgrade" in answer.json()["remedy"]


async def test_everything_else_needs_a_token(service: Service) -> None:
    """Without a token one learns how to get one, and nothing else."""
    answer = await service.nobody.get("/api/v1/system/version")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await service.viewer.get("/api/v1/system/version")).status_code == 200


async def test_every_answer_carries_the_requests_identity(service: Service) -> None:
    """A caller finds its request in the log by an identity of its own or of ours."""
    answer = await service.nobody.get("/healthz", headers={"X-Request-Id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    answer = await service.nobody.get("/nowhere", headers={"X-Request-Id": "bad id\t"})
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_body_beyond_the_limit_is_refused(service: Service) -> None:
    """Nobody fills the memory, whether the length is declared or not."""
    content = b"x" * (service.settings.maximum_body_bytes + 1)
    answer = await service.admin.post("/healthz", content=content)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
