"""What is refused before any pod exists."""

import pytest

from azuraforge_e2e.release import ALLOWED_IMAGES
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


@pytest.mark.telling
def test_a_misspelt_config_fails_before_any_pod(workspace: Workspace) -> None:
    """A wrong field of the config is Failed/InvalidConfig with its path and the nearest name."""
    workspace.submit("misspelt", {"config": {"window": {"lokback": 24}}})
    status = workspace.wait_for_phase("misspelt", "Failed")

    assert status["reason"] == "InvalidConfig"
    assert "spec.config.window.lokback" in status["message"]
    assert "'lookback'" in status["message"]
    accepted = next(each for each in status["conditions"] if each["type"] == "Accepted")
    assert accepted["status"] == "False"
    assert workspace.children("misspelt") == []


def test_an_image_that_is_not_allowed_is_refused(workspace: Workspace) -> None:
    """`spec.image` outside of the allowed prefixes is ImageNotAllowed, with what is allowed."""
    workspace.submit("foreign-image", {"image": "elsewhere.invalid/trainer:1"})
    status = workspace.wait_for_phase("foreign-image", "Failed")

    assert status["reason"] == "ImageNotAllowed"
    assert ALLOWED_IMAGES in status["message"]
    assert workspace.children("foreign-image") == []


def test_the_api_server_refuses_a_gpu_on_a_job_for_the_cpu(workspace: Workspace) -> None:
    """Rules of the definition refuse contradictions at `kubectl apply`, and say what to do."""
    with pytest.raises(AssertionError, match="Remove gpu"):
        workspace.submit("both", {"gpu": {"count": 1}})
