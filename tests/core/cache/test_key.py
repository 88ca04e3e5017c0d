"""The name of a cache entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.cache import CacheKey
from azuraforge_core.cache.key import Json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=5), JSON))
def test_order_of_names_does_not_count(parameters: dict[str, Json]) -> None:
    """Two keys that differ in the order of names alone are one entry."""
    turned = dict(reversed(parameters.items()))
    assert CacheKey.of(parameters).digest == CacheKey.of(turned).digest


@given(st.dictionaries(st.text(max_size=5), JSON))
def test_parameters_survive_the_key(parameters: dict[str, Json]) -> None:
    """Parameters read back from a key name the same entry."""
    key = CacheKey.of(parameters)
    assert CacheKey.of(key.parameters) == key
    assert len(key.digest) == 64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": "1"}, {"a": 1}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
    ],
)
def test_what_changes_the_bytes_changes_the_name(
    one: dict[str, Json], other: dict[str, Json]
) -> None:
    """Any other value, name or order of a list is another entry."""
    assert CacheKey.of(one).digest != CacheKey.of(other).digest


def test_a_whole_number_has_one_spelling() -> None:
    """1 and 1.0, which YAML files mix, are one entry."""
    assert CacheKey.of({"a": 1.0}) == CacheKey.of({"a": 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(value: float) -> None:
    """NaN and infinities are refused: they have no spelling in JSON."""
    with pytest.raises(ValueError, match="JSON"):
        CacheKey.of({"a": value})


def test_what_is_no_json_is_refused() -> None:
    """An object that is no JSON is refused, in values and in names."""
    with pytest.raises(TypeError):
        CacheKey.of({"a": {1, 2}})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="must be text"):
        CacheKey.of({"a": {1: 2}})  # type: ignore[dict-item]
