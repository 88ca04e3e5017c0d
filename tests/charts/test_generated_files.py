"""The chart's generated files are those that `make manifests` would write."""

import jsonschema
import pytest
import yaml

from azuraforge_chart.custom_resource_template import custom_resource_template
from azuraforge_chart.generated_files import CHART, outdated_files
from azuraforge_chart.values_schema import values_schema


def test_no_generated_file_is_out_of_date() -> None:
    """Definition, values, schema, table and descriptors equal what their sources say now."""
    assert outdated_files() == [], "run `make manifests` and commit what it writes"


def test_the_default_values_satisfy_the_schema() -> None:
    """`values.yaml` passes the schema that Helm checks a person's values by."""
    schema = values_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(values)


@pytest.mark.parametrize(
    "values",
    [
        {"crds": {"instal": True}},
        {"operator": {"replicas": -1}},
        {"jobs": {"gpu": {"nodeselector": {}}}},
        {"cache": {"accessMode": "ReadWriteOncePod"}},
        {"images": {"operator": {"digest": "sha256:short"}}},
        {"plugin": {}},
    ],
)
def test_a_misspelt_or_mistyped_value_is_refused(values: dict[str, object]) -> None:
    """A value that the chart does not know, or of the wrong kind, never passes in silence."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(values_schema()).validate(values)


def test_the_definition_can_be_left_out_and_kept() -> None:
    """Switches decide whether the definition is installed and whether it outlives the release."""
    template = custom_resource_template()
    assert template.count("{{- if .Values.crds.install }}") == 1
    assert template.count("{{- if .Values.crds.keep }}") == 1
    assert template.rstrip().endswith("{{- end }}")
