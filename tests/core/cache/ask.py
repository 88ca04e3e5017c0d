"""One process that asks a cache for an entry, and stops where its parent wants.

Run by the tests with one JSON argument. It prints one JSON line whenever it stops, and waits for a
line on its standard input before it goes on; its last line is the outcome.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from azuraforge_core.cache import (
    CacheKey,
    CacheWriter,
    FillStage,
    LeaseTiming,
    SharedCache,
    Waiting,
)

ROWS, COLUMNS = 4, 1000
DEADLINE_SECONDS = 60.0


def main() -> None:
    """Ask as the argument says."""
    request = json.loads(sys.argv[1])
    fills = Path(request["fills"])
    waiters = Path(request["waiters"]) if "waiters" in request else None

    def stop(place: str) -> None:
        if request.get("stop_at") == place:
            print(json.dumps({"reached": place}), flush=True)  # noqa: T201 -- the parent reads it
            sys.stdin.readline()

    def on_stage(stage: FillStage) -> None:
        stop(stage.value)

    def fill(writer: CacheWriter) -> None:
        descriptor = os.open(fills, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, b"fill\n")
        os.close(descriptor)
        values = writer.create_array("values", (ROWS, COLUMNS), np.float32)
        values[0] = 1.0
        stop("Fill")
        if waiters is not None:
            until_there_are(waiters, request["wait_for"])
        values[...] = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) + request.get("offset", 0)
        writer.save_array("times", np.arange(COLUMNS))

    def waiting(_: Waiting) -> None:
        if waiters is not None:
            (waiters / str(os.getpid())).touch()

    cache = SharedCache(
        Path(request["root"]), timing=LeaseTiming(*request["timing"]), on_stage=on_stage
    )
    stop("Ready")
    entry = cache.open_or_fill(
        CacheKey.of(request["key"]),
        fill,
        max_age_hours=request.get("max_age_hours"),
        wait_progress=waiting,
    )
    total = float(entry.array("values").sum(dtype=np.float64))
    print(json.dumps({"outcome": entry.outcome, "total": total}), flush=True)  # noqa: T201 -- same


def until_there_are(folder: Path, count: int) -> None:
    """Wait until ``count`` files are in ``folder``."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(list(folder.iterdir())) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{folder} has {len(list(folder.iterdir()))} of {count} files")
        time.sleep(0.01)


if __name__ == "__main__":
    main()
