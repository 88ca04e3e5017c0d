"""Comparisons over HTTP."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response

from azuraforge_api.compare.csv_form import table_as_csv
from azuraforge_api.compare.schemas import (
    ComparisonTable,
    ConfigComparison,
    ConfigQuery,
    ReportQuery,
    SeriesComparison,
    SeriesComparisonQuery,
    TableFormat,
    TableQuery,
)
from azuraforge_api.compare.service import compare_configs, compare_series, find_runs
from azuraforge_api.compare.table import build_table
from azuraforge_api.http.dependencies import ReadSession
from azuraforge_api.pipelines.endpoints import AppPipelines
from azuraforge_api.problems.responses import problems
from azuraforge_api.reports.page import HTML, page_answer
from azuraforge_api.reports.schemas import Compared
from azuraforge_api.reports.service import find_compared
from azuraforge_api.security.authentication import Viewer

__all__ = ["router"]

router = APIRouter(
    prefix="/compare",
    tags=["compare"],
    responses=problems("unauthenticated", "not-found", "invalid-request"),
)
_CSV: Final = "text/csv"
_TABLE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {_CSV: {}}}}
_PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {HTML: {}}}}
Accept = Annotated[str, Header(max_length=1000, include_in_schema=False)]


@router.get("/configs")
async def compare_run_configs(
    _: Viewer, session: ReadSession, catalog: AppPipelines, query: Annotated[ConfigQuery, Query()]
) -> ConfigComparison:
    """Compare the settings of runs, with the defaults that they leave out: differences first."""
    return await compare_configs(catalog, await find_runs(session, query.run, query.namespace))


@router.get("/series")
async def compare_run_series(
    _: Viewer, session: ReadSession, query: Annotated[SeriesComparisonQuery, Query()]
) -> SeriesComparison:
    """Lay series of several runs along one axis, each with as many points, every peak kept."""
    return await compare_series(
        session, await find_runs(session, query.run, query.namespace), query
    )


@router.get("/table", response_model=ComparisonTable, responses=_TABLE)
async def tabulate_runs(
    _: Viewer,
    session: ReadSession,
    catalog: AppPipelines,
    query: Annotated[TableQuery, Query()],
    accept: Accept = "",
) -> ComparisonTable | Response:
    """Tell of each run what differs and what came out, as JSON or CSV."""
    jobs = await find_runs(session, query.run, query.namespace)
    table = await build_table(session, catalog, jobs, query.sort)
    form = query.format or (TableFormat.CSV if _prefers_csv(accept) else TableFormat.JSON)
    if form is TableFormat.JSON:
        return table
    headers = {"Content-Disposition": 'attachment; filename="comparison.csv"'}
    return Response(table_as_csv(table), media_type=f"{_CSV}; charset=utf-8", headers=headers)


@router.get(
    "/report",
    response_class=Response,
    responses=_PAGE | problems("data-error", "conflict", "unavailable", "deadline-exceeded"),
)
async def show_comparison_report(
    _: Viewer, request: Request, query: Annotated[ReportQuery, Query()]
) -> Response:
    """Put two to eight finished runs side by side on one page; a link that can be sent."""
    state = request.app.state
    items = [Compared(run=each, namespace=query.namespace) for each in query.run]
    async with state.database.read() as session:
        found = await find_compared(session, state.backend, items)
    answer = await state.workers.ask("compare", {"runs": [(n, str(run)) for n, run in found]})
    return page_answer(answer.body)


def _prefers_csv(accept: str) -> bool:
    """Return whether a caller would rather have CSV than JSON; the first of equals is meant."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (each.strip() for each in part.split(";"))
        weights.setdefault(kind, _weight(parameters))
    csv = weights.get(_CSV, 0.0)
    return csv > 0 and csv >= weights.get("application/json", 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
