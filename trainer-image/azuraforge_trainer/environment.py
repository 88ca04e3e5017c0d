"""What the executor told this process, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azuraforge_contract import environment as names
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.run_folder import RunFolder

__all__ = ["AttemptEnvironment", "read_environment"]

_KUBELET_READS = Path("/dev/termination-log")


@dataclass(frozen=True)
class AttemptEnvironment:
    """Where everything of an attempt is.

    Attributes:
        job_file: the TrainingJob, JSON or YAML.
        attempt: its index, from 0.
        cache_folder: the shared data cache.
        run: the run's folder.
        termination_file: where the last word goes, None where nobody reads one.
        tracking_url: address of the API that takes events, None where there is none.
        tracking_token_file: holds the token that they are sent with.
    """

    job_file: Path
    attempt: int
    cache_folder: Path
    run: RunFolder
    termination_file: Path | None
    tracking_url: str | None = None
    tracking_token_file: Path | None = None


def read_environment(variables: Mapping[str, str]) -> AttemptEnvironment:
    """Return what the variables say.

    Raises:
        JobFileError: one is missing or no number.
    """
    return AttemptEnvironment(
        job_file=Path(_required(variables, names.JOB_FILE)),
        attempt=_attempt(_required(variables, names.ATTEMPT)),
        cache_folder=Path(_required(variables, names.CACHE_DIR)),
        run=RunFolder(Path(_required(variables, names.RUN_DIR))),
        termination_file=termination_file(variables),
        tracking_url=variables.get(names.TRACKING_URL) or None,
        tracking_token_file=_path(variables.get(names.TRACKING_TOKEN_FILE)),
    )


def termination_file(variables: Mapping[str, str]) -> Path | None:
    """Return where the last word goes; known even where the rest of the environment is wrong."""
    named = variables.get(names.TERMINATION_FILE)
    if named:
        return Path(named)
    return _KUBELET_READS if _KUBELET_READS.exists() else None


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _required(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise JobFileError(
            f"The environment variable {name} is not set.",
            remedy="An executor sets it; by hand, use `azuraforge run -f job.yaml`.",
        )
    return value


def _attempt(text: str) -> int:
    if not text.isdecimal():
        raise JobFileError(f"{names.ATTEMPT} should be a whole number from 0, got {text!r}.")
    return int(text)
