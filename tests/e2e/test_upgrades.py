"""AzuraForge itself is replaced while jobs run."""

import pytest
import yaml

from azuraforge_e2e.api_server import Document
from azuraforge_e2e.job_documents import LONG_TRAINING
from azuraforge_e2e.programs import REPOSITORY, run_program
from azuraforge_e2e.release import UPGRADED_TAG
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


def test_another_image_of_the_operator_leaves_a_running_job_alone(workspace: Workspace) -> None:
    """`helm upgrade` to another image: the attempt goes on in its pod, under the new operator."""
    workspace.submit("upgraded", LONG_TRAINING)
    pod = workspace.wait_for_running_pod("upgraded", 0)
    workspace.wait_for_checkpoint("upgraded")
    [before] = workspace.release.wait_until_ready()
    try:
        workspace.release.install(images__operator__tag=UPGRADED_TAG)
        [after] = workspace.release.wait_until_ready()
        assert _image_id(after) != _image_id(before)
        workspace.submit("new")
        workspace.wait_for_phase("new", "Succeeded")

        _assert_untouched(workspace, "upgraded", pod)
        workspace.change("upgraded", {"suspend": True})
        status = workspace.wait_for_phase("upgraded", "Suspended")
        assert [attempt["exitCode"] for attempt in status["attempts"]] == [75]
    finally:
        workspace.release.install()


def test_a_definition_that_is_applied_again_loses_nothing(workspace: Workspace) -> None:
    """`kubectl apply` of the definition, changed and changed back: jobs stay, new ones run."""
    workspace.submit("through", LONG_TRAINING)
    workspace.submit("finished")
    finished = workspace.wait_for_phase("finished", "Succeeded")
    pod = workspace.wait_for_running_pod("through", 0)
    original = _definition()
    try:
        _apply(workspace, _with_further_column(original))
        workspace.wait_for(
            "the further column", lambda: "PIPELINE" in workspace.kubectl("get", "tj")
        )
        workspace.submit("under-the-changed")
        workspace.wait_for_phase("under-the-changed", "Succeeded")
    finally:
        _apply(workspace, original)
    workspace.submit("under-the-first")
    workspace.wait_for_phase("under-the-first", "Succeeded")

    _assert_untouched(workspace, "through", pod)
    assert workspace.status("finished") == finished


def test_an_upgrade_with_other_settings_leaves_a_running_job_alone(workspace: Workspace) -> None:
    """`helm upgrade` with other values replaces the operator; the running attempt goes on."""
    workspace.submit("kept", LONG_TRAINING)
    pod = workspace.wait_for_running_pod("kept", 0)
    operators = {each["metadata"]["uid"] for each in workspace.release.pods()}
    try:
        workspace.release.install(
            operator__podAnnotations__upgrade="one", operator__logLevel="debug"
        )
        assert not operators & {each["metadata"]["uid"] for each in workspace.release.pods()}
        workspace.submit("new")
        workspace.wait_for_phase("new", "Succeeded")
        _assert_untouched(workspace, "kept", pod)
    finally:
        workspace.release.install()


def _assert_untouched(workspace: Workspace, name: str, before: Document) -> None:
    pod = workspace.wait_for_running_pod(name, 0)
    assert pod["metadata"]["uid"] == before["metadata"]["uid"]
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    status = workspace.status(name)
    assert (status["nextAttempt"], status["failures"], status["preemptions"]) == (1, 0, 0)


def _image_id(pod: Document) -> str:
    image_id: str = pod["status"]["containerStatuses"][0]["imageID"]
    return image_id


def _definition() -> Document:
    text = run_program(
        "helm", "template", "azuraforge", str(REPOSITORY / "charts/azuraforge"),
        "--show-only", "templates/crds/trainingjobs.yaml",
        *(f"--set={part}.existingSecret=mine" for part in ("api", "postgresql", "grafana")),
    )  # fmt: skip
    document: Document = yaml.safe_load(text)
    return document


def _with_further_column(definition: Document) -> Document:
    changed: Document = yaml.safe_load(yaml.safe_dump(definition))
    column = {"name": "Pipeline", "type": "string", "jsonPath": ".spec.pipeline"}
    changed["spec"]["versions"][0]["additionalPrinterColumns"].append(column)
    return changed


def _apply(workspace: Workspace, definition: Document) -> None:
    """Apply a definition in Helm's name: what kubectl owned would conflict at the next upgrade."""
    workspace.kubectl(
        "apply", "--server-side", "--field-manager=helm", "-f", "-", text=yaml.safe_dump(definition)
    )
