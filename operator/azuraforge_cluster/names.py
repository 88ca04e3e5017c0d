"""Names in the cluster that the operator gives and the API looks for."""

from typing import Final

__all__ = ["ATTEMPT_LABEL", "CONTAINER", "JOB_NAME_LABEL", "JOB_UID_LABEL"]

CONTAINER: Final = "trainer"
"""The one container of a trainer's pod."""

JOB_NAME_LABEL: Final = "azuraforge.io/job-name"
"""Name of the TrainingJob, on children and pods; what logs and watches select by."""
JOB_UID_LABEL: Final = "azuraforge.io/job-uid"
ATTEMPT_LABEL: Final = "azuraforge.io/attempt"
