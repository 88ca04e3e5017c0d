"""The YAML loader's verdict equals kubectl's."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.yaml_loader import (
    MAXIMUM_BYTES,
    JsonValue,
    load_documents,
    load_object,
)

# Printed by sigs.k8s.io/yaml v1.6.0 (YAMLToJSONStrict), the library inside kubectl 1.34.
KUBECTL_SCALARS: list[tuple[str, JsonValue]] = [
    ("1e-3", 0.001),
    ("1e3", 1000),
    ("1E5", 100000),
    ("1.5e3", 1500),
    ("1e+3", 1000),
    ("1.", 1),
    ("+.5", 0.5),
    (".5", 0.5),
    ("1.0", 1),
    ("0.1", 0.1),
    ("-0", 0),
    ("+1", 1),
    ("on", True),
    ("On", True),
    ("yes", True),
    ("y", True),
    ("off", False),
    ("no", False),
    ("N", False),
    ("true", True),
    ("TRUE", True),
    ("tRue", "tRue"),
    ("null", None),
    ("~", None),
    ("NULL", None),
    ("", None),
    ("2020-01-01", "2020-01-01"),
    ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ("2020-01-01 00:00:00", "2020-01-01 00:00:00"),
    ("12:30:45", "12:30:45"),
    ("1:30", "1:30"),
    ("0o17", 15),
    ("017", 15),
    ("-017", -15),
    ("08", 8),
    ("0o8", "0o8"),
    ("0x1F", 31),
    ("-0x1f", -31),
    ("0x", "0x"),
    ("0b101", 5),
    ("1_000", 1000),
    ("1__0", 10),
    ("_1", "_1"),
    ("1e400", "1e400"),
    ("9223372036854775808", 9223372036854775808),
    ("1e", "1e"),
    ("e3", "e3"),
    ("+", "+"),
    ("inf", "inf"),
    ("NaN", "NaN"),
    ("Infinity", "Infinity"),
    ("=", "="),
    ("'1'", "1"),
    ('"on"', "on"),
    ("!!str 1", "1"),
    ("!!int '3'", 3),
    ("!!timestamp 2020-01-01", "2020-01-01"),
    ("|\n  a\n  b", "a\nb\n"),
    ("[1e-3, on]", [0.001, True]),
    ("{1: a}", {"1": "a"}),
    ("{on: a}", {"true": "a"}),
    ("{2020-01-01: a}", {"2020-01-01": "a"}),
]


@pytest.mark.parametrize(("text", "expected"), KUBECTL_SCALARS, ids=repr)
def test_a_scalar_reads_as_kubectl_reads_it(text: str, expected: JsonValue) -> None:
    """Every scalar has the value and the type that kubectl gives it."""
    value = load_object(f"v: {text}\n")["v"]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("v: .inf", "no form in JSON"),
        ("v: .nan", "no form in JSON"),
        ("{a: 1, a: 2}", "'a' stands twice"),
        ("{null: a}", "a key must be text"),
        ("? [a]\n: b", "a key must be text"),
        ("v: @a", "not valid YAML at line 1, column 4"),
        ("a:\n\tb: 1", "not valid YAML at line 2"),
        ("a: 1\n b: 2", "not valid YAML"),
        ("", "exactly one object, got 0"),
        ("a: 1\n---\nb: 2", "exactly one object, got 2"),
        ("- a", "got a list"),
        ("just words", "got text"),
        ("<<: 3", "merges mappings only"),
        ("[" * 3000, "job file"),
    ],
)
def test_what_kubectl_refuses_is_refused_with_its_place(text: str, sentence: str) -> None:
    """A text without a JSON form, with a key twice or with other than one object is refused."""
    with pytest.raises(JobFileError) as caught:
        load_object(text)
    assert sentence in str(caught.value)


def test_binary_is_refused_with_a_sentence() -> None:
    """A file that is not text says so and names the byte."""
    with pytest.raises(JobFileError, match="not UTF-8 text \\(byte 0 is 0x80\\)"):
        load_object(b"\x80\x81")


def test_a_file_larger_than_kubernetes_accepts_is_refused() -> None:
    """Size is checked before parsing."""
    with pytest.raises(JobFileError, match="bytes; Kubernetes accepts"):
        load_object(b"#" * (MAXIMUM_BYTES + 1))


def test_an_alias_bomb_is_refused() -> None:
    """Aliases that multiply into more values than any job has end in a sentence, not in memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(JobFileError, match="more than 100000 values"):
        load_object("\n".join(lines))


def test_merge_keys_and_aliases_are_resolved() -> None:
    """Anchors, aliases and merge keys give what kubectl makes of them; own keys win."""
    document = load_object("base: &b {x: 1, z: 2}\nuse: {<<: *b, z: 3}\nsame: *b\n")
    assert document["use"] == {"x": 1, "z": 3}
    assert document["same"] == {"x": 1, "z": 2}


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_JSON)
def test_json_is_yaml(value: JsonValue) -> None:
    """Any JSON document is read as itself."""
    assert load_documents(json.dumps({"v": value}, ensure_ascii=True)) == [{"v": value}]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_values_or_a_job_file_error(content: bytes) -> None:
    """No input ends in another exception."""
    try:
        load_documents(content)
    except JobFileError:
        return
    yaml.safe_load("sane: true")
