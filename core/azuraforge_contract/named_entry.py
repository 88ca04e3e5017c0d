"""An entry of one of a pod's lists that is handed on as it is: only its name matters to us.

Volumes and resource claims of a job's ``podOverrides``: the operator mounts, or refers to, each by
its name, and Kubernetes knows the rest.
"""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, WithJsonSchema

__all__ = ["NamedEntry"]

_LONGEST_NAME: Final = 63


def _has_name(entry: dict[str, Any]) -> dict[str, Any]:
    name = entry.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise ValueError(
            f"name should be text of 1 to {_LONGEST_NAME} characters, got {name!r}. Add one."
        )
    return entry


NamedEntry = Annotated[
    dict[str, Any],
    AfterValidator(_has_name),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": True,
            "required": ["name"],
            "properties": {
                "name": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": _LONGEST_NAME,
                    "description": "Its name in the pod.",
                }
            },
        }
    ),
]
"""An object with a ``name``; its other fields are Kubernetes' own."""
