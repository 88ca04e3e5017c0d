"""Time of day, week and year from time stamps, inside the graph.

So that nobody who uses the file has to make calendar columns: it takes seconds since 1970. The same
numbers as `data.calendar_features`, in float64 up to the last step.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from azuraforge_contract.errors import InternalError
from azuraforge_core.data.steps import DAY
from azuraforge_core.export.onnx.graph import Graph, Value

__all__ = ["calendar_channels"]

_FLOAT: Final = 1
"""ONNX's number of float32."""
_DOUBLE: Final = 11
"""ONNX's number of float64."""
_WEEK: Final = 7 * DAY
_MONDAY: Final = 4 * DAY
_YEAR_0_MARCH: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
_YEAR_1: Final = 719_162
"""Days from 0001-01-01 to 1970-01-01."""
_ERA_DAYS: Final = 146_097
"""Days of 400 years."""
_MARCH_TO_DECEMBER: Final = 306
"""Days from the first of March to the end of the year."""


def calendar_channels(graph: Graph, time: Value, names: Sequence[str]) -> Value:
    """Return calendar features of time stamps.

    Args:
        graph: what the nodes are put into.
        time: int64 ``(batch, row)`` seconds since 1970, in the data's time zone.
        names: which features, such as ``day_sin``.

    Returns:
        float32 ``(batch, row, feature)``.
    """
    calendar = _Calendar(graph, time)
    angles: dict[str, Value] = {}
    channels = []
    for name in names:
        circle, part = name.split("_")
        if circle not in angles:
            angles[circle] = calendar.angle(circle)
        wave = graph.add("Sin" if part == "sin" else "Cos", angles[circle], shape=time.shape)
        narrow = graph.add("Cast", wave, shape=time.shape, to=_FLOAT)
        shape = (*time.shape, 1)
        channels.append(graph.add("Unsqueeze", narrow, graph.integers([2]), shape=shape))
    return graph.concatenate(channels, axis=2)


class _Calendar:
    def __init__(self, graph: Graph, time: Value) -> None:
        self._graph = graph
        self._time = time

    def angle(self, circle: str) -> Value:
        """Return how far each time lies within its day, week or year, float64 in [0, 2π)."""
        match circle:
            case "day":
                phase = self._share(self._with("Mod", self._time, DAY), self._number(DAY))
            case "week":
                monday = self._with("Sub", self._time, _MONDAY)
                phase = self._share(self._with("Mod", monday, _WEEK), self._number(_WEEK))
            case "year":
                phase = self._year_phase()
            case _:
                raise InternalError(f"The export knows no calendar feature of the {circle}.")
        full = self._graph.constant(np.array(2 * np.pi))
        return self._graph.elementwise("Mul", phase, full)

    def _year_phase(self) -> Value:
        year = self._year()
        start = self._first_day(year)
        length = self._two("Sub", self._first_day(self._with("Add", year, 1)), start)
        passed = self._two("Sub", self._time, self._with("Mul", start, DAY))
        return self._share(passed, self._with("Mul", length, DAY))

    def _year(self) -> Value:
        """Return each time's year.

        Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2021, ``civil_from_days``:
        years there begin in March, so that the leap day is the last one.
        """
        seconds = self._with("Mod", self._time, DAY)
        day = self._with("Div", self._two("Sub", self._time, seconds), DAY)
        since = self._with("Add", day, _YEAR_0_MARCH)
        in_era = self._with("Mod", since, _ERA_DAYS)
        era = self._with("Div", self._two("Sub", since, in_era), _ERA_DAYS)
        leaps = self._two(
            "Sub",
            self._two("Sub", in_era, self._with("Div", in_era, 1460)),
            self._two(
                "Sub",
                self._with("Div", in_era, _ERA_DAYS - 1),
                self._with("Div", in_era, 36_524),
            ),
        )
        year_of_era = self._with("Div", leaps, 365)
        day_of_year = self._two("Sub", in_era, self._days_of_years(year_of_era, per_era=False))
        is_new_year = self._graph.add(
            "GreaterOrEqual",
            day_of_year,
            self._number(_MARCH_TO_DECEMBER),
            shape=self._time.shape,
        )
        january = self._graph.add("Cast", is_new_year, shape=self._time.shape, to=7)
        year = self._two("Add", self._with("Mul", era, 400), year_of_era)
        return self._two("Add", year, january)

    def _first_day(self, year: Value) -> Value:
        """Return the days from 1970 to the first of January."""
        before = self._with("Sub", year, 1)
        return self._with("Sub", self._days_of_years(before, per_era=True), _YEAR_1)

    def _days_of_years(self, years: Value, *, per_era: bool) -> Value:
        """Return the days of so many years; within an era no year of 400 has come."""
        common = self._with("Mul", years, 365)
        fourth = self._two("Add", common, self._with("Div", years, 4))
        days = self._two("Sub", fourth, self._with("Div", years, 100))
        return self._two("Add", days, self._with("Div", years, 400)) if per_era else days

    def _share(self, passed: Value, whole: Value) -> Value:
        numbers = (
            self._graph.add("Cast", value, shape=value.shape, to=_DOUBLE)
            for value in (passed, whole)
        )
        return self._graph.elementwise("Div", *numbers)

    def _with(self, operator: str, left: Value, right: int) -> Value:
        return self._graph.elementwise(operator, left, self._number(right))

    def _two(self, operator: str, left: Value, right: Value) -> Value:
        return self._graph.elementwise(operator, left, right)

    def _number(self, number: int) -> Value:
        return self._graph.constant(np.array(number, dtype=np.int64), "number")
