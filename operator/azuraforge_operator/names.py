"""Names in the cluster that the operator gives and looks for."""

from typing import Final

from azuraforge_cluster.names import ATTEMPT_LABEL, CONTAINER, JOB_NAME_LABEL, JOB_UID_LABEL

__all__ = [
    "ATTEMPT_LABEL",
    "CLAIM_LABELS",
    "COMPONENT",
    "CONTAINER",
    "FIELD_OWNER",
    "JOB_ANNOTATION",
    "JOB_NAME_LABEL",
    "JOB_UID_LABEL",
    "KUEUE_PREFIX",
    "KUEUE_QUEUE_LABEL",
    "PIPELINE_LABEL",
]

COMPONENT: Final = "azuraforge-operator"
"""How the operator calls itself in events and in the lease."""
FIELD_OWNER: Final = "azuraforge-operator"
"""Owner of the status fields that it applies; live progress has an owner of its own."""

PIPELINE_LABEL: Final = "azuraforge.io/pipeline"
CLAIM_LABELS: Final = {
    "runs": "azuraforge.io/runs-claim",
    "cache": "azuraforge.io/cache-claim",
    "uploads": "azuraforge.io/uploads-claim",
    "dataset": "azuraforge.io/dataset-claim",
}
"""Labels of pods that use a ReadWriteOnce claim; their value is the claim's name. Those that most
pods of a namespace use come first."""
JOB_ANNOTATION: Final = "azuraforge.io/job"
"""The whole TrainingJob as JSON, on the pod; the trainer reads it as a file."""

KUEUE_PREFIX: Final = "kueue.x-k8s.io/"
KUEUE_QUEUE_LABEL: Final = "kueue.x-k8s.io/queue-name"
