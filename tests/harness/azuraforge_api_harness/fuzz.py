"""``make fuzz``: tens of thousands of drawn requests on both databases, summed up in a file.

Usage: python -m azuraforge_api_harness.fuzz --requests 20000 --out benchmarks/results/fuzz.json
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import upgrade_schema
from azuraforge_api.settings import Settings
from azuraforge_api_harness.fuzz_campaign import Campaign, Round
from azuraforge_api_harness.postgres_server import PostgresServer, find_programs
from azuraforge_api_harness.trained_run import TrainedRun, train

__all__ = ["main"]

_EXAMPLES: Final = 60
_ROUNDS: Final = (("coverage", False), ("coverage", True), ("fuzzing", False), ("fuzzing", True))


def main() -> int:
    """Fuzz as the command line says; return whether a check has failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="for each database, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="azf-fuzz-") as folder:
        trained = train(Path(folder) / "trained")
        for database in given.database or ["sqlite", "postgresql"]:
            results.append(_fuzz(Path(folder), trained, database, given.requests, given.seed))
            given.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return int(not all(result["clean"] for result in results))


def _fuzz(
    folder: Path, trained: TrainedRun, database: str, requests: int, seed: int
) -> dict[str, Any]:
    if database == "sqlite":
        return _campaign(folder / database, trained, database, {}, requests, seed)
    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="azf-pg-") as parent:
        Path(parent).chmod(0o755)
        server = PostgresServer.start(programs, Path(parent) / "server")
        try:
            url = server.create_database("fuzz")
            asyncio.run(_migrate(Settings(database_url=url)))
            environment = {"AZURAFORGE_DATABASE_URL": url}
            return _campaign(folder / database, trained, database, environment, requests, seed)
        finally:
            server.stop()


def _campaign(
    folder: Path, trained: TrainedRun, database: str, environment: dict[str, str],
    requests: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    folder.mkdir()
    began = time.monotonic()
    rounds: list[Round] = []
    with Campaign(folder, trained, environment) as campaign:
        for number, (phases, as_nobody) in enumerate(itertools.cycle(_ROUNDS)):
            found = campaign.fuzz(
                phases=phases, examples=_EXAMPLES, seed=seed + number, as_nobody=as_nobody
            )
            rounds.append(found)
            done = sum(each.requests for each in rounds)
            sys.stderr.write(f"{database}: {done} of {requests}, {found.statuses}\n")
            if not found.is_clean:
                sys.stderr.write(found.report)
            if done >= requests:
                break
    statuses = sum((Counter(each.statuses) for each in rounds), Counter())
    return {
        "database": database,
        "requests": done,
        "seconds": round(time.monotonic() - began),
        "statuses": {str(status): statuses[status] for status in sorted(statuses)},
        "serverErrors": sum(each.server_errors for each in rounds),
        "clean": all(each.is_clean for each in rounds),
        "seed": seed,
    }


async def _migrate(settings: Settings) -> None:
    database = Database(settings.sqlalchemy_url)
    await upgrade_schema(database)
    await database.close()


if __name__ == "__main__":
    sys.exit(main())
