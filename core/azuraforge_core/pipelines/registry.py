"""Finding installed plugins by their entry points in the group ``azuraforge.pipelines``.

A plugin that cannot be loaded is reported by name with its error; it never hides the others and
is never silently missing. The command line lists them, the trainer loads one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import nearest
from azuraforge_core.pipelines.pipeline import Pipeline

__all__ = [
    "ENTRY_POINT_GROUP",
    "BrokenPlugin",
    "InstalledPipeline",
    "PluginCatalog",
    "discover_pipelines",
    "load_pipeline",
]

ENTRY_POINT_GROUP: Final = "azuraforge.pipelines"


@dataclass(frozen=True)
class InstalledPipeline:
    """A plugin that was loaded.

    Attributes:
        pipeline: the plugin.
        distribution: the installed package that brings it.
        version: that package's version.
    """

    pipeline: Pipeline[Any]
    distribution: str
    version: str


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that is installed but cannot be used.

    Attributes:
        name: the entry point's name.
        distribution: the installed package that brings it.
        version: that package's version.
        error: what is wrong, one sentence.
    """

    name: str
    distribution: str
    version: str
    error: str


@dataclass(frozen=True)
class PluginCatalog:
    """Every installed plugin, by name."""

    pipelines: tuple[InstalledPipeline, ...]
    broken: tuple[BrokenPlugin, ...]


class _UnusablePluginError(Exception):
    """The entry point does not give a pipeline."""


def discover_pipelines(names: Collection[str] = ()) -> PluginCatalog:
    """Load every installed plugin.

    Args:
        names: only these; empty: all.
    """
    found: list[InstalledPipeline] = []
    broken: list[BrokenPlugin] = []
    points = [p for p in entry_points(group=ENTRY_POINT_GROUP) if not names or p.name in names]
    for point in sorted(points, key=lambda point: point.name):
        loaded = _load(point)
        if isinstance(loaded, BrokenPlugin):
            broken.append(loaded)
        else:
            found.append(loaded)
    return PluginCatalog(tuple(found), tuple(broken))


def load_pipeline(name: str) -> InstalledPipeline:
    """Return one plugin, loading no other.

    Raises:
        JobFileError: no plugin has this name, several have, or it cannot be loaded.
    """
    points = list(entry_points(group=ENTRY_POINT_GROUP, name=name))
    if not points:
        raise _not_found(name)
    if len(points) > 1:
        offering = ", ".join(sorted(_distribution(point)[0] for point in points))
        raise JobFileError(
            f"spec.pipeline: {name!r} is offered by several packages: {offering}.",
            remedy="Uninstall all but one.",
        )
    loaded = _load(points[0])
    if isinstance(loaded, BrokenPlugin):
        raise JobFileError(
            f"spec.pipeline: the plugin {name!r} of {loaded.distribution} {loaded.version} cannot "
            f"be used: {loaded.error}",
            remedy="Repair or reinstall that package.",
        )
    return loaded


def _not_found(name: str) -> JobFileError:
    names = sorted({point.name for point in entry_points(group=ENTRY_POINT_GROUP)})
    near = nearest(name, names)
    hint = f" Did you mean {near!r}?" if near else ""
    listed = f"Installed: {', '.join(names)}." if names else "No plugin is installed."
    return JobFileError(
        f"spec.pipeline: no plugin is called {name!r}.{hint}",
        remedy=f"{listed} `azuraforge plugins list` shows them.",
    )


def _load(point: EntryPoint) -> InstalledPipeline | BrokenPlugin:
    distribution, version = _distribution(point)
    try:
        return InstalledPipeline(_instance(point), distribution, version)
    except _UnusablePluginError as trouble:
        error = str(trouble)
    except (Exception, SystemExit) as trouble:  # noqa: BLE001 - a stranger's code may raise anything
        error = f"{type(trouble).__name__}: {trouble}".rstrip(": ") + "."
    return BrokenPlugin(point.name, distribution, version, error)


def _instance(point: EntryPoint) -> Pipeline[Any]:
    target = point.load()
    pipeline = target() if isinstance(target, type) else target
    if not isinstance(pipeline, Pipeline):
        raise _UnusablePluginError(
            f"its entry point gives {type(pipeline).__name__}, expected a Pipeline."
        )
    for attribute in ("name", "title", "description", "metrics", "config_model"):
        if not hasattr(pipeline, attribute):
            raise _UnusablePluginError(f"its class {type(pipeline).__name__} has no {attribute!r}.")
    if pipeline.name != point.name:
        raise _UnusablePluginError(
            f"it calls itself {pipeline.name!r}, its entry point {point.name!r}."
        )
    return pipeline


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("an unknown package", "?")
