"""Charts are geometry in percentages, honest about gaps and zero."""

import math

from azuraforge_core.report.chart import Axes, Chart, Line, draw_chart

AXES = Axes("Epoch", "Error")


def _draw(line: Line, axes: Axes = AXES) -> Chart:
    chart = draw_chart("Curve", "A curve.", axes, [line])
    assert chart is not None
    return chart


def test_a_line_runs_through_its_points() -> None:
    """The path's coordinates are the points on the axes' scales, y upward."""
    chart = _draw(Line("a", "model", [1, 2, 3], [0.0, 1.0, 0.5]))
    assert chart.lines[0].path == "M0.0 1000.0L500.0 0.0L1000.0 500.0"
    assert [label.text for label in chart.y_labels][:2] == ["0.00", "0.25"]
    assert [label.position for label in chart.x_labels] == [0.0, 50.0, 100.0]


def test_missing_values_leave_a_gap() -> None:
    """None, NaN and infinity lift the pen; no value is invented."""
    chart = _draw(Line("a", "truth", range(6), [0.0, None, 1.0, math.nan, 1.0, math.inf]))
    assert chart.lines[0].path == "M0.0 1000.0M500.0 0.0M1000.0 0.0"


def test_an_error_axis_starts_at_zero() -> None:
    """A difference between errors is not magnified by cutting the axis."""
    chart = _draw(Line("a", "model", [1, 2], [0.9, 1.0]), Axes("Step", "MSE", from_zero=True))
    assert chart.y_labels[0].text.strip("0.") == ""
    assert chart.y_labels[0].position == 100.0


def test_a_chart_without_a_finite_point_is_not_drawn() -> None:
    """A diverged run gives no empty frame."""
    assert draw_chart("a", "b", AXES, [Line("a", "model", [1, 2], [math.nan, None])]) is None


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
    chart = draw_chart("a", "b", AXES, lines, marked=(2, 1, "best"), shaded_from=1.5)
    assert chart is not None
    assert [line.title for line in chart.legend] == ["LSTM", "Ridge"]
    assert chart.shaded_from == 50.0
    assert chart.marker is not None
    assert (chart.marker.x, chart.marker.y) == (100.0, 100.0)
