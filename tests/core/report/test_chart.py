"""Charts are geometry in percentages, honest about gaps and zero."""

import math

from azuraforge_core.report.chart import Chart, draw_chart
from azuraforge_core.report.marks import Axes, Band, Bars, Level, Line, Marks
from azuraforge_core.report.numbers import NONE

AXES = Axes("Epoch", "Error")


def _draw(line: Line, axes: Axes = AXES) -> Chart:
    chart = draw_chart("Curve", "A curve.", axes, Marks(lines=[line]))
    assert chart is not None
    return chart


def test_a_line_runs_through_its_points() -> None:
    """The path's coordinates are the points on the axes' scales, y upward."""
    chart = _draw(Line("a", "model", [1, 2, 3], [0.0, 1.0, 0.5]))
    assert chart.paths[0].path == "M0.0 1000.0L500.0 0.0L1000.0 500.0"
    assert [label.text for label in chart.y_labels][:2] == ["0.0", "0.2"]
    assert [label.position for label in chart.x_labels] == [0.0, 50.0, 100.0]


def test_missing_values_leave_a_gap() -> None:
    """None, NaN and infinity lift the pen; no value is invented."""
    chart = _draw(Line("a", "truth", range(6), [0.0, None, 1.0, math.nan, 1.0, math.inf]))
    assert chart.paths[0].path == "M0.0 1000.0M500.0 0.0M1000.0 0.0"


def test_an_error_axis_starts_at_zero() -> None:
    """A difference between errors is not magnified by cutting the axis."""
    chart = _draw(Line("a", "model", [1, 2], [0.9, 1.0]), Axes("Step", "MSE", from_zero=True))
    assert chart.y_labels[0].text.strip("0.") == ""
    assert chart.y_labels[0].position == 100.0


def test_a_chart_without_a_finite_point_is_not_drawn() -> None:
    """A diverged run gives no empty frame."""
    marks = Marks(lines=[Line("a", "model", [1, 2], [math.nan, None])])
    assert draw_chart("a", "b", AXES, marks) is None


def test_a_single_point_is_drawn() -> None:
    """One point or a flat line makes no division by zero."""
    assert _draw(Line("a", "model", [7], [3.0])).x_labels[0].position == 50.0


def test_the_axis_of_steps_starts_at_one() -> None:
    """The first step of a long horizon has its label."""
    chart = _draw(Line("a", "model", range(1, 25), [float(step) for step in range(24)]))
    assert [label.text for label in chart.x_labels] == ["1", "5", "10", "15", "20"]


def test_the_legend_names_the_model_first() -> None:
    """The model is drawn on top, hence last, and named first."""
    lines = [Line("Ridge", "rival", [1, 2], [1, 2]), Line("LSTM", "model", [1, 2], [2, 1])]
    marks = Marks(lines=lines, marked=(2, 1, "best"), shaded_from=1.5)
    chart = draw_chart("a", "b", AXES, marks)
    assert chart is not None
    assert [line.title for line in chart.legend] == ["LSTM", "Ridge"]
    assert chart.shaded_from == 50.0
    assert chart.marker is not None
    assert (chart.marker.x, chart.marker.y) == (100.0, 100.0)


def test_bars_stand_on_zero_and_lie_within_the_plot() -> None:
    """Bars reach from zero to their value, below zero too; the outermost are as wide as others."""
    marks = Marks(bars=[Bars("a", "model", [1, 2], [1.0, -1.0], 0.5)])
    chart = draw_chart("a", "b", AXES, marks)
    assert chart is not None
    assert chart.paths[0].path == ("M0.0 500.0V0.0H333.3V500.0ZM666.7 500.0V1000.0H1000.0V500.0Z")
    assert chart.paths[0].shape == "bars"


def test_a_band_is_closed_around_each_stretch() -> None:
    """A missing end opens the band; what lies between is not invented."""
    lows, highs = [0.0, 0.0, None, 0.0], [1.0, 1.0, 1.0, 1.0]
    chart = draw_chart("a", "b", AXES, Marks(bands=[Band("80 %", "wide", range(4), lows, highs)]))
    assert chart is not None
    assert chart.paths[0].path.count("Z") == 2
    assert chart.paths[0].path.startswith("M0.0 0.0L333.3 0.0L333.3 1000.0L0.0 1000.0Z")


def test_names_stand_beneath_their_bars() -> None:
    """Values by name have their names at the middle of equal shares, and dashes beside bars."""
    names = ("Mon", "Tue")
    marks = Marks(
        bars=[Bars("a", "model", [0, 1], [1.0, 2.0], 0.7)],
        lines=[Line("b", "rival", [0, 1], [1.0, 2.0])],
        levels=[Level(3.0, "limit")],
    )
    chart = draw_chart("a", "b", Axes("Day", "MSE", names=names), marks)
    assert chart is not None
    assert [(label.position, label.text) for label in chart.x_labels] == [(25, "Mon"), (75, "Tue")]
    assert chart.paths[1].path == "M40.0 666.7H460.0M540.0 333.3H960.0"
    assert [level.position for level in chart.levels] == [0.0]


def test_the_numbers_are_those_of_the_picture() -> None:
    """Each x has a row; a value that is missing is said so, one that never was is a dash."""
    lines = [Line("a", "model", [1, 2], [1.0, None]), Line("b", "rival", [2, 3], [2.0, math.nan])]
    band = Band("80 %", "wide", [3], [1.0], [2.0])
    chart = draw_chart("T", "b", AXES, Marks(lines=lines, bands=[band]))
    assert chart is not None
    assert [column.title for column in chart.numbers.columns] == ["Epoch", "a", "b", "80 %"]
    assert chart.numbers.rows == (
        ("1", "1.000", NONE, NONE),
        ("2", "missing", "2.000", NONE),
        ("3", NONE, "missing", "1.000 … 2.000"),
    )


def test_a_long_table_is_thinned_and_says_so() -> None:
    """A page stays readable and small: a table has at most some hundred rows."""
    chart = _draw(Line("a", "model", range(720), [1.0] * 720))
    assert len(chart.numbers.rows) == 120
    assert chart.numbers.caption == "Curve (one row in 6)"


def test_the_table_begins_where_the_forecast_does() -> None:
    """What the model saw is drawn, but the table lists what it forecasts."""
    marks = Marks(lines=[Line("a", "model", range(10), [1.0] * 10)], shaded_from=7)
    chart = draw_chart("a", "b", AXES, marks)
    assert chart is not None
    assert [row[0] for row in chart.numbers.rows] == ["7", "8", "9"]
    assert chart.readout.to_json()["from"] == 7
