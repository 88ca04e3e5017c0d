"""Every word that the lifecycle itself gives as a reason, in one place.

They stand in ``status.reason``, in conditions, in attempts and in events. A trainer may give a word
of its own in its termination message; those it commonly gives are here as well.
"""

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """Why something is as it is: one CamelCase word."""

    # Acceptance
    ACCEPTED = "Accepted"
    NOT_ACCEPTED = "NotAccepted"
    NOT_CHECKED = "NotChecked"
    INVALID_CONFIG = "InvalidConfig"
    PLUGIN_NOT_FOUND = "PluginNotFound"
    IMAGE_NOT_ALLOWED = "ImageNotAllowed"
    ARTIFACT_STORE_REQUIRED = "ArtifactStoreRequired"

    # Before an attempt runs
    ATTEMPT_CREATED = "AttemptCreated"
    ATTEMPT_REFUSED = "AttemptRefused"
    ATTEMPT_STARTING = "AttemptStarting"
    ATTEMPT_WAITING = "AttemptWaiting"
    ADMITTED = "Admitted"
    BACK_OFF = "BackOff"
    IMAGE_PULL_BACK_OFF = "ImagePullBackOff"
    NAME_IN_USE = "NameInUse"
    NAME_TAKEN = "NameTaken"
    NOT_QUEUED = "NotQueued"
    QUEUED = "Queued"
    REQUEUED = "Requeued"
    UNEXPECTED_ADMISSION_ERROR = "UnexpectedAdmissionError"
    UNSCHEDULABLE = "Unschedulable"

    # While an attempt runs
    ATTEMPT_DELETED = "AttemptDeleted"
    ATTEMPT_RUNNING = "AttemptRunning"
    STRAY_ATTEMPT = "StrayAttempt"
    ACCELERATOR_READY = "AcceleratorReady"
    CHECKPOINT_SAVED = "CheckpointSaved"
    CPU_REQUESTED = "CpuRequested"
    DATA_READY = "DataReady"
    NO_CHECKPOINT = "NoCheckpoint"
    NOT_REPORTED = "NotReported"

    # How an attempt ended
    ACCELERATOR_UNAVAILABLE = "AcceleratorUnavailable"
    ATTEMPT_FAILED = "AttemptFailed"
    ATTEMPT_LOST = "AttemptLost"
    ATTEMPT_PREEMPTED = "AttemptPreempted"
    ATTEMPT_STOPPED = "AttemptStopped"
    BAD_CONFIG = "BadConfig"
    BAD_DATA = "BadData"
    COMPLETED = "Completed"
    DIVERGED = "Diverged"
    GPU_OUT_OF_MEMORY = "GpuOutOfMemory"
    INTERNAL_ERROR = "InternalError"
    OOM_KILLED = "OOMKilled"
    PREEMPTED = "Preempted"
    SOURCE_UNREACHABLE = "SourceUnreachable"
    STALLED = "Stalled"
    STOPPED = "Stopped"
    STORAGE_ERROR = "StorageError"

    # Limits
    ACTIVE_DEADLINE_EXCEEDED = "ActiveDeadlineExceeded"
    QUEUE_DEADLINE_EXCEEDED = "QueueDeadlineExceeded"
    START_DEADLINE_EXCEEDED = "StartDeadlineExceeded"
    TOO_MANY_PREEMPTIONS = "TooManyPreemptions"

    # What people ask for, and ends
    CANCELLED = "Cancelled"
    CANCELLING = "Cancelling"
    FAILED = "Failed"
    NOT_PUBLISHED = "NotPublished"
    NOT_SUSPENDED = "NotSuspended"
    PUBLISHED = "Published"
    RESUMED = "Resumed"
    STOPPING = "Stopping"
    SUCCEEDED = "Succeeded"
    SUSPENDED = "Suspended"
    SUSPENDING = "Suspending"
    UNFINISHED = "Unfinished"
