"""Every kind of problem that the API answers with; the reference page is generated from this.

A code never changes its meaning and is never used again for another one.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["CATALOG", "ProblemKind", "kind_of"]


@dataclass(frozen=True)
class ProblemKind:
    """One kind of problem.

    Attributes:
        code: what programs look at.
        status: HTTP status.
        title: the same few words for every occurrence.
        explanation: what it means and what to do, for the reference page.
    """

    code: str
    status: int
    title: str
    explanation: str


CATALOG: Final[tuple[ProblemKind, ...]] = (
    ProblemKind(
        "invalid-request", 422, "The request does not fit the schema",
        "A field of the address, the query or the body is missing, of another type or out of "
        "range. `errors` names each one by its path.",
    ),
    ProblemKind(
        "malformed-body", 400, "The body cannot be read",
        "The body is not valid JSON or YAML, or is cut off. The detail says where.",
    ),
    ProblemKind(
        "invalid-job", 422, "The job is not valid",
        "The job file has mistakes; `errors` names each with its path, what was got and what was "
        "expected. Nothing was created.",
    ),
    ProblemKind(
        "unauthenticated", 401, "Nobody is logged in",
        "The request carries no valid token or session. Send `Authorization: Bearer TOKEN`, or "
        "open a login link.",
    ),
    ProblemKind(
        "forbidden", 403, "The role does not allow it",
        "The token or session is valid, but its role may not do this. The detail names the role "
        "that may.",
    ),
    ProblemKind(
        "foreign-origin", 403, "The page is of another origin",
        "A browser sent a write with a session cookie from a page of another origin. Programs use "
        "bearer tokens; further origins are allowed by AZURAFORGE_ALLOWED_ORIGINS.",
    ),
    ProblemKind(
        "not-found", 404, "There is no such thing",
        "Nothing has this name, identity or address. The detail names what was looked for.",
    ),
    ProblemKind(
        "conflict", 409, "It does not fit the present state",
        "The name is taken, or the thing is in a state in which this cannot be done. The detail "
        "says which.",
    ),
    ProblemKind(
        "stale", 412, "It was changed meanwhile",
        "`If-Match` names another version than the present one. Read it again and decide anew.",
    ),
    ProblemKind(
        "too-large", 413, "The body is too large",
        "The body is larger than the service takes. The detail names the limit.",
    ),
    ProblemKind(
        "unsupported-media-type", 415, "The content type is not understood",
        "The detail lists the content types that this address takes.",
    ),
    ProblemKind(
        "range-not-satisfiable", 416, "The range lies outside the file",
        "`Range` asks for bytes that the file does not have.",
    ),
    ProblemKind(
        "too-many-requests", 429, "Too many requests",
        "Wait for the seconds that `Retry-After` names and send the same again.",
    ),
    ProblemKind(
        "quota-exceeded", 507, "The space is used up",
        "The detail names the quota. Delete versions that nobody needs, or raise it.",
    ),
    ProblemKind(
        "data-error", 422, "The data cannot be used",
        "Rows or files do not fit the model or the pipeline. The detail says where and why.",
    ),
    ProblemKind(
        "method-not-allowed", 405, "This address does not take that method",
        "`Allow` lists the methods that it takes.",
    ),
    ProblemKind(
        "cluster-refused", 422, "The cluster does not take it",
        "An admission webhook, a policy or a quota of the cluster says no, or the namespace is not "
        "there. The detail is the API server's own sentence.",
    ),
    ProblemKind(
        "unavailable", 503, "Something that is needed does not answer",
        "The database, the cluster or a worker does not answer. Send the same again later.",
    ),
    ProblemKind(
        "deadline-exceeded", 504, "It took too long",
        "A forecast, an export or a comparison was given up after the seconds that the detail "
        "names. Ask for less at once, or again when less is going on.",
    ),
    ProblemKind(
        "internal-error", 500, "A bug of ours",
        "The service failed. The log has the whole story under the request's id.",
    ),
)  # fmt: skip

_BY_CODE: Final = {kind.code: kind for kind in CATALOG}


def kind_of(code: str) -> ProblemKind:
    """Return the kind of a code.

    Raises:
        KeyError: there is none.
    """
    return _BY_CODE[code]
