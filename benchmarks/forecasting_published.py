"""Published errors to set ours beside, each with where it is from.

All are MSE and MAE of scaled values over the whole test part; values of code that drops the last
test batch were taken from re-measurements that do not. A paper chooses its lookback itself, so it
stands beside the value.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["PUBLISHED", "PublishedScore", "published"]

_TIMEXER: Final = "Wang et al., TimeXer, NeurIPS 2024"


@dataclass(frozen=True)
class PublishedScore:
    """One entry of a paper's table.

    Attributes:
        model: as the paper calls it.
        lookback: rows seen, as the paper gives it.
        source: where the value is from.
        errors: horizon → MSE and MAE.
        ours: the model of ours that is the same or closest; empty where there is none.
    """

    model: str
    lookback: str
    source: str
    errors: dict[int, tuple[float, float]]
    ours: str = ""


PUBLISHED: Final[dict[str, tuple[PublishedScore, ...]]] = {
    "ETTh1": (
        PublishedScore(
            "TimeBase",
            "720",
            "Huang et al., ICML 2025",
            {96: (0.350, 0.384), 192: (0.388, 0.410), 336: (0.409, 0.419), 720: (0.440, 0.446)},
        ),
        PublishedScore(
            "DUET",
            "336 or 512",
            "Qiu et al., KDD 2025",
            {96: (0.352, 0.384), 192: (0.398, 0.409), 336: (0.414, 0.426), 720: (0.429, 0.455)},
        ),
        PublishedScore(
            "PatchTST/42",
            "336",
            "Nie et al., ICLR 2023, re-measured without drop_last",
            {96: (0.385, 0.406), 192: (0.414, 0.421), 336: (0.441, 0.440), 720: (0.456, 0.471)},
            ours="patchtst-independent",
        ),
        PublishedScore(
            "DLinear",
            "336",
            "Zeng et al., AAAI 2023, re-measured without drop_last",
            {96: (0.384, 0.405), 192: (0.443, 0.450), 336: (0.447, 0.448), 720: (0.504, 0.515)},
            ours="dlinear",
        ),
        PublishedScore(
            "iTransformer",
            "up to 512",
            "Liu et al., ICLR 2024, as searched by TFB (Qiu et al., VLDB 2024)",
            {96: (0.386, 0.405), 192: (0.424, 0.440), 336: (0.449, 0.460), 720: (0.495, 0.487)},
            ours="itransformer",
        ),
    ),
    "Weather": (
        PublishedScore(
            "DUET",
            "336 or 512",
            "Qiu et al., KDD 2025",
            {96: (0.146, 0.191), 192: (0.188, 0.231), 336: (0.234, 0.268), 720: (0.305, 0.319)},
        ),
        PublishedScore(
            "PatchTST/42",
            "336",
            "Nie et al., ICLR 2023, re-measured without drop_last",
            {96: (0.151, 0.200), 192: (0.195, 0.242), 336: (0.249, 0.283), 720: (0.321, 0.335)},
            ours="patchtst-independent",
        ),
        PublishedScore(
            "DLinear",
            "336",
            "Zeng et al., AAAI 2023",
            {96: (0.174, 0.233), 192: (0.218, 0.278), 336: (0.263, 0.314), 720: (0.332, 0.374)},
            ours="dlinear",
        ),
    ),
    "ETTm1": (
        PublishedScore(
            "DUET",
            "336 or 512",
            "Qiu et al., KDD 2025",
            {96: (0.279, 0.333), 192: (0.320, 0.358), 336: (0.348, 0.377), 720: (0.405, 0.408)},
        ),
    ),
    "EPF-NP": (
        PublishedScore("TimeXer", "168", _TIMEXER, {24: (0.236, 0.268)}),
        PublishedScore("iTransformer", "168", _TIMEXER, {24: (0.265, 0.300)}, ours="itransformer"),
        PublishedScore(
            "PatchTST", "168", _TIMEXER, {24: (0.267, 0.284)}, ours="patchtst-independent"
        ),
        PublishedScore("DLinear", "168", _TIMEXER, {24: (0.309, 0.321)}, ours="dlinear"),
    ),
    "EPF-PJM": (
        PublishedScore("TimeXer", "168", _TIMEXER, {24: (0.093, 0.192)}),
        PublishedScore("iTransformer", "168", _TIMEXER, {24: (0.097, 0.197)}, ours="itransformer"),
        PublishedScore(
            "PatchTST", "168", _TIMEXER, {24: (0.106, 0.209)}, ours="patchtst-independent"
        ),
        PublishedScore("DLinear", "168", _TIMEXER, {24: (0.108, 0.215)}, ours="dlinear"),
    ),
}


def published(data: str, horizon: int) -> list[tuple[PublishedScore, float, float]]:
    """Return the published scores of a data set at a horizon, least MSE first."""
    found = [
        (score, *score.errors[horizon]) for score in PUBLISHED[data] if horizon in score.errors
    ]
    return sorted(found, key=lambda entry: entry[1])
