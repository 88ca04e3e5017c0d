"""The public keys of an issuer of JSON Web Tokens, fetched when they are needed and kept.

Used for people (OpenID Connect) and for trainers (service-account tokens of a cluster) alike.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import jwt

__all__ = ["InvalidTokenError", "KeySet"]

_KEEP_SECONDS: Final = 600.0
"""A key that an issuer has withdrawn is honored so much longer at most."""
_LEAST_SECONDS: Final = 10.0
"""Tokens with made-up keys make us ask the issuer no more often than this."""
_FAILED_SECONDS: Final = 2.0
_TIMEOUT_SECONDS: Final = 5.0
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "EdDSA")
"""Signatures by keys that nobody else has; never HS256, whose secret would be the public key."""


class InvalidTokenError(Exception):
    """Why a token is refused; told to its bearer."""


@dataclass
class KeySet:
    """The keys of one issuer.

    Attributes:
        issuer: its address, exactly as its tokens say it.
        http: asks it.
        jwks_url: where its keys are; None: where its discovery document says.
        bearer_file: holds the token that it is asked with, read anew each time; None: it is public.
    """

    issuer: str
    http: httpx.AsyncClient
    jwks_url: str | None = None
    bearer_file: Path | None = None
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict, init=False)
    _fetched: float = field(default=float("-inf"), init=False)
    _failed: float = field(default=float("-inf"), init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def verify(self, token: str, audience: str) -> dict[str, Any]:
        """Return the claims of a token that is signed by the issuer for an audience, and not over.

        Raises:
            InvalidTokenError: it is not, in words.
            httpx.HTTPError: the issuer does not answer and its key is not known yet.
        """
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            return dict(
                jwt.decode(
                    token,
                    key.key,
                    algorithms=list(_ALGORITHMS),
                    audience=audience,
                    issuer=self.issuer,
                    leeway=30,
                    options={"require": ["exp", "iss", "aud", "sub"]},
                )
            )
        except jwt.PyJWTError as error:
            raise InvalidTokenError(str(error)) from error

    async def _key(self, identity: str) -> jwt.PyJWK:
        age = time.monotonic() - self._fetched
        if age > _KEEP_SECONDS or (identity not in self._keys and age > _LEAST_SECONDS):
            async with self._lock:
                if time.monotonic() - self._fetched >= age:  # nobody else has fetched meanwhile
                    await self._try_to_fetch()
        if identity not in self._keys:
            raise InvalidTokenError(
                f"signed by a key {identity!r} that {self.issuer} does not have"
            )
        return self._keys[identity]

    async def _try_to_fetch(self) -> None:
        """Fetch, unless that has just failed: many that wait must not wait one after another."""
        if time.monotonic() - self._failed < _FAILED_SECONDS:
            raise httpx.ConnectError(f"{self.issuer} did not answer a moment ago")
        try:
            await self._fetch()
        except httpx.HTTPError:
            self._failed = time.monotonic()
            raise

    async def _fetch(self) -> None:
        keys = jwt.PyJWKSet.from_dict(await self._get(self.jwks_url or await self._discover()))
        self._keys = {str(key.key_id): key for key in keys.keys if key.key_id}
        self._fetched = time.monotonic()

    async def _discover(self) -> str:
        base = self.issuer.rstrip("/")
        found = await self._get(f"{base}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise InvalidTokenError(f"{base} calls itself {found.get('issuer')!r}")
        return str(found.get("jwks_uri"))

    async def _get(self, url: str) -> dict[str, Any]:
        headers = {}
        if self.bearer_file is not None:
            headers["Authorization"] = f"Bearer {self.bearer_file.read_text().strip()}"
        answer = await self.http.get(url, timeout=_TIMEOUT_SECONDS, headers=headers)
        answer.raise_for_status()
        try:
            document = answer.json()
        except ValueError as error:
            raise httpx.DecodingError(f"{url} answers no JSON") from error
        if not isinstance(document, dict):
            raise httpx.DecodingError(f"{url} answers no JSON object")
        return document
