"""The model's folder: ``model.safetensors`` and ``model.json``, both or neither.

The pipeline writes it when everything is measured; the API, the command line and the next release
read it. ``model.safetensors`` holds ``weights.<name>`` and, for every series, the end of its
history, ``history.<i>.values`` ``(channel, row)`` in units and ``history.<i>.times`` in seconds
since 1970, from which a forecast can be made at once, and ``intervals.<name>``, see
`intervals.stored`. Its bytes depend on nothing but these arrays.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydantic
from safetensors import SafetensorError
from safetensors.numpy import load, save

from azuraforge_contract.errors import StorageError
from azuraforge_contract.format_version import check_format_version
from azuraforge_core.store.atomic import new_folder
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["SeriesHistory", "StoredModel", "encode_weights", "read_model", "write_model"]

WEIGHTS_FILE = "model.safetensors"
MANIFEST_FILE = "model.json"


@dataclass(frozen=True)
class SeriesHistory:
    """The end of one series.

    Attributes:
        values: float32 ``(channel, row)`` in the columns' units, NaN where missing.
        times: int64 ``(row,)`` seconds since 1970.
    """

    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.int64]


@dataclass(frozen=True)
class StoredModel:
    """A model that was read.

    Attributes:
        manifest: everything but arrays.
        weights: parameters and buffers by name.
        histories: the ends of the series, in the order of ``manifest.data.series``.
        intervals: arrays of the intervals by name; empty for a model without them.
    """

    manifest: ModelManifest
    weights: Mapping[str, npt.NDArray[Any]]
    histories: tuple[SeriesHistory, ...]
    intervals: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def encode_weights(
    weights: Mapping[str, npt.NDArray[Any]],
    histories: Sequence[SeriesHistory],
    intervals: Mapping[str, npt.NDArray[Any]] | None = None,
) -> bytes:
    """Return the bytes of ``model.safetensors``: a function of the arrays alone."""
    arrays = {f"weights.{name}": array for name, array in weights.items()}
    arrays |= {f"intervals.{name}": array for name, array in (intervals or {}).items()}
    for index, history in enumerate(histories):
        arrays[f"history.{index}.values"] = history.values
        arrays[f"history.{index}.times"] = history.times
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def write_model(folder: Path, manifest: ModelManifest, weights_content: bytes) -> None:
    """Write the folder whole, or not at all; an older one is replaced.

    Args:
        folder: where the model shall lie.
        manifest: what it is; its ``weights_digest`` is that of ``weights_content``.
        weights_content: what `encode_weights` returned.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    document = manifest.model_dump(mode="json", by_alias=True)
    with new_folder(folder, replace=True) as temporary:
        (temporary / WEIGHTS_FILE).write_bytes(weights_content)
        (temporary / MANIFEST_FILE).write_text(
            json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False), encoding="utf-8"
        )


def read_model(folder: Path) -> StoredModel:
    """Return the model in a folder, its arrays checked against their digest.

    Raises:
        StorageError: the folder holds no model, a damaged one, or one of a newer release.
    """
    try:
        document = json.loads((folder / MANIFEST_FILE).read_bytes())
        content = (folder / WEIGHTS_FILE).read_bytes()
    except (OSError, ValueError) as error:
        raise StorageError(
            f"{folder} holds no whole model: {error}.", remedy="Train it again."
        ) from error
    version = document.get("formatVersion") if isinstance(document, dict) else None
    check_format_version(version, file=str(folder / MANIFEST_FILE))
    try:
        manifest = ModelManifest.model_validate(document)
        arrays = load(content)
        histories = _histories(arrays, manifest)
    except (pydantic.ValidationError, SafetensorError, KeyError) as error:
        raise StorageError(
            f"The model in {folder} is damaged: {_said(error)}.",
            remedy="Restore the folder from a backup, or train the model again.",
        ) from error
    if hashlib.sha256(content).hexdigest() != manifest.weights_digest:
        raise StorageError(
            f"{folder / WEIGHTS_FILE} does not match the checksum in {MANIFEST_FILE}.",
            remedy="Restore the folder from a backup, or train the model again.",
        )
    return StoredModel(
        manifest,
        _below(arrays, "weights."),
        histories,
        _below(arrays, "intervals."),
    )


def _said(error: pydantic.ValidationError | SafetensorError | KeyError) -> str:
    """Return what an error says, on one line."""
    if isinstance(error, pydantic.ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{MANIFEST_FILE}, {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return f"it lacks {error.args[0]}" if isinstance(error, KeyError) else str(error)


def _histories(
    arrays: Mapping[str, npt.NDArray[Any]], manifest: ModelManifest
) -> tuple[SeriesHistory, ...]:
    return tuple(
        SeriesHistory(arrays[f"history.{index}.values"], arrays[f"history.{index}.times"])
        for index in range(len(manifest.data.series))
    )


def _below(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
