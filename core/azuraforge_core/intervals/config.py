"""What a job file may say about intervals; `ForecastConfig.intervals`."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from azuraforge_contract.validation import StrictModel

__all__ = ["IntervalsConfig"]

Level = Annotated[float, Field(ge=0.01, le=0.999)]


class IntervalsConfig(StrictModel):
    """How sure the forecasts are: bands that hold the truth in so many of 100 cases."""

    kind: Literal["conformal", "quantile", "none"] = "conformal"
    """conformal: bands for any model, as wide as its errors on the validation part; quantile: the
    model learns the bands as well, so that they are wider where the data are less certain; none:
    no bands."""
    levels: tuple[Level, ...] = Field(default=(0.8, 0.95), min_length=1, max_length=10)
    """How often the truth shall lie inside: 0.8 is four times of five."""
    adaptive: bool = True
    """Whether bands follow the errors seen since, on the test part and for the stored model: in
    series that drift, errors of the validation part soon say too little."""
    adaptation_rate: float = Field(
        default=0.02, gt=0, le=1, allow_inf_nan=False, title="Adaptation rate"
    )
    """How far one outcome moves a band, as a part of the spread of the errors; more follows
    faster and wavers more."""

    @field_validator("levels")
    @classmethod
    def _ascend(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(value)) < len(value):
            raise ValueError(f"levels lists a level twice: {list(value)}.")
        return tuple(sorted(value))
