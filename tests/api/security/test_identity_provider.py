"""People of a company's identity provider get in with its tokens, and nobody else does."""

import time
from collections.abc import AsyncIterator, Iterator

import httpx
import jwt
import pytest

from azuraforge_api.app import create_app
from azuraforge_api.settings import Settings
from azuraforge_api_harness.identity_provider import IdentityProvider, run_identity_provider

pytestmark = pytest.mark.anyio


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """Return a running identity provider."""
    with run_identity_provider() as found:
        yield found


@pytest.fixture
async def client(
    settings: Settings, provider: IdentityProvider
) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a service that trusts the provider."""
    own = settings.model_copy(
        update={"oidc_issuer": provider.issuer, "oidc_roles": {"ml-team": "editor"}}
    )
    app = create_app(own)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as found,
    ):
        yield found


async def _ask(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"})


async def test_a_group_gives_a_role(client: httpx.AsyncClient, provider: IdentityProvider) -> None:
    """A member of a group that the settings name gets in with that group's role."""
    token = provider.token(groups=["x", "ml-team"], email="ada@example.com", email_verified=True)
    answer = await _ask(client, token)
    assert answer.json() == {"name": "ada@example.com", "role": "editor", "kind": "oidc"}
    assert (await _ask(client, provider.token(groups=["x"]))).status_code == 401


async def test_a_new_key_of_the_provider_is_found(
    client: httpx.AsyncClient, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new key is fetched when a token names it; made-up ones do not make us ask each time."""
    assert (await _ask(client, provider.token(groups=["ml-team"]))).status_code == 200
    old = provider.token(groups=["ml-team"])
    provider.rotate()
    fetches = provider.fetches
    assert (await _ask(client, provider.token(groups=["ml-team"]))).status_code == 401
    assert provider.fetches == fetches  # asked a moment ago
    now = time.monotonic()
    monkeypatch.setattr("azuraforge_api.security.jwks.time.monotonic", lambda: now + 11)
    assert (await _ask(client, provider.token(groups=["ml-team"]))).status_code == 200
    assert (await _ask(client, old)).status_code == 401


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"exp": 1}, "expired"),
        ({"aud": "another"}, "udience"),
        ({"iss": "https://evil.example"}, "ssuer"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
    ],
)
async def test_a_token_that_is_not_good_is_refused_with_the_reason(
    client: httpx.AsyncClient, provider: IdentityProvider, claims: dict[str, object], sentence: str
) -> None:
    """Expired, for somebody else, of another issuer, or without what it needs."""
    answer = await _ask(client, provider.token(groups=["ml-team"], **claims))
    assert answer.status_code == 401
    assert sentence in answer.json()["detail"]


async def test_tokens_without_a_key_or_with_a_shared_one_are_refused(
    client: httpx.AsyncClient, provider: IdentityProvider
) -> None:
    """Neither `alg: none` nor a secret that is the public key opens anything."""
    claims = {"iss": provider.issuer, "aud": "azuraforge", "sub": "x", "exp": 2**33}
    unsigned = jwt.encode(claims, "", algorithm="none")
    shared = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "key"})
    for token in (unsigned, shared, "a.b.c", "..", "a.b"):
        assert (await _ask(client, token)).status_code == 401


async def test_a_provider_that_is_away_is_said_to_be(
    client: httpx.AsyncClient, provider: IdentityProvider
) -> None:
    """Its outage is no fault of the token: 503, and try again."""
    provider.is_away = True
    answer = await _ask(client, provider.token(groups=["ml-team"]))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
