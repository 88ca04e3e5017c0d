"""The rules of a TrainingJob's spec that no single field can express.

Each stands once as CEL, for the API server, and once as Python, for everybody without a cluster,
with one message. A table of accepted and refused objects is run against both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["CREATION_RULES", "UPDATE_RULES", "CreationRule", "Spec", "UpdateRule"]

Spec = Mapping[str, Any]
"""A spec as JSON values under the file's names, defaults set; null and absent mean the same."""

_RESERVED_PREFIX: Final = "AZURAFORGE_"


@dataclass(frozen=True)
class CreationRule:
    """What every spec must fulfil."""

    cel: str
    message: str
    """What is wrong and what to do."""
    holds: Callable[[Spec], bool]


@dataclass(frozen=True)
class UpdateRule:
    """What a change of an existing spec must fulfil."""

    cel: str
    message: str
    """What is wrong and what to do."""
    holds: Callable[[Spec, Spec], bool]
    """Called with the old spec and the new one."""


def _leaves_our_environment_alone(spec: Spec) -> bool:
    variables = (spec.get("podOverrides") or {}).get("env") or ()
    return not any(variable["name"].startswith(_RESERVED_PREFIX) for variable in variables)


def _immutable(field: str, *, optional: bool) -> UpdateRule:
    same = f"self.{field} == oldSelf.{field}"
    if optional:
        same = f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || {same})"
    return UpdateRule(
        cel=same,
        message=f"{field} cannot change once the job exists. Apply a job with a new name.",
        holds=lambda old, new: old.get(field) == new.get(field),
    )


CREATION_RULES: Final = (
    CreationRule(
        cel="self.device != 'cpu' || !has(self.gpu)",
        message="device is cpu but gpu is set. Remove gpu, or write device: gpu.",
        holds=lambda spec: spec.get("device") != "cpu" or spec.get("gpu") is None,
    ),
    CreationRule(
        cel=(
            "!has(self.podOverrides) || !has(self.podOverrides.env) || "
            f"self.podOverrides.env.all(e, !e.name.startsWith('{_RESERVED_PREFIX}'))"
        ),
        message=(
            f"podOverrides.env sets a variable that begins with {_RESERVED_PREFIX}, which only the "
            "operator may. Give it another name."
        ),
        holds=_leaves_our_environment_alone,
    ),
)

UPDATE_RULES: Final = (
    *(
        _immutable(field, optional=False)
        for field in (
            "pipeline",
            "config",
            "device",
            "seed",
            "checkpoint",
            "retry",
            "deadlines",
            "shutdown",
            "publish",
        )
    ),
    *(
        _immutable(field, optional=True)
        for field in ("image", "gpu", "podOverrides", "dataset", "resumeFrom", "queue")
    ),
    UpdateRule(
        cel="self.resources == oldSelf.resources || oldSelf.suspend",
        message="resources can change only while the job is suspended. Set suspend: true first.",
        holds=lambda old, new: old.get("resources") == new.get("resources") or bool(old["suspend"]),
    ),
    UpdateRule(
        cel="self.cancel || !oldSelf.cancel",
        message="cancel cannot be taken back. Apply a job with a new name and resumeFrom this one.",
        holds=lambda old, new: bool(new["cancel"]) or not old["cancel"],
    ),
)
