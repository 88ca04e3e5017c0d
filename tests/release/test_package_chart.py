"""The chart of a release names the images that the release publishes."""

import re
import subprocess
from pathlib import Path

from azuraforge_chart_harness.rendering import SECRETS, find_helm

_ROOT = Path(__file__).parents[2]


def test_a_packed_chart_takes_our_images_from_where_a_release_pushes_them(tmp_path: Path) -> None:
    """Ours come from the registry of the release, those of other projects from theirs."""
    helm = find_helm()
    registry = "registry.example/forge"
    subprocess.run(  # noqa: S603 - the repository's own script
        [_ROOT / ".ci" / "package_chart.sh", registry, tmp_path], check=True
    )
    [chart] = tmp_path.glob("azuraforge-*.tgz")
    flags = [part for secret in SECRETS for part in ("--set", secret)]
    command = [helm, "template", "azuraforge", str(chart), *flags]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - helm of this machine
    images = set(re.findall(r"^\s+(?:image|image-[cg]pu): (\S+:\S+)$", text, re.MULTILINE))
    ours = {image.partition(":")[0] for image in images if image.startswith(registry)}
    names = ("operator", "api", "trainer-cpu", "trainer-gpu")
    assert ours == {f"{registry}/{name}" for name in names}
    assert not any(image.startswith("azuraforge/") for image in images)
    assert any(image.startswith("grafana/loki:") for image in images)
