"""Whether the trainer of a job will find the uploaded data sets that its config names.

Called by ``acceptance``. They lie on a claim of the service, which pods of one namespace can mount:
elsewhere a job would wait for a claim that never comes.
"""

from azuraforge_contract.dataset_folder import SOURCE_KIND, find_sources
from azuraforge_contract.training_job import TrainingJob
from azuraforge_contract.validation import Problem
from azuraforge_operator.settings import PodSettings

__all__ = ["find_dataset_problems"]


def find_dataset_problems(job: TrainingJob, settings: PodSettings) -> list[Problem]:
    """Return what stands between a job and the data sets that it names."""
    return [
        problem
        for path, source in find_sources(job.spec.config)
        if source["kind"] == SOURCE_KIND
        for problem in _problems(path, source.get("digest"), job.metadata.namespace, settings)
    ]


def _problems(path: str, digest: object, namespace: str, settings: PodSettings) -> list[Problem]:
    if settings.datasets_claim is None:
        words = "is a data set of the service, and none is installed in this cluster."
        return [Problem(path, words, "Name a URL, or a file on a claim (spec.dataset.volume).")]
    if namespace != settings.datasets_namespace:
        words = (
            f"data sets of the service can be read in namespace {settings.datasets_namespace} "
            f"only, got a job in {namespace}."
        )
        remedy = "Create the job there, or name a URL or a file on a claim (spec.dataset.volume)."
        return [Problem(path, words, remedy)]
    if digest is None:
        words = "is a data set of the service, which has not looked it up."
        return [Problem(path, words, "Create the job at the service (azuraforge jobs create).")]
    return []
