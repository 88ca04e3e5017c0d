"""Refuses a situation that lacks something the model must see. Called by `forecast`."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from azuraforge_contract.errors import DataError
from azuraforge_core.data.steps import iso
from azuraforge_core.prediction.known_rows import columns_of
from azuraforge_core.prediction.situation import Situation, subject_of
from azuraforge_core.store.model_manifest import ModelManifest

__all__ = ["check_inputs"]

_MAXIMUM_COLUMNS_SHOWN: Final = 5


def check_inputs(situation: Situation, manifest: ModelManifest) -> None:
    """Refuse a situation with a missing value.

    Raises:
        DataError: naming the columns and the time stamps.
    """
    _check_past(situation, manifest)
    future = columns_of(manifest, "future")
    missing = np.isnan(situation.ahead[: len(future)])
    if not missing.any():
        return
    names = [manifest.columns[c].name for c in np.array(future)[missing.any(axis=1)]]
    times = situation.ahead_times[missing.any(axis=0)]
    stamps = iso(times[0]) if len(times) == 1 else f"{iso(times[0])} to {iso(times[-1])}"
    raise DataError(
        f"{subject_of(situation.series)} lacks {_listed(names)} at {stamps} ({len(times)} of the "
        f"{len(situation.ahead_times)} rows that the model forecasts): it must be known ahead.",
        remedy=f"Bring rows for these times with {_listed(names)} filled in and the other columns "
        f"left empty, or assume a value by the what-if {names[0]}=VALUE.",
    )


def _check_past(situation: Situation, manifest: ModelManifest) -> None:
    for column, values in zip(manifest.columns, situation.values, strict=True):
        missing = np.flatnonzero(np.isnan(values))
        if not len(missing):
            continue
        raise DataError(
            f"{subject_of(situation.series)} has no value of {column.name!r} at "
            f"{iso(situation.times[missing[0]])} ({len(missing)} of the {len(values)} rows "
            "that the model looks back lack it).",
            remedy=f"Fill it in{_filled(manifest)}.",
        )


def _filled(manifest: ModelManifest) -> str:
    """Return how training filled holes, as the end of a remedy."""
    missing = manifest.config.get("dataset", {}).get("missing", {})
    if missing.get("policy") != "interpolate":
        return ""
    return (
        f"; as in training, holes of up to {missing.get('max_gap')} rows between two values are "
        "filled on a straight line"
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_MAXIMUM_COLUMNS_SHOWN])
    more = len(names) - _MAXIMUM_COLUMNS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
