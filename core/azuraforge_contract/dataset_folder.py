"""The data sets of a service: where their bytes are kept, and which configs name them.

Whoever writes or reads them asks here; executors learn from a config whether trainers need them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

__all__ = ["SOURCE_KIND", "dataset_file", "find_sources"]

SOURCE_KIND: Final = "dataset"
"""What ``source.kind`` says of a data set of the service."""
_NAME: Final = "data"
_DEEPEST: Final = 32


def dataset_file(folder: Path, digest: str) -> Path:
    """Return the file of a SHA-256 in a service's folder of data sets; nothing is created."""
    return folder / digest[:2] / digest / _NAME


def find_sources(config: object, path: str = "spec.config") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every mapping in a config that says where data come from, with its path."""
    if path.count(".") > _DEEPEST or not isinstance(config, Mapping):
        return
    for name, value in config.items():
        where = f"{path}.{name}"
        if name == "source" and isinstance(value, dict) and "kind" in value:
            yield where, value
        yield from find_sources(value, where)
