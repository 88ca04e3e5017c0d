"""What a file says of itself: ``metadata_props``, for programs that find it without its README.

Every value is JSON, so that one rule reads them all.
"""

import json
from typing import Any

from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_core.export.onnx.forecaster import series_of_bands
from azuraforge_core.prediction.loading import Forecaster

__all__ = ["properties_of"]


def properties_of(forecaster: Forecaster) -> dict[str, str]:
    """Return the properties of a forecaster's file by name, each starting ``azuraforge.``."""
    manifest, intervals = forecaster.manifest, forecaster.intervals
    facts: dict[str, Any] = {
        "formatVersion": FORMAT_VERSION,
        "task": manifest.task,
        "kind": manifest.kind,
        "job": manifest.lineage.job,
        "uid": manifest.lineage.uid,
        "lookback": manifest.window.lookback,
        "horizon": manifest.window.horizon,
        "step": manifest.step.model_dump(mode="json", by_alias=True),
        "columns": [column.model_dump(mode="json", by_alias=True) for column in manifest.columns],
        "dataDigest": manifest.data.digest,
        "weightsDigest": manifest.weights_digest,
        "versions": dict(manifest.lineage.versions),
    }
    if intervals is not None:
        series = series_of_bands(forecaster)
        facts["intervals"] = {
            "kind": intervals.facts.kind,
            "levels": list(intervals.facts.levels),
            "series": None if series is None else manifest.data.series[series],
        }
    return {
        f"azuraforge.{name}": json.dumps(value, ensure_ascii=False, allow_nan=False)
        for name, value in facts.items()
    }
