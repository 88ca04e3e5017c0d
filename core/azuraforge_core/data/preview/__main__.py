"""``python -m azuraforge_core.data.preview``: one file, looked at within limits.

The API starts it for every upload: a file of a stranger may ask for any amount of memory or time,
and then this process ends and not the service. Standard input is a request, standard output the
preview or why there is none, both as JSON.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from azuraforge_contract.errors import AzuraForgeError
from azuraforge_core.data.preview.table_preview import preview_table
from azuraforge_core.data.source_config import DatasetSource

__all__: list[str] = []


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    options = {"kind": "dataset", "name": "preview", **request["options"]}
    try:
        preview = preview_table(
            Path(request["path"]),
            DatasetSource.model_validate(options),
            size_limit_bytes=request["sizeLimitBytes"],
            whole_limit_bytes=request["wholeLimitBytes"],
        )
    except AzuraForgeError as error:
        return {"error": {"message": error.message, "remedy": error.remedy}}
    except MemoryError:
        return {"error": {"message": "The file needs too much memory.", "remedy": "Divide it."}}
    return {"preview": preview.model_dump(mode="json")}


def _main() -> None:
    request = json.load(sys.stdin)
    for limit, value in (
        (resource.RLIMIT_AS, request["memoryLimitBytes"]),
        (resource.RLIMIT_CPU, request["cpuLimitSeconds"]),
    ):
        resource.setrlimit(limit, (value, value))
    json.dump(_answer(request), sys.stdout)


if __name__ == "__main__":
    _main()
