"""What ``azuraforge doctor`` prints."""

import json
from collections.abc import Sequence
from typing import Any, Final

import typer
from rich.table import Table
from rich.text import Text

from azuraforge_cli.cache_folder import find_cache_folder
from azuraforge_cli.display.terminal import open_console
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_core.doctor import CheckResult, exit_code_of, run_checks

__all__ = ["run_doctor"]

_MARKS: Final = {"ok": ("ok", "green"), "warn": ("warning", "yellow"), "fail": ("failed", "red")}


def run_doctor(device: str, *, as_json: bool) -> ExitCode:
    """Print every check of this machine; return how a job for ``device`` would end on it."""
    checks = run_checks(device == "gpu", find_cache_folder())
    code = exit_code_of(checks)
    if as_json:
        typer.echo(json.dumps(_document(device, checks, code), indent=2, ensure_ascii=False))
        return code
    console = open_console()
    console.print(_table(checks))
    console.print(Text(_verdict(device, code)))
    return code


def _table(checks: Sequence[CheckResult]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        word, color = _MARKS[check.status]
        found = Text(check.found)
        if check.remedy:
            found.append(f"\n{check.remedy}", style="bold")
        table.add_row(Text(word, style=color), Text(check.name), found)
    return table


def _verdict(device: str, code: ExitCode) -> str:
    if code is ExitCode.SUCCEEDED:
        return f"This machine can train on the {device.upper()}."
    sentence = f"A job for the {device.upper()} would end here with exit code {code}."
    if code is ExitCode.ACCELERATOR_UNAVAILABLE:
        sentence += " Jobs with `device: cpu` can run: `azuraforge doctor --device cpu`."
    return sentence


def _document(device: str, checks: Sequence[CheckResult], code: ExitCode) -> dict[str, Any]:
    return {
        "device": device,
        "exitCode": int(code),
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "found": check.found,
                "remedy": check.remedy,
                "exitCode": int(check.exit_code),
            }
            for check in checks
        ],
    }
