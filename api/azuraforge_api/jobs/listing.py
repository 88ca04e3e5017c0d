"""Pages of the list of jobs, written straight from their rows; called by the endpoint.

A page of five hundred jobs is most of a megabyte. Their specs pass through as the database has
them, and no object is made of a job that is only shown: a third of the time that the resources of
``service`` take, which say the same of one job.
"""

from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from azuraforge_api.http.paging import encode_token
from azuraforge_api.jobs.links import job_links
from azuraforge_api.jobs.repository import ListedJob, list_job_rows, sort_key
from azuraforge_api.jobs.schemas import JobQuery
from azuraforge_api.jobs.service import filter_of, status_of

__all__ = ["read_page"]


async def read_page(session: AsyncSession, query: JobQuery, grafana_url: str | None) -> bytes:
    """Return a page of jobs as JSON.

    Args:
        session: a transaction.
        query: which jobs.
        grafana_url: address at which people reach Grafana; None: there is none.

    Raises:
        Problem: the page's token is not one of this list.
    """
    wanted, limit = filter_of(query), query.limit
    rows = await list_job_rows(session, wanted, limit=limit, token=query.page)
    token = None
    if len(rows) > limit:
        token = encode_token(wanted.sort.value, sort_key(rows[limit - 1], wanted.sort))
    items = [_item(row, grafana_url) for row in rows[:limit]]
    return msgspec.json.encode({"items": items, "next": token})


def _item(row: ListedJob, grafana_url: str | None) -> dict[str, Any]:
    return {
        "apiVersion": "azuraforge.io/v1alpha1",
        "kind": "TrainingJob",
        "metadata": {
            "name": row.name,
            "namespace": row.namespace,
            "uid": row.uid,
            "labels": row.labels,
            "createdBy": row.created_by,
            "creationTimestamp": row.created_at,
            "finishTimestamp": row.finished_at,
            "deletionTimestamp": row.gone_at,
            "generation": row.generation,
            "version": row.version,
        },
        "spec": msgspec.Raw(row.spec.encode()),
        "status": status_of(row),
        "links": job_links(row, grafana_url),
    }
