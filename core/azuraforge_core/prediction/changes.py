"""Applies a what-if to what a model sees. Called by `forecast`."""

from collections.abc import Sequence
from dataclasses import replace

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import nearest
from azuraforge_core.prediction.known_rows import columns_of
from azuraforge_core.prediction.situation import Situation
from azuraforge_core.prediction.what_if import WhatIf
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["check_what_if", "with_changes"]


def check_what_if(manifest: ModelManifest, changes: Sequence[WhatIf]) -> None:
    """Refuse a change of something that is no input.

    Raises:
        JobFileError: naming the column, and the nearest that can be changed.
    """
    roles = {column.name: column.role for column in manifest.columns}
    known = [name for name, role in roles.items() if role != "calendar"]
    for change in changes:
        if roles.get(change.column) == "calendar":
            raise JobFileError(
                f"What-if cannot change {change.column!r}: it is made from the time stamps.",
                remedy=f"Columns to change: {', '.join(known)}.",
            )
        if change.column not in roles:
            near = nearest(change.column, known)
            raise JobFileError(
                f"What-if names column {change.column!r}, which the model does not see.",
                remedy=f"Did you mean {near!r}?" if near else f"It sees {', '.join(known)}.",
            )


def with_changes(
    situation: Situation, manifest: ModelManifest, changes: Sequence[WhatIf], rows: int | None
) -> Situation:
    """Return the situation with some inputs changed.

    A column known ahead is changed over all rows ahead, any other over the last ``rows`` rows seen
    (None: over all that the model looks back).
    """
    values, ahead = situation.values.copy(), situation.ahead.copy()
    future = columns_of(manifest, "future")
    names = [column.name for column in manifest.columns]
    for change in changes:
        channel = names.index(change.column)
        if channel in future:
            ahead[future.index(channel)] = change.apply(ahead[future.index(channel)])
        else:
            recent = slice(-rows if rows else None, None)
            values[channel, recent] = change.apply(values[channel, recent])
    return replace(situation, values=values, ahead=ahead)
