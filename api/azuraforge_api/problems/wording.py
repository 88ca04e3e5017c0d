"""Says what is wrong with a request in the words of ``azuraforge validate``; used by handlers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from azuraforge_api.problems.problem import FieldProblem, Problem
from azuraforge_contract.validation import explain_details

__all__ = ["cut_off", "malformed", "unfitting", "wordings"]

_REFERENCE: Final = "Correct that; GET /api/v1/openapi.json describes every field."
_JSON: Final = "Send one JSON document in UTF-8."
_PLACES: Final = ("path", "query", "header", "cookie")
Details = Sequence[Mapping[str, Any]]


class _Unknown(BaseModel):
    """Stands where a place of a request has no model: its fields are single parameters."""


def malformed(error: BaseException | str) -> Problem:
    """Return the problem of a body that cannot be read."""
    if isinstance(error, ClientDisconnect):
        return cut_off()
    words = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return Problem("malformed-body", f"The body is not valid JSON: {words}.", remedy=_JSON)


def cut_off() -> Problem:
    """Return the problem of a caller that goes away before its body's end."""
    detail = "The body was cut off before its end; nothing of it is kept."
    return Problem("malformed-body", detail, remedy="Send it again, whole.")


def unfitting(request: Request, details: Details) -> Problem:
    """Return the problem of a request that does not fit its endpoint."""
    first = details[0]
    if first["type"] == "json_invalid":
        return malformed(f"{first['ctx']['error']} at character {first['loc'][-1]}")
    if first["loc"] == ("body",) and isinstance(first.get("input"), bytes):
        kind = request.headers.get("content-type") or "not given"
        detail = f"The content type is {kind[:100]}, expected application/json."
        return Problem("unsupported-media-type", detail, remedy="Send application/json.")
    errors = wordings(details, _models(request))
    detail = " ".join(f"{each.path}: {each.message}" for each in errors)
    return Problem("invalid-request", detail, remedy=_REFERENCE, errors=errors)


def wordings(details: Details, models: Mapping[str, type[BaseModel]]) -> list[FieldProblem]:
    """Return every mistake with its path, what was got and what was expected.

    Args:
        details: pydantic's; each place begins with where in the request it is.
        models: what is expected at such a place, where that is a model.
    """
    found = []
    for each in details:
        place, *rest = each["loc"]
        inner = {**each, "loc": tuple(rest)}
        model = models.get(str(place), _Unknown)
        found += explain_details([inner], model, prefix=str(place))
    return [FieldProblem.of(problem) for problem in found]


def _models(request: Request) -> dict[str, type[BaseModel]]:
    """Return the models of the endpoint that a request has found, by their place in the request."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is None:
        return {}
    found = {"body": _model(dependant.body_params)}
    found |= {place: _model(getattr(dependant, f"{place}_params")) for place in _PLACES}
    return {place: model for place, model in found.items() if model is not None}


def _model(fields: Sequence[Any]) -> type[BaseModel] | None:
    annotations = [field.field_info.annotation for field in fields]
    models = [each for each in annotations if isinstance(each, type)]
    return next((each for each in models if issubclass(each, BaseModel)), None)
