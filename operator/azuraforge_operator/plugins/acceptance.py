"""The verdict on a job before its first attempt: plugin, config, image, volumes."""

from typing import Final

from azuraforge_contract.config_size import find_size_problems
from azuraforge_contract.training_job import TrainingJob
from azuraforge_contract.validation import Problem, nearest, summarize
from azuraforge_lifecycle.observed import ACCEPTED, Acceptance, Verdict
from azuraforge_lifecycle.reasons import Reason
from azuraforge_operator.plugins.catalog import KnownPlugin, PluginCatalog
from azuraforge_operator.plugins.datasets import find_dataset_problems
from azuraforge_operator.settings import PodSettings

__all__ = ["check_acceptance", "image_of"]

_VOLUME_KINDS: Final = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
"""Volumes that pod security `restricted` lets a pod have."""


def check_acceptance(
    job: TrainingJob,
    catalog: PluginCatalog,
    allowed_image_prefixes: tuple[str, ...],
    settings: PodSettings,
) -> Acceptance | None:
    """Return the verdict on a job; None while the plugins are not known yet."""
    if not catalog.is_loaded:
        return None
    plugin = catalog.find(job.spec.pipeline)
    if plugin is None:
        return _plugin_not_found(job.spec.pipeline, catalog)
    config = job.spec.config
    # A config that is too large is not looked into.
    problems = find_size_problems(config) or plugin.check.find_problems(config)
    problems += _volume_problems(job)
    problems += find_dataset_problems(job, settings)
    if problems:
        return Acceptance(Verdict.REFUSED, Reason.INVALID_CONFIG, summarize(problems))
    return _check_image(job, plugin, allowed_image_prefixes)


def image_of(job: TrainingJob, catalog: PluginCatalog) -> str | None:
    """Return the image that a first attempt runs; None where no plugin gives one any more."""
    if job.spec.image is not None:
        return job.spec.image
    plugin = catalog.find(job.spec.pipeline)
    return plugin.installed.images.get(job.spec.device) if plugin else None


def _plugin_not_found(name: str, catalog: PluginCatalog) -> Acceptance:
    near = nearest(name, catalog.names)
    hint = f" Did you mean {near!r}?" if near else ""
    known = ", ".join(catalog.names) or "none"
    words = (
        f"spec.pipeline: no plugin {name!r} is installed (installed: {known}).{hint} "
        "Install it, or apply a job with another pipeline."
    )
    return Acceptance(Verdict.WAITING, Reason.PLUGIN_NOT_FOUND, words)


def _check_image(
    job: TrainingJob, plugin: KnownPlugin, allowed_prefixes: tuple[str, ...]
) -> Acceptance:
    image = job.spec.image
    if image is not None and not image.startswith(allowed_prefixes or ("\0",)):
        allowed = ", ".join(allowed_prefixes) or "none"
        words = (
            f"spec.image: {image!r} is not allowed (allowed prefixes: {allowed}). "
            "Remove spec.image, or ask the operator's owner to allow it."
        )
        return Acceptance(Verdict.REFUSED, Reason.IMAGE_NOT_ALLOWED, words)
    if image is None and job.spec.device not in plugin.installed.images:
        supported = ", ".join(sorted(plugin.installed.images))
        problem = Problem(
            "spec.device",
            f"plugin {job.spec.pipeline!r} has images for {supported} only, "
            f"got {job.spec.device!r}.",
        )
        return Acceptance(Verdict.REFUSED, Reason.INVALID_CONFIG, str(problem))
    return ACCEPTED


def _volume_problems(job: TrainingJob) -> list[Problem]:
    """Return what is wrong with the user's volumes: the operator lends nobody its rights."""
    overrides = job.spec.pod_overrides
    problems = []
    for index, volume in enumerate((overrides.volumes if overrides else None) or ()):
        path = f"spec.podOverrides.volumes[{index}]"
        kinds = sorted(set(volume) - {"name"})
        if not isinstance(volume.get("name"), str):
            problems.append(Problem(f"{path}.name", "is required but missing.", "Add it."))
        if len(kinds) != 1 or kinds[0] not in _VOLUME_KINDS:
            got = ", ".join(kinds) or "none"
            words = f"should have one source out of {', '.join(sorted(_VOLUME_KINDS))}, got {got}."
            problems.append(Problem(path, words))
    return problems
