"""How a forecast came out: actual values against what was said.

Pure: a forecast and rows in, figures out.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from azuraforge_api.predictions.schemas import (
    ActualRow,
    ForecastDocument,
    PredictionScore,
    SeriesDocument,
    TargetScore,
)
from azuraforge_api.problems.problem import Problem

__all__ = ["score_forecast"]


@dataclass
class _Tally:
    errors: list[float] = field(default_factory=list)
    inside: dict[float, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def score(self) -> TargetScore:
        count = len(self.errors)
        return TargetScore(
            rows=count,
            mae=math.fsum(map(abs, self.errors)) / count,
            rmse=math.sqrt(math.fsum(error * error for error in self.errors) / count),
            coverage={f"{level:g}": sum(hits) / len(hits) for level, hits in self.inside.items()},
        )


def score_forecast(forecast: ForecastDocument, actuals: Sequence[ActualRow]) -> PredictionScore:
    """Compare a forecast with what came true; times that were not forecast are left out.

    Raises:
        Problem: a series or a column was not forecast, a time is none, or nothing is in common.
    """
    by_name = {each.series: each for each in forecast.series}
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    places = {name: _places(each) for name, each in by_name.items()}
    for number, row in enumerate(actuals):
        series = _series(by_name, row, number)
        place = places[series.series].get(_moment(row.time, number))
        known = {target.name for target in series.targets}
        for column in row.values:
            if column not in known:
                raise Problem(
                    "invalid-request",
                    f"rows.{number}.values: {column!r} was not forecast.",
                    remedy=f"The forecast has {', '.join(sorted(known))}.",
                )
        if place is not None:
            _compare(series, place, row, tallies)
    if not tallies:
        raise Problem(
            "data-error",
            "None of these times was forecast.",
            remedy=f"The forecast goes from {forecast.series[0].times[0]} to "
            f"{forecast.series[0].times[-1]}.",
        )
    scores = {name: tally.score() for name, tally in sorted(tallies.items())}
    return PredictionScore(rows=sum(each.rows for each in scores.values()), targets=scores)


def _series(
    by_name: dict[str | None, SeriesDocument], row: ActualRow, number: int
) -> SeriesDocument:
    if row.series in by_name:
        return by_name[row.series]
    if row.series is None and len(by_name) == 1:
        return next(iter(by_name.values()))
    names = ", ".join(sorted(name for name in by_name if name)) or "one without a name"
    raise Problem(
        "invalid-request",
        f"rows.{number}.series: {row.series!r} was not forecast.",
        remedy=f"The forecast has {names}.",
    )


def _places(series: SeriesDocument) -> dict[datetime, int]:
    return {_read(time): place for place, time in enumerate(series.times)}


def _moment(text: str, number: int) -> datetime:
    try:
        return _read(text)
    except (ValueError, OverflowError):
        raise Problem(
            "invalid-request",
            f"rows.{number}.time: expected a time such as 2013-12-31T00:00Z, got {text!r}.",
        ) from None


def _read(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compare(
    series: SeriesDocument, place: int, row: ActualRow, tallies: dict[str, _Tally]
) -> None:
    for target in series.targets:
        actual = row.values.get(target.name)
        said = target.values[place]
        if actual is None or said is None:
            continue
        tally = tallies[target.name]
        tally.errors.append(actual - said)
        for interval in target.intervals:
            for lower, upper in _ends(interval.lower[place], interval.upper[place]):
                tally.inside[interval.level].append(lower <= actual <= upper)


def _ends(lower: float | None, upper: float | None) -> Iterator[tuple[float, float]]:
    if lower is not None and upper is not None:
        yield lower, upper
