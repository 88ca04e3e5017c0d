"""Query plans as PostgreSQL logs them while a request is carried out; for ``store.py``.

``auto_explain`` logs the plan of every statement, with the time it really took and the pages that
it read; so the plans are those of the very statements that an answer took.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import asyncpg

from azuraforge_api_harness.postgres_server import PostgresServer

__all__ = ["logged_plans", "write_plans"]

_ENTRY: Final = re.compile(
    r"duration: [\d.]+ ms +plan:\n(.*?)(?=^\d{4}-\d\d-\d\d |\Z)", re.DOTALL | re.MULTILINE
)
_UNTOLD: Final = ("FROM tokens", "UPDATE tokens", "pg_reload_conf", "webhook")
"""Statements of the login, of the measurement itself, and of what goes on beside it."""


def logged_plans(
    postgres: PostgresServer, database: str, request: Callable[[], object]
) -> list[str]:
    """Return the plans of the statements that a request takes, the login's left out."""
    log = postgres.folder / "server.log"
    asyncio.run(_log_from(postgres, database, "0"))
    start = log.stat().st_size
    request()
    asyncio.run(_log_from(postgres, database, "-1"))
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode()
    plans = [match[1].replace("\n\t", "\n").strip() for match in _ENTRY.finditer(text)]
    return [plan for plan in plans if not any(each in plan for each in _UNTOLD)]


def write_plans(path: Path, plans: Mapping[str, Sequence[str]]) -> None:
    """Write the plans of each request as a page."""
    lines = ["# Query plans of a full store", ""]
    lines += ["Written by `benchmarks/store.py`: the plans of the figures in `store.json`.", ""]
    for name, found in plans.items():
        lines += [f"## {name[0].upper()}{name[1:]}", ""]
        for plan in found:
            lines += ["```text", plan, "```", ""]
    path.write_text("\n".join(lines), encoding="utf-8")


async def _log_from(postgres: PostgresServer, database: str, milliseconds: str) -> None:
    """Log plans of statements that take so long, in all connections of a database."""
    name = "auto_explain.log_min_duration"
    connection = await asyncpg.connect(
        host=str(postgres.folder), user="azuraforge", database=database
    )
    try:
        await connection.execute(f"ALTER SYSTEM SET {name} = '{milliseconds}'")
        await connection.execute("SELECT pg_reload_conf()")
        # Each connection takes it up between two statements; the postmaster tells them first.
        deadline = time.monotonic() + 5
        while await connection.fetchval(f"SHOW {name}") != milliseconds:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} is not taken up")
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
    finally:
        await connection.close()
