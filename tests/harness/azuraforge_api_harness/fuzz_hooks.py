"""What schemathesis checks of every answer besides its own checks; it loads this by itself.

Named in ``SCHEMATHESIS_HOOKS`` by ``fuzz_campaign``.
"""

import os
from typing import Any, Final
from urllib.parse import urlencode

import schemathesis

from azuraforge_api.problems.catalog import CATALOG

__all__ = [
    "AS_NOBODY",
    "every_failure_is_a_problem",
    "filter_case",
    "nobody_is_let_in",
    "write_bytes",
]

AS_NOBODY: Final = "AZURAFORGE_FUZZ_AS_NOBODY"
"""Set where requests carry no token that is worth anything."""
_CODES: Final = {kind.code: kind.status for kind in CATALOG}
_FAILED: Final = 400
_LONGEST_ADDRESS: Final = 32 * 1024
"""Of the query. HTTP servers refuse longer ones by themselves, before the service is asked."""


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out what the service never sees."""
    del context
    return len(urlencode(case.query or {}, doseq=True, errors="replace")) <= _LONGEST_ADDRESS


@schemathesis.serializer("application/zip", "application/x-ndjson")
def write_bytes(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """Send what was drawn for a body of bytes or lines as it is."""
    del ctx
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.check
def every_failure_is_a_problem(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Hold that a failure has a code of the catalog, a sentence and the request's identity."""
    del ctx, case
    if response.status_code < _FAILED:
        return
    (kind,) = response.headers["content-type"]
    assert kind == "application/problem+json", kind
    assert response.content, f"{response.status_code} with an empty body: {response.headers}"
    document = response.json()
    assert _CODES[document["code"]] == response.status_code == document["status"], document
    assert len(document["detail"].split()) > 1, document
    assert [document["requestId"]] == response.headers["x-request-id"], document


@schemathesis.check
def nobody_is_let_in(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Hold that whoever has no token is told so, whatever is asked for and however."""
    del ctx
    if AS_NOBODY in os.environ and case.operation.definition.raw.get("security"):
        assert response.status_code in {401, 403}, response.status_code
