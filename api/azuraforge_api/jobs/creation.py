"""The way from a document that was sent to a job that is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azuraforge_api.backends.backend import Backend
from azuraforge_api.database.database import Database
from azuraforge_api.datasets.sources import pin_datasets
from azuraforge_api.jobs.reserved import find_reserved
from azuraforge_api.jobs.service import find_mistakes, get_job, invalid_job, parse_job
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
        found = find_mistakes(document)
        told = await self._of_pipeline(document.get("spec"))
        found += [each for each in told if each not in found]
        if found:
            raise invalid_job(found)
        job = parse_job(document, creator)
        config, problems = await self._pinned(job.spec.config)
        if problems:
            raise invalid_job(problems)
        return job.model_copy(update={"spec": job.spec.model_copy(update={"config": config})})

    async def find_config_problems(
        self, pipeline: str, config: Mapping[str, Any]
    ) -> list[FieldProblem]:
        """Return why a job with a config would not be taken, or could not train; none: it would."""
        told = await self.pipelines.find_all_problems(pipeline, config)
        found = [FieldProblem.of(mistake) for mistake in told]
        found += find_reserved({"config": config})
        return found or (await self._pinned(config))[1]

    async def _of_pipeline(self, spec: object) -> list[FieldProblem]:
        """Return what a pipeline finds wrong, told beside the mistakes of the rest of the job."""
        name = spec.get("pipeline") if isinstance(spec, dict) else None
        config = spec.get("config", {}) if isinstance(spec, dict) else None
        if not isinstance(name, str) or not isinstance(config, dict):
            return []
        return [FieldProblem.of(each) for each in await self.pipelines.find_problems(name, config)]

    async def _pinned(self, config: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldProblem]]:
        async with self.database.read() as session:
            return await pin_datasets(session, config)
