"""Makes a forecast; a worker's task. The body comes as it was sent and leaves as it is answered."""

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import pydantic

from azuraforge_api.predictions.model_cache import LoadedModel, ModelCache
from azuraforge_api.predictions.schemas import PredictionRequest
from azuraforge_api.problems.problem import FieldProblem, Problem
from azuraforge_api.workers.frames import Frame
from azuraforge_contract.errors import DataError
from azuraforge_contract.validation import explain
from azuraforge_core.prediction.documents import forecast_document
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.known_rows import GivenRows
from azuraforge_core.prediction.loading import Forecaster
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.what_if import parse_what_if

__all__ = ["carry_out"]

_CSV: Final = "text/csv"
_STORED: Final = "stored"
_NEWEST: Final = "newest"
_ROWS: Final = b'"time"'
"""Stands in every body with rows in their usual form."""
_DEFAULTS: Final = PredictionRequest()
_models: Final = ModelCache(int(os.environ.get("AZURAFORGE_PREDICTION_CACHE_BYTES", "0")))


@dataclass(frozen=True)
class _Asked:
    """A request and the rows that came with it.

    Attributes:
        options: what is asked; its history holds rows in JSON.
        csv: rows as text.
        plain: rows in their usual form, read already, and how many.
    """

    options: PredictionRequest
    csv: bytes | None = None
    plain: tuple[GivenRows, int] | None = None

    @property
    def start(self) -> str:
        """What the forecast starts from, in a word."""
        if self.csv is not None or self.plain or isinstance(self.options.history, list):
            return "rows"
        return str(self.options.history)

    @property
    def at_seconds(self) -> int | None:
        """The time to forecast as of."""
        return None if self.options.at is None else int(self.options.at.timestamp())

    def summary(self) -> dict[str, Any]:
        """Return what is kept of the request."""
        asked = self.options.model_dump(
            mode="json", by_alias=True, exclude={"history"}, exclude_defaults=True
        )
        rows = self.options.history
        sent = self.plain[1] if self.plain else len(rows) if isinstance(rows, list) else None
        count = {} if sent is None else {"rows": sent}
        return {"history": self.start, **count, **asked}


def carry_out(question: Frame) -> Frame:
    """Forecast.

    Raises:
        Problem: the request cannot be understood.
        JobFileError: it does not fit the model.
        DataError: the rows do not suffice.
        SourceUnreachableError: the newest data could not be fetched.
        StorageError: the model is damaged.
    """
    facts = question.header
    loads = _models.loads
    model = _models.load(Path(facts["run"]), facts["digest"])
    forecaster = model.forecaster
    asked = _asked(facts, question.body, model)
    options = asked.options
    found = forecast(
        forecaster,
        ForecastRequest(
            horizon=options.horizon,
            series=options.series,
            rows=_rows(asked, forecaster, facts),
            what_if=tuple(parse_what_if(text) for text in options.what_if),
            what_if_rows=options.what_if_rows,
        ),
    )
    document = {"id": facts["id"], **forecast_document(found)}
    document["model"] = {"name": facts["name"], "version": facts["version"], **document["model"]}
    content = msgspec.json.encode(document)
    return Frame({"request": asked.summary(), "isLoaded": _models.loads == loads}, content)


def _asked(facts: dict[str, Any], body: bytes, model: LoadedModel) -> _Asked:
    if facts["contentType"] == _CSV:
        asked = _Asked(_validated(facts["query"]), body)
    elif plain := _plain(body, model):
        return _Asked(_DEFAULTS, plain=plain)
    else:
        document = _parsed(body) if body.strip() else {}
        asked = _Asked(_validated(document))
    _check(asked)
    return asked


def _plain(body: bytes, model: LoadedModel) -> tuple[GivenRows, int] | None:
    if _ROWS not in body or model.plain_body is None:
        return None
    return model.plain_body.read(body)


def _parsed(content: bytes) -> Any:
    """Return the value in a body.

    Raises:
        Problem: it is no JSON, or holds NaN or Infinity, which JSON has not.
    """

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no number in JSON")

    try:
        return json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        words = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Problem(
            "malformed-body",
            f"The body is not valid JSON: {words}.",
            remedy="Send one JSON document in UTF-8; null stands where a value is missing.",
        ) from None


def _validated(document: Any) -> PredictionRequest:
    try:
        return PredictionRequest.model_validate(document)
    except pydantic.ValidationError as error:
        errors = [
            FieldProblem.of(each) for each in explain(error, PredictionRequest, prefix="body")
        ]
        detail = " ".join(f"{each.path}: {each.message}" for each in errors)
        raise Problem("invalid-request", detail, errors=errors) from None


def _check(asked: _Asked) -> None:
    history = asked.options.history
    if not (history in (_STORED, _NEWEST) or (isinstance(history, list) and history)):
        raise Problem(
            "invalid-request",
            "history: expected stored, newest, or a list of at least one row.",
        )
    if asked.options.at is not None and asked.start == _STORED:
        raise Problem(
            "invalid-request",
            "at: needs rows to choose from; the model keeps only the end of its training data.",
            remedy="Send rows, or history: newest.",
        )
    if asked.options.what_if_rows is not None and not asked.options.what_if:
        raise Problem("invalid-request", "whatIfRows: changes nothing without whatIf.")


def _rows(asked: _Asked, forecaster: Forecaster, facts: dict[str, Any]) -> GivenRows | None:
    # Reading tables takes polars, which is not needed for the stored history.
    history, at = asked.options.history, asked.at_seconds
    if asked.plain is not None:
        return asked.plain[0]
    if asked.csv is not None:
        from azuraforge_api.predictions.sent_rows import read_csv_rows  # noqa: PLC0415 - see above

        return read_csv_rows(asked.csv, forecaster, at=at)
    if isinstance(history, list):
        from azuraforge_api.predictions.sent_rows import read_json_rows  # noqa: PLC0415 - see above

        return read_json_rows(history, forecaster, at=at)
    if history == _NEWEST:
        return _newest(forecaster, facts, at)
    return None


def _newest(forecaster: Forecaster, facts: dict[str, Any], at: int | None) -> GivenRows:
    from azuraforge_core.prediction.newest_rows import newest_rows  # noqa: PLC0415 - see above

    source = forecaster.manifest.config.get("dataset", {}).get("source", {})
    if source.get("kind") == "file":
        raise DataError(
            "The model was trained on a file of the command line, which has no newest rows here.",
            remedy="Send rows, or leave history out.",
        )
    if facts.get("newestDigest"):
        forecaster = _with_source(forecaster, {**source, "digest": facts["newestDigest"]})
    today = datetime.now(UTC).date()
    return newest_rows(forecaster, base=Path(facts["run"]), today=today, at=at)


def _with_source(forecaster: Forecaster, source: dict[str, Any]) -> Forecaster:
    config = forecaster.manifest.config
    changed = {**config, "dataset": {**config["dataset"], "source": source}}
    return replace(forecaster, manifest=forecaster.manifest.model_copy(update={"config": changed}))
