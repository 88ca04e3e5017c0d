"""What the API server itself checks of an object's metadata, for everybody without one.

Called where a job file is read. An object that comes from a cluster is not asked: a later
Kubernetes may give it fields that are not known here.
"""

import re
from collections.abc import Iterator
from typing import Final

from azuraforge_contract.validation import Problem, nearest

__all__ = ["find_metadata_problems"]

_FIELDS: Final = (
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""Those of Kubernetes' ObjectMeta."""
_LONGEST_PART: Final = 63
_LONGEST_PREFIX: Final = 253
_PART: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PART_WORDS: Final = (
    f"at most {_LONGEST_PART} letters, digits, '-', '_' and '.', beginning and ending with a "
    "letter or digit"
)


def find_metadata_problems(metadata: object) -> list[Problem]:
    """Return unknown fields, and names and values of labels that no API server takes."""
    if not isinstance(metadata, dict):
        return []  # its model says so
    return [
        *_unknown_fields(metadata),
        *_label_problems(metadata.get("labels"), "metadata.labels", has_bounded_values=True),
        *_label_problems(
            metadata.get("annotations"), "metadata.annotations", has_bounded_values=False
        ),
    ]


def _unknown_fields(metadata: dict[str, object]) -> Iterator[Problem]:
    for name in metadata:
        if name not in _FIELDS:
            near = nearest(name, _FIELDS)
            remedy = f"Did you mean {near!r}?" if near else f"Valid: {', '.join(_FIELDS)}."
            yield Problem(f"metadata.{name}", "is not a known field.", remedy)


def _label_problems(labels: object, path: str, *, has_bounded_values: bool) -> Iterator[Problem]:
    if not isinstance(labels, dict):
        return
    for name, value in labels.items():
        if not _is_qualified_name(name):
            words = f"the name {name!r} should be {_PART_WORDS}."
            yield Problem(path, words, "A domain and '/' may stand before it.")
        if has_bounded_values and isinstance(value, str) and not (value == "" or _is_part(value)):
            yield Problem(f"{path}.{name}", f"should be {_PART_WORDS}, got {value!r}.")


def _is_qualified_name(name: str) -> bool:
    prefix, slash, part = name.rpartition("/")
    has_good_prefix = len(prefix) <= _LONGEST_PREFIX and _PREFIX.fullmatch(prefix) is not None
    return _is_part(part) and (not slash or has_good_prefix)


def _is_part(text: str) -> bool:
    return len(text) <= _LONGEST_PART and _PART.fullmatch(text) is not None
