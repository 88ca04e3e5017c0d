"""Where the shared cache lies on this machine. Called by every command that reads or fills it."""

import os
from pathlib import Path

from azuraforge_contract.environment import CACHE_DIR

__all__ = ["find_cache_folder"]


def find_cache_folder() -> Path:
    """Return the absolute folder of the cache: the variable's, else the user's cache folder.

    ``AZURAFORGE_CACHE_DIR``, then ``$XDG_CACHE_HOME/azuraforge``, then ``~/.cache/azuraforge``.
    """
    named = os.environ.get(CACHE_DIR)
    if named:
        return Path(named).expanduser().absolute()
    home = os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home and Path(home).is_absolute() else Path.home() / ".cache"
    return base / "azuraforge"
