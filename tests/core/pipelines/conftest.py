"""A place to install real plugins into: a folder of distributions on the path."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PluginInstaller = Callable[[str, str, str], None]


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginInstaller:
    """Return a function that installs a plugin: entry point's name, module's name, source.

    The distribution is real: a module beside its metadata, as an installer leaves them.
    """
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install(name: str, module: str, source: str) -> None:
        (site / f"{module}.py").write_text(source, encoding="utf-8")
        information = site / f"{module}-1.2.3.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2.3\n", encoding="utf-8"
        )
        (information / "entry_points.txt").write_text(
            f"[azuraforge.pipelines]\n{name} = {module}:PLUGIN\n", encoding="utf-8"
        )
        sys.modules.pop(module, None)

    return install
