"""The fingerprint of a job's config, by which two jobs are seen to train the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["hash_config"]


def hash_config(config: Mapping[str, Any]) -> str:
    """Return the sha256 of a config, in hexadecimal; the order of its keys does not matter."""
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
