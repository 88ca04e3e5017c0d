"""Lists, aliases, notes, files and deletion in the model library."""

import hashlib
import io
import json
import zipfile
from typing import Any

import onnx
import pytest

from azuraforge_api.http.paging import encode_token
from azuraforge_api.models.repository import VERSION_ORDER
from azuraforge_api_harness.service import Service
from azuraforge_api_harness.trained_run import TrainedRun, add_run

pytestmark = pytest.mark.anyio

MODELS = "/api/v1/models"
NIGHT = f"{MODELS}/night"


async def _move(service: Service, number: int, **more: object) -> tuple[int, dict[str, object]]:
    answer = await service.editor.put(f"{NIGHT}/aliases/champion", json={"version": number, **more})
    return answer.status_code, answer.json()


async def test_models_are_listed_by_name_in_pages(service: Service, trained: TrainedRun) -> None:
    """A page holds so many models and leads to the next; filters choose among them."""
    for name in ("c", "a", "b-night"):
        await add_run(
            service, trained, is_new=True, publish={"model": name, "alias": f"for-{name}"}
        )
    first = (await service.viewer.get(MODELS, params={"limit": 2})).json()
    rest = (await service.viewer.get(MODELS, params={"limit": 2, "page": first["next"]})).json()
    assert [each["name"] for each in (*first["items"], *rest["items"])] == ["a", "b-night", "c"]
    assert rest["next"] is None

    async def names(**query: str) -> list[str]:
        items = (await service.viewer.get(MODELS, params=query)).json()["items"]
        return [each["name"] for each in items]

    assert await names(text="Night") == ["b-night"]
    assert await names(alias="for-c") == ["c"]
    assert await names(pipeline="weather-forecaster", text="a") == ["a"]
    assert await names(pipeline="nothing") == []
    assert await names(text="' OR 1=1 --%") == []


async def test_an_alias_moves_in_one_step_and_every_move_is_recorded(
    service: Service, trained: TrainedRun
) -> None:
    """The alias names the new version at once; who moved it, when and from where stays."""
    for _ in range(2):
        await add_run(service, trained, is_new=True)
    assert (await _move(service, 1))[1]["moved"] is True
    assert (await _move(service, 2))[0] == 200
    assert (await _move(service, 2))[1]["moved"] is False
    by_alias = (await service.viewer.get(f"{NIGHT}/versions/champion")).json()
    assert (by_alias["version"], by_alias["aliases"]) == (2, ["champion"])
    assert (await service.viewer.get(f"{NIGHT}/versions/latest")).json()["version"] == 2
    assert (await service.editor.delete(f"{NIGHT}/aliases/champion")).status_code == 204
    moves = (await service.viewer.get(f"{NIGHT}/alias-moves")).json()["items"]
    told = [(each["fromNumber"], each["toNumber"], each["movedBy"]) for each in moves]
    editor = "editor-token"
    assert told == [(2, None, editor), (1, 2, editor), (None, 1, editor)]


async def test_a_version_is_promoted_only_if_it_is_better(
    service: Service, trained: TrainedRun
) -> None:
    """An alias does not move to a worse version; the refusal says both figures."""
    for mse in (0.5, 0.7, 0.3):
        await add_run(service, trained, is_new=True, metrics={"test.mse": mse})
    better = {"metric": "test.mse", "direction": "lower"}
    assert (await _move(service, 1, promoteIfBetter=better))[0] == 200
    status, refused = await _move(service, 2, promoteIfBetter=better)
    assert (status, refused["code"]) == (409, "conflict")
    assert "test.mse is 0.7 in version 2 and 0.5 in version 1 (champion)" in str(refused["detail"])
    assert (await _move(service, 3, promoteIfBetter=better))[0] == 200
    (move, *_) = (await service.viewer.get(f"{NIGHT}/alias-moves")).json()["items"]
    assert move["reason"] == "test.mse is 0.3 in version 3 and 0.5 in version 1: lower."
    higher = {"metric": "test.mse", "direction": "higher"}
    assert (await _move(service, 2, promoteIfBetter=higher))[0] == 200


async def test_notes_are_not_overwritten_unseen(service: Service, trained: TrainedRun) -> None:
    """Who writes notes on an older state is told to read it again."""
    await add_run(service, trained)
    url = f"{NIGHT}/versions/1"
    tag = (await service.viewer.get(url)).headers["etag"]
    mine = {"If-Match": tag}
    notes = {"notes": "Good at night."}
    written = await service.editor.patch(url, headers=mine, json=notes)
    assert (written.status_code, written.json()["notes"]) == (200, "Good at night.")
    assert written.headers["etag"] != tag
    stale = await service.editor.patch(url, headers=mine, json=notes)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


async def test_files_are_downloaded_whole_in_ranges_and_as_an_archive(
    service: Service, trained: TrainedRun
) -> None:
    """What is downloaded is what was trained, byte by byte."""
    await add_run(service, trained)
    url = f"{NIGHT}/versions/1"
    digest = (await service.viewer.get(url)).json()["digest"]
    files = (await service.viewer.get(f"{url}/files")).json()
    assert [each["path"] for each in files] == ["model.json", "model.safetensors"]
    weights = await service.viewer.get(f"{url}/files/model.safetensors")
    assert hashlib.sha256(weights.content).hexdigest() == digest
    part = await service.viewer.get(
        f"{url}/files/model.safetensors", headers={"Range": "bytes=8-15"}
    )
    assert (part.status_code, part.content) == (206, weights.content[8:16])
    whole = await service.viewer.get(f"{url}/download")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.read("night-1/model.safetensors") == weights.content
        assert json.loads(archive.read("night-1/model.json"))["weightsDigest"] == digest


async def test_a_version_is_exported_as_onnx(service: Service, trained: TrainedRun) -> None:
    """The export is a valid ONNX model; asked for again it is the same file."""
    uid = await add_run(service, trained)
    url = f"{NIGHT}/versions/latest/onnx"
    first = await service.viewer.get(url)
    assert first.status_code == 200, first.text
    onnx.checker.check_model(onnx.load_model_from_string(first.content))
    (kept,) = service.settings.library_folder.glob(f"onnx/{uid}/*/model.onnx")
    modified = kept.stat().st_mtime_ns
    assert (await service.viewer.get(url)).content == first.content
    assert kept.stat().st_mtime_ns == modified


async def test_an_aliased_version_is_protected_from_deletion(
    service: Service, trained: TrainedRun
) -> None:
    """Only when no alias stands for it a version goes, with its files; its number stays taken."""
    uid = await add_run(service, trained, publish={"model": "night", "alias": "champion"})
    url = f"{NIGHT}/versions/1"
    refused = await service.editor.delete(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "champion" in refused.json()["detail"]
    await service.editor.delete(f"{NIGHT}/aliases/champion")
    assert (await service.editor.delete(url)).status_code == 204
    assert (await service.viewer.get(url)).status_code == 404
    run = service.settings.runs_folder / uid
    assert (run / "report").is_dir()
    assert not (run / "model").exists()
    await service.app.state.ingest.look(uid, run)
    await add_run(service, trained, is_new=True)
    versions = (await service.viewer.get(f"{NIGHT}/versions")).json()["items"]
    assert [each["version"] for each in versions] == [2]


HUGE = encode_token(VERSION_ORDER, [10**30])
BAD: list[tuple[str, str, dict[str, Any] | None, int, str]] = [
    ("GET", "/nothing", None, 404, "There is no model 'nothing'."),
    ("GET", "/night/versions/7", None, 404, "no version or alias '7'"),
    ("GET", "/night/versions/99999999999999999999", None, 404, "no version or alias"),
    ("GET", "/night/versions/²", None, 422, "version"),
    ("GET", "/night%00", None, 422, "model"),
    ("GET", "?text=%00", None, 422, "text"),
    ("GET", "/night/versions/1/files/..%2F..%2Fjob.json", None, 404, "There is no"),
    ("GET", "/night/versions/1/files/%2Fetc%2Fpasswd", None, 404, "There is no"),
    ("GET", "/night/versions?limit=0", None, 422, "limit"),
    ("GET", f"/night/versions?page={HUGE}", None, 422, "not a token of this list"),
    ("GET", "/night/versions?page=zzz", None, 422, "not a token of this list"),
    ("GET", "?color=red", None, 422, "color"),
    ("PUT", "/night/aliases/champion", {"version": 9}, 404, "has no version 9"),
    ("PUT", "/night/aliases/champion", {"version": "one"}, 422, "version"),
    ("PUT", "/night/aliases/Champion!", {"version": 1}, 422, "alias"),
    ("PUT", "/night/aliases/12", {"version": 1}, 422, "'12' cannot be an alias"),
    ("PUT", "/night/aliases/latest", {"version": 1}, 422, "'latest' cannot be an alias"),
    ("DELETE", "/night/aliases/champion", None, 404, "no alias 'champion'"),
    ("PATCH", "/night/versions/1", {"notes": 5}, 422, "notes"),
    ("PATCH", "/night/versions/1", {"notes": "a\0b"}, 422, "notes"),
    ("PATCH", "/night/versions/1", {"notes": "", "metrics": {}}, 422, "metrics"),
    ("GET", "/night/versions/1/files/model.json", {"Range": "bytes=999999-"}, 416, "outside"),
]  # fmt: skip


async def test_mistakes_are_answered_with_a_sentence(service: Service, trained: TrainedRun) -> None:
    """What cannot be done is answered with a status, a code and what was wrong."""
    await add_run(service, trained)
    for method, path, extra, status, sentence in BAD:
        headers = extra if method == "GET" else None
        body = None if method == "GET" else extra
        answer = await service.editor.request(method, MODELS + path, headers=headers, json=body)
        assert answer.status_code == status, (path, answer.text)
        assert sentence in answer.json()["detail"], (path, answer.text)
    worse = {"version": 1, "promoteIfBetter": {"metric": "test.beauty"}}
    await add_run(service, trained, is_new=True, publish={"model": "night", "alias": "champion"})
    answer = await service.editor.put(f"{NIGHT}/aliases/champion", json=worse)
    assert answer.status_code == 422
    assert "no figure 'test.beauty'" in answer.json()["detail"]


async def test_viewers_change_nothing(service: Service, trained: TrainedRun) -> None:
    """A viewer sees the library and changes nothing in it."""
    await add_run(service, trained)
    assert (await service.viewer.get(NIGHT)).status_code == 200
    for method, path in (("PUT", "aliases/champion"), ("DELETE", "versions/1"),
                         ("PATCH", "versions/1")):  # fmt: skip
        body = {"version": 1} if method == "PUT" else {"notes": ""}
        json_body = None if method == "DELETE" else body
        answer = await service.viewer.request(method, f"{NIGHT}/{path}", json=json_body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await service.nobody.get(NIGHT)).status_code == 401
