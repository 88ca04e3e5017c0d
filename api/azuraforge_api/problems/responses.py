"""The problems of an endpoint, for OpenAPI: declared beside it, so that the reference is true."""

from typing import Any

from azuraforge_api.problems.catalog import kind_of
from azuraforge_api.problems.problem import ProblemDocument

__all__ = ["problems"]


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of an endpoint that answers with these problems."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        kind = kind_of(code)
        before = found.get(kind.status, {}).get("description")
        found[kind.status] = {
            "description": f"{before}; or: {kind.title}" if before else kind.title,
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
                }
            },
        }
    return found
