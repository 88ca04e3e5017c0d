"""Where a run starts: at its own newest checkpoint, at another job's, or afresh.

Called once, before training. Going on from a checkpoint that belongs to other data or another
config would give a model that nobody asked for, so it is refused, and the note says why.
"""

from dataclasses import dataclass

from azuraforge_contract.errors import JobFileError
from azuraforge_core.training.checkpoints import Checkpoint, CheckpointStore
from azuraforge_core.training.identity import RunIdentity

__all__ = ["Start", "find_start"]


@dataclass(frozen=True)
class Start:
    """Where training starts.

    Attributes:
        checkpoint: what it goes on from, None: afresh.
        is_own: whether that is this run's own, and not another job's.
        notes: what a person should know, a sentence each.
    """

    checkpoint: Checkpoint | None = None
    is_own: bool = False
    notes: tuple[str, ...] = ()


def find_start(
    own: CheckpointStore,
    inherited: CheckpointStore | None,
    identity: RunIdentity,
    *,
    may_resume: bool,
) -> Start:
    """Return where training starts.

    Args:
        own: the run's own checkpoints; the newest whole and compatible one wins.
        inherited: the checkpoints of the job that ``resumeFrom`` names, or None.
        identity: what is about to be trained.
        may_resume: false where the job says ``checkpoint.resume: Never``; ``resumeFrom``, which is
            asked for by name, holds all the same.

    Raises:
        JobFileError: ``resumeFrom`` names a job that has no checkpoint, or none that fits.
    """
    start = _own_start(own, identity) if may_resume else Start()
    if start.checkpoint is not None or inherited is None:
        return start
    return Start(_inherited(inherited, identity), notes=start.notes)


def _own_start(store: CheckpointStore, identity: RunIdentity) -> Start:
    checkpoint, notes = store.newest()
    if checkpoint is None:
        return Start(notes=notes)
    changed = identity.differences(checkpoint.record.identity)
    if not changed:
        return Start(checkpoint, is_own=True, notes=notes)
    words = " and ".join(changed)
    note = (
        f"Training starts afresh: checkpoint {checkpoint.facts.name} was left aside because "
        f"{words} changed since."
    )
    return Start(notes=(*notes, note))


def _inherited(store: CheckpointStore, identity: RunIdentity) -> Checkpoint:
    checkpoint, _ = store.newest()
    uid = store.folder.parent.name
    if checkpoint is None:
        raise JobFileError(
            f"spec.resumeFrom: job {uid} has no checkpoint in {store.folder}.",
            remedy="Name a job whose run folder lies beside this one, or remove resumeFrom.",
        )
    changed = identity.differences(checkpoint.record.identity)
    if changed:
        raise JobFileError(
            f"spec.resumeFrom: the checkpoint of job {uid} does not fit this job: "
            f"{' and '.join(changed)} changed.",
            remedy="Use the same pipeline, config, seed and data, or remove resumeFrom.",
        )
    return checkpoint
