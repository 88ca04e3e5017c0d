"""The CustomResourceDefinition: what `kubectl explain` and `kubectl get` show."""

from collections.abc import Iterator
from typing import Any

from azuraforge_contract.custom_resource import custom_resource_definition

VERSION = custom_resource_definition()["spec"]["versions"][0]
SCHEMA = VERSION["schema"]["openAPIV3Schema"]


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield path and schema of every field below a schema, those of list entries too."""
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        yield here, field
        yield from fields(field, here)
        yield from fields(field.get("items", {}), f"{here}[]")


def test_every_field_is_explained() -> None:
    """`kubectl explain` has a sentence for each field of spec and status, however deep."""
    parts = {part: SCHEMA["properties"][part] for part in ("spec", "status")}
    found = dict(fields({"properties": parts}))
    assert len(found) > 100
    silent = [path for path, field in found.items() if not field.get("description", "").strip()]
    assert silent == []
    unfinished = [path for path, field in found.items() if field["description"].strip()[-1] != "."]
    assert unfinished == []


def test_a_column_reads_a_field_that_exists() -> None:
    """No column of `kubectl get` names a field that nothing ever fills."""
    known = {path for path, _ in fields(SCHEMA)}
    for column in VERSION["additionalPrinterColumns"]:
        path = column["jsonPath"].replace("[-1:]", "[]").replace('[?(@.name=="train.loss")]', "[]")
        if not path.startswith(".metadata"):
            assert path in known, column


def test_the_name_is_refused_with_a_sentence() -> None:
    """A schema's pattern would be shown as it is; a rule says it in words."""
    (rule,) = SCHEMA["x-kubernetes-validations"]
    assert "lower-case letters, digits and hyphens" in rule["message"]
    assert rule["message"].endswith("Apply the job under such a name.")
    assert "pattern" not in SCHEMA["properties"]["metadata"]["properties"]["name"]
