"""Asks a process of its own what is in a file, within limits of memory and time."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from azuraforge_api.datasets.schemas import DatasetPreview
from azuraforge_api.problems.problem import Problem
from azuraforge_api.processes.json_answer import SilentProcessError, ask_process
from azuraforge_core.data.preview.findings import TablePreview

__all__ = ["Previews"]

_MODULE: Final = "azuraforge_core.data.preview"
_AT_ONCE: Final = 2
_SECONDS: Final = 120
_MEMORY_BYTES: Final = 6 << 30
_WHOLE_BYTES: Final = 256 << 20
"""Larger tables are counted, and checked for gaps when a job reads them."""


class Previews:
    """Looks at files.

    Args:
        size_limit_bytes: a file that unpacks to more is refused.
    """

    def __init__(self, size_limit_bytes: int) -> None:
        self._size_limit_bytes = size_limit_bytes
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def look(self, path: Path, options: dict[str, Any]) -> DatasetPreview:
        """Return what is in a file.

        Raises:
            Problem: it is not a table, or takes too much time or memory.
        """
        request = {
            "path": str(path),
            "options": options,
            "sizeLimitBytes": self._size_limit_bytes,
            "wholeLimitBytes": _WHOLE_BYTES,
            "memoryLimitBytes": _MEMORY_BYTES,
            "cpuLimitSeconds": _SECONDS,
        }
        try:
            async with self._places:
                answer = await ask_process(
                    [_MODULE], json.dumps(request).encode(), timeout_seconds=_SECONDS
                )
        except SilentProcessError as error:
            raise Problem(
                "data-error",
                f"The file cannot be looked at within the service's limits: that {error}.",
                remedy="Upload a smaller part of it.",
            ) from error
        if "error" in answer:
            raise Problem(
                "data-error", answer["error"]["message"], remedy=answer["error"]["remedy"]
            )
        return DatasetPreview.model_validate(TablePreview.model_validate(answer["preview"]))
