"""Reports over HTTP."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from azuraforge_api.http.dependencies import AppBackend
from azuraforge_api.jobs.dependencies import FoundRun
from azuraforge_api.models.dependencies import VersionFiles
from azuraforge_api.problems.responses import problems
from azuraforge_api.reports.page import HTML, page_answer
from azuraforge_api.reports.schemas import ComparisonRequest
from azuraforge_api.reports.service import find_compared, read_report, run_folder
from azuraforge_api.security.authentication import Viewer

__all__ = ["router"]

router = APIRouter(tags=["reports"], responses=problems("unauthenticated", "not-found"))
_PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {HTML: {}}}}


@router.get("/runs/{run}/report", response_class=Response, responses=_PAGE | problems("conflict"))
async def show_run_report(_: Viewer, backend: AppBackend, run: FoundRun) -> Response:
    """Show the report of a run."""
    return page_answer(await read_report(run_folder(backend, run.uid)))


@router.get(
    "/models/{model}/versions/{version}/report",
    response_class=Response,
    responses=_PAGE | problems("conflict"),
)
async def show_version_report(served: VersionFiles) -> Response:
    """Show the report of the run that made a version."""
    return page_answer(await read_report(served.run))


@router.post(
    "/reports/compare",
    response_class=Response,
    responses=_PAGE
    | problems(
        "invalid-request", "malformed-body", "data-error", "conflict", "unavailable",
        "deadline-exceeded",
    ),
)  # fmt: skip
async def compare_reports(_: Viewer, request: Request, comparison: ComparisonRequest) -> Response:
    """Put two to eight runs or versions side by side on one page."""
    request.scope["azuraforge.is_recorded"] = True  # it only looks
    state = request.app.state
    async with state.database.read() as session:
        found = await find_compared(session, state.backend, comparison.items)
    answer = await state.workers.ask("compare", {"runs": [(n, str(run)) for n, run in found]})
    return page_answer(answer.body)
