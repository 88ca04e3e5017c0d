"""Where a service keeps the bytes of data sets. Whoever writes or reads them asks here."""

from pathlib import Path
from typing import Final

__all__ = ["dataset_file"]

_NAME: Final = "data"


def dataset_file(folder: Path, digest: str) -> Path:
    """Return the file of a SHA-256 in a service's folder of data sets; nothing is created."""
    return folder / digest[:2] / digest / _NAME
