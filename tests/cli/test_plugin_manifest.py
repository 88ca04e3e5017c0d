"""`azuraforge plugins manifest`: what it prints installs the plugin."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import yaml

from azuraforge_contract.plugin_descriptor import read_plugin_config_map
from azuraforge_core.pipelines.descriptor import describe_pipeline
from azuraforge_core.pipelines.registry import load_pipeline

Invoke = Callable[..., CompletedProcess[str]]


def test_the_manifest_is_what_an_operator_reads(invoke: Invoke) -> None:
    """Descriptor and images come back as they went in; the descriptor stays legible."""
    printed = invoke(
        *("plugins", "manifest", "forecaster", "--namespace", "system"),
        *("--image-gpu", "reg.example/f:1-gpu", "--image-cpu", "reg.example/f:1"),
    )
    document = yaml.safe_load(printed.stdout)
    assert document["metadata"]["namespace"] == "system"
    found = read_plugin_config_map(document)
    assert found.images == {"gpu": "reg.example/f:1-gpu", "cpu": "reg.example/f:1"}
    assert found.descriptor == describe_pipeline(load_pipeline("forecaster"))
    assert "  descriptor.json: |-" in printed.stdout.splitlines()


def test_json_says_the_same(invoke: Invoke) -> None:
    """--json is the same object; a plugin may be for one device alone."""
    command = ("plugins", "manifest", "forecaster", "--image-cpu", "reg.example/f:1")
    document = json.loads(invoke(*command, "--json").stdout)
    assert document == yaml.safe_load(invoke(*command).stdout)
    assert set(read_plugin_config_map(document).images) == {"cpu"}
    assert "namespace" not in document["metadata"]


def test_an_image_is_needed(invoke: Invoke) -> None:
    """Without any image no job could run; the sentence names both options."""
    refused = invoke("plugins", "manifest", "forecaster")
    assert refused.returncode == 64
    assert "Give --image-gpu, --image-cpu or both." in refused.stderr
