"""What ``--set`` and ``--device`` change in a job file before it is read as a TrainingJob.

Called by whoever loads a job for ``run`` and ``validate``. A value means what it would mean in
the file, because the same loader reads it; an unknown path is found by the same validation as an
unknown field in the file, so that it gets the same sentence with the nearest name.
"""

import copy
import re
from collections.abc import Sequence
from typing import Final

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.yaml_loader import JsonValue, load_documents

__all__ = ["apply_settings", "choose_device"]

_ROOTS: Final = frozenset({"apiVersion", "kind", "metadata", "spec"})
_UNESCAPED_DOT: Final = re.compile(r"(?<!\\)\.")
_EXAMPLE: Final = "Write it as in --set config.training.epochs=3."


def apply_settings(document: dict[str, JsonValue], settings: Sequence[str]) -> dict[str, JsonValue]:
    """Return a copy of a job document with each ``PATH=VALUE`` written into it, in order.

    Paths begin at the spec (``config.training.epochs``); ``metadata.name`` and ``spec.…`` work as
    well. A dot within a name stands behind a backslash.

    Raises:
        JobFileError: a setting has no path or value, goes through a value that is no object, or
            its value is not YAML.
    """
    changed = copy.deepcopy(document)
    for setting in settings:
        path, value = _parse(setting)
        _write(changed, path, value, setting)
    return changed


def choose_device(document: dict[str, JsonValue], device: str) -> dict[str, JsonValue]:
    """Return a copy of a job document for another device; a CPU job asks for no GPU."""
    changed = copy.deepcopy(document)
    spec = changed.get("spec")
    if isinstance(spec, dict):
        spec["device"] = device
        if device == "cpu":
            spec.pop("gpu", None)
    return changed


def _parse(setting: str) -> tuple[list[str], JsonValue]:
    written, separator, text = setting.partition("=")
    path = [part.replace("\\.", ".") for part in _UNESCAPED_DOT.split(written.strip())]
    if not separator or not all(path):
        raise JobFileError(
            f"--set expects PATH=VALUE, got {setting!r}.",
            remedy=_EXAMPLE,
        )
    documents = load_documents(text, source=f"the value of --set {written}")
    if len(documents) > 1:
        raise JobFileError(f"--set {written} expects one value, got {len(documents)}.")
    return (path if path[0] in _ROOTS else ["spec", *path]), (documents[0] if documents else None)


def _write(document: dict[str, JsonValue], path: list[str], value: JsonValue, setting: str) -> None:
    here = document
    for depth, name in enumerate(path[:-1], start=1):
        below = here.setdefault(name, {})
        if below is None:
            below = here[name] = {}
        if not isinstance(below, dict):
            raise JobFileError(
                f"--set {setting} cannot be written: {'.'.join(path[:depth])} is not an object.",
                remedy="Set the whole value at that place instead; YAML such as [a, b] works.",
            )
        here = below
    here[path[-1]] = value
