"""One question to a fresh process of ours, one answer as JSON."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["SilentProcessError", "ask_process"]


class SilentProcessError(Exception):
    """The process ended without an answer; the text continues a sentence about it."""


async def ask_process(
    module: Sequence[str], content: bytes, *, timeout_seconds: float
) -> dict[str, Any]:
    """Run ``python -m`` and return the object that it prints.

    Args:
        module: its name, and its arguments.
        content: its standard input.
        timeout_seconds: it is killed when it takes longer.

    Raises:
        SilentProcessError: it printed none.
    """
    command = [sys.executable, "-P", "-m", *module]  # -P: never a module of the working directory
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            answer, _ = await process.communicate(content)
    except TimeoutError:
        raise SilentProcessError(f"took more than {timeout_seconds:g} seconds") from None
    finally:
        await _end(process)
    try:
        document: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise SilentProcessError(f"ended with exit code {process.returncode}") from None
    return document


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave no process behind, whatever made us stop listening to it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
