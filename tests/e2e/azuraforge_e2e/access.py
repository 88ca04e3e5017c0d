"""What a service account may do, as the API server says to a token of that account."""

import base64
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import yaml

from azuraforge_e2e.api_server import ApiServer

__all__ = ["Action", "Asker"]

_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, order=True)
class Action:
    """A verb on a resource, such as get on pods/log."""

    verb: str
    resource: str
    group: str = ""


class Asker:
    """Asks as a service account, which is what `kubectl auth can-i --as` asks about it.

    Args:
        api: makes the token.
        kubeconfig: says where the API server is, and whom to trust.
        namespace: of the account.
        account: its name.
    """

    def __init__(self, api: ApiServer, kubeconfig: Path, namespace: str, account: str) -> None:
        token = api.token(namespace, account)
        config = yaml.safe_load(Path(kubeconfig).read_text(encoding="utf-8"))
        cluster = config["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._client = httpx.Client(
            base_url=cluster["server"],
            verify=ssl.create_default_context(cadata=authority),
            headers={"Authorization": f"Bearer {token}"},
            timeout=30.0,
        )

    def __enter__(self) -> Self:
        """Return this one."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._client.close()

    def allowed(
        self, actions: Iterable[Action], namespace: str | None, name: str = ""
    ) -> frozenset[Action]:
        """Return which of these actions are allowed.

        Args:
            actions: what is asked about.
            namespace: where; None: on what is in no namespace.
            name: of the one object; empty: on any.
        """
        return frozenset(each for each in actions if self._may(each, namespace, name))

    def _may(self, action: Action, namespace: str | None, name: str) -> bool:
        resource, _, subresource = action.resource.partition("/")
        attributes = {
            "verb": action.verb,
            "group": action.group,
            "resource": resource,
            "subresource": subresource,
            "namespace": namespace or "",
            "name": name,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = self._client.post(_REVIEWS, json=review)
        assert answer.status_code == 201, answer.text
        return bool(answer.json()["status"]["allowed"])
