"""Numbers and truth values, wherever they stand in a model, are what JSON schema takes for them."""

from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from azuraforge_contract.patterns import NAME_PATTERN, describe_pattern
from azuraforge_contract.validation import StrictModel


class Inner(StrictModel):
    """A model within a model."""

    number: int = 1


class Outer(StrictModel):
    """Numbers at every kind of place."""

    whole: Annotated[int, Field(ge=0)] = 0
    real: float = 0.0
    truth: bool = False
    perhaps: int | None = None
    either: int | str = 0
    several: tuple[int, ...] = ()
    named: dict[str, float] = Field(default_factory=dict)
    pair: tuple[int, float] = (1, 1.0)
    inner: Inner = Inner()
    inners: tuple[Inner, ...] = ()


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 1.0, 1.5, 3.0, -2.0, 1e300]),
    st.sampled_from(["", "0", "5", "1.5", "true", "yes", "a"]),
)
PLACES = st.one_of(
    VALUES,
    st.lists(VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["a", "number"]), VALUES, max_size=2),
    st.lists(st.dictionaries(st.just("number"), VALUES, max_size=1), max_size=2),
)


@given(st.dictionaries(st.sampled_from(sorted(Outer.model_fields)), PLACES, max_size=3))
def test_a_model_and_its_schema_give_the_same_verdict(document: dict[str, Any]) -> None:
    """Whatever stands at any place, the model takes it exactly when its JSON schema does."""
    validator = jsonschema.Draft202012Validator(Outer.model_json_schema())
    try:
        Outer.model_validate(document)
    except ValidationError:
        is_taken = False
    else:
        is_taken = True
    assert is_taken == validator.is_valid(document), document


@pytest.mark.parametrize(
    ("document", "location"),
    [
        ({"several": [1, "2"]}, ("several", 1)),
        ({"named": {"a": "1"}}, ("named", "a")),
        ({"inners": [{"number": "2"}]}, ("inners", 0, "number")),
    ],
)
def test_the_place_is_told(document: dict[str, Any], location: tuple[object, ...]) -> None:
    """A wrong value deep inside is named by its own path."""
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(document)
    assert [error["loc"] for error in caught.value.errors()] == [location]


def test_a_whole_number_with_a_point_is_an_integer() -> None:
    """JSON knows no difference between 3 and 3.0."""
    found = Outer.model_validate({"whole": 3.0, "several": [1.0]})
    assert (found.whole, found.several) == (3, (1,))
    assert type(found.whole) is int


def test_a_pattern_is_told_in_words() -> None:
    """Known patterns are described; one of a plugin is shown."""
    assert describe_pattern(NAME_PATTERN).startswith("lower-case letters, digits and hyphens")
    assert describe_pattern("^x$") == "text that matches ^x$"
