"""All tables: imported for its effect by whoever needs the whole schema."""

from azuraforge_api.audit import tables as _audit
from azuraforge_api.database.base import Base
from azuraforge_api.datasets import tables as _datasets
from azuraforge_api.jobs import tables as _jobs
from azuraforge_api.models import tables as _models
from azuraforge_api.predictions import tables as _predictions
from azuraforge_api.sessions import tables as _sessions
from azuraforge_api.tokens import tables as _tokens
from azuraforge_api.tracking import tables as _tracking
from azuraforge_api.webhooks import tables as _webhooks

__all__ = ["METADATA"]

METADATA = Base.metadata
"""The schema that this release's code works on."""

del _audit, _datasets, _jobs, _models, _predictions, _sessions, _tokens, _tracking, _webhooks
