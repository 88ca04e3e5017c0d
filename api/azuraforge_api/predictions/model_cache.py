"""Loaded models of one worker, the least recently used forgotten first."""

import os
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from azuraforge_api.http.beneath import open_beneath
from azuraforge_api.models.found_model import MANIFEST, WEIGHTS
from azuraforge_contract.errors import StorageError
from azuraforge_core.prediction.loading import Forecaster, load_forecaster

if TYPE_CHECKING:
    from azuraforge_api.predictions.plain_body import PlainBody

__all__ = ["LoadedModel", "ModelCache"]

_OVERHEAD_BYTES: Final = 256 * 1024
"""What a loaded model takes besides its arrays."""


@dataclass
class LoadedModel:
    """A model in memory.

    Attributes:
        forecaster: itself.
        bytes: what it takes.
    """

    forecaster: Forecaster
    bytes: int

    @cached_property
    def plain_body(self) -> "PlainBody | None":
        """The usual body of requests for it; None where there is none."""
        # Takes polars, which is not needed for the stored history.
        from azuraforge_api.predictions.plain_body import plain_body_of  # noqa: PLC0415 - see above

        return plain_body_of(self.forecaster)


class ModelCache:
    """Models by the digest of their weights and the run that they are of.

    Args:
        limit_bytes: of all models together; the one in use may be larger.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.loads = 0
        """How often a model was not there and was read."""
        self._models: OrderedDict[tuple[str, str], LoadedModel] = OrderedDict()

    @property
    def bytes(self) -> int:
        """What the models take."""
        return sum(each.bytes for each in self._models.values())

    def load(self, run: Path, digest: str) -> LoadedModel:
        """Return the model of a run.

        Args:
            run: the run's folder.
            digest: SHA-256 of the weights, as it is known to the library.

        Raises:
            StorageError: there is no whole model, or another one than was registered.
        """
        key = (run.name, digest)
        if key not in self._models:
            self._models[key] = _loaded(run, digest)
            self.loads += 1
        self._models.move_to_end(key)
        while self.bytes > self._limit_bytes and len(self._models) > 1:
            self._models.popitem(last=False)
        return self._models[key]


def _loaded(run: Path, digest: str) -> LoadedModel:
    size = 0
    for path in (MANIFEST, WEIGHTS):  # which refuses links
        file = open_beneath(run, path)
        os.close(file.descriptor)
        size += file.bytes
    forecaster = load_forecaster(run / "model")
    if forecaster.manifest.weights_digest != digest:
        raise StorageError(
            "The model in the run's folder is not the one that was registered.",
            remedy="Restore the folder from a backup, or train the model again.",
        )
    return LoadedModel(forecaster, size + _OVERHEAD_BYTES)
