"""The model library: versions, aliases, notes."""

from typing import Any, Final, TypedDict, Unpack

from azuraforge_client.calls import API, Call, Listing, Route, nothing, parsed_as
from azuraforge_client.operations import AsyncResource, Iteration, Operation, Resource, Transfer
from azuraforge_client.pages import listing
from azuraforge_client.resources.model_documents import (
    Alias,
    AliasMove,
    Model,
    ModelVersion,
    VersionSummary,
)
from azuraforge_client.resources.model_files import (
    download_file,
    download_version,
    export_onnx,
    import_run,
    list_files,
)

__all__ = ["AsyncModels", "ModelFilter", "Models"]

_MODELS: Final = f"{API}/models"
_VERSION_PATH: Final = f"{_MODELS}/{{model}}/versions/{{version}}"
_LIST: Final = Route("GET", _MODELS)
_GET: Final = Route("GET", f"{_MODELS}/{{model}}")
_VERSIONS: Final = Route("GET", f"{_MODELS}/{{model}}/versions")
_VERSION: Final = Route("GET", _VERSION_PATH)
_CHANGE: Final = Route("PATCH", _VERSION_PATH, is_repeatable=True)
_DELETE: Final = Route("DELETE", _VERSION_PATH)
_PUT_ALIAS: Final = Route("PUT", f"{_MODELS}/{{model}}/aliases/{{alias}}", is_repeatable=True)
_DELETE_ALIAS: Final = Route("DELETE", f"{_MODELS}/{{model}}/aliases/{{alias}}")
_MOVES: Final = Route("GET", f"{_MODELS}/{{model}}/alias-moves")


class ModelFilter(TypedDict, total=False):
    """Which models a list shows."""

    text: str
    """A part of the name."""
    pipeline: str
    """With a version of this plugin."""
    alias: str
    """With this alias."""
    created_by: str
    """With a version of this owner."""
    limit: int
    """Models of a page; all pages are gone through in any case."""


def list_models(**wanted: Unpack[ModelFilter]) -> Listing[Model]:
    """Go through models by name, each with its newest version."""
    return listing(_LIST, Model, wanted)


def get_model(model: str) -> Call[Model]:
    """Return a model with its aliases and its newest version."""
    return Call(_GET, _GET.address(model=model), parsed_as(Model))


def list_versions(
    model: str, *, created_by: str | None = None, limit: int | None = None
) -> Listing[VersionSummary]:
    """Go through a model's versions, or those of an owner, the newest first."""
    wanted = {"created_by": created_by, "limit": limit}
    return listing(_VERSIONS, VersionSummary, wanted, model=model)


def get_version(model: str, version: int | str = "latest") -> Call[ModelVersion]:
    """Return a version by its number, an alias or ``latest``."""
    address = _VERSION.address(model=model, version=version)
    return Call(_VERSION, address, parsed_as(ModelVersion))


def write_notes(
    model: str, version: int | str, notes: str, *, if_match: str | None = None
) -> Call[ModelVersion]:
    """Write what people shall know about a version."""
    headers = {} if if_match is None else {"If-Match": if_match}
    address = _CHANGE.address(model=model, version=version)
    parse = parsed_as(ModelVersion)
    return Call(_CHANGE, address, parse, json={"notes": notes}, headers=headers)


def delete_version(model: str, version: int | str) -> Call[None]:
    """Delete a version and its files; one that an alias stands for is protected."""
    return Call(_DELETE, _DELETE.address(model=model, version=version), nothing)


def point_alias(model: str, alias: str, version: int) -> Call[Alias]:
    """Let an alias stand for a version."""
    address = _PUT_ALIAS.address(model=model, alias=alias)
    return Call(_PUT_ALIAS, address, parsed_as(Alias), json={"version": version})


def promote(
    model: str, alias: str, version: int, *, metric: str, direction: str = "lower"
) -> Call[Alias]:
    """Let an alias stand for a version if that is better than the one it stands for.

    Args:
        model: its name.
        alias: such as champion.
        version: the candidate's number.
        metric: a figure of both, such as test.mse.
        direction: ``lower`` or ``higher``: which way it is better.
    """
    condition = {"metric": metric, "direction": direction}
    body: dict[str, Any] = {"version": version, "promoteIfBetter": condition}
    return Call(
        _PUT_ALIAS, _PUT_ALIAS.address(model=model, alias=alias), parsed_as(Alias), json=body
    )


def delete_alias(model: str, alias: str) -> Call[None]:
    """Take an alias away; the version stays."""
    return Call(_DELETE_ALIAS, _DELETE_ALIAS.address(model=model, alias=alias), nothing)


def list_alias_moves(model: str, *, limit: int | None = None) -> Listing[AliasMove]:
    """Go through who moved which alias when, the newest first."""
    return listing(_MOVES, AliasMove, {"limit": limit}, model=model)


class _Models:
    list = Iteration(list_models)
    get = Operation(get_model)
    versions = Iteration(list_versions)
    version = Operation(get_version)
    write_notes = Operation(write_notes)
    delete_version = Operation(delete_version)
    point_alias = Operation(point_alias)
    promote = Operation(promote)
    delete_alias = Operation(delete_alias)
    alias_moves = Iteration(list_alias_moves)
    files = Operation(list_files)
    download_file = Transfer(download_file)
    download = Transfer(download_version)
    export_onnx = Transfer(export_onnx)
    import_run = Operation(import_run)


class Models(_Models, Resource):
    """The model library, for the blocking client."""


class AsyncModels(_Models, AsyncResource):
    """The model library, for the asynchronous client."""
