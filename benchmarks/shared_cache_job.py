"""One trainer of `shared_cache.py`: the real one, stopped for a moment right before it opens data.

It prints one line there and goes on when it reads one. Nothing else of the trainer is touched.
"""

import runpy
import sys
from typing import Any

from azuraforge_core.cache import CacheEntry, SharedCache


def main() -> None:
    """Run the trainer that the environment describes."""
    opens = SharedCache.open_or_fill

    def stop_and_open(*arguments: Any, **named: Any) -> CacheEntry:
        print("before data", flush=True)
        sys.stdin.readline()
        return opens(*arguments, **named)

    SharedCache.open_or_fill = stop_and_open  # type: ignore[method-assign]  # to stop there
    runpy.run_module("azuraforge_trainer", run_name="__main__")


if __name__ == "__main__":
    main()
