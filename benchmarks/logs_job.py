"""How much one job prints, and how often the operator writes to the cluster's API for one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

__all__ = ["measure_job"]

_ROOT: Final = Path(__file__).parents[1]
_EXAMPLE: Final = _ROOT / "examples" / "weather.yaml"
_OPERATOR: Final = Path(__file__).parent / "results" / "operator.json"
_STAMP_BYTES: Final = len("2026-11-22T23:57:40.963000000Z stderr F ")


def measure_job(folder: Path) -> dict[str, Any]:
    """Train the weather example and count what its trainer prints.

    Args:
        folder: of the run.
    """
    run = folder / "run"
    command = [sys.executable, "-m", "azuraforge_cli", "run", "-f", str(_EXAMPLE)]
    command += ["--out", str(run), "--device", "cpu", "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    lines = [
        line
        for log in sorted((run / "logs").glob("*.log"))
        for line in log.read_bytes().splitlines(keepends=True)
    ]
    printed = sum(map(len, lines))
    return {
        "job": f"examples/{_EXAMPLE.name}",
        "lines": len(lines),
        "bytesPrinted": printed,
        "bytesOnTheNode": printed + _STAMP_BYTES * len(lines),
        "operatorWrites": json.loads(_OPERATOR.read_text("utf-8"))["writes"],
    }
