"""Kills the service, and its database, again and again while jobs tell events.

    make kill-test

Ten jobs of 20 events a second each, as real trainer processes that write their event files and post
to the service; 50 times SIGKILL at random moments: to the service on SQLite, to the service on
PostgreSQL, to PostgreSQL under the service. Afterwards every line of the event files must be stored
exactly once, and every model registered once. Keeps the figures in
``benchmarks/results/service_kills.json``; ends with 1 where one of them is wrong.
"""

import argparse
import datetime as dt
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from azuraforge_api_harness.kill_campaign import CampaignResult, KillCampaign, Victim
from azuraforge_api_harness.postgres_server import PostgresServer, find_programs

RESULTS: Final = Path(__file__).parent / "results" / "service_kills.json"
CASES: Final[tuple[tuple[str, Victim, bool], ...]] = (
    ("service on SQLite", "service", False),
    ("service on PostgreSQL", "service", True),
    ("PostgreSQL under the service", "database", True),
)
"""Title, what is killed, whether on PostgreSQL."""


def main() -> int:
    """Carry out the cases; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    record: dict[str, Any] = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "kills": options.kills,
        "jobs": options.jobs,
        "cases": {},
    }
    is_right = True
    for title, victim, needs_server in CASES:
        result = _carry_out(victim, needs_server, options)
        is_right &= result.is_right(options.jobs)
        record["cases"][title] = asdict(result)
        sys.stdout.write(f"{title}: {result.summary()}\n")
        sys.stdout.flush()
        RESULTS.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0 if is_right else 1


def _carry_out(victim: Victim, needs_server: bool, options: argparse.Namespace) -> CampaignResult:
    # A socket's path has room for a hundred characters, and the server's user goes through it.
    with tempfile.TemporaryDirectory(prefix="azf-kills-") as parent:
        folder = Path(parent)
        folder.chmod(0o755)
        server = _server(folder / "server") if needs_server else None
        campaign = KillCampaign(
            folder, victim, options.kills, options.jobs, seed=options.seed, server=server
        )
        try:
            return campaign.run()
        finally:
            if server is not None:
                server.stop()


def _server(folder: Path) -> PostgresServer:
    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return PostgresServer.start(programs, folder, {})  # as durable as it comes


if __name__ == "__main__":
    sys.exit(main())
