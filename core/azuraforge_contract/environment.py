"""The environment variables by which an executor tells a trainer what to do.

The device is not among them: it stands in the job alone, so that nothing around a job can turn a
GPU run into a CPU run.
"""

from typing import Final

__all__ = [
    "ATTEMPT",
    "CACHE_DIR",
    "DATASETS_DIR",
    "JOB_FILE",
    "RUN_DIR",
    "SERVICE_TOKEN",
    "SERVICE_URL",
    "TERMINATION_FILE",
    "TRACKING_TOKEN_FILE",
    "TRACKING_URL",
]

JOB_FILE: Final = "AZURAFORGE_JOB_FILE"
"""Path of the whole TrainingJob object as JSON or YAML."""
ATTEMPT: Final = "AZURAFORGE_ATTEMPT"
"""Index of the attempt, from 0."""
CACHE_DIR: Final = "AZURAFORGE_CACHE_DIR"
"""Folder of the shared data cache."""
DATASETS_DIR: Final = "AZURAFORGE_DATASETS_DIR"
"""Folder of the service's uploaded data sets; absent where there is no service."""
RUN_DIR: Final = "AZURAFORGE_RUN_DIR"
"""Folder of this run: job.json, events, checkpoints, model, report."""
TRACKING_URL: Final = "AZURAFORGE_TRACKING_URL"
"""Address of the API that takes events as they happen; training works without it."""
TRACKING_TOKEN_FILE: Final = "AZURAFORGE_TRACKING_TOKEN_FILE"  # noqa: S105 - a name
"""Path of the bearer token that they are posted with; read anew at each post, for it may change."""
TERMINATION_FILE: Final = "AZURAFORGE_TERMINATION_FILE"
"""Path the termination message is written to; the kubelet reads /dev/termination-log."""

SERVICE_URL: Final = "AZURAFORGE_URL"
"""For people: address of the service that commands speak with, in place of the stored login's."""
SERVICE_TOKEN: Final = "AZURAFORGE_TOKEN"  # noqa: S105 - the variable's name
"""For people: token for that service."""
