"""People who log in with their company's identity provider (OpenID Connect)."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from azuraforge_api.security.jwks import InvalidTokenError, KeySet
from azuraforge_api.security.principal import Principal, PrincipalKind, Role
from azuraforge_api.settings import Settings

__all__ = ["OidcLogin", "looks_like_jwt", "open_oidc"]

_PARTS = 3


def looks_like_jwt(secret: str) -> bool:
    """Return whether a bearer token may be a JSON Web Token."""
    return secret.count(".") == _PARTS - 1


class OidcLogin:
    """Turns an identity provider's tokens into principals.

    Args:
        keys: of the provider.
        audience: whom its tokens for us are made out to.
        roles_claim: where a token lists roles or groups.
        roles: a role or group there → what its bearers may do.
        default: what bearers of none of them may do; None: nothing.
    """

    def __init__(
        self,
        keys: KeySet,
        audience: str,
        *,
        roles_claim: str,
        roles: Mapping[str, Role],
        default: Role | None,
    ) -> None:
        self._keys = keys
        self._audience = audience
        self._roles_claim = roles_claim
        self._roles = dict(roles)
        self._default = default

    async def principal(self, token: str) -> Principal:
        """Return whose token it is.

        Raises:
            InvalidTokenError: it is not good, or its bearer has no role here.
        """
        claims = await self._keys.verify(token, self._audience)
        names = claims.get(self._roles_claim, ())
        role = self._highest(names if isinstance(names, list) else [names])
        if role is None:
            raise InvalidTokenError(f"its {self._roles_claim} give no role here")
        return Principal(_name(claims), role, PrincipalKind.OIDC)

    def _highest(self, names: Iterable[Any]) -> Role | None:
        found = [self._roles[name] for name in names if name in self._roles]
        return max(found, default=self._default)


def _name(claims: Mapping[str, Any]) -> str:
    """Return what a person is called: readable where the provider says it is the person's own."""
    if claims.get("email_verified") is True and isinstance(claims.get("email"), str):
        return str(claims["email"])
    return str(claims.get("preferred_username") or claims["sub"])


def open_oidc(settings: Settings, http: httpx.AsyncClient) -> OidcLogin | None:
    """Return the login that the settings describe, or None where they name no provider."""
    if settings.oidc_issuer is None:
        return None
    default = settings.oidc_default_role
    return OidcLogin(
        KeySet(settings.oidc_issuer, http),
        settings.oidc_audience,
        roles_claim=settings.oidc_roles_claim,
        roles={name: Role[role.upper()] for name, role in settings.oidc_roles.items()},
        default=None if default is None else Role[default.upper()],
    )
