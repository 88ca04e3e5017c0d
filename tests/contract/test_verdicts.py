"""`azuraforge validate` and the API server give the same verdicts: the side without a cluster.

tests/e2e/test_verdicts.py runs the same table against a real API server.
"""

import pytest

from azuraforge_contract.rules import CREATION_RULES, UPDATE_RULES, CreationRule, UpdateRule
from azuraforge_contract.training_job import (
    find_problems,
    find_update_problems,
    parse_training_job,
)
from azuraforge_e2e.verdict_cases import CREATION_CASES, UPDATE_CASES, CreationCase, UpdateCase


@pytest.mark.parametrize("case", CREATION_CASES, ids=str)
def test_a_new_job_gets_its_verdict(case: CreationCase) -> None:
    """Every field takes what it should and refuses the rest, naming itself."""
    problems = [str(problem) for problem in find_problems(case.document)]

    assert bool(problems) is not case.is_accepted, problems
    assert all(case.about in problem for problem in problems)


@pytest.mark.parametrize("case", UPDATE_CASES, ids=str)
def test_a_change_of_a_job_gets_its_verdict(case: UpdateCase) -> None:
    """A job may change where it says so, and nowhere else."""
    problems = find_problems(case.new)
    if not problems:
        jobs = parse_training_job(case.old), parse_training_job(case.new)
        problems = find_update_problems(*jobs)

    assert bool(problems) is not case.is_accepted, problems
    assert all(case.about in str(problem) for problem in problems)


@pytest.mark.parametrize("rule", [*CREATION_RULES, *UPDATE_RULES], ids=lambda rule: rule.message)
@pytest.mark.parametrize("is_accepted", [True, False])
def test_every_rule_has_a_job_that_fulfils_it_and_one_that_does_not(
    rule: CreationRule | UpdateRule, *, is_accepted: bool
) -> None:
    """No rule is without its pair of cases in the table."""
    cases: list[CreationCase | UpdateCase] = [*CREATION_CASES, *UPDATE_CASES]

    assert [
        case for case in cases if case.about == rule.message and case.is_accepted is is_accepted
    ]
