"""Reports: pages of HTML that need nothing else."""

from collections.abc import Mapping, Sequence
from typing import Final

from azuraforge_client.calls import API, Call, Route, text
from azuraforge_client.operations import AsyncResource, Operation, Resource

__all__ = ["AsyncReports", "Reports"]

_RUN: Final = Route("GET", f"{API}/runs/{{run}}/report")
_VERSION: Final = Route("GET", f"{API}/models/{{model}}/versions/{{version}}/report")
_COMPARE: Final = Route("POST", f"{API}/reports/compare", is_repeatable=True)


def report_of_run(run: str, *, namespace: str | None = None) -> Call[str]:
    """Return the report of a run, named by uid or name."""
    headers = {"Accept": "text/html"}
    query = {"namespace": namespace}
    return Call(_RUN, _RUN.address(run=run), text, query=query, headers=headers)


def report_of_version(model: str, version: int | str = "latest") -> Call[str]:
    """Return the report of the run that made a version."""
    address = _VERSION.address(model=model, version=version)
    return Call(_VERSION, address, text, headers={"Accept": "text/html"})


def compare(items: Sequence[str | Mapping[str, str]]) -> Call[str]:
    """Return one page about two to eight runs or versions.

    Args:
        items: a run's uid or name as text, or ``{"model": …, "version": …}``.
    """
    body = {"items": [{"run": each} if isinstance(each, str) else dict(each) for each in items]}
    return Call(_COMPARE, _COMPARE.path, text, json=body, headers={"Accept": "text/html"})


class _Reports:
    of_run = Operation(report_of_run)
    of_version = Operation(report_of_version)
    compare = Operation(compare)


class Reports(_Reports, Resource):
    """Reports, for the blocking client."""


class AsyncReports(_Reports, AsyncResource):
    """Reports, for the asynchronous client."""
