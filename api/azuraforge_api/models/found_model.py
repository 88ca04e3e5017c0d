"""Reads the model that a run has left, before it is believed.

A run's folder is written by a stranger's plugin. Whose model it is follows from the folder alone;
the manifest is only asked what the model is, and its weights have to fit their checksum.
"""

import hashlib
import json
import math
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pydantic

from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.problems.problem import Problem
from azuraforge_contract.errors import StorageError
from azuraforge_contract.format_version import check_format_version
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["MANIFEST", "WEIGHTS", "FoundModel", "has_model", "inspect_model"]

MANIFEST: Final = "model/model.json"
WEIGHTS: Final = "model/model.safetensors"
"""Below a run's folder."""
_LARGEST_MANIFEST: Final = 16 * 1024 * 1024
_PIECE_BYTES: Final = 1024 * 1024
_BASELINES: Final = "baselines"
_NOTHING: Final = b"\\u0000"
"""Valid in JSON, but kept by no database."""
_REMEDY: Final = "Restore the folder from a backup, or train the model again."

Figures = dict[str, float | None]


@dataclass(frozen=True)
class FoundModel:
    """A whole model.

    Attributes:
        manifest: what it is, as JSON.
        kind: its architecture.
        metrics: dotted name to figure.
        baselines: name of a baseline to its figures.
        digest: SHA-256 of the weights.
        bytes: size of manifest and weights.
    """

    manifest: dict[str, Any]
    kind: str
    metrics: Figures
    baselines: dict[str, Figures]
    digest: str
    bytes: int


def has_model(run: Path) -> bool:
    """Return whether a model's manifest lies in a run's folder; one look, no reading."""
    return (run / MANIFEST).is_file()


def inspect_model(run: Path) -> FoundModel:
    """Read a run's model.

    Raises:
        StorageError: there is none, or it is damaged or of a newer release.
    """
    try:
        content = _read(run, MANIFEST, _LARGEST_MANIFEST)
        digest, size = _digest(run, WEIGHTS)
    except (Problem, OSError) as error:
        raise StorageError(f"The model is not whole: {error}", remedy=_REMEDY) from error
    manifest = _parsed(content)
    if manifest.weights_digest != digest:
        raise StorageError(
            "The model is damaged: its weights do not match the checksum in model.json.",
            remedy=_REMEDY,
        )
    metrics, baselines = _divided(manifest.metrics)
    return FoundModel(
        manifest=json.loads(manifest.model_dump_json(by_alias=True)),
        kind=manifest.kind,
        metrics=metrics,
        baselines=baselines,
        digest=digest,
        bytes=size + len(content),
    )


def _parsed(content: bytes) -> ModelManifest:
    if _NOTHING in content:
        raise StorageError("The model is damaged: model.json holds NUL.", remedy=_REMEDY)
    try:
        document = json.loads(content)
        version = document.get("formatVersion") if isinstance(document, dict) else None
        check_format_version(version, file="model.json")
        return ModelManifest.model_validate(document)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = f"model.json, {place}: {first['msg']}"
        raise StorageError(f"The model is damaged: {reason}.", remedy=_REMEDY) from error
    except ValueError as error:
        raise StorageError(
            f"The model is damaged: model.json is no JSON: {error}.", remedy=_REMEDY
        ) from error


def _divided(found: dict[str, float]) -> tuple[Figures, dict[str, Figures]]:
    """Part the model's own figures from those of its baselines; JSON knows no infinity."""
    metrics: Figures = {}
    baselines: dict[str, Figures] = defaultdict(dict)
    for name, value in found.items():
        figure = value if math.isfinite(value) else None
        first, _, rest = name.partition(".")
        if first == _BASELINES and "." in rest:
            baseline, _, metric = rest.partition(".")
            baselines[baseline][metric] = figure
        else:
            metrics[name] = figure
    return metrics, dict(baselines)


def _read(run: Path, path: str, most: int) -> bytes:
    file = open_beneath(run, path)
    with os.fdopen(file.descriptor, "rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise StorageError(f"{path} has more than {most} bytes.", remedy=_REMEDY)
    return content


def _digest(run: Path, path: str) -> tuple[str, int]:
    file = open_beneath(run, path)
    digest = hashlib.sha256()
    with os.fdopen(file.descriptor, "rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest(), file.bytes
