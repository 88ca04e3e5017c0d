"""The CustomResourceDefinition of TrainingJob, generated from the contract's models.

``make manifests`` writes it into the chart; a check keeps the two equal.
"""

from typing import Any, Final

from azuraforge_contract.patterns import NAME_PATTERN, describe_pattern
from azuraforge_contract.rules import CREATION_RULES, UPDATE_RULES
from azuraforge_contract.status import JobStatus
from azuraforge_contract.structural_schema import Schema, structural_schema
from azuraforge_contract.training_job import (
    KIND,
    MAXIMUM_NAME_LENGTH,
    TrainingJobSpec,
)

__all__ = ["CRD_NAME", "GROUP", "PLURAL", "VERSION", "custom_resource_definition"]

GROUP: Final = "azuraforge.io"
VERSION: Final = "v1alpha1"
PLURAL: Final = "trainingjobs"
CRD_NAME: Final = f"{PLURAL}.{GROUP}"

_LOSS: Final = '.status.progress.metrics[?(@.name=="train.loss")].value'
_LAST_NODE: Final = ".status.attempts[-1:].node"
_LONGEST_OBJECT_NAME: Final = 253
"""Kubernetes' own limit; it bounds the cost of the rule on names."""
_WIDE: Final = 1
"""Priority of a printer column that only ``-o wide`` shows."""


def custom_resource_definition() -> dict[str, Any]:
    """Return the CustomResourceDefinition as a document."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": CRD_NAME},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": "trainingjob",
                "shortNames": ["tj"],
                "categories": ["all", "azuraforge"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": _object_schema()},
                    "subresources": {"status": {}},
                    "selectableFields": [
                        {"jsonPath": ".status.phase"},
                        {"jsonPath": ".spec.pipeline"},
                    ],
                    "additionalPrinterColumns": _printer_columns(),
                }
            ],
        },
    }


def _object_schema() -> Schema:
    return {
        "type": "object",
        "description": "A training run as an object.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": f"{GROUP}/{VERSION}."},
            "kind": {"type": "string", "description": f"{KIND}."},
            "metadata": {
                "type": "object",
                "properties": {"name": {"type": "string", "maxLength": _LONGEST_OBJECT_NAME}},
            },
            "spec": _spec_schema(),
            "status": _status_schema(),
        },
        "x-kubernetes-validations": [_name_rule()],
    }


def _name_rule() -> Schema:
    """Return the rule on names; a schema's own pattern would be shown as it is."""
    return {
        "rule": (
            f"self.metadata.name.size() <= {MAXIMUM_NAME_LENGTH} && "
            f"self.metadata.name.matches('{NAME_PATTERN}')"
        ),
        "message": (
            f"metadata.name should be at most {MAXIMUM_NAME_LENGTH} characters: "
            f"{describe_pattern(NAME_PATTERN)}. Apply the job under such a name."
        ),
        "fieldPath": ".metadata.name",
    }


def _spec_schema() -> Schema:
    rules = [(rule.cel, rule.message) for rule in CREATION_RULES]
    rules += [(rule.cel, rule.message) for rule in UPDATE_RULES]
    return {
        **structural_schema(TrainingJobSpec),
        "x-kubernetes-validations": [{"rule": cel, "message": message} for cel, message in rules],
    }


def _status_schema() -> Schema:
    schema = structural_schema(JobStatus)
    _merge_as_map(schema["properties"]["conditions"], key="type")
    _merge_as_map(schema["properties"]["attempts"], key="index")
    description = "Written by the operator; never by people."
    return {**_without_defaults(schema), "nullable": True, "description": description}


def _merge_as_map(schema: Schema, *, key: str) -> None:
    """Let server-side apply merge a list entry by entry."""
    schema["x-kubernetes-list-type"] = "map"
    schema["x-kubernetes-list-map-keys"] = [key]


def _without_defaults(schema: Any) -> Any:
    """Return a schema in which absent means not known: status is what an executor observed."""
    if isinstance(schema, list):
        return [_without_defaults(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _without_defaults(part) for key, part in schema.items() if key != "default"}


def _printer_columns() -> list[dict[str, Any]]:
    columns = [
        ("Phase", "string", ".status.phase", 0, "Where the job is in its life."),
        ("Progress", "number", ".status.progress.percentage", 0, "Per cent of all steps."),
        ("Loss", "number", _LOSS, 0, "Last training loss."),
        ("ETA", "integer", ".status.progress.etaSeconds", 0, "Seconds that remain."),
        ("GPU", "string", ".status.accelerator.requested", 0, "What was asked for."),
        ("Attempts", "integer", ".status.nextAttempt", 0, "Attempts begun."),
        ("Age", "date", ".metadata.creationTimestamp", 0, "Time since creation."),
        ("Reason", "string", ".status.reason", 0, "Why the phase is what it is."),
        ("Queue", "string", ".spec.queue.name", _WIDE, "The queue that admits the job."),
        ("Node", "string", _LAST_NODE, _WIDE, "Where the last attempt runs or ran."),
        ("Message", "string", ".status.message", _WIDE, "The reason in a sentence."),
    ]
    return [
        {"name": name, "type": kind, "jsonPath": path, "priority": priority, "description": text}
        for name, kind, path, priority, text in columns
    ]
