"""What a comparison is asked with."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from azuraforge_api.http.api_model import PLAIN, ApiRequest
from azuraforge_api.jobs.schemas import NamespaceName

__all__ = ["Compared", "ComparisonRequest"]


class Compared(ApiRequest):
    """A run, or a version of a model."""

    run: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """A job's uid, or its name: the newest one."""
    namespace: NamespaceName = None
    """Where the name of a run is looked for; none: anywhere."""
    model: Annotated[str, Field(max_length=63, pattern=PLAIN)] | None = None
    """Name of a model."""
    version: Annotated[str, Field(max_length=63, pattern=PLAIN)] = "latest"
    """A number, an alias, or latest; only with model."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.run is None) == (self.model is None):
            raise ValueError("name either a run or a model")
        return self


class ComparisonRequest(ApiRequest):
    """What shall be put side by side."""

    items: Annotated[tuple[Compared, ...], Field(min_length=2, max_length=8)]
    """Two to eight runs or versions that forecast the same columns."""
