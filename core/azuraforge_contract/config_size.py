"""How large a job's config may be: a rule that no schema can express.

Where a job is read by hand it is one more problem of the file; in a cluster, where the API server
has taken the object already, the operator refuses it with the same sentence.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from azuraforge_contract.validation import Problem

__all__ = ["find_size_problems"]

_MAXIMUM_BYTES: Final = 64 * 1024


def find_size_problems(config: Mapping[str, Any]) -> list[Problem]:
    """Return that a config is too large; nothing where it is not."""
    size = len(json.dumps(config, separators=(",", ":")).encode())
    if size <= _MAXIMUM_BYTES:
        return []
    words = f"config has {size} bytes, more than {_MAXIMUM_BYTES}."
    return [Problem("spec", words, "Name data by its source instead of writing it into the job.")]
