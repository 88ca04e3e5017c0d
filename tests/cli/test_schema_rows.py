"""A JSON schema as rows for people."""

from typing import Annotated, Literal

from pydantic import Field

from azuraforge_cli.schema_rows import FieldRow, list_fields
from azuraforge_contract.validation import StrictModel


class Sample(StrictModel):
    """The built-in sample."""

    kind: Literal["sample"] = "sample"
    """Its tag."""


class File(StrictModel):
    """A file."""

    kind: Literal["file"]
    """Its tag."""
    path: str
    """Where it
    lies."""


class Stopping(StrictModel):
    """Stopping."""

    patience: int = Field(default=5, ge=1)
    """How long."""


class Config(StrictModel):
    """A config with one field of every sort."""

    source: Annotated[Sample | File, Field(discriminator="kind")] = Sample()
    """Where from."""
    names: tuple[str, ...] = ()
    """Names."""
    bounds: tuple[int, float] | None = None
    """Two."""
    rate: float = Field(gt=0, le=1)
    """A rate."""
    mode: Literal["a", "b"] = "a"
    """A mode."""
    early: Stopping | None = Stopping()
    """When."""
    ready: bool = True
    """Or not."""


def test_every_field_is_a_row_with_what_it_takes() -> None:
    """Types, defaults, variants and bounds are said in words, nested fields below their parent."""
    assert list_fields(Config.model_json_schema()) == [
        FieldRow(0, "source", "object", "kind: sample", "Where from."),
        FieldRow(1, "kind: sample", "", "", "The built-in sample."),
        FieldRow(1, "kind: file", "", "", "A file."),
        FieldRow(2, "path", "text", "required", "Where it lies."),
        FieldRow(0, "names", "list of text", "[]", "Names."),
        FieldRow(0, "bounds", "[integer, number] or null", "null", "Two."),
        FieldRow(0, "rate", "number > 0, ≤ 1", "required", "A rate."),
        FieldRow(0, "mode", "a | b", '"a"', "A mode."),
        FieldRow(0, "early", "object or null", "", "When."),
        FieldRow(1, "patience", "integer ≥ 1", "5", "How long."),
        FieldRow(0, "ready", "true or false", "true", "Or not."),
    ]
