"""Counter-based random numbers against the published vectors and an independent form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_core.autograd.rng import Randomness, philox4x32, stream_of, uniform

_WORD = st.integers(0, 2**32 - 1)

KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
"""``philox4x32 10`` in Random123's file ``kat_vectors``: counter, key, result."""

Words = tuple[int, ...]


def _philox(counter: Words, key: Words) -> Words:
    even = np.array([[counter[0]], [counter[2]]], dtype=np.uint64)
    odd = np.array([[counter[1]], [counter[3]]], dtype=np.uint64)
    philox4x32(even, odd, key[0] | key[1] << 32)
    return tuple(int(word) for word in (even[0, 0], odd[0, 0], even[1, 0], odd[1, 0]))


def _philox_in_plain_python(counter: Words, key: Words) -> Words:
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        first, second = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            second >> 32 ^ c1 ^ k0,
            second & 0xFFFFFFFF,
            first >> 32 ^ c3 ^ k1,
            first & 0xFFFFFFFF,
        )
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def _randomness(step: int = 0, seed: int = 1) -> Randomness:
    return Randomness(seed, np.full(1, step, dtype=np.uint64))


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_known_answers(counter: Words, key: Words, expected: Words) -> None:
    """Philox4x32-10 gives the words its authors publish."""
    assert _philox(counter, key) == expected


@given(st.tuples(_WORD, _WORD, _WORD, _WORD), st.tuples(_WORD, _WORD))
def test_array_form_equals_plain_python(counter: Words, key: Words) -> None:
    """The form on arrays equals the definition in plain integers for any counter and key."""
    assert _philox(counter, key) == _philox_in_plain_python(counter, key)


@given(st.integers(0, 2**31), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_words_are_laid_out_as_documented(block: int, stream: int, seed: int) -> None:
    """A block's counter is (block, step, low and high word of the stream) under the seed as key."""
    words = _randomness(step=9, seed=seed).words(stream, block, 1)[0]
    counter = (block, 9, stream & 0xFFFFFFFF, stream >> 32)
    expected = _philox_in_plain_python(counter, (seed & 0xFFFFFFFF, seed >> 32))
    assert tuple(int(word) for word in words) == expected


def test_any_part_can_be_drawn_alone() -> None:
    """A draw depends on its index alone, not on where drawing began or how much is drawn."""
    whole = _randomness().words(5, 0, 20_000)
    np.testing.assert_array_equal(_randomness().words(5, 12_345, 100), whole[12_345:12_445])


def test_seed_stream_and_step_each_change_the_words() -> None:
    """Two draws that differ in seed, stream or step share nothing."""
    draws = [
        _randomness().words(5, 0, 64),
        _randomness(step=1).words(5, 0, 64),
        _randomness(seed=2).words(5, 0, 64),
        _randomness().words(6, 0, 64),
    ]
    assert len({draw.tobytes() for draw in draws}) == 4


def test_streams_are_the_same_for_ever() -> None:
    """A name's stream never changes: checkpoints of older versions resume with the same numbers."""
    assert stream_of("parameter/head.weight") == 13_462_853_257_767_076_715


def test_uniform_numbers_are_uniform() -> None:
    """Uniform numbers lie strictly between 0 and 1 and have that distribution's moments."""
    numbers = uniform(3, "somewhere", 200_001)
    assert numbers.shape == (200_001,)
    assert numbers.min() > 0.0
    assert numbers.max() < 1.0
    assert abs(numbers.mean() - 0.5) < 0.003
    assert abs(numbers.var() - 1.0 / 12.0) < 0.001
