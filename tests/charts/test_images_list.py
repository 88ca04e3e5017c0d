"""The list of images that a cluster without internet needs."""

import json
import re
from pathlib import Path

import pytest
import yaml

from azuraforge_chart.images_list import images_of, main, read_values
from azuraforge_chart_harness.rendering import of_kind, render


def _rendered_images(*settings: str) -> set[str]:
    """Return what pods run and what plugins' ConfigMaps name."""
    documents = render(*settings)
    found = set(re.findall(r'"image": "([^"]+)"', json.dumps(documents)))
    for plugin in of_kind(documents, "ConfigMap"):
        found |= {text for key, text in plugin["data"].items() if key.startswith("image-")}
    return found


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        ((), {}),
        (("postgresql.mode=disabled",), {"postgresql": {"mode": "disabled"}}),
        (("api.enabled=false",), {"api": {"enabled": False}}),
        (("loki.mode=disabled",), {"loki": {"mode": "disabled"}}),
        (
            ("grafana.mode=external", "prometheus.mode=disabled", "plugins.bundled=false"),
            {
                "grafana": {"mode": "external"},
                "prometheus": {"mode": "disabled"},
                "plugins": {"bundled": False},
            },
        ),
        (
            ("images.operator.tag=v7", f"loki.image.digest=sha256:{'0' * 64}"),
            {
                "images": {"operator": {"tag": "v7"}},
                "loki": {"image": {"digest": f"sha256:{'0' * 64}"}},
            },
        ),
    ],
)
def test_the_list_is_what_helm_makes_of_the_values(
    tmp_path: Path, settings: tuple[str, ...], values: dict[str, object]
) -> None:
    """No image that a rendering names is missing, and none is listed in vain."""
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    assert set(images_of(read_values([file]))) == _rendered_images(*settings)


def test_it_prints_one_image_in_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Ready for a loop of a shell."""
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == sorted(lines)
    assert len(lines) == 9
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]+", line) for line in lines)


def test_a_misspelt_value_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No list is made of values that Helm would refuse."""
    file = tmp_path / "values.yaml"
    file.write_text("lokki: {mode: disabled}\n", encoding="utf-8")
    assert main(["--values", str(file)]) == 2
    assert "lokki" in capsys.readouterr().err
