"""Forecasts over HTTP: from the stored history, the newest data or own rows; kept and scored."""

import asyncio
import json
import signal
from typing import Any

import pytest

from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run
from azuraforge_core.prediction.documents import forecast_document
from azuraforge_core.prediction.forecasting import forecast
from azuraforge_core.prediction.loading import load_forecaster
from azuraforge_core.prediction.request import ForecastRequest
from azuraforge_core.prediction.what_if import parse_what_if

pytestmark = pytest.mark.anyio

PREDICT = "/api/v1/models/night/versions/champion/predict"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
async def served(service: Service, trained: TrainedRun) -> Service:
    """Return a service whose library has a model."""
    await add_run(service, trained, publish={"model": "night", "alias": "champion"})
    return service


def rows(count: int = 24, /, **more: Any) -> list[dict[str, Any]]:
    """Return hours of 2014 in which it got warmer."""
    return [
        {"time": f"2014-03-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z", "temp": 30 + hour, **more}
        for hour in range(count)
    ]


def csv_of(found: list[dict[str, Any]]) -> str:
    """Return rows as comma-separated text."""
    return "\n".join([",".join(found[0]), *(",".join(map(str, row.values())) for row in found)])


async def _predict(service: Service, body: Any = None, **query: Any) -> dict[str, Any]:
    answer = await service.editor.post(PREDICT, json=body, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_nothing_asked_is_the_whole_horizon_from_the_own_history(
    served: Service, trained: TrainedRun
) -> None:
    """Without a body the answer is what the core forecasts from the model's folder."""
    answer = await served.editor.post(PREDICT)
    found = answer.json()
    expected = forecast_document(forecast(load_forecaster(trained.folder / "model")))
    assert found["series"] == expected["series"]
    assert found["model"] == {"name": "night", "version": 1, **expected["model"]}
    assert len(found["series"][0]["times"]) == 6
    levels = [each["level"] for each in found["series"][0]["targets"][0]["intervals"]]
    assert levels == [0.8, 0.95]
    assert (await _predict(served, {}))["series"] == found["series"]


async def test_options_reach_the_forecast(served: Service, trained: TrainedRun) -> None:
    """Horizon, series and what-if mean what they mean on the command line."""
    found = await _predict(served, {"horizon": 3, "series": ["JFK"], "whatIf": ["temp=+5"]})
    request = ForecastRequest(horizon=3, series=("JFK",), what_if=(parse_what_if("temp=+5"),))
    expected = forecast_document(forecast(load_forecaster(trained.folder / "model"), request))
    assert found["series"] == expected["series"]
    assert found["whatIf"] == ["temp + 5"]
    assert len(found["series"][0]["targets"][0]["difference"]) == 3


async def test_the_newest_data_of_the_source_are_fetched(served: Service) -> None:
    """The sample never grows, and the answer says so."""
    found = await _predict(served, {"history": "newest", "series": ["JFK"]})
    assert found["series"][0]["series"] == "JFK"
    assert any("never grows" in note for note in found["notes"])


async def test_rows_are_taken_as_json_and_as_csv_alike(served: Service) -> None:
    """The same rows give the same forecast, however they are written."""
    own = rows()
    as_json = await _predict(served, {"history": own, "horizon": 4})
    answer = await served.editor.post(
        PREDICT, content=csv_of(own), headers=CSV, params={"horizon": 4}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["series"] == as_json["series"]
    assert as_json["series"][0]["times"][0] == "2014-03-02T00:00:00Z"
    assert as_json["series"][0]["lastTime"] == "2014-03-01T23:00:00Z"
    warmer = await _predict(served, {"history": [{**row, "temp": row["temp"] + 9} for row in own]})
    gain = warmer["series"][0]["targets"][0]["values"][0]
    assert gain > as_json["series"][0]["targets"][0]["values"][0]


async def test_rows_may_name_their_series(served: Service) -> None:
    """A column of names tells series apart, whether called as in training or `series`."""
    for column in ("series", "station"):
        found = await _predict(served, {"history": rows(24, **{column: "JFK"}), "series": ["JFK"]})
        assert [each["series"] for each in found["series"]] == ["JFK"]


async def test_predictions_are_kept_and_listed(served: Service) -> None:
    """Whoever has an answer finds it recorded, without the rows that were sent."""
    first = await _predict(served, {"horizon": 2})
    second = await _predict(served, {"history": rows()})
    unkept = await _predict(served, {}, record="false")
    assert unkept["id"] == ""
    page = (await served.viewer.get("/api/v1/predictions", params={"limit": 1})).json()
    rest = (await served.viewer.get("/api/v1/predictions", params={"page": page["next"]})).json()
    listed = [*page["items"], *rest["items"]]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    assert listed[0]["request"] == {"history": "rows", "rows": 24}
    assert listed[1]["request"] == {"history": "stored", "horizon": 2}
    url = f"/api/v1/predictions/{first['id']}"
    assert (await served.viewer.get(url)).json()["forecast"]["series"] == first["series"]
    query = {"model": "night", "version": "2"}
    assert (await served.viewer.get("/api/v1/predictions", params=query)).json()["items"] == []


async def test_many_at_once_are_all_answered_and_kept(served: Service) -> None:
    """Callers at the same time share workers and transactions, and each gets its own answer."""
    asked = [{"horizon": 1 + n % 6, "series": ["JFK"]} for n in range(40)]
    found = await asyncio.gather(*(_predict(served, body) for body in asked))
    lengths = [len(each["series"][0]["times"]) for each in found]
    assert lengths == [body["horizon"] for body in asked]
    assert len({each["id"] for each in found}) == 40
    listed = (await served.viewer.get("/api/v1/predictions", params={"limit": 100})).json()
    assert {each["id"] for each in listed["items"]} == {each["id"] for each in found}


async def test_a_prediction_is_scored_when_the_actual_values_are_posted(served: Service) -> None:
    """Errors and coverage are those of the values that were forecast; other times are left out."""
    found = await _predict(served, {"history": rows()})
    target = found["series"][0]["targets"][0]
    times = [*found["series"][0]["times"][:2], "2031-01-01T00:00:00Z"]
    inside, outside = target["values"][0] + 1, target["values"][1] + 1000
    actual = [{"time": time, "values": {"temp": value}}
              for time, value in zip(times, (inside, outside, 5.0), strict=True)]  # fmt: skip
    url = f"/api/v1/predictions/{found['id']}"
    answer = await served.editor.post(f"{url}/actuals", json={"rows": actual})
    assert answer.status_code == 200, answer.text
    (scored,) = answer.json()["score"]["targets"].items()
    assert scored[0] == "temp"
    assert scored[1]["rows"] == 2
    assert scored[1]["mae"] == pytest.approx(500.5)
    assert scored[1]["coverage"] == {"0.8": 0.5, "0.95": 0.5}
    assert (await served.viewer.get(url)).json()["score"] == answer.json()["score"]


async def test_a_dead_worker_costs_one_request(served: Service) -> None:
    """A worker that dies while it works fails its own request; the next one finds another."""
    await _predict(served)
    (worker,) = served.app.state.workers._idle
    worker.process.send_signal(signal.SIGSTOP)
    late = asyncio.create_task(served.editor.post(PREDICT, json={}))
    for _ in range(1000):
        if not served.app.state.workers._idle:
            break
        await asyncio.sleep(0.01)
    worker.process.kill()
    answer = await late
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "has died" in answer.json()["detail"]
    assert (await _predict(served))["series"]


async def test_a_hung_worker_is_given_up_and_blocks_nobody(served: Service) -> None:
    """After the deadline the caller is told, the worker is replaced, and the API answers on."""
    await _predict(served)
    pool = served.app.state.workers
    pool._deadline_seconds = 3.0
    (worker,) = pool._idle
    worker.process.send_signal(signal.SIGSTOP)
    late = asyncio.create_task(served.editor.post(PREDICT, json={}))
    assert (await served.viewer.get("/api/v1/models")).status_code == 200
    answer = await late
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline-exceeded")
    assert worker.process.returncode == -signal.SIGKILL
    pool._deadline_seconds = 30.0
    assert (await _predict(served))["series"]


BAD: list[tuple[Any, int, str, str]] = [
    ({"horizon": 0}, 422, "invalid-request", "horizon"),
    ({"horizon": "six"}, 422, "invalid-request", "horizon"),
    ({"horizon": 100_000}, 422, "invalid-request", "at most 60"),
    ({"series": ["LHR"]}, 422, "invalid-request", "no series 'LHR'"),
    ({"history": "oldest"}, 422, "invalid-request", "expected stored, newest, or a list"),
    ({"history": []}, 422, "invalid-request", "a list of at least one row"),
    ({"history": [7]}, 422, "invalid-request", "history.0: expected an object"),
    ({"history": [{"time": "2014-01-01T00:00Z", "temp": [1]}]}, 422, "invalid-request",
     "history.0.temp: expected a number or text, got list"),
    ({"history": [{"temp": 1.0}]}, 422, "data-error", "have no time"),
    ({"history": [{"time": "2014-01-01T00:00Z", "rain": 1.0}]}, 422, "data-error", "temp"),
    ({"history": [{"time": "yesterday", "temp": 1.0}]}, 422, "data-error", "yesterday"),
    ({"history": rows(3)}, 422, "data-error", "looks back 24"),
    ({"whatIf": ["temp"]}, 422, "invalid-request", "COLUMN=VALUE"),
    ({"whatIf": ["rain=+1"]}, 422, "invalid-request", "'rain', which the model does not see"),
    ({"whatIfRows": 2}, 422, "invalid-request", "whatIfRows"),
    ({"at": "2014-01-01T00:00Z"}, 422, "invalid-request", "at: needs rows"),
    ({"rows": []}, 422, "invalid-request", "rows"),
    ([], 422, "invalid-request", "body"),
]  # fmt: skip


async def test_mistakes_are_answered_with_a_sentence(served: Service) -> None:
    """What the model cannot be asked is answered with a status, a code and what was wrong."""
    for body, status, code, sentence in BAD:
        answer = await served.editor.post(PREDICT, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body, answer.text)
        assert sentence in answer.json()["detail"], (body, answer.text)


async def test_bodies_that_are_no_request_are_refused(served: Service) -> None:
    """Broken JSON, NaN, other content types, packed rows and options in two places are told."""
    as_json = {"Content-Type": "application/json"}

    async def refused(content: bytes, headers: dict[str, str], **query: Any) -> tuple[int, str]:
        answer = await served.editor.post(PREDICT, content=content, headers=headers, params=query)
        return answer.status_code, answer.json()["code"]

    assert await refused(b"{", as_json) == (400, "malformed-body")
    assert await refused(b'{"horizon": NaN}', as_json) == (400, "malformed-body")
    assert await refused(b"[" * 100_000, as_json) == (400, "malformed-body")
    assert await refused(b"<a/>", {"Content-Type": "text/xml"}) == (415, "unsupported-media-type")
    assert await refused(b"\x1f\x8b\x08", CSV) == (415, "unsupported-media-type")
    assert await refused(b"PAR1", CSV) == (415, "unsupported-media-type")
    assert await refused(b"", CSV) == (422, "data-error")
    assert await refused(b"{}", as_json, horizon=2) == (422, "invalid-request")
    assert await refused(json.dumps({}).encode(), as_json, color="red") == (422, "invalid-request")
    many = b" " * (served.settings.maximum_body_bytes + 1)
    assert await refused(many, as_json) == (413, "too-large")


async def test_actuals_that_do_not_belong_are_refused(served: Service) -> None:
    """Values for another prediction, series, column or time are told as such."""
    found = await _predict(served, {"series": ["JFK"]})
    url = f"/api/v1/predictions/{found['id']}/actuals"
    time = found["series"][0]["times"][0]
    for row, status, sentence in (
        ({"time": time, "values": {"rain": 1.0}}, 422, "'rain' was not forecast"),
        ({"time": "soon", "values": {"temp": 1.0}}, 422, "expected a time"),
        ({"time": time, "series": "LHR", "values": {"temp": 1.0}}, 422, "'LHR' was not forecast"),
        ({"time": "1999-01-01", "values": {"temp": 1.0}}, 422, "None of these times"),
        ({"time": time, "values": {}}, 422, "values"),
    ):
        answer = await served.editor.post(url, json={"rows": [row]})
        assert answer.status_code == status, answer.text
        assert sentence in answer.json()["detail"], answer.text
    row = {"time": time, "values": {"temp": 1.0}}
    answer = await served.editor.post("/api/v1/predictions/0/actuals", json={"rows": [row]})
    assert answer.status_code == 404


async def test_roles_of_predictions(served: Service) -> None:
    """A viewer reads predictions and makes none; without a token one does neither."""
    assert (await served.viewer.post(PREDICT, json={})).status_code == 403
    assert (await served.viewer.get("/api/v1/predictions")).status_code == 200
    assert (await served.nobody.post(PREDICT, json={})).status_code == 401


async def test_a_fast_lane_sees_every_change_at_once(served: Service, trained: TrainedRun) -> None:
    """Asked again and again, a moved alias and a revoked token count from the next request on."""
    made = (await served.admin.post("/api/v1/tokens", json={"name": "ci", "role": "editor"})).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}

    async def ask() -> tuple[int, int | None, str]:
        answer = await served.nobody.post(PREDICT, json={}, headers=headers)
        found = answer.json()
        return answer.status_code, found.get("model", {}).get("version"), found.get("id", "")

    answers = [await ask() for _ in range(3)]
    assert [each[:2] for each in answers] == [(200, 1)] * 3
    assert len({each[2] for each in answers}) == 3
    listed = (await served.viewer.get("/api/v1/predictions")).json()["items"]
    assert [(each["id"], each["createdBy"]) for each in listed] == [
        (each[2], "ci") for each in reversed(answers)
    ]
    await add_run(served, trained, is_new=True)
    moved = "/api/v1/models/night/aliases/champion"
    assert (await served.editor.put(moved, json={"version": 2})).status_code == 200
    assert (await ask())[:2] == (200, 2)
    bad = await served.nobody.post(PREDICT, json={"horizon": 0}, headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid-request")
    await served.admin.delete(f"/api/v1/tokens/{made['id']}")
    assert (await ask())[0] == 401


async def test_the_oldest_predictions_are_forgotten(served: Service) -> None:
    """A version keeps so many predictions as the settings say."""
    served.app.state.predictions._kept = 3
    made = [(await _predict(served, {"series": ["JFK"]}))["id"] for _ in range(7)]
    listed = (await served.viewer.get("/api/v1/predictions")).json()["items"]
    kept = [each["id"] for each in listed]
    assert 3 <= len(kept) <= 5
    assert kept == made[::-1][: len(kept)]
