"""The way from a document that was sent to a job that is there."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuraforge_api.backends.backend import Backend
from azuraforge_api.database.database import Database
from azuraforge_api.datasets.sources import pin_datasets
from azuraforge_api.jobs.service import get_job, invalid_job, parse_job
from azuraforge_api.jobs.tables import JobRow
from azuraforge_api.pipelines.service import PipelineCatalog
from azuraforge_api.problems.problem import FieldProblem
from azuraforge_contract.training_job import TrainingJob
from azuraforge_contract.yaml_loader import JsonValue

__all__ = ["JobCreation"]


@dataclass(frozen=True)
class JobCreation:
    """Creates jobs from documents.

    Attributes:
        pipelines: whose schemas configs must fit.
        database: whose data sets configs may name.
        backend: carries jobs out.
    """

    pipelines: PipelineCatalog
    database: Database
    backend: Backend

    async def create(self, document: Mapping[str, JsonValue], creator: str) -> JobRow:
        """Create the job in a document and return its row.

        Raises:
            Problem: it is not valid, or its name is taken.
        """
        created = await self.backend.create(await self.admit(document, creator))
        async with self.database.read() as session:
            return await get_job(session, created.uid)

    async def admit(self, document: Mapping[str, JsonValue], creator: str) -> TrainingJob:
        """Return the job in a document, its data sets pinned to the bytes they have now.

        Raises:
            Problem: it is not valid; every mistake with its path.
        """
        job = parse_job(document, creator)
        spec = job.spec
        found = await self.pipelines.find_problems(spec.pipeline, spec.config)
        if found:
            raise invalid_job([FieldProblem.of(mistake) for mistake in found])
        async with self.database.read() as session:
            config, problems = await pin_datasets(session, spec.config)
        if problems:
            raise invalid_job(problems)
        return job.model_copy(update={"spec": spec.model_copy(update={"config": config})})
