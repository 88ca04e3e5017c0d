"""The groups of addresses in the OpenAPI document, in the order in which one meets them."""

from typing import Final

__all__ = ["TAGS"]

TAGS: Final[dict[str, str]] = {
    "pipelines": "What can be trained: installed plugins, their settings, and the check of a job.",
    "datasets": "Tables that people upload, in versions that are known by their content.",
    "jobs": "Training jobs: create, watch, suspend, cancel, try again, read their files and logs.",
    "tracking": "Events and metrics of runs, as trainers tell them.",
    "compare": "Runs side by side: settings, series, a table.",
    "models": "The model library: versions, aliases, files, download, ONNX, import.",
    "predictions": "Forecasts of library models, kept and scored later.",
    "reports": "Reports of runs, models and comparisons, as pages.",
    "webhooks": "Other programs that are told when a job has ended; for admins.",
    "session": "Logging in with a browser, and who is logged in.",
    "tokens": "Tokens of programs; for admins.",
    "audit": "Who changed what; for admins.",
    "system": "The service itself: health, readiness, release, metrics, this description.",
}
"""Name of a tag to what is behind it."""
