"""What programs and people read about the API itself: its description, and each kind of problem."""

from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from azuraforge_api.problems.catalog import CATALOG, ProblemKind
from azuraforge_api.problems.problem import Problem
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import Viewer

__all__ = ["problem_page", "router"]

router = APIRouter(tags=["system"])
_KINDS: Final = {kind.code: kind for kind in CATALOG}


@router.get("/openapi.json")
async def show_openapi(_: Viewer, request: Request) -> dict[str, Any]:
    """Describe every address of this service, as OpenAPI 3.1."""
    document: dict[str, Any] = request.app.openapi()
    return document


@router.get("/problems/{code}", response_class=HTMLResponse, responses=problems("not-found"))
async def explain_problem(
    _: Viewer, code: Annotated[str, Path(max_length=63, description="Of a problem.")]
) -> HTMLResponse:
    """Explain a kind of problem to a person; a problem's `type` leads here."""
    if code not in _KINDS:
        raise Problem("not-found", f"There is no problem of the code {code!r}.")
    return HTMLResponse(problem_page(_KINDS[code]))


def problem_page(kind: ProblemKind) -> str:
    """Return a page without scripts, pictures and styles, which the service's policy forbids."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(kind.code)}</title>'
        f"<h1>{escape(kind.title)}</h1><p><code>{escape(kind.code)}</code>, HTTP {kind.status}</p>"
        f"<p>{escape(kind.explanation)}</p></html>\n"
    )
