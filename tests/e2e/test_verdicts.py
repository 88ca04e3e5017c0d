"""`azuraforge validate` and the API server give the same verdicts: the API server's side.

tests/contract/test_verdicts.py runs the same table without a cluster.
"""

import pytest

from azuraforge_e2e.verdict_cases import CREATION_CASES, UPDATE_CASES, UpdateCase
from azuraforge_e2e.workspace import Workspace

pytestmark = pytest.mark.cluster


def test_the_api_server_takes_and_refuses_new_jobs_as_the_table_says(workspace: Workspace) -> None:
    """Every field takes what it should and refuses the rest, naming itself."""
    wrong = []
    for case in CREATION_CASES:
        objection = workspace.api.find_objection(case.document)
        if (objection is None) is not case.is_accepted or case.about not in (
            objection or case.about
        ):
            wrong.append(f"{case}\n    {objection}")

    assert not wrong, "\n".join(wrong)


def test_the_api_server_takes_and_refuses_changes_as_the_table_says(workspace: Workspace) -> None:
    """A job may change where it says so, and nowhere else; the sentence is the rule's."""
    wrong = []
    for index, case in enumerate(UPDATE_CASES):
        objection = _try_change(workspace, f"case-{index}", case)
        if (objection is None) is not case.is_accepted or case.about not in (
            objection or case.about
        ):
            wrong.append(f"{case}\n    {objection}")

    assert not wrong, "\n".join(wrong)


def _try_change(workspace: Workspace, name: str, case: UpdateCase) -> str | None:
    """Return why a change of a job that is there is refused; None: it is not."""
    workspace.api.create({**case.old, "metadata": {"name": name, "namespace": workspace.namespace}})
    try:
        workspace.change(name, case.change)
    except AssertionError as error:
        return str(error)
    return None
