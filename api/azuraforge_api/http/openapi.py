"""The OpenAPI document: what FastAPI knows of the endpoints, and what layers around them answer.

Each endpoint declares the problems that are its own. Those that any request may meet (nobody is
logged in, the body is too large, the database is away) are written down here, once.
"""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from azuraforge_api.http.openapi_tags import TAGS
from azuraforge_api.problems.problem import ProblemDocument
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import SESSION_COOKIE
from azuraforge_api.security.origin import SAFE_METHODS

__all__ = ["describe"]

_DESCRIPTION: Final = (
    "Training jobs, their metrics, the model library and data sets. Names are camelCase, times "
    "UTC in ISO 8601, lists pages of `items` with the token of the `next` one, and every failure "
    "a problem (RFC 9457) with a stable `code` that its `type` explains."
)
_UNKNOWN: Final = "HTTPValidationError"
"""FastAPI's own answer to what does not fit, which is never given here."""
_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of this service, or of its identity provider.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "Of a person who has opened a login link; writes need our own `Origin`.",
    },
}


def describe(app: FastAPI, is_open: Callable[[str, str], bool]) -> Callable[[], dict[str, Any]]:
    """Return what an application's ``openapi`` shall be.

    Args:
        app: with all its routes.
        is_open: whether a request with a method to a path needs no principal.
    """

    def document() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app, is_open)
        return app.openapi_schema

    return document


def _document(app: FastAPI, is_open: Callable[[str, str], bool]) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name in (_UNKNOWN, "ValidationError"):
        schemas.pop(name, None)
    whole = ProblemDocument.model_json_schema(
        by_alias=True, mode="serialization", ref_template="#/components/schemas/{model}"
    )
    schemas.update(whole.pop("$defs", {}))
    schemas[ProblemDocument.__name__] = whole
    found["components"]["securitySchemes"] = dict(_SCHEMES)
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            needs_nobody = is_open(method.upper(), path)
            if not needs_nobody:
                operation["security"] = [{name: []} for name in _SCHEMES]
            _complete(operation, _general(method.upper(), operation, is_open=needs_nobody))
    return found


def _general(method: str, operation: dict[str, Any], *, is_open: bool) -> list[str]:
    """Return the codes of problems that any such request may meet."""
    codes = ["too-many-requests", "unavailable"]
    if not is_open:
        codes.append("unauthenticated")
    if method not in SAFE_METHODS:
        codes += ["forbidden", "foreign-origin", "too-large"]
    if "parameters" in operation or "requestBody" in operation:
        codes.append("invalid-request")
    if "requestBody" in operation:
        codes += ["malformed-body", "unsupported-media-type"]
    return codes


def _complete(operation: dict[str, Any], codes: list[str]) -> None:
    answers = operation["responses"]
    invalid = answers.get("422", {}).get("content", {}).get("application/json", {})
    if invalid.get("schema", {}).get("$ref", "").endswith(f"/{_UNKNOWN}"):
        del answers["422"]
    for status, answer in problems(*codes).items():
        answers.setdefault(str(status), answer)
    operation["responses"] = dict(sorted(answers.items()))
