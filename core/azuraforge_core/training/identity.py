"""What a checkpoint belongs to: a run may only go on from one of its own kind."""

import hashlib
from collections.abc import Mapping
from typing import Any

from azuraforge_contract.validation import StrictModel
from azuraforge_core.cache.key import canonical_json

__all__ = ["RunIdentity", "hash_config"]


class RunIdentity(StrictModel):
    """Everything that the bits of a trained model depend on, hashed where it is long."""

    pipeline: str
    """Name of the plugin."""
    versions: dict[str, str]
    """Package → version of the code that decides bits: ``azuraforge`` and the plugin's own."""
    data_digest: str
    """Digest of the data set's arrays."""
    config_hash: str
    """SHA-256 of the pipeline's whole config, defaults written out."""
    seed: int
    """The job's seed."""

    def differences(self, saved: "RunIdentity") -> list[str]:
        """Return what changed since ``saved`` was written, in words; empty where nothing did."""
        names = {
            "pipeline": "the pipeline",
            "versions": "the version of the code",
            "data_digest": "the data",
            "config_hash": "the config",
            "seed": "the seed",
        }
        return [
            words for name, words in names.items() if getattr(self, name) != getattr(saved, name)
        ]


def hash_config(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a config in its one canonical spelling, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(config).encode()).hexdigest()
