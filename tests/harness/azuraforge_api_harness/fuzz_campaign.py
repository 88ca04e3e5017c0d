"""Fuzzes a real service by its own OpenAPI document, with and without a token.

Called by the tests (some thousand requests) and by ``make fuzz`` (tens of thousands).
"""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx

from azuraforge_api.app import create_app
from azuraforge_api.settings import Settings
from azuraforge_api_harness.fuzz_hooks import AS_NOBODY
from azuraforge_api_harness.fuzz_seeds import Seeds, plant
from azuraforge_api_harness.service_process import ServiceProcess
from azuraforge_api_harness.trained_run import TrainedRun

__all__ = ["Campaign", "Round"]

_HOOKS: Final = "azuraforge_api_harness.fuzz_hooks"
_TOKENS: Final = 100
_SERVER_ERROR: Final = 500
_EXPECTED: Final = ["2xx", 400, 401, 403, 404, 409, 412, 415, 416, 422]
"""A request may fit the schema and yet be refused: no row of that name, no data of that kind."""
_CHECKS: Final = (
    f"checks.positive_data_acceptance.expected-statuses = {_EXPECTED}",
    "generation.allow-x00 = true",
    # What answers tell of, such as a job that waits, has events without an end.
    "phases.fuzzing.extra-data-sources.responses = false",
    "phases.coverage.extra-data-sources.responses = false",
    "continue-on-failure = true",
)


@dataclass(frozen=True)
class Round:
    """How one run of schemathesis went.

    Attributes:
        requests: how many the service has answered.
        statuses: HTTP status to how often.
        is_clean: whether no check has failed.
        report: what schemathesis printed.
    """

    requests: int
    statuses: dict[int, int]
    is_clean: bool
    report: str

    @property
    def server_errors(self) -> int:
        """Return how many answers said that the service failed; 503 and the like included."""
        return sum(count for status, count in self.statuses.items() if status >= _SERVER_ERROR)


@dataclass
class Campaign:
    """A service and what is in it.

    Attributes:
        folder: for everything.
        trained: a run to be imported.
        environment: of the service, such as its database.
    """

    folder: Path
    trained: TrainedRun
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start the service and fill it; its jobs wait for ever."""
        quiet = {"AZURAFORGE_LOCAL_CPU_JOBS": "0", **self.environment}
        self.service = ServiceProcess(self.folder / "data", quiet)
        self.service.start()
        self.service.wait_until_ready()
        seeds = plant(self.service.client, self.trained)
        self._token = _hidden_token(self.service.client)
        self._config = self.folder / "schemathesis.toml"
        self._config.write_text(_config(seeds), encoding="utf-8")
        self._seen = 0
        self._seen = len(self._statuses())
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the service."""
        self.service.client.close()
        self.service.kill()

    def fuzz(self, *, phases: str, examples: int, seed: int, as_nobody: bool = False) -> Round:
        """Let schemathesis ask.

        Args:
            phases: of schemathesis, separated by commas.
            examples: of each operation at most, in the phases that draw them.
            seed: of all that is drawn.
            as_nobody: without a token.
        """
        url = str(self.service.client.base_url)
        command = [str(Path(sys.executable).with_name("schemathesis")), "--no-color"]
        command += ["--config-file", str(self._config), "run", self._document(), "--url", url]
        command += ["--phases", phases, "--max-examples", str(examples), "--seed", str(seed)]
        command += ["--continue-on-failure", "--no-shrink", "--suppress-health-check", "all"]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": _HOOKS}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        if as_nobody:
            environment[AS_NOBODY] = "1"  # who is nobody learns of no method either
            command += ["--exclude-checks", "unsupported_method"]
        else:
            command += ["--header", f"Authorization: Bearer {self._token}"]
        result = subprocess.run(  # noqa: S603 - our own command
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        statuses = self._statuses()
        new, self._seen = statuses[self._seen :], len(statuses)
        report = result.stdout + result.stderr
        return Round(len(new), dict(sorted(Counter(new).items())), result.returncode == 0, report)

    def _document(self) -> str:
        path = self.folder / "openapi.json"
        document = create_app(Settings(data_dir=self.folder)).openapi()
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    def _statuses(self) -> list[int]:
        """Return the status of every request, as the service's own log has it."""
        with (self.folder / "data" / "service.log").open(encoding="utf-8") as lines:
            entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [each["status"] for each in entries if each.get("event") == "request"]


def _hidden_token(client: httpx.Client) -> str:
    """Return an admin's token of a number that no request revokes by chance."""
    wanted = {"name": "fuzz", "role": "admin"}
    made = [client.post("/api/v1/tokens", json=wanted).json() for _ in range(_TOKENS)]
    return str(made[_TOKENS // 2]["secret"])


def _config(seeds: Seeds) -> str:
    """Return schemathesis' settings: what is there to be found, and what an answer may be."""
    found = {
        "job": [seeds.run], "run": [seeds.run], "model": ["night"],
        "version": ["1", "latest"], "dataset": ["load"], "prediction": [seeds.prediction],
        "pipeline": ["weather-forecaster"], "path": ["model.json", "job.json"],
        "series": ["train.loss", "validation.mse"],
    }  # fmt: skip
    doomed = {"dataset": ["doomed"], "job": [seeds.job], "alias": ["challenger"]}
    lines = [f"dictionaries.{name}.values = {json.dumps(each)}" for name, each in found.items()]
    lines += [f"dictionaries.doomed-{n}.values = {json.dumps(each)}" for n, each in doomed.items()]
    lines += ["request-timeout = 60", *_CHECKS, "[parameters]"]
    lines += [f'"path.{n}" = {{ dictionary = "{n}", probability = 0.6 }}' for n in found]
    lines += ['"query.run" = { dictionary = "run", probability = 0.6 }']
    lines += ['"query.name" = { dictionary = "series", probability = 0.6 }']
    # What is deleted must not be what everything else looks for.
    lines += ["[[operations]]", 'include-method = "DELETE"', "[operations.parameters]"]
    lines += [f'"path.{n}" = {{ dictionary = "doomed-{n}", probability = 0.3 }}' for n in doomed]
    # A model may be called import: GET is taken there too, by the address of models.
    lines += ["[[operations]]", 'include-path = "/api/v1/models/import"']
    lines += ["checks.allow_header_conformance.enabled = false"]
    return "\n".join([*lines, ""])
