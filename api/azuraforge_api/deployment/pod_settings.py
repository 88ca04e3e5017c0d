"""The settings of a pod: the environment's, and what only the pod itself can know."""

from pathlib import Path
from typing import Final

import jwt
from pydantic import ValidationError

from azuraforge_api.settings import Settings
from azuraforge_contract.errors import JobFileError

__all__ = ["read_pod_settings"]

_POD_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def read_pod_settings(token_file: Path = _POD_TOKEN) -> Settings:
    """Return the settings.

    Trainers' tokens come from the issuer that made the pod's own token, unless the environment
    names another one: nobody has to look it up in a cluster.

    Raises:
        JobFileError: every setting that is wrong, a line each.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        lines = (
            f"AZURAFORGE_{str(each['loc'][0]).upper()}: {each['msg'].lower()}." for each in wrong
        )
        raise JobFileError("\n".join(lines), remedy="Correct the environment.") from None
    if settings.backend != "kubernetes" or settings.cluster_issuer is not None:
        return settings
    return settings.model_copy(update={"cluster_issuer": _issuer(token_file)})


def _issuer(token_file: Path) -> str | None:
    """Return who made a token; None where there is no such file."""
    if not token_file.is_file():
        return None
    # No signature to look at: the kubelet put the file there, as it did our certificates.
    claims = jwt.decode(token_file.read_text().strip(), options={"verify_signature": False})
    return str(claims["iss"])
