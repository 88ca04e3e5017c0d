"""Trainers: whose tokens let them post the events of their own run, and nothing else.

On one machine a trainer has a random token (see ``tokens.trainer_tokens``), in a cluster one of its
pod's service account, which the kubelet makes out to the audience ``azuraforge:`` and the job's uid
and the cluster's API server signs. `Trainer` is no principal: no role, however low, is a trainer's.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import jwt

from azuraforge_api.database.database import Database
from azuraforge_api.security.jwks import InvalidTokenError, KeySet
from azuraforge_api.settings import Settings
from azuraforge_api.tokens.trainer_tokens import find_run_of_token

__all__ = ["ClusterTrainers", "Trainer", "is_of_cluster", "open_cluster_trainers", "trainer_of"]

_AUDIENCE: Final = "azuraforge:"
_POD_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet puts a pod's own token and the API server's certificate authority."""


@dataclass(frozen=True)
class Trainer:
    """A trainer that sent a request.

    Attributes:
        run: uid of its job.
        namespace: where its pod is; None for a process of this machine.
    """

    run: str
    namespace: str | None = None


class ClusterTrainers:
    """Reads the service-account tokens of a cluster.

    Args:
        keys: of the cluster's issuer.
    """

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def trainer(self, token: str) -> Trainer:
        """Return whose token it is.

        Raises:
            InvalidTokenError: it is not good, or over.
            httpx.HTTPError: the issuer does not answer and its key is not known yet.
        """
        audience = _audience(token)
        if audience is None:
            raise InvalidTokenError("it is made out to no run")
        claims = await self._keys.verify(token, audience)
        return Trainer(audience.removeprefix(_AUDIENCE), _namespace(claims))

    async def close(self) -> None:
        """Close the connections to the issuer."""
        await self._keys.http.aclose()


def is_of_cluster(token: str) -> bool:
    """Return whether a JSON Web Token says that it is a trainer's; whether it is, is to be seen."""
    return _audience(token) is not None


async def trainer_of(
    database: Database, cluster: ClusterTrainers | None, token: str
) -> Trainer | None:
    """Return the trainer that a bearer token is of, or None where it is no trainer's.

    Raises:
        InvalidTokenError: it says that it is a trainer's, and is not good.
        httpx.HTTPError: the cluster's issuer does not answer.
    """
    if is_of_cluster(token):
        if cluster is None:
            raise InvalidTokenError("no cluster's tokens are taken here")
        return await cluster.trainer(token)
    async with database.read() as session:
        run = await find_run_of_token(session, token)
    return None if run is None else Trainer(run)


def open_cluster_trainers(settings: Settings) -> ClusterTrainers | None:
    """Return the reader of the tokens that the settings describe, None where they name no issuer.

    Only an address that the settings name is shown the pod's own token: the issuer of a hosted
    cluster is a public one.
    """
    if settings.cluster_issuer is None:
        return None
    is_named = settings.cluster_jwks_url is not None
    ca = settings.cluster_ca_file or (_existing("ca.crt") if is_named else None)
    bearer = settings.cluster_token_file or (_existing("token") if is_named else None)
    context = ssl.create_default_context(cafile=ca)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # clusters' authorities lack what it asks for
    http = httpx.AsyncClient(verify=context, follow_redirects=False, trust_env=False)
    keys = KeySet(
        settings.cluster_issuer,
        http,
        jwks_url=settings.cluster_jwks_url,
        bearer_file=bearer if is_named else None,
    )
    return ClusterTrainers(keys)


def _existing(name: str) -> Path | None:
    path = _POD_ACCOUNT / name
    return path if path.exists() else None


def _audience(token: str) -> str | None:
    """Return the one audience of a run that a token claims; what has two is not of a kubelet."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    named = claims.get("aud", [])
    audiences = named if isinstance(named, list) else [named]
    found = [a for a in audiences if isinstance(a, str) and a.startswith(_AUDIENCE)]
    return found[0] if len(found) == 1 else None


def _namespace(claims: dict[str, Any]) -> str:
    """Return the namespace of a service account; the API server says it twice.

    Raises:
        InvalidTokenError: the token is not of a service account.
    """
    bound = claims.get("kubernetes.io")
    if isinstance(bound, dict) and isinstance(bound.get("namespace"), str):
        return str(bound["namespace"])
    raise InvalidTokenError("it is not of a service account")
